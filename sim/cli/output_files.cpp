#include "sim/cli/output_files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "sim/report/render.hpp"

namespace twinvoice::cli {
void write_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".part";
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  if (std::rename(beside.c_str(), path.c_str()) != 0) {
    throw std::runtime_error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
  }
}

void write_csv_folder(const std::string& folder, const report::ResultDocument& document) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    throw std::runtime_error(fmt::format("cannot make the folder {}: {}", folder, problem.message()));
  for (const report::CsvFile& file : report::render_csv(document))
    write_file(folder + "/" + file.name, file.text);
}

}  // namespace twinvoice::cli
