#include <algorithm>
#include <cctype>

#include "tests/support/mutate.hpp"

namespace twinvoice::testing {
namespace {

/// Finds the values; an explicit stack, since the text may be as deep as it likes.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<Piece> pieces() {
    while (step()) {
    }
    while (!open_.empty()) close(text_.size());
    return std::move(pieces_);
  }

 private:
  [[nodiscard]] bool ends() const { return at_ >= text_.size(); }

  void skip_blanks() {
    while (!ends()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_.substr(at_, 2) == "//") {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (text_.substr(at_, 2) == "/*") {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  /// End of the string that begins here.
  [[nodiscard]] std::size_t string_end() const {
    for (std::size_t at = at_ + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;
      } else if (text_[at] == '"') {
        return at + 1;
      }
    }
    return Piece::kNowhere;
  }

  void add(char kind, std::size_t end) {
    Piece p;
    p.kind = kind;
    p.begin = at_;
    p.end = end;
    p.key_begin = key_begin_;
    p.key_end = key_end_;
    p.parent = open_.empty() ? Piece::kNowhere : open_.back();
    key_begin_ = key_end_ = Piece::kNowhere;
    pieces_.push_back(p);
  }
  void close(std::size_t end) {
    pieces_[open_.back()].end = end;
    open_.pop_back();
  }

  bool step() {
    skip_blanks();
    if (ends()) return false;
    const char c = text_[at_];
    switch (c) {
      case '{':
      case '[':
        add(c, at_ + 1);
        open_.push_back(pieces_.size() - 1);
        ++at_;
        return true;
      case '}':
      case ']':
        ++at_;
        if (open_.empty()) return false;
        close(at_);
        return true;
      case ',':
      case ':': ++at_; return true;
      case '"': return string();
      default: return scalar();
    }
  }
  bool string() {
    const std::size_t end = string_end();
    if (end == Piece::kNowhere) return false;
    const bool in_object = !open_.empty() && pieces_[open_.back()].kind == '{';
    if (in_object && key_begin_ == Piece::kNowhere) {
      key_begin_ = at_;
      key_end_ = end;
    } else {
      add('"', end);
    }
    at_ = end;
    return true;
  }
  bool scalar() {
    const std::size_t end = std::min(text_.find_first_of(",]} \t\r\n/\"{[:", at_), text_.size());
    if (end == at_) return false;
    const bool digit = text_[at_] == '-' || std::isdigit(static_cast<unsigned char>(text_[at_])) != 0;
    add(digit ? '0' : 'l', end);
    at_ = end;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t key_begin_ = Piece::kNowhere, key_end_ = Piece::kNowhere;
  std::vector<std::size_t> open_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<Piece> pieces_of(std::string_view text) { return Scanner(text).pieces(); }

}  // namespace twinvoice::testing
