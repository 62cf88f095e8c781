// What coordinator, zygote and workers say to each other, and how a replication looks on its way and in the store.
//
//   coordinator -> zygote   run (cell, replication) · forget cell
//   zygote -> coordinator   preparing cell · prepared cell · refused cell, why · done (cell, replication), its bytes ·
//                           not done (cell, replication), how it ended and why · dropped (cell, replication)
//
// Every message is one frame (sim/world/frame.hpp) with length and checksum. A replication is its row for the store, then its
// record: the coordinator keeps it as bytes, as `pending` until the cell is finished, and opens it to make the cell's figures.
//
// Failure policy: bytes that no writer of this file has made throw wire::Malformed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/measure/run_record.hpp"
#include "sim/store/rows.hpp"
#include "sim/world/workers.hpp"

namespace twinvoice::campaign {

/// One replication of one cell. `cell` is a position in the sweep.
struct Job {
  std::uint64_t cell = 0;
  std::uint64_t replication = 0;
};

struct Order {
  enum class Kind : std::uint8_t { kRun, kForget };
  Kind kind = Kind::kRun;
  Job job;
};
[[nodiscard]] std::vector<std::byte> encode(const Order& order);
[[nodiscard]] Order decode_order(std::span<const std::byte> bytes);

struct Report {
  enum class Kind : std::uint8_t { kPreparing, kPrepared, kRefused, kDone, kNotDone, kDropped };
  Kind kind = Kind::kPreparing;
  Job job;                                   ///< `replication` with kDone, kNotDone and kDropped
  world::JobEnd end = world::JobEnd::kDone;  ///< with kNotDone
  std::string why;                           ///< with kRefused and kNotDone
  std::vector<std::byte> bytes;              ///< with kDone
};
[[nodiscard]] std::vector<std::byte> encode(const Report& report);
[[nodiscard]] Report decode_report(std::span<const std::byte> bytes);

/// What a worker sends and the store keeps of a replication whose cell is not finished.
[[nodiscard]] std::vector<std::byte> encode_replication(const store::ReplicationRow& row,
                                                        const measure::RunRecord& record);
[[nodiscard]] store::ReplicationRow decode_row(std::span<const std::byte> replication);
[[nodiscard]] measure::RunRecord decode_record(std::span<const std::byte> replication);

}  // namespace twinvoice::campaign
