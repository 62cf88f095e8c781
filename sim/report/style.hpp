// Colours and column arithmetic for terminals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace twinvoice::report {

/// Wraps text in ANSI colours, or leaves it alone.
class Style {
 public:
  explicit Style(bool colour) : colour_(colour) {}
  [[nodiscard]] std::string bold(std::string_view t) const { return wrap("1", t); }
  [[nodiscard]] std::string dim(std::string_view t) const { return wrap("2", t); }
  [[nodiscard]] std::string red(std::string_view t) const { return wrap("31", t); }
  [[nodiscard]] std::string green(std::string_view t) const { return wrap("32", t); }
  [[nodiscard]] std::string yellow(std::string_view t) const { return wrap("33", t); }
  [[nodiscard]] std::string blue(std::string_view t) const { return wrap("34", t); }
  [[nodiscard]] std::string cyan(std::string_view t) const { return wrap("36", t); }
  [[nodiscard]] std::string badge(std::string_view code, std::string_view t) const {
    return wrap("1;7;" + std::string(code), t);
  }
  [[nodiscard]] std::string wrap(std::string_view code, std::string_view text) const;

 private:
  bool colour_;
};

/// Columns that a text takes: UTF-8 characters, escape sequences not counted.
[[nodiscard]] std::size_t columns(std::string_view text);
/// Padded with blanks to `width` columns.
[[nodiscard]] std::string left(const std::string& text, std::size_t width);
[[nodiscard]] std::string right(const std::string& text, std::size_t width);
/// At most `width` columns of a text without escapes; a cut one ends in "…".
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);
/// Breaks a text at blanks into lines of at most `width` columns; words that are longer are cut.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace twinvoice::report
