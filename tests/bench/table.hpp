// The table that `make bench` prints, and its JSON.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/timing.hpp"

namespace twinvoice::bench {

/// One measured fact: ours, what it was measured against, and how they compare.
struct Row {
  std::string id;      ///< stable name in the JSON
  std::string what;    ///< "tandem W2, ns per hop"
  std::string ours;    ///< "101"
  std::string beside;  ///< "bare loop: 68"
  std::optional<Spread> ratio;
  std::string target;                                   ///< "<= 1.6"; empty: none
  std::optional<bool> met;                              ///< only with a target
  std::vector<std::pair<std::string, double>> figures;  ///< numbers behind the text, for the JSON
  std::string note;                                     ///< one line below the table
};

class Table {
 public:
  /// Prints the row's line at once, so that a long run shows where it is.
  void add(Row row);
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
  void print_head() const;
  void print_notes() const;
  /// The table for the README.
  void print_markdown() const;
  [[nodiscard]] bool all_met() const;

 private:
  std::vector<Row> rows_;
};

/// "met" or "MISSED" for a row with a target, "" otherwise.
[[nodiscard]] std::string verdict(const Row& row);

/// Writes machine and rows as one JSON document. Throws std::runtime_error when the file cannot be written.
void write_json(const Table& table, const std::string& path);

}  // namespace twinvoice::bench
