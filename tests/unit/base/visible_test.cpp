// What of a text acts on a terminal, and how it is shown.
#include "sim/base/visible.hpp"

#include <gtest/gtest.h>

namespace twinvoice {
namespace {

TEST(Visible, controls_are_shown_as_escapes_and_letters_as_they_are) {
  EXPECT_EQ(visible("开票 \xC3\xA9 ok"), "开票 \xC3\xA9 ok");
  EXPECT_EQ(visible("a\x1b[2Jb\nc\td\x7f"), "a\\u001b[2Jb\\u000ac\\u0009d\\u007f");
  EXPECT_EQ(visible(std::string_view("a\0b", 3)), "a\\u0000b");
}

TEST(Visible, marks_of_direction_separators_and_non_characters_are_hidden) {
  for (const char32_t code :
       {0x9BU, 0x2028U, 0x2029U, 0x202EU, 0x2066U, 0x200FU, 0xFEFFU, 0xFFFEU, 0xFFFFU, 0x1FFFEU})
    EXPECT_TRUE(is_hidden(code)) << static_cast<unsigned>(code);
  for (const char32_t code : {0x20U, 0x7EU, 0xA0U, 0xFFFDU, 0x4E00U, 0x1F600U})
    EXPECT_FALSE(is_hidden(code)) << static_cast<unsigned>(code);
  EXPECT_EQ(visible("\xEF\xBF\xBE"), "\\ufffe");
}

TEST(Visible, bytes_that_are_no_character_are_replaced_one_by_one) {
  EXPECT_EQ(visible("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD") << "overlong";
  EXPECT_EQ(visible("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "a surrogate";
  EXPECT_EQ(visible("a\xE4\xB8"), "a\xEF\xBF\xBD\xEF\xBF\xBD") << "cut off";
  EXPECT_EQ(visible("\xF4\x90\x80\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD")
      << "beyond Unicode";
}

TEST(Visible, lines_and_colours_stand_where_they_are_meant) {
  EXPECT_EQ(visible_lines("a\nb\x1b[31m"), "a\nb\\u001b[31m");
  EXPECT_EQ(visible_styled("a\n\x1b[1;7;31mb\x1b[0m\x1b[2J"), "a\n\x1b[1;7;31mb\x1b[0m\\u001b[2J");
  EXPECT_EQ(visible_styled("\x1b["), "\\u001b[");
}

}  // namespace
}  // namespace twinvoice
