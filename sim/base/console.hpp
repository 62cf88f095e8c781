// What the program says on stderr and gives on stdout. A stream that takes nothing more (closed, full, its reader gone) costs the
// text and nothing else: nothing here throws, and the exit code tells at the end.
#pragma once

#include <string_view>

namespace twinvoice {

/// Once, at the start of a program: signals of failed writes are ignored, so that the write says what is wrong; and descriptors 0 to 2
/// that are closed are taken, so that no file of ours becomes stdout or stderr. Writing to those two goes on to fail.
void prepare_streams();

/// Messages for people on stderr; hidden characters are shown as escapes, line breaks stand.
void tell(std::string_view text);
/// The same for text that has colours or moves the cursor by itself: bars, coloured answers. As it is.
void draw(std::string_view text);
/// Data on stdout, as it is. False when not all of it could be written; the first time that is told, unless it was the reader who went.
bool give(std::string_view data);

/// Whether anything could not be written so far.
[[nodiscard]] bool output_lost();
/// Something that was to be written elsewhere, and told, is lost.
void lose_output();

}  // namespace twinvoice
