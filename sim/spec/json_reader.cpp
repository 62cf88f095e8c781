#include "sim/spec/json_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/spec/foreign_format.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::size_t kLongestNumber = 400;

bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }
bool is_letter(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::optional<std::string> format_of(const std::string& path, Issues& issues) {
  auto text = read_file(path, issues);
  if (!text) return std::nullopt;
  const auto document = parse_document(path, std::move(*text), issues);
  if (!document) return std::nullopt;
  const Node* format = document->member(document->root(), "twinvoice");
  return format != nullptr ? std::string(format->text) : std::string();
}

std::optional<Document> parse_document(std::string file, std::string text, Issues& issues) {
  return JsonReader(std::move(file), std::move(text), issues).read();
}

const Node* Document::member(const Node& object, std::string_view key) const {
  for (const Node* n = first_child(object); n != nullptr; n = next(*n)) {
    if (n->key == key) return n;
  }
  return nullptr;
}

JsonReader::JsonReader(std::string file, std::string text, Issues& issues) : issues_(issues) {
  document_.file_ = std::move(file);
  document_.text_ = std::make_shared<const std::string>(std::move(text));
  document_.unescaped_ = std::make_shared<std::string>();
  text_ = *document_.text_;
}

std::optional<Document> JsonReader::read() {
  if (text_.size() > kMaxFileBytes) {
    fail({0, 0}, fmt::format("the document is larger than {} MB", kMaxFileBytes >> 20));
    return std::nullopt;
  }
  document_.unescaped_->reserve(text_.size());
  if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
  if (const std::string foreign = foreign_format(text_.substr(at_)); !foreign.empty()) {
    fail({1, 1},
         fmt::format(
             "this is {}; Twinvoice reads JSON, comments allowed, that begins with {{ and says what it is: "
             "\"twinvoice\": \"topology/1\", \"experiment/1\", \"sweep/1\" or \"policies/1\"",
             foreign));
    return std::nullopt;
  }
  while (true) {
    if (!skip_blanks()) return std::nullopt;
    if (state_ == State::kDone && at_end()) return std::move(document_);
    if (!step()) return std::nullopt;
  }
}

void JsonReader::advance() {
  const unsigned char c = peek();
  ++at_;
  if (c == '\n') {
    ++line_;
    column_ = 1;
  } else if ((peek() & 0xC0U) != 0x80U || at_end()) {
    ++column_;
  }
}

bool JsonReader::fail(Spot spot, std::string message) {
  issues_.error({document_.file_, static_cast<int>(spot.line), static_cast<int>(spot.column), pointer()},
                std::move(message));
  return false;
}

std::string JsonReader::pointer() const {
  std::string out;
  for (std::size_t i = 1; i < open_.size(); ++i) {
    const Node& container = document_.nodes_[open_[i].node];
    const Node& parent = document_.nodes_[open_[i - 1].node];
    out +=
        parent.kind == NodeKind::kObject ? pointer_token(container.key) : fmt::format("/{}", parent.size - 1);
  }
  if (open_.empty()) return out;
  const Node& innermost = document_.nodes_[open_.back().node];
  if (key_) return out + pointer_token(key_->text);
  const bool in_element =
      innermost.kind == NodeKind::kArray && (state_ == State::kValue || state_ == State::kFirstValue);
  return in_element ? out + fmt::format("/{}", innermost.size) : out;
}

std::string JsonReader::found() const {
  if (at_end()) return "the end of the file";
  std::size_t length = 1;
  while (length < 20 && is_letter(peek(length - 1)) && is_letter(peek(length))) ++length;
  while (length < 6 && (peek(length) & 0xC0U) == 0x80U) ++length;
  if (peek() >= 0x80) return "a character outside ASCII";
  return quote(text_.substr(at_, length));
}

bool JsonReader::skip_blanks() {
  while (!at_end()) {
    const unsigned char c = peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      advance();
    } else if (c == '/') {
      if (!skip_comment()) return false;
    } else {
      return true;
    }
  }
  return true;
}

bool JsonReader::skip_comment() {
  const Spot start = spot();
  if (peek(1) == '/') {
    while (!at_end() && peek() != '\n') {
      if (peek() == 0) return fail(spot(), "a NUL character in a comment");
      if (!utf8_sequence()) return false;
    }
    return true;
  }
  if (peek(1) != '*') return fail(start, "a lone \"/\"; comments are // to the end of the line or /* ... */");
  advance(2);
  while (!at_end()) {
    if (peek() == '*' && peek(1) == '/') {
      advance(2);
      return true;
    }
    if (peek() == 0) return fail(spot(), "a NUL character in a comment");
    if (!utf8_sequence()) return false;
  }
  return fail(start, "this comment is never closed by */");
}

