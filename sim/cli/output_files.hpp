// Files that a command leaves on disk: tried before its work begins, written as a whole after its report, and never put in the place of
// anything but a plain file.
//
//   absent, or a plain file that may be written to: made beside it under a name of its own, then renamed over it
//   a symbolic link: the same with what it leads to; one that leads nowhere is refused
//   a folder, device, pipe or socket: refused
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"

namespace twinvoice::cli {

/// Whether the file can be written, as far as that can be known now; what hinders it becomes an issue at its path. Changes nothing.
void try_file(const std::string& path, Issues& issues);
/// The same for files of these names in a folder, which is made when missing.
void try_folder(const std::string& folder, const std::vector<std::string>& names, Issues& issues);

/// Writes a file as a whole or leaves what was there. Throws std::runtime_error with the reason.
void write_file(const std::string& path, std::string_view text);
/// The same for what a finished run leaves: a failure is told and is lost output, and the rest goes on.
void leave_file(const std::string& path, std::string_view text);

}  // namespace twinvoice::cli
