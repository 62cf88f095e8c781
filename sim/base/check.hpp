// Invariants of the engine: a breach is our error (exit code 1), never the user's.
#pragma once

#include <stdexcept>
#include <string>

namespace twinvoice {

/// The engine found itself in a state that its own rules exclude. Reported with exit code 1.
class EngineError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Throws EngineError with `what` unless `condition` holds. Control plane only; the hot path asserts nothing.
inline void ensure(bool condition, const std::string& what) {
  if (!condition) throw EngineError(what);
}

}  // namespace twinvoice