bool JsonReader::step() {
  switch (state_) {
    case State::kValue:
    case State::kFirstValue: return value();
    case State::kKey:
    case State::kFirstKey: return key();
    case State::kAfter: return after();
    case State::kDone: return fail(spot(), fmt::format("found {} after the end of the document", found()));
  }
  return false;
}

bool JsonReader::value() {
  const unsigned char c = peek();
  if (at_end())
    return fail(spot(), open_.empty() ? "the file is empty" : "the file ends where a value is needed");
  if (c == '{') return open(NodeKind::kObject);
  if (c == '[') return open(NodeKind::kArray);
  if (c == ']' && state_ == State::kFirstValue) return closing(']');
  if (c == ']' || c == '}') {
    const bool trailing = c == ']' && !open_.empty() && !key_;
    return fail(spot(), trailing ? "a comma stands before \"]\"; remove it"
                                 : fmt::format("found \"{}\", need a value", static_cast<char>(c)));
  }
  if (c == '"') {
    const Spot start = spot();
    Node node;
    node.kind = NodeKind::kString;
    return string(node.text) && add(node, start);
  }
  if (c == '-' || is_digit(c)) return number();
  return literal();
}

bool JsonReader::literal() {
  const Spot start = spot();
  std::size_t length = 0;
  while (is_letter(peek(length)) || is_digit(peek(length))) ++length;
  const std::string_view word = text_.substr(at_, length);
  Node node;
  if (word == "true" || word == "false") {
    node.kind = NodeKind::kBoolean;
    node.boolean = word == "true";
  } else if (word != "null") {
    if (word == "NaN" || word == "Infinity" || word == "nan" || word == "inf") {
      return fail(start, fmt::format("{} is not a number of JSON; numbers are finite", word));
    }
    if (word == "True" || word == "False" || word == "None") {
      return fail(start, fmt::format("found {}; JSON writes true, false and null", quote(word)));
    }
    if (peek() == '\'') return fail(start, "found a single quote; JSON strings use double quotes");
    if (peek() == '+') return fail(start, "a number does not begin with \"+\"");
    if (peek() == '.') return fail(start, "a number begins with a digit: write 0.5, not .5");
    if (peek() == ',') return fail(start, "found \",\", need a value");
    return fail(start, fmt::format("found {}, need a value{}", found(),
                                   length > 0 ? " (strings stand in double quotes)" : ""));
  }
  advance(length);
  return add(node, start);
}

bool JsonReader::number() {
  const Spot start = spot();
  std::size_t n = peek() == '-' ? 1 : 0;
  if (is_letter(peek(n)))
    return fail(start, "a minus sign without digits is not a number of JSON; numbers are finite");
  if (peek(n) == '0' && is_digit(peek(n + 1)))
    return fail(start, "a number does not begin with 0 unless it is 0 or 0.x");
  const auto digits = [&] {
    const std::size_t first = n;
    while (is_digit(peek(n))) ++n;
    return n > first;
  };
  const bool whole = digits();
  bool complete = whole;
  if (whole && peek(n) == '.') {
    ++n;
    complete = digits();
  }
  if (complete && (peek(n) == 'e' || peek(n) == 'E')) {
    ++n;
    if (peek(n) == '+' || peek(n) == '-') ++n;
    complete = digits();
  }
  if (!complete || is_letter(peek(n)) || peek(n) == '.') {
    std::size_t length = n;
    while (is_letter(peek(length)) || is_digit(peek(length)) || peek(length) == '.') ++length;
    const std::string_view all = text_.substr(at_, length);
    if (complete && is_letter(peek(n))) {
      return fail(start, fmt::format("{} is not a number; a quantity with a unit stands in double quotes",
                                     quote(all)));
    }
    return fail(start, fmt::format("{} is not a number", quote(all)));
  }
  Node node;
  node.kind = NodeKind::kNumber;
  node.text = text_.substr(at_, n);
  double ignored = 0.0;
  const auto parsed = std::from_chars(node.text.data(), node.text.data() + n, ignored);
  if (n > kLongestNumber || parsed.ec != std::errc{}) {
    return fail(start, fmt::format("the number {} is out of range", quote(node.text)));
  }
  advance(n);
  return add(node, start);
}

