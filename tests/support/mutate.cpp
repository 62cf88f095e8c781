#include "tests/support/mutate.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace twinvoice::testing {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Mutation::kCount)> kNames{
    "drop member",  "duplicate member", "misspell key",  "unknown member", "wrong unit",   "bare number",
    "odd number",   "odd quantity",     "scaled number", "negative",       "deep nesting", "huge text",
    "empty value",  "other type",       "dangling",      "other name",     "path",         "truncate",
    "flip bytes",   "invalid UTF-8",    "BOM",           "open comment",   "swap values",  "copy value",
    "many members", "many elements",    "control bytes", "escapes",        "punctuation"};

const std::vector<std::string>& units() {
  static const std::vector<std::string> all{
      "ns",  "us",  "ms",   "s",    "min", "h", "d",  "tps", "/s", "/min", "/day", "B",    "KiB", "MB",
      "TiB", "bps", "Mbps", "Tbps", "%",   "",  "MS", "sec", "m",  "µs",   "Kib",  "gbps", "‰",   "parsecs"};
  return all;
}

const std::vector<std::string>& odd_numbers() {
  static const std::vector<std::string> all{"NaN",
                                            "-NaN",
                                            "Infinity",
                                            "-Infinity",
                                            "inf",
                                            "1e999",
                                            "-1e999",
                                            "1e308",
                                            "1.8e308",
                                            "5e-324",
                                            "1e-400",
                                            "18446744073709551616",
                                            "18446744073709551615",
                                            "9223372036854775808",
                                            "9223372036854775807",
                                            "-9223372036854775808",
                                            "4294967296",
                                            "4294967295",
                                            "2147483648",
                                            "65536",
                                            "65535",
                                            "256",
                                            "255",
                                            "-0",
                                            "-0.0",
                                            "0",
                                            "0.0",
                                            "-1",
                                            "1e3",
                                            "1E+2",
                                            "1e",
                                            "1e+",
                                            ".5",
                                            "5.",
                                            "01",
                                            "+1",
                                            "0x10",
                                            "1_000",
                                            "1e00000000000000001",
                                            "0.1e1",
                                            "1.0000000000000000000000000000000000001",
                                            "99999999999999999999999999999999999999999",
                                            "0.5",
                                            "2.5",
                                            "1e5",
                                            "100000",
                                            "1000000",
                                            "nan(0x1)",
                                            "1e-9",
                                            "--1",
                                            "1-1",
                                            "true",
                                            "null"};
  return all;
}

const std::vector<std::string>& odd_figures() {
  static const std::vector<std::string> all{"-5",
                                            "-0",
                                            "0",
                                            "0.0000001",
                                            "1e30",
                                            "1e-30",
                                            "NaN",
                                            "inf",
                                            "-inf",
                                            "1e308",
                                            "1e309",
                                            "99999999999999999999",
                                            "9223372036854775807",
                                            "3153600000",
                                            "3162240000",
                                            "0.5",
                                            "1",
                                            "100",
                                            "101",
                                            "1000000",
                                            "1e6",
                                            "1,5",
                                            "1.5.5",
                                            "",
                                            "0x1F",
                                            "１",
                                            "1e",
                                            "٣",
                                            "36600",
                                            "1e12",
                                            "1e13",
                                            "0.000000001",
                                            "999999999999999999999999999999"};
  return all;
}

