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
namespace {

std::string cause_text(const plan::Plan& plan, std::uint32_t packed) {
  const plan::Cause cause = plan::Cause::of_packed(packed);
  return cause.none() ? std::string() : plan::cause_name(plan, cause);
}

}  // namespace

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

std::string requests_csv(const plan::Plan& plan,
                         const std::vector<std::vector<measure::RequestRecord>>& by_replication) {
  std::string text = "replication,operation,ordinal,arrived_s,decided_s,outcome,cause,first_cause,attempts\n";
  for (std::size_t replication = 0; replication < by_replication.size(); ++replication) {
    for (const measure::RequestRecord& r : by_replication[replication]) {
      const bool decided = r.decided_ns != kNever;
      text += fmt::format("{},{},{},{:.9f},{},{},{},{},{}\n", replication,
                          plan.operations[plan.sources[r.source].operation.index()].name, r.ordinal,
                          to_seconds(r.arrived_ns),
                          decided ? fmt::format("{:.9f}", to_seconds(r.decided_ns)) : std::string(),
                          !decided      ? "in_flight"
                          : r.succeeded ? "succeeded"
                                        : "failed",
                          cause_text(plan, r.cause),
                          r.succeeded ? std::string() : cause_text(plan, r.first_cause), r.attempts);
    }
  }
  return text;
}

}  // namespace twinvoice::cli
