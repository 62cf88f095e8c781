// A JSON document that remembers where everything stands. The strict first pass over every input: what it accepts is
// well-formed, of bounded size and depth, without duplicate keys, and ready to be decoded by Fields.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"

namespace twinvoice::spec {

inline constexpr std::size_t kMaxFileBytes = 64ULL << 20;  ///< Larger files are refused unread.
inline constexpr int kMaxDepth = 64;                       ///< Nesting of arrays and objects.
inline constexpr std::size_t kMaxValues = 500'000;  ///< Values in one document: bounds time and memory.
inline constexpr std::size_t kMaxIssues = 500;      ///< Problems told for one document.

enum class NodeKind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

/// One value of the document. Children form a list in file order. The views live as long as the Document.
struct Node {
  static constexpr std::uint32_t kNone = 0xffffffffU;
  NodeKind kind = NodeKind::kNull;
  bool boolean = false;
  std::uint32_t line = 0;      ///< of the first character of the value, from 1
  std::uint32_t column = 0;    ///< in Unicode characters, from 1
  std::uint32_t key_line = 0;  ///< of the member's key; 0 for elements of arrays and the root
  std::uint32_t key_column = 0;
  std::uint32_t first_child = kNone;
  std::uint32_t next = kNone;  ///< next sibling
  std::uint32_t size = 0;      ///< number of children
  std::string_view key;        ///< decoded key when the parent is an object
  std::string_view text;       ///< decoded string, or a number exactly as written
};

/// "a string", "an object", ...: for messages.
[[nodiscard]] std::string_view kind_name(NodeKind kind);

/// A parsed document: immutable, owns its text.
class Document {
 public:
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] const std::string& text() const { return *text_; }  ///< the bytes of the file, for hashes
  [[nodiscard]] const Node& root() const { return nodes_.front(); }
  [[nodiscard]] const Node* first_child(const Node& node) const { return at(node.first_child); }
  [[nodiscard]] const Node* next(const Node& node) const { return at(node.next); }
  /// First member with that key, or null.
  [[nodiscard]] const Node* member(const Node& object, std::string_view key) const;

 private:
  friend class JsonReader;
  [[nodiscard]] const Node* at(std::uint32_t index) const {
    return index == Node::kNone ? nullptr : &nodes_[index];
  }
  std::string file_;
  std::shared_ptr<const std::string> text_;
  std::shared_ptr<std::string> unescaped_;  ///< decoded strings that contain escapes; never reallocated
  std::vector<Node> nodes_;                 ///< preorder; nodes_[0] is the root
};

/// Reads a regular file of at most `max_bytes`. On failure adds one issue and returns nothing. Never blocks on pipes.
[[nodiscard]] std::optional<std::string> read_file(const std::string& path, Issues& issues,
                                                   std::size_t max_bytes = kMaxFileBytes);

/// Parses `text`; `file` only names it in messages. JSON of RFC 8259 with // and /* */ comments. Reports every duplicate
/// key and the first syntax error; returns nothing when the syntax is broken.
[[nodiscard]] std::optional<Document> parse_document(std::string file, std::string text, Issues& issues);

/// What a file says it is: "topology/1", "experiment/1", ...; "" when it does not say. Nothing, with issues, when it cannot be read.
[[nodiscard]] std::optional<std::string> format_of(const std::string& path, Issues& issues);

/// One key or index appended to a JSON pointer (RFC 6901). Long keys are shortened, control characters escaped.
[[nodiscard]] std::string pointer_token(std::string_view key);

/// `text` in double quotes for a message: printable, at most 60 characters.
[[nodiscard]] std::string quote(std::string_view text);

/// `text` for a message, without quotes: printable, at most 120 characters.
[[nodiscard]] std::string printable(std::string_view text);

/// The candidate nearest to `word` by edit distance when it is near enough to be a slip of the pen, else "".
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string_view>& candidates);

/// `; did you mean "x"?` or "".
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string_view>& candidates);

}  // namespace twinvoice::spec
