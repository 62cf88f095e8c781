// What the figures were measured on.
#pragma once

#include <string>

namespace twinvoice::bench {

struct Machine {
  std::string processor;  ///< model name
  unsigned cores = 0;
  std::string compiler;
  std::string build;    ///< "-O3 -DNDEBUG"
  std::string version;  ///< of twinvoice, with the commit
};
[[nodiscard]] Machine this_machine();

}  // namespace twinvoice::bench
