#include "sim/spec/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/visible.hpp"
#include "sim/spec/quantity_text.hpp"

namespace twinvoice::spec {
namespace {

std::string word_list(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) out += (out.empty() ? "" : ", ") + quote(word);
  return out;
}

/// Decodes the members of one object as they are declared.
class ObjectFields final : public Fields {
 public:
  ObjectFields(Decoder& decoder, const Node& object)
      : decoder_(decoder), object_(object), place_(decoder.place(object)) {}

  [[nodiscard]] Place here() const override { return place_; }

  void refused(std::string_view name, std::string_view message) override {
    refused_.push_back(name);
    const Node* member = decoder_.document().member(object_, name);
    if (member == nullptr) return;
    const Decoder::At at(decoder_, member->key, 0);
    decoder_.key_error(*member, std::string(message));
  }

  void judge_unknown_keys() {
    decoder_.members(object_, [this](const Node& member) {
      if (std::find(known_.begin(), known_.end(), member.key) != known_.end()) return;
      if (std::find(refused_.begin(), refused_.end(), member.key) != refused_.end()) return;
      if (decoder_.complaints() > kMaxIssues) return;
      std::string message =
          fmt::format("unknown key {}{}", quote(member.key), did_you_mean(member.key, known_));
      if (nearest(member.key, known_).empty()) message += fmt::format("; accepted: {}", word_list(known_));
      decoder_.key_error(member, std::move(message));
    });
  }

 protected:
  void field(const FieldInfo& info, const Slot& slot) override {
    ensure(std::find(known_.begin(), known_.end(), info.name) == known_.end(),
           fmt::format("the field {} is declared twice", info.name));
    known_.push_back(info.name);
    const std::size_t before = decoder_.complaints();
    const Node* member = decoder_.document().member(object_, info.name);
    if (member != nullptr) {
      const Decoder::At at(decoder_, member->key, 0);
      slot.decode(decoder_, *member, slot.value, info.range);
    } else if (info.required) {
      decoder_.error(object_, fmt::format("{} is missing: {}", quote(info.name), info.meaning));
    }
    readable_ = readable_ && decoder_.complaints() == before;
  }

  void broken_rule(std::string_view name, std::string_view message) override {
    if (!readable_) return;
    const Node* member = decoder_.document().member(object_, name);
    if (member == nullptr) {
      decoder_.error(object_, std::string(message));
      return;
    }
    const Decoder::At at(decoder_, member->key, 0);
    decoder_.error(*member, std::string(message));
  }

 private:
  Decoder& decoder_;
  const Node& object_;
  Place place_;
  std::vector<std::string_view> known_;
  std::vector<std::string_view> refused_;
  bool readable_ = true;
};

}  // namespace

Decoder::Decoder(const Document& document, const ModelCatalog& catalog, Issues& issues)
    : document_(document), catalog_(catalog), issues_(issues) {}

std::string Decoder::pointer() const {
  std::string out;
  for (const Token& token : path_)
    out += token.is_key ? pointer_token(token.key) : fmt::format("/{}", token.index);
  return out;
}

Place Decoder::place(const Node& node) const {
  return {document_.file(), static_cast<int>(node.line), static_cast<int>(node.column), pointer()};
}

Place Decoder::key_place(const Node& member) const {
  return {document_.file(), static_cast<int>(member.key_line), static_cast<int>(member.key_column),
          pointer()};
}

void Decoder::add(Place place, std::string message) {
  ++complaints_;
  if (complaints_ < kMaxIssues) {
    issues_.error(std::move(place), std::move(message));
  } else if (complaints_ == kMaxIssues) {
    issues_.error(std::move(place),
                  fmt::format("{} (more than {} problems; the rest is not told)", message, kMaxIssues));
  }
}

void Decoder::error(const Node& node, std::string message) {
  if (complaints_ >= kMaxIssues) {
    ++complaints_;
    return;
  }
  add(place(node), std::move(message));
}

void Decoder::key_error(const Node& member, std::string message) {
  if (complaints_ >= kMaxIssues) {
    ++complaints_;
    return;
  }
  add(key_place(member), std::move(message));
}

void Decoder::refer(RefKind kind, std::string_view id, Place place) {
  references_.push_back({kind, std::string(id), std::move(place)});
}

bool Decoder::is(const Node& node, NodeKind kind, std::string_view what) {
  if (node.kind == kind) return true;
  error(node, fmt::format("need {}, found {}", what, kind_name(node.kind)));
  return false;
}

