// SimGrid's engine, silenced and with every setting of its network model stated, none left to a default.
#pragma once

#include <memory>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "sim/plan/space.hpp"
#include "sim/world/run.hpp"

namespace twinvoice::world {

/// The one SimGrid engine of this process. Logs go nowhere; the signal handlers that SimGrid installs are undone.
class SimgridEngine {
 public:
  /// Throws EngineError when the process has had an engine before.
  explicit SimgridEngine(const plan::Network& network);
  SimgridEngine(const SimgridEngine&) = delete;
  SimgridEngine& operator=(const SimgridEngine&) = delete;

  [[nodiscard]] simgrid::s4u::Engine& engine() { return *engine_; }
  /// Version and settings, read back. Throws EngineError when a setting is not what was asked for.
  [[nodiscard]] WorldFacts facts() const;

 private:
  plan::Network network_;
  std::vector<std::string> arguments_;
  std::vector<char*> argv_;
  std::unique_ptr<simgrid::s4u::Engine> engine_;
};

/// Whether actors are threads (AddressSanitizer does not follow stack switches): then a run cannot be forked midway.
[[nodiscard]] bool actors_are_threads();

}  // namespace twinvoice::world
