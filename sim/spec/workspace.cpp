#include "sim/spec/workspace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {
namespace {

namespace fs = std::filesystem;

fs::path workspace_of(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path at = folder; !at.empty(); at = at.parent_path()) {
    if (fs::is_directory(at / "topologies", ignored)) return at;
    if (at == at.root_path()) break;
  }
  return folder;
}

bool lies_inside(const fs::path& path, const fs::path& folder) {
  const auto [at, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  static_cast<void>(unused);
  return at == folder.end();
}

}  // namespace

std::optional<std::string> resolve_in_workspace(const std::string& from, const Text& named,
                                                std::string_view what, Issues& issues) {
  const auto refuse = [&](const std::string& message) {
    issues.error(named.place, fmt::format("the {} {} {}", what, quote(named.text), message));
    return std::nullopt;
  };
  if (named.text.empty()) return refuse("is an empty path");
  if (named.text.size() > 1024) return refuse("is too long for a path");
  if (named.text.find('\0') != std::string::npos) return refuse("contains a NUL character");
  const fs::path relative(named.text);
  if (relative.is_absolute()) return refuse("is an absolute path; write one relative to this file");
  std::error_code error;
  fs::path folder = fs::path(from).parent_path();
  if (folder.empty()) folder = ".";
  const fs::path real_folder = fs::canonical(folder, error);
  if (error) return refuse(fmt::format("cannot be found: {}", error.message()));
  const fs::path workspace = workspace_of(real_folder);
  if (!lies_inside((real_folder / relative).lexically_normal(), workspace)) {
    return refuse("leads out of the workspace");
  }
  const fs::path target = fs::canonical(real_folder / relative, error);
  if (error) return refuse(fmt::format("cannot be opened: {}", error.message()));
  if (!lies_inside(target, workspace)) return refuse("leads out of the workspace through a link");
  if (!fs::is_regular_file(target, error)) return refuse("is not a regular file");
  return (fs::path(from).parent_path() / relative).lexically_normal().string();
}

}  // namespace twinvoice::spec
