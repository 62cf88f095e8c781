// The forms in which a result document leaves the program.
#pragma once

#include <string>

#include "sim/report/document.hpp"

namespace twinvoice::report {

/// How the terminal is.
struct TerminalOptions {
  bool colour = false;
  std::size_t width = 100;  ///< columns; used between 80 and 100
  bool verbose = false;     ///< all components, the audit log
};

/// For people: verdicts, timeline, recovery, what was lost, causes, load. No line is wider than the width.
[[nodiscard]] std::string render_terminal(const ResultDocument& document, const TerminalOptions& options);

/// A few lines of what the first replications of `all` say: recovery times and verdicts so far.
[[nodiscard]] std::string render_first_answer(const ResultDocument& so_far, std::uint64_t all,
                                              const TerminalOptions& options);

/// "result/2". Keys in a fixed order, numbers in their shortest exact form, NaN and infinity as null.
[[nodiscard]] std::string render_json(const ResultDocument& document);

/// JUnit XML: one test case per expectation. Missed and undecided are failures of these types, nothing observed is an error.
[[nodiscard]] std::string render_junit(const ResultDocument& document);

/// CSV tables, by the file name they want: operations, components, places, timeline, calls, call_timeline, causes, disruptions,
/// interruptions.
struct CsvFile {
  std::string name;
  std::string text;
};
[[nodiscard]] std::vector<CsvFile> render_csv(const ResultDocument& document);
/// The names of these files.
[[nodiscard]] std::vector<std::string> csv_names();

}  // namespace twinvoice::report