std::string random_text(Dice& dice, std::size_t longest) {
  std::string out;
  for (std::size_t i = dice.below(longest) + 1; i > 0; --i) out += static_cast<char>('a' + dice.below(26));
  return out;
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

/// A text being changed, with what stands where.
class Change {
 public:
  Change(std::string_view text, Dice& dice) : text_(text), pieces_(pieces_of(text)), dice_(dice) {}

  /// A random piece that `wanted` likes; null when there is none.
  template <class Wanted>
  const Piece* find(const Wanted& wanted) {
    std::vector<const Piece*> fit;
    for (const Piece& p : pieces_) {
      if (wanted(p)) fit.push_back(&p);
    }
    return fit.empty() ? nullptr : fit[dice_.below(fit.size())];
  }
  const Piece* any() {
    return find([](const Piece&) { return true; });
  }
  const Piece* member() {
    return find([](const Piece& p) { return p.has_key(); });
  }
  const Piece* string() {
    return find([](const Piece& p) { return p.kind == '"'; });
  }
  const Piece* container() {
    return find([](const Piece& p) { return p.kind == '{' || p.kind == '['; });
  }
  /// A string that begins with a digit: "12 ms".
  const Piece* quantity() {
    return find([&](const Piece& p) {
      return p.kind == '"' && p.end - p.begin > 2 && std::isdigit(byte(p.begin + 1)) != 0;
    });
  }
  const Piece* number() {
    return find([](const Piece& p) { return p.kind == '0'; });
  }

  [[nodiscard]] std::string replaced(std::size_t begin, std::size_t end, std::string_view by) const {
    std::string out(text_.substr(0, begin));
    out += by;
    out += text_.substr(end);
    return out;
  }
  [[nodiscard]] std::string replaced(const Piece& p, std::string_view by) const {
    return replaced(p.begin, p.end, by);
  }
  [[nodiscard]] std::string_view of(const Piece& p) const { return text_.substr(p.begin, p.end - p.begin); }

  /// A member without itself and one neighbouring comma.
  [[nodiscard]] std::string dropped(const Piece& p) const {
    std::size_t end = p.end;
    while (end < text_.size() && std::isspace(byte(end)) != 0) ++end;
    if (end < text_.size() && text_[end] == ',') return replaced(p.first(), end + 1, "");
    std::size_t begin = p.first();
    while (begin > 0 && std::isspace(byte(begin - 1)) != 0) --begin;
    if (begin > 0 && text_[begin - 1] == ',') --begin;
    return replaced(begin, p.end, "");
  }
  [[nodiscard]] std::string quantity_text() {
    return "\"" + dice_.pick(odd_figures()) + (dice_.once_in(4) ? "" : " ") + dice_.pick(units()) + "\"";
  }
  [[nodiscard]] std::string bytes_flipped() {
    std::string out(text_);
    for (std::size_t i = dice_.below(4) + 1; i > 0 && !out.empty(); --i)
      out[dice_.below(out.size())] = static_cast<char>(dice_.below(256));
    return out;
  }
  [[nodiscard]] std::string inserted(std::string_view what) {
    const std::size_t at = dice_.below(text_.size() + 1);
    return replaced(at, at, what);
  }
  /// Somewhere within a string, else anywhere.
  [[nodiscard]] std::string inserted_in_string(std::string_view what) {
    const Piece* p = string();
    if (p == nullptr) return inserted(what);
    const std::size_t at = p->begin + 1 + dice_.below(p->end - p->begin - 1);
    return replaced(at, at, what);
  }

  std::string words(Mutation mutation);
  std::string figures(Mutation mutation);
  std::string shapes(Mutation mutation);
  std::string bytes(Mutation mutation);

 private:
  [[nodiscard]] unsigned char byte(std::size_t at) const { return static_cast<unsigned char>(text_[at]); }
  [[nodiscard]] std::string with_figure(const Piece& p);

  std::string_view text_;
  std::vector<Piece> pieces_;
  Dice& dice_;
};

/// "12 ms" with other digits.
std::string Change::with_figure(const Piece& p) {
  static const std::vector<std::string> figures{"1",   "2",    "3",     "7",      "10",  "64",  "100",
                                                "500", "1000", "10000", "100000", "0.1", "0.5", "1.5"};
  const std::size_t begin = p.kind == '"' ? p.begin + 1 : p.begin;
  std::size_t end = begin;
  while (end < p.end && (std::isdigit(byte(end)) != 0 || text_[end] == '.')) ++end;
  return replaced(begin, end, dice_.pick(figures));
}

std::string Change::words(Mutation mutation) {
  const Piece* p = nullptr;
  switch (mutation) {
    case Mutation::kDropMember:
      return (p = any()) != nullptr && p->parent != Piece::kNowhere ? dropped(*p) : "";
    case Mutation::kDuplicateMember:
      if ((p = member()) == nullptr) return {};
      return replaced(p->end, p->end, "," + std::string(text_.substr(p->key_begin, p->end - p->key_begin)));
    case Mutation::kMisspellKey: {
      if ((p = member()) == nullptr) return {};
      const std::size_t at = p->key_begin + 1 + dice_.below(p->key_end - p->key_begin - 1);
      if (at + 1 >= p->key_end) return replaced(at, at, "x");
      switch (dice_.below(4)) {
        case 0: return replaced(at, at + 1, "");
        case 1: return replaced(at, at, text_.substr(at, 1));
        case 2: return replaced(at, at + 1, "z");
        default: return replaced(p->key_begin, p->key_end, dice_.once_in(2) ? "\"\"" : "\"__proto__\"");
      }
    }
    case Mutation::kUnknownMember:
      if ((p = find([](const Piece& q) { return q.kind == '{'; })) == nullptr) return {};
      return replaced(p->begin + 1, p->begin + 1,
                      "\"" + random_text(dice_, 12) + "\": " + dice_.pick(odd_numbers()) +
                          (p->end - p->begin > 2 ? "," : ""));
    case Mutation::kDanglingReference:
      return (p = string()) != nullptr ? replaced(*p, "\"" + random_text(dice_, 8) + "\"") : "";
    case Mutation::kOtherReference: {
      p = string();
      const Piece* other = dice_.once_in(2) ? string() : member();
      if (p == nullptr || other == nullptr) return {};
      const bool key = other->has_key() && dice_.once_in(2);
      return replaced(*p, key ? text_.substr(other->key_begin, other->key_end - other->key_begin)
                          : other->kind == '"' ? of(*other)
                                               : std::string_view("\"a/b@c\""));
    }
    default:
      p = find([&](const Piece& q) {
        if (!q.has_key()) return false;
        const std::string_view key = text_.substr(q.key_begin, q.key_end - q.key_begin);
        return key == "\"topology\"" || key == "\"trace\"" || key == "\"rate_trace\"" ||
               key == "\"count_trace\"" || key == "\"$schema\"";
      });
      return p != nullptr ? replaced(*p, dice_.pick(hostile_paths())) : "";
  }
}

std::string Change::figures(Mutation mutation) {
  const Piece* p = nullptr;
  switch (mutation) {
    case Mutation::kWrongUnit: {
      if ((p = quantity()) == nullptr) return {};
      std::size_t at = p->begin + 1;
      while (at < p->end - 1 && (std::isdigit(byte(at)) != 0 || text_[at] == '.' || text_[at] == ' ')) ++at;
      return replaced(at, p->end - 1, dice_.pick(units()));
    }
    case Mutation::kBareNumber: {
      if ((p = quantity()) == nullptr) return {};
      std::size_t at = p->begin + 1;
      while (at < p->end - 1 && (std::isdigit(byte(at)) != 0 || text_[at] == '.')) ++at;
      return replaced(*p, std::string(text_.substr(p->begin + 1, at - p->begin - 1)));
    }
    case Mutation::kOddNumber:
      p = dice_.once_in(3) ? any() : number();
      return p != nullptr ? replaced(*p, dice_.pick(odd_numbers())) : "";
    case Mutation::kOddQuantity:
      p = dice_.once_in(6) ? any() : quantity();
      return p != nullptr ? replaced(*p, quantity_text()) : "";
    case Mutation::kScaledNumber: {
      p = dice_.once_in(2) ? number() : quantity();
      return p != nullptr ? with_figure(*p) : "";
    }
    default: {
      p = dice_.once_in(2) ? number() : quantity();
      if (p == nullptr) return {};
      const std::size_t at = p->kind == '"' ? p->begin + 1 : p->begin;
      return replaced(at, at, "-");
    }
  }
}

std::string Change::shapes(Mutation mutation) {
  const Piece* p = nullptr;
  switch (mutation) {
    case Mutation::kDeepNesting: {
      if ((p = any()) == nullptr) return {};
      const std::size_t depth = dice_.once_in(4) ? 100'000 : dice_.once_in(2) ? 63 + dice_.below(4) : 1'000;
      if (dice_.once_in(2))
        return replaced(*p, repeated("[", depth) + repeated("]", dice_.once_in(2) ? depth : 0));
      return replaced(*p, repeated("{\"a\":", depth) + "1" + repeated("}", dice_.once_in(2) ? depth : 0));
    }
    case Mutation::kHugeText:
      if (dice_.once_in(3) && (p = member()) != nullptr)
        return replaced(p->key_begin, p->key_end,
                        "\"" + std::string(50'000 + dice_.below(100'000), 'k') + "\"");
      return (p = any()) != nullptr ? replaced(*p, "\"" + std::string(dice_.below(300'000), 'x') + "\"") : "";
    case Mutation::kEmptyValue: {
      static const std::vector<std::string> empty{"{}",    "[]",   "\"\"",      "null",
                                                  "\" \"", "[[]]", "{\"\":{}}", ""};
      return (p = any()) != nullptr ? replaced(*p, dice_.pick(empty)) : "";
    }
    case Mutation::kOtherType: {
      if ((p = any()) == nullptr) return {};
      const std::string was(of(*p));
      switch (dice_.below(5)) {
        case 0: return replaced(*p, "[" + was + "]");
        case 1: return replaced(*p, "{\"x\": " + was + "}");
        case 2: return replaced(*p, p->kind == '"' ? "7" : "\"seven\"");
        case 3: return replaced(*p, dice_.once_in(2) ? "true" : "null");
        default: return replaced(*p, "[" + was + ", " + was + "]");
      }
    }
    case Mutation::kSwapValues: {
      p = any();
      const Piece* q = any();
      if (p == nullptr || q == nullptr) return {};
      if (p->begin > q->begin) std::swap(p, q);
      if (p->end > q->begin) return replaced(*p, of(*q));
      std::string out(text_.substr(0, p->begin));
      out += of(*q);
      out += text_.substr(p->end, q->begin - p->end);
      out += of(*p);
      return out += text_.substr(q->end);
    }
    case Mutation::kCopyValue: {
      p = any();
      const Piece* q = dice_.once_in(2) ? any() : container();
      return p != nullptr && q != nullptr ? replaced(*p, of(*q)) : "";
    }
    case Mutation::kManyMembers: {
      if ((p = find([](const Piece& q) { return q.kind == '{'; })) == nullptr) return {};
      const Piece* example = find([&](const Piece& q) { return q.has_key(); });
      const std::string value =
          example == nullptr || example->end - example->begin > 400 ? "1" : std::string(of(*example));
      std::string many;
      for (std::size_t i = 0, n = dice_.once_in(4) ? 3'000 : 60; i < n; ++i) {
        if (i > 0) many += ',';
        many.append("\"k").append(std::to_string(i)).append("\":").append(value);
      }
      return replaced(*p, "{" + many + "}");
    }
    default: {
      if ((p = find([](const Piece& q) { return q.parent != Piece::kNowhere && !q.has_key(); })) == nullptr)
        return {};
      const std::size_t times = p->end - p->begin > 400 ? 20 : dice_.once_in(4) ? 2'000 : 70;
      return replaced(p->end, p->end, repeated("," + std::string(of(*p)), times));
    }
  }
}

std::string Change::bytes(Mutation mutation) {
  static const std::vector<std::string> invalid{"\x80",         "\xC3",         "\xC0\x80",
                                                "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                                "\xFF",         "\xFE\xFF",     "\xF8\x88\x80\x80\x80",
                                                "\xE2\x82"};
  static const std::vector<std::string> comments{"/*", "/* ", "/**", "//", "*/",
                                                 "/",  "/*/", "#",   "--", "/*\n/*"};
  static const std::vector<std::string> escapes{
      "\\u0000", "\\u001b[31m", "\\uD800", "\\uDC00\\uD800", "\\uD83D\\uDE00", "\\x41", "\\",
      "\\u12",   "\\u{41}",     "\\/",     "\\u202E",        "\\uFEFF",        "\\n"};
  static const std::vector<std::string> marks{",", ",,", ":", "::", "}", "]",  "{",
                                              "[", "\"", "'", ";",  "=", "}{", "null"};
  switch (mutation) {
    case Mutation::kTruncate: return std::string(text_.substr(0, dice_.below(text_.size() + 1)));
    case Mutation::kInvalidUtf8:
      return dice_.once_in(2) ? inserted(dice_.pick(invalid)) : inserted_in_string(dice_.pick(invalid));
    case Mutation::kByteOrderMark: {
      const std::string mark = dice_.once_in(3) ? std::string("\xFF\xFE", 2) : std::string("\xEF\xBB\xBF");
      return dice_.once_in(3) ? inserted(mark) : mark + std::string(text_);
    }
    case Mutation::kOpenComment:
      return dice_.once_in(3) ? std::string(text_) + dice_.pick(comments) : inserted(dice_.pick(comments));
    case Mutation::kControlBytes: {
      const std::string control(1 + dice_.below(3), static_cast<char>(dice_.below(32)));
      return dice_.once_in(3) ? inserted(control) : inserted_in_string(control);
    }
    case Mutation::kEscapes: return inserted_in_string(dice_.pick(escapes));
    case Mutation::kPunctuation: {
      if (dice_.once_in(2)) return inserted(dice_.pick(marks));
      const std::size_t at = text_.find_first_of("{}[],:\"", dice_.below(text_.size() + 1));
      return at == std::string_view::npos ? ""
                                          : replaced(at, at + 1, dice_.once_in(2) ? "" : dice_.pick(marks));
    }
    default: return bytes_flipped();
  }
}

}  // namespace

std::string_view mutation_name(Mutation mutation) { return kNames[static_cast<std::size_t>(mutation)]; }

std::string mutate(std::string_view text, Mutation mutation, Dice& dice) {
  Change change(text, dice);
  std::string out;
  switch (mutation) {
    case Mutation::kDropMember:
    case Mutation::kDuplicateMember:
    case Mutation::kMisspellKey:
    case Mutation::kUnknownMember:
    case Mutation::kDanglingReference:
    case Mutation::kOtherReference:
    case Mutation::kPath: out = change.words(mutation); break;
    case Mutation::kWrongUnit:
    case Mutation::kBareNumber:
    case Mutation::kOddNumber:
    case Mutation::kOddQuantity:
    case Mutation::kScaledNumber:
    case Mutation::kNegative: out = change.figures(mutation); break;
    case Mutation::kDeepNesting:
    case Mutation::kHugeText:
    case Mutation::kEmptyValue:
    case Mutation::kOtherType:
    case Mutation::kSwapValues:
    case Mutation::kCopyValue:
    case Mutation::kManyMembers:
    case Mutation::kManyElements: out = change.shapes(mutation); break;
    default: return change.bytes(mutation);
  }
  return out.empty() ? change.bytes_flipped() : out;
}

std::string mutate(std::string_view text, Dice& dice, std::string* told) {
  static const std::vector<Mutation> tame{Mutation::kScaledNumber, Mutation::kScaledNumber,
                                          Mutation::kOddNumber,    Mutation::kOddQuantity,
                                          Mutation::kDropMember,   Mutation::kOtherReference};
  std::string out(text);
  const std::size_t times = dice.once_in(2) ? 1 : 1 + dice.below(3);
  for (std::size_t i = 0; i < times; ++i) {
    // Half of the changes leave the text valid most of the time, so that the later stages have something to do.
    const auto mutation = dice.once_in(2)
                              ? dice.pick(tame)
                              : static_cast<Mutation>(dice.below(static_cast<std::size_t>(Mutation::kCount)));
    if (told != nullptr) *told += (told->empty() ? "" : ", ") + std::string(mutation_name(mutation));
    out = mutate(out, mutation, dice);
  }
  return out;
}

}  // namespace twinvoice::testing