bool JsonReader::open(NodeKind kind) {
  if (open_.size() >= static_cast<std::size_t>(kMaxDepth)) {
    return fail(spot(), fmt::format("more than {} levels of lists and objects", kMaxDepth));
  }
  Node node;
  node.kind = kind;
  if (!add(node, spot())) return false;
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size() - 1);
  open_.push_back({index, Node::kNone});
  advance();
  state_ = kind == NodeKind::kObject ? State::kFirstKey : State::kFirstValue;
  return true;
}

bool JsonReader::add(Node node, Spot spot) {
  if (document_.nodes_.size() >= kMaxValues) {
    return fail(spot, fmt::format("more than {} values in one document", kMaxValues));
  }
  node.line = spot.line;
  node.column = spot.column;
  const auto index = static_cast<std::uint32_t>(document_.nodes_.size());
  if (key_) {
    node.key = key_->text;
    node.key_line = key_->spot.line;
    node.key_column = key_->spot.column;
  }
  if (!open_.empty()) {
    Open& parent = open_.back();
    Node& container = document_.nodes_[parent.node];
    ++container.size;
    if (parent.last_child == Node::kNone) {
      container.first_child = index;
    } else {
      document_.nodes_[parent.last_child].next = index;
    }
    parent.last_child = index;
  }
  document_.nodes_.push_back(node);
  key_.reset();
  state_ = open_.empty() ? State::kDone : State::kAfter;
  return true;
}

bool JsonReader::key() {
  if (peek() == '}' && state_ == State::kFirstKey) return closing('}');
  if (peek() == '}') return fail(spot(), "a comma stands before \"}\"; remove it");
  if (at_end()) return fail(spot(), "the file ends inside an object");
  if (peek() != '"') {
    return fail(spot(), fmt::format("found {}, need a key in double quotes{}", found(),
                                    state_ == State::kFirstKey ? " or \"}\"" : ""));
  }
  Key key{{}, spot()};
  if (!string(key.text)) return false;
  key_ = key;
  if (!skip_blanks()) return false;
  if (peek() != ':')
    return fail(spot(), fmt::format("found {}, need \":\" after the key {}", found(), quote(key.text)));
  advance();
  state_ = State::kValue;
  return true;
}

bool JsonReader::after() {
  const bool in_object = document_.nodes_[open_.back().node].kind == NodeKind::kObject;
  const unsigned char close = in_object ? '}' : ']';
  const unsigned char c = peek();
  if (c == ',') {
    advance();
    state_ = in_object ? State::kKey : State::kValue;
    return true;
  }
  if (c == close) return closing(static_cast<char>(c));
  const Node& container = document_.nodes_[open_.back().node];
  if (at_end()) {
    return fail(spot(), fmt::format("the file ends inside {} that begins at line {}",
                                    kind_name(container.kind), container.line));
  }
  return fail(spot(), fmt::format("found {}, need \",\" or \"{}\"", found(), in_object ? '}' : ']'));
}

bool JsonReader::closing(char /*bracket*/) {
  advance();
  const Node object = document_.nodes_[open_.back().node];
  state_ = State::kAfter;
  if (object.kind == NodeKind::kObject && object.size > 1) report_duplicates(object);
  open_.pop_back();
  if (open_.empty()) state_ = State::kDone;
  return true;
}

void JsonReader::report_duplicates(const Node& object) {
  std::vector<const Node*> members;
  members.reserve(object.size);
  for (const Node* n = document_.first_child(object); n != nullptr; n = document_.next(*n))
    members.push_back(n);
  std::stable_sort(members.begin(), members.end(),
                   [](const Node* a, const Node* b) { return a->key < b->key; });
  const Node* first = members.front();
  for (std::size_t i = 1; i < members.size(); ++i) {
    const Node* n = members[i];
    if (n->key != first->key) {
      first = n;
    } else if (duplicates_++ < kMaxIssues) {
      issues_.error({document_.file_, static_cast<int>(n->key_line), static_cast<int>(n->key_column),
                     pointer() + pointer_token(n->key)},
                    fmt::format("the key {} stands here a second time; the first is at line {}, column {}",
                                quote(n->key), first->key_line, first->key_column));
    }
  }
}

}  // namespace twinvoice::spec
