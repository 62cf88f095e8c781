// Text of unknown origin on its way to a terminal or into a document: characters that act instead of being seen.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace twinvoice {

/// One character of a text in UTF-8.
struct Character {
  char32_t code = 0;         ///< U+FFFD where the bytes are no character
  std::size_t bytes = 1;     ///< that it takes
  bool well_formed = false;  ///< no overlong form, no surrogate, nothing cut off
};
/// The first one of `text`, which must not be empty. Bytes that are no character are taken one at a time.
[[nodiscard]] Character first_character(std::string_view text);

/// Whether a character moves the cursor, changes what a terminal does, reorders the text around it, or is none: controls (C0,
/// DEL, C1), separators of lines and paragraphs, marks of direction, non-characters.
[[nodiscard]] bool is_hidden(char32_t code);

/// As one line: hidden characters as escapes ("\u001b"), ill-formed bytes as U+FFFD.
[[nodiscard]] std::string visible(std::string_view text);
/// The same, line breaks kept.
[[nodiscard]] std::string visible_lines(std::string_view text);
/// The same, line breaks and colours (ESC [ digits and semicolons m) kept.
[[nodiscard]] std::string visible_styled(std::string_view text);

}  // namespace twinvoice
