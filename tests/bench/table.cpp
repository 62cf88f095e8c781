#include "tests/bench/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/bench/machine.hpp"

namespace twinvoice::bench {
namespace {

constexpr const char* kLine = "{:<44} {:>12}  {:<34} {:>23}  {:<10} {}\n";

nlohmann::ordered_json to_json(const Spread& spread) {
  return {{"median", spread.median}, {"least", spread.least}, {"most", spread.most}};
}

}  // namespace

void Table::add(Row row) {
  fmt::print(kLine, row.what, row.ours, row.beside, row.ratio ? text(*row.ratio, 2) : "", row.target,
             verdict(row));
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Table::print_head() const {
  fmt::print(kLine, "", "twinvoice", "beside it", "ratio [least, most]", "target", "");
}

void Table::print_notes() const {
  for (const Row& row : rows_) {
    if (!row.note.empty()) fmt::print("{}: {}\n", row.what, row.note);
  }
}

void Table::print_markdown() const {
  fmt::print("| what | twinvoice | beside it | ratio (range) | target |\n|---|---|---|---|---|\n");
  for (const Row& row : rows_) {
    fmt::print("| {} | {} | {} | {} | {} {} |\n", row.what, row.ours, row.beside,
               row.ratio ? text(*row.ratio, 2) : "", row.target, verdict(row));
  }
}

bool Table::all_met() const {
  return std::none_of(rows_.begin(), rows_.end(), [](const Row& row) { return row.met && !*row.met; });
}

std::string verdict(const Row& row) {
  if (!row.met) return "";
  return *row.met ? "met" : "MISSED";
}

void write_json(const Table& table, const std::string& path) {
  nlohmann::ordered_json document;
  const Machine machine = this_machine();
  document["machine"] = {{"processor", machine.processor},
                         {"cores", machine.cores},
                         {"compiler", machine.compiler},
                         {"build", machine.build},
                         {"version", machine.version}};
  document["rows"] = nlohmann::ordered_json::array();
  for (const Row& row : table.rows()) {
    nlohmann::ordered_json j;
    j["id"] = row.id;
    j["what"] = row.what;
    if (row.ratio) j["ratio"] = to_json(*row.ratio);
    if (!row.target.empty()) j["target"] = row.target;
    if (row.met) j["met"] = *row.met;
    for (const auto& [name, value] : row.figures) j["figures"][name] = value;
    if (!row.note.empty()) j["note"] = row.note;
    document["rows"].push_back(std::move(j));
  }
  std::ofstream file(path);
  file << document.dump(2) << '\n';
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace twinvoice::bench
