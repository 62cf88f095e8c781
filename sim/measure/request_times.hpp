// When the requests of one operation came and were decided: the facts that interruptions, recovery and losses are made of.
// One record a request, some nine bytes each, in the order in which the engine decided them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/time.hpp"
#include "sim/base/wire.hpp"

namespace twinvoice::measure {

/// One request of an operation that arrived before the horizon, those of the warm-up too.
struct TimedRequest {
  Nanos arrived_ns = 0;
  Nanos decided_ns = kNever;  ///< when its root frame ended; kNever: open when the run ended (unanswered)
  std::uint64_t sequence =
      0;  ///< number among all arrivals of the run, so that order at one instant is known
  bool succeeded = false;
  friend bool operator==(const TimedRequest&, const TimedRequest&) = default;
};

/// Grows by whole chunks, so that nearly all additions allocate nothing.
class RequestTimes {
 public:
  void add(const TimedRequest& request);
  [[nodiscard]] std::size_t size() const { return count_; }
  /// All of them, by (arrived_ns, sequence): the position in the list is the request's ordinal in its operation.
  [[nodiscard]] std::vector<TimedRequest> sorted() const;

  void serialize(wire::Writer& out) const;
  /// Throws wire::Malformed on bytes that serialize cannot have written.
  [[nodiscard]] static RequestTimes deserialize(wire::Reader& in);

 private:
  static constexpr std::size_t kChunkBytes = std::size_t{1} << 16;
  using Chunk = std::array<std::uint8_t, kChunkBytes>;

  void put(std::uint64_t value);
  void put_byte(std::uint8_t byte);

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::size_t used_ = 0;  ///< bytes, over all chunks
  std::size_t count_ = 0;
  Nanos last_arrived_ns_ = 0;
  std::uint64_t last_sequence_ = 0;
};

}  // namespace twinvoice::measure