bool Decoder::integer(const Node& node, std::int64_t low, std::int64_t high, std::int64_t& out) {
  if (node.kind == NodeKind::kString) {
    error(node, fmt::format("need a whole number without quotes, found the string {}", quote(node.text)));
    return false;
  }
  if (!is(node, NodeKind::kNumber, "a whole number")) return false;
  if (node.text.find_first_of(".eE") != std::string_view::npos) {
    error(node,
          fmt::format("{} is not written as a whole number; write digits only", node.text.substr(0, 40)));
    return false;
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  if (parsed.ec != std::errc{} || value < low || value > high) {
    error(node, fmt::format("{} is out of range; accepted: {} to {}", node.text.substr(0, 40), low, high));
    return false;
  }
  out = value;
  return true;
}

bool Decoder::number(const Node& node, const Range& range, double& out) {
  if (node.kind == NodeKind::kString) {
    error(node, fmt::format("need a bare number without quotes, found the string {}", quote(node.text)));
    return false;
  }
  if (!is(node, NodeKind::kNumber, "a number")) return false;
  double value = 0.0;
  std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
  if (!within(node, range, value, &detail::number_text)) return false;
  out = value;
  return true;
}

bool Decoder::text(const Node& node, std::string& out) {
  if (!is(node, NodeKind::kString, "a string")) return false;
  out = std::string(node.text);
  for (std::string_view rest = out; !rest.empty();) {
    const Character c = first_character(rest);
    if (is_hidden(c.code)) {
      error(node, fmt::format("a text has no control or other hidden characters; this one has U+{:04X}",
                              static_cast<unsigned>(c.code)));
      return false;
    }
    rest.remove_prefix(c.bytes);
  }
  return true;
}

bool Decoder::id(const Node& node, std::string_view text, std::string_view what) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  bool good = !text.empty() && text.size() <= 64 && alphanumeric(text.front());
  for (const char c : text.substr(0, 65))
    good = good && (alphanumeric(c) || c == '.' || c == '_' || c == '-');
  if (good) return true;
  error(node,
        fmt::format("{} is not {}: 1 to 64 letters, digits, \".\", \"_\" and \"-\", a letter or digit first",
                    quote(text), what));
  return false;
}

bool Decoder::word(const Node& node, const std::vector<std::string_view>& words, std::size_t& index) {
  if (node.kind != NodeKind::kString) {
    error(node, fmt::format("need one of {}, found {}", word_list(words), kind_name(node.kind)));
    return false;
  }
  const auto found = std::find(words.begin(), words.end(), node.text);
  if (found == words.end()) {
    error(node, fmt::format("{} is not accepted{}; accepted: {}", quote(node.text),
                            did_you_mean(node.text, words), word_list(words)));
    return false;
  }
  index = static_cast<std::size_t>(found - words.begin());
  return true;
}

bool Decoder::within(const Node& node, const Range& range, double value, std::string (*format)(double)) {
  const bool low = range.above_low ? value > range.low : value >= range.low;
  if (low && value <= range.high) return true;
  error(node,
        fmt::format("{} is out of range; accepted: {}", quote(node.text), detail::range_text(range, format)));
  return false;
}

bool Decoder::remark(const Node& member) {
  if (member.key != "note" && member.key != "$comment") return false;
  if (member.kind != NodeKind::kString) {
    error(member, fmt::format("{} is kept for remarks; a remark is a string", quote(member.key)));
  }
  return true;
}

void Decoder::object(const Node& node, const std::function<void(Fields&)>& describe) {
  if (!is(node, NodeKind::kObject, "an object")) return;
  ObjectFields fields(*this, node);
  describe(fields);
  fields.judge_unknown_keys();
}

void Decoder::open_object(const Node& node, const std::function<void(Fields&)>& describe) {
  if (!is(node, NodeKind::kObject, "an object")) return;
  ObjectFields fields(*this, node);
  describe(fields);
}

std::vector<const Node*> Decoder::picks(const Node& node, const Choices::Alternative& alternative) const {
  std::vector<const Node*> out;
  if (alternative.in_family == nullptr) {
    if (const Node* member = document_.member(node, alternative.key)) out.push_back(member);
    return out;
  }
  for (const Node* n = document_.first_child(node); n != nullptr; n = document_.next(*n)) {
    if (alternative.in_family(n->key)) out.push_back(n);
  }
  return out;
}

void Decoder::choice(const Node& node, const std::function<void(Choices&)>& declare) {
  Choices choices;
  declare(choices);
  std::vector<std::string_view> keys;
  for (const auto& alternative : choices.all()) keys.push_back(alternative.key);
  if (!is(node, NodeKind::kObject, fmt::format("an object with one of {}", word_list(keys)))) return;
  const Choices::Alternative* chosen = nullptr;
  std::string_view chosen_key;
  for (const auto& alternative : choices.all()) {
    for (const Node* member : picks(node, alternative)) {
      if (chosen != nullptr) {
        const At at(*this, member->key, 0);
        key_error(*member, fmt::format("{} cannot stand beside {}: they are alternatives", quote(member->key),
                                       quote(chosen_key)));
        return;
      }
      chosen = &alternative;
      chosen_key = member->key;
    }
  }
  if (chosen != nullptr) {
    object(node, [&](Fields& f) { chosen->describe(f, chosen_key); });
    return;
  }
  bool told = false;
  members(node, [&](const Node& member) {
    const std::string hint = told ? "" : did_you_mean(member.key, keys);
    if (hint.empty()) return;
    key_error(member, fmt::format("unknown key {}{}", quote(member.key), hint));
    told = true;
  });
  if (!told) error(node, fmt::format("need one of the keys {}", word_list(keys)));
}

}  // namespace twinvoice::spec
