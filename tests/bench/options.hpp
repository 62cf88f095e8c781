// What the benchmark program was asked for.
#pragma once

#include <string>

namespace twinvoice::bench {

struct Options {
  bool quick = false;      ///< about half a minute: fewer repetitions, shorter runs, wider spread
  bool whole_day = false;  ///< plays all 24 hours of the national day instead of slices of it
  bool markdown = false;   ///< prints the table once more as Markdown
  std::string only;        ///< one section by name; empty: all
  std::string json = "results.json";

  [[nodiscard]] int repetitions(int full) const { return quick ? (full + 2) / 3 : full; }
  /// Length of a run: a quarter when quick.
  [[nodiscard]] long long length(long long full) const { return quick ? full / 4 : full; }
};

}  // namespace twinvoice::bench
