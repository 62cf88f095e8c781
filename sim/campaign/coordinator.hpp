// The coordinator: runs the cells of a sweep and brings the results into the store. It owns the store, the terminal and the
// signals, and never simulates.
//
//   fork the zygote, then open the store; write down the sweep
//   cells that are complete are done; failed ones too, unless they are to be tried again
//   until every cell is finished, or the stop flag is set:
//     open cells in order, as many as keep all workers busy and a few jobs ahead; take up their acknowledged replications
//     take reports; a cell that is settled gets its look: stop (its figures go to the store) or more replications;
//     in a race (sim/campaign/race.hpp) it waits until all are settled
//     every 200 ms: one transaction with all that has come: finished cells whole, replications of open ones as pending
//   at a stop: one last transaction, then zygote and workers are killed
//
// What is acknowledged is what a commit has returned for: it is never run again and never lost. Which replications a cell gets
// and what its figures are depends on its replications alone: any number of workers, shards and interruptions gives the
// same store but for processor times.
//
// Failure policy: a replication that throws, breaks a limit or crashes fails its cell, a cell that cannot be prepared too, with
// the reason; the others go on. Workers and zygotes that are killed from outside are replaced and their work is done again; a
// zygote that dies ten times over the same cell, or once by its own fault, fails that cell. A zygote that dies twenty times
// without any work done, and every error of the store, ends the campaign; the store stays as its last commit left it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/campaign/allocation.hpp"
#include "sim/campaign/open_cell.hpp"
#include "sim/campaign/race.hpp"
#include "sim/campaign/zygote.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::campaign {

/// What a look sees of a cell.
struct Evaluation {
  std::vector<store::CellFigure> figures;
  std::vector<store::ExpectationRow> expectations;  ///< and how they are judged
  std::uint64_t outages = 0;
};

/// How far a campaign is.
struct Status {
  std::size_t cells = 0, finished = 0,
              failed = 0;          ///< finished ones include failed ones and those of earlier runs
  std::uint64_t replications = 0;  ///< run now
  std::uint64_t expected = 0;      ///< to be run now in all; a guess as long as looks are to come
  std::uint64_t events = 0;        ///< of the replications run now
  std::string farthest_cell;  ///< label of the open cell farthest from its wanted precision, "" without one
  double farthest = 0.0;      ///< its half-width over the wanted one
};

/// What the campaign is told by those who know models, formats and terminals.
struct Tools {
  Prepare prepare;                                      ///< in the zygote
  std::function<store::CellRow(std::size_t cell)> row;  ///< identity and texts of a cell
  /// Over the replications of a cell, in their order. What it throws fails the cell.
  std::function<Evaluation(std::size_t cell, std::span<const measure::RunRecord>)> evaluate;
  /// The figure that a short name means; nothing and a problem when there is none.
  std::function<std::optional<std::string>(std::span<const std::string> names, std::string_view written,
                                           std::string& problem)>
      full_name;
  std::function<void(const Status&)> progress;  ///< about every 100 ms; may be empty
};

struct Orders {
  std::string store;
  store::SweepRow sweep;
  std::vector<Task> tasks;  ///< each cell once, in order of position
  Rule rule;
  std::optional<RaceRule>
      race;  ///< present: `rule` says the first stage and the most, the race who stops when
  ZygoteOptions zygote;
  bool retry_failed = false;
  const std::atomic<bool>* stop_flag = nullptr;
};

struct FailedCell {
  std::string id, label, reason;
};

struct Summary {
  std::size_t cells = 0, complete = 0;  ///< complete ones include those of earlier runs
  std::size_t already = 0;              ///< finished before
  std::vector<FailedCell> failed;       ///< in order of position
  std::vector<std::string> shorter;  ///< complete cells with fewer replications than the sweep wants: labels
  std::uint64_t replications = 0;    ///< run now
  std::uint64_t found = 0;           ///< acknowledged in earlier runs and used
  std::uint64_t events = 0;          ///< of the replications run now
  double cpu_s = 0.0;                ///< of the replications run now
  bool interrupted = false;
  std::optional<std::string> selected;  ///< label of the cell that a race has chosen
};

/// Throws StoreError, and EngineError when zygotes keep dying.
[[nodiscard]] Summary run_campaign(const Orders& orders, const Tools& tools);

}  // namespace twinvoice::campaign
