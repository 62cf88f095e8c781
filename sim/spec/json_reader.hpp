// The strict JSON reader behind parse_document: one pass, no recursion, places kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/spec/document.hpp"

namespace twinvoice::spec {

/// Reads one text into a Document.
///
///   loop:  skip blanks and comments; by the state (value, key, after a value) take one token;
///          an opening bracket pushes a container, a closing one pops it;
///          a scalar becomes a node.
///   stop:  at the first syntax error (the rest cannot be trusted), or at the end.
///
/// Nodes are stored in preorder; a container's children are chained by `next`.
class JsonReader {
 public:
  JsonReader(std::string file, std::string text, Issues& issues);
  std::optional<Document> read();

 private:
  struct Spot {
    std::uint32_t line;
    std::uint32_t column;
  };
  /// An open array or object.
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
  };
  struct Key {
    std::string_view text;
    Spot spot;
  };
  enum class State { kValue, kFirstValue, kKey, kFirstKey, kAfter, kDone };

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] unsigned char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : 0;
  }
  [[nodiscard]] Spot spot() const { return {line_, column_}; }
  void advance();
  void advance(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) advance();
  }
  bool fail(Spot spot, std::string message);
  [[nodiscard]] std::string pointer() const;
  [[nodiscard]] std::string found() const;

  bool skip_blanks();
  bool skip_comment();
  bool step();
  bool value();
  bool closing(char bracket);
  bool key();
  bool after();
  bool open(NodeKind kind);
  bool literal();
  bool number();
  bool string(std::string_view& out);
  bool string_body(std::string_view& out, Spot start);
  bool escape(std::string& out);
  bool hex4(std::uint32_t& out);
  bool unicode_escape(std::string& out, Spot start);
  bool utf8_sequence();
  bool control_character();
  bool add(Node node, Spot spot);
  void close();
  void report_duplicates(const Node& object);

  Issues& issues_;
  Document document_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  State state_ = State::kValue;
  std::vector<Open> open_;
  std::optional<Key> key_;
  std::size_t duplicates_ = 0;
};

}  // namespace twinvoice::spec
