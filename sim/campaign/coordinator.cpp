#include "sim/campaign/coordinator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <utility>

#include "sim/base/attended_clock.hpp"
#include "sim/base/check.hpp"
#include "sim/base/stop_flag.hpp"
#include "sim/campaign/verdict.hpp"

namespace twinvoice::campaign {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kBetweenCommits = std::chrono::milliseconds(200);
constexpr auto kBetweenProgress = std::chrono::milliseconds(100);
constexpr auto kLongestPreparation = std::chrono::seconds(120);
constexpr int kWaitMs = 50;
constexpr int kMostDeathsOverACell = 10;
constexpr int kMostFruitlessDeaths = 20;

class Coordinator {
 public:
  Coordinator(const Orders& orders, const Tools& tools)
      : orders_(orders), tools_(tools), verdict_(orders, tools) {
    workers_ = orders.zygote.workers != 0 ? orders.zygote.workers : world::usable_cores();
    options_ = orders.zygote;
    options_.workers = workers_;
  }

  Summary run() {
    start_zygote();
    begin();
    while (!stopped() && (fill(), !idle())) {
      for (Report& report : zygote_->wait(kWaitMs)) take(report);
      if (race_) advance_race();
      attended_ = clock_.look(Clock::now());
      watch_preparation();
      if (!zygote_->alive()) mend_zygote();
      if (Clock::now() - committed_ >= kBetweenCommits) save();
      show_progress();
    }
    summary_.interrupted = !idle();
    save();
    finish_summary();
    return std::move(summary_);
  }

 private:
  [[nodiscard]] bool stopped() const { return is_set(orders_.stop_flag); }
  [[nodiscard]] bool idle() const { return open_.empty() && next_task_ == todo_.size(); }

  void start_zygote() {
    store_.reset();
    zygote_.reset();
    zygote_ = std::make_unique<Zygote>(tools_.prepare, options_);
    store_ = std::make_unique<store::Store>(orders_.store, store::Store::Mode::kCreate);
    preparing_.reset();
  }

  void begin() {
    committed_ = shown_ = Clock::now();
    store_->put_sweep(orders_.sweep);
    std::map<std::string, store::CellSummary> known;
    for (store::CellSummary& cell : store_->summaries()) known.emplace(cell.id, std::move(cell));
    for (store::PendingSummary& cell : store_->pending_cells()) pending_.insert(std::move(cell.cell_id));
    summary_.cells = orders_.tasks.size();
    for (const Task& task : orders_.tasks) {
      const auto found = known.find(task.id);
      if (found == known.end()) {
        todo_.push_back(task);
      } else if (found->second.state != "complete") {
        if (orders_.retry_failed)
          todo_.push_back(task);
        else
          failed_.emplace(task.position, found->second.reason);
      } else {
        ++summary_.complete;
        if (found->second.replications < orders_.rule.least &&
            (found->second.reason != "eliminated" || !orders_.race))
          shorter_.push_back(task.position);
      }
    }
    summary_.already = summary_.cells - todo_.size();
    if (orders_.race) begin_race(known);
  }

  void begin_race(const std::map<std::string, store::CellSummary>& known) {
    std::vector<std::size_t> positions;
    for (const Task& task : orders_.tasks) positions.push_back(task.position);
    race_.emplace(positions, *orders_.race, orders_.rule);
    for (const Task& task : orders_.tasks) {
      const auto found = known.find(task.id);
      if (found == known.end()) continue;
      const bool complete = found->second.state == "complete";
      if (!complete && orders_.retry_failed) continue;
      bool comparable = complete;
      for (const store::ReplicationRow& row : store_->replications(task.id))
        comparable = enter(task.position, row).empty() && comparable;
      if (complete) race_->close(task.position);
      if (!comparable) race_->fail(task.position);
    }
    advance_race();
  }

  /// A replication takes part in the race. Says why it cannot.
  [[nodiscard]] std::string enter(std::size_t position, const store::ReplicationRow& row) {
    std::string problem;
    const auto value = verdict_.raced(row, problem);
    if (!value) return problem;
    race_->add(position, row.number, *value);
    return {};
  }
  void enter(OpenCell& cell, const std::vector<std::byte>& bytes) {
    attempt(cell, [&] {
      if (const std::string problem = enter(cell.task().position, decode_row(bytes)); !problem.empty())
        cell.refuse(problem);
    });
  }

  /// When every cell in the race has its replications of this round: who stops, and the next round for the others.
  void advance_race() {
    const auto ready = [&] {
      return next_task_ == todo_.size() && !race_->ended() &&
             std::all_of(open_.begin(), open_.end(), [](const OpenCell& cell) { return cell.settled(); });
    };
    while (ready()) {
      for (const Race::Stop& stop : race_->advance()) {
        const auto cell = std::find_if(open_.begin(), open_.end(),
                                       [&](const OpenCell& c) { return c.task().position == stop.cell; });
        if (cell != open_.end()) finish_runner(cell, stop.reason);
      }
      for (OpenCell& cell : open_) cell.want(race_->round());
    }
    if (const auto winner = race_->winner()) summary_.selected = tools_.row(*winner).label;
  }

  void finish_runner(std::list<OpenCell>::iterator cell, const std::string& reason) {
    cell->restore(store_->pending(cell->task().id));
    attempt(*cell, [&] { finish(*cell, verdict_.evaluate(*cell), reason); });
    if (cell->has_failed()) {
      race_->fail(cell->task().position);
      write_failure(*cell);
    }
    close(cell);
  }

  /// Gives the zygote jobs: one for each worker and a few ahead, so that no worker waits for a commit or a look.
  void fill() {
    const std::size_t most = workers_ + std::max(workers_, 4U);
    for (auto cell = open_.begin(); out_ < most;) {
      if (cell == open_.end()) {
        if (next_task_ == todo_.size()) return;
        cell = open(todo_[next_task_++]);
        if (cell == open_.end()) continue;
      }
      if (const auto replication = cell->start()) {
        zygote_->run({cell->task().position, *replication});
        ++out_;
      } else {
        ++cell;
      }
    }
  }

  /// Opens a cell; the end when what was found of it finishes it at once.
  std::list<OpenCell>::iterator open(const Task& task) {
    std::vector<store::PendingRow> found;
    if (pending_.count(task.id) > 0) found = store_->pending(task.id);
    const auto cell =
        open_.emplace(open_.end(), task, race_ ? race_->round() : first_look(orders_.rule), std::move(found));
    if (race_) {
      cell->each([&](const std::vector<std::byte>& bytes) { enter(*cell, bytes); });
      cell->release_saved();
    }
    return settle(cell) ? open_.end() : cell;
  }

  void take(Report& report) {
    if (report.kind == Report::Kind::kPreparing) {
      preparing_ = {report.job.cell, attended_};
      return;
    }
    if (report.kind == Report::Kind::kPrepared || report.kind == Report::Kind::kRefused) preparing_.reset();
    const auto cell = std::find_if(open_.begin(), open_.end(),
                                   [&](const OpenCell& c) { return c.task().position == report.job.cell; });
    if (cell == open_.end()) return;
    const std::size_t out_before = cell->out();
    switch (report.kind) {
      case Report::Kind::kPreparing:
      case Report::Kind::kPrepared: return;
      case Report::Kind::kRefused: cell->refuse(report.why); break;
      case Report::Kind::kDropped: cell->dropped(report.job.replication); break;
      case Report::Kind::kDone:
        fruitless_deaths_ = 0;
        account(report);
        if (race_) enter(*cell, report.bytes);
        cell->done(report.job.replication, std::move(report.bytes));
        if (cell->has_failed()) zygote_->forget(report.job.cell);
        break;
      case Report::Kind::kNotDone:
        fruitless_deaths_ = 0;
        if (report.end == world::JobEnd::kKilled) {
          cell->killed(report.job.replication, report.why);
        } else {
          cell->fail(report.job.replication, report.why);
        }
        if (cell->has_failed()) zygote_->forget(report.job.cell);
        break;
    }
    out_ -= out_before - cell->out();
    settle(cell);
  }

  void account(const Report& report) {
    const store::ReplicationRow row = decode_row(report.bytes);
    ++summary_.replications;
    summary_.events += row.events;
    summary_.cpu_s += row.cpu_s;
  }

  /// Looks at a cell when it is time; true when that finished it, and it is gone.
  bool settle(std::list<OpenCell>::iterator cell) {
    if (race_) {
      if (!cell->settled() || !cell->has_failed()) return false;
      race_->fail(cell->task().position);
      write_failure(*cell);
      close(cell);
      return true;
    }
    while (cell->settled()) {
      bool finished = false;
      if (!cell->has_failed()) attempt(*cell, [&] { finished = look(*cell); });
      if (!cell->has_failed() && !finished) continue;
      if (cell->has_failed()) write_failure(*cell);
      close(cell);
      return true;
    }
    return false;
  }

  void close(std::list<OpenCell>::iterator cell) {
    distances_.erase(cell->task().position);
    summary_.found += std::min<std::uint64_t>(cell->found(), cell->wanted());
    open_.erase(cell);
  }

  /// True when the cell is finished; otherwise it wants more now.
  bool look(OpenCell& cell) {
    Evaluation seen = verdict_.evaluate(cell);
    const std::vector<measure::Estimate> estimates = verdict_.targets(seen.figures);
    const Decision decision = decide(orders_.rule, cell.wanted(), estimates, seen.outages);
    if (decision == Decision::kGoOn) {
      distances_[cell.task().position] = distance(orders_.rule, estimates);
      cell.want(next_look(orders_.rule, cell.wanted()));
      return false;
    }
    finish(cell, std::move(seen), reason_of(decision));
    return true;
  }

  void finish(const OpenCell& cell, Evaluation seen, std::string reason) {
    finished_.push_back(verdict_.complete(cell, std::move(seen), std::move(reason)));
    ++summary_.complete;
  }

  void write_failure(OpenCell& cell) {
    finished_.push_back(
        verdict_.failed(cell, race_ ? store_->pending(cell.task().id) : std::vector<store::PendingRow>{}));
    failed_.emplace(cell.task().position, cell.failure());
  }

  /// One transaction with all that has come.
  void save() {
    committed_ = Clock::now();
    std::vector<std::pair<OpenCell*, std::vector<std::uint64_t>>> fresh;
    for (OpenCell& cell : open_) {
      if (auto numbers = cell.take_unsaved(); !numbers.empty()) fresh.emplace_back(&cell, std::move(numbers));
    }
    if (fresh.empty() && finished_.empty()) return;
    store_->begin();
    for (const auto& [cell, numbers] : fresh) {
      for (const std::uint64_t n : numbers) store_->put_pending(cell->task().id, n, cell->bytes(n));
    }
    for (const Finished& finished : finished_) store_->finish(finished.cell, finished.replications);
    store_->commit();
    finished_.clear();
    for (OpenCell& cell : open_) {
      if (race_) cell.release_saved();
    }
  }

  void watch_preparation() {
    if (!preparing_ || attended_ - preparing_->second < kLongestPreparation) return;
    const std::uint64_t position = preparing_->first;
    for (OpenCell& cell : open_) {
      if (cell.task().position == position) cell.refuse("it could not be prepared within 2 min");
    }
    preparing_.reset();
    restart_zygote();
  }

  void mend_zygote() {
    const Zygote::Death death = zygote_->death();
    if (!preparing_ && ++fruitless_deaths_ >= kMostFruitlessDeaths)
      throw EngineError(fmt::format("campaign: the zygote {} again and again", death.text));
    if (preparing_) {
      const std::uint64_t position = preparing_->first;
      const bool guilty = !death.from_outside || ++deaths_[position] >= kMostDeathsOverACell;
      for (OpenCell& cell : open_) {
        if (guilty && cell.task().position == position)
          cell.refuse(fmt::format("the process that prepared it {}", death.text));
      }
    }
    restart_zygote();
  }

  void restart_zygote() {
    for (OpenCell& cell : open_) cell.all_dropped();
    out_ = 0;
    for (auto cell = open_.begin(); cell != open_.end();) settle(cell++);
    save();
    start_zygote();
  }

  void show_progress() {
    if (!tools_.progress || Clock::now() - shown_ < kBetweenProgress) return;
    shown_ = Clock::now();
    tools_.progress(status());
  }

  /// Making a cell costs its whole text; it is asked for many times a second.
  [[nodiscard]] const std::string& label(std::size_t position) {
    const auto [at, fresh] = labels_.try_emplace(position);
    if (fresh) at->second = tools_.row(position).label;
    return at->second;
  }

  [[nodiscard]] Status status() {
    Status status;
    status.cells = summary_.cells;
    status.failed = failed_.size();
    status.finished = summary_.complete + failed_.size();
    status.replications = summary_.replications;
    status.events = summary_.events;
    const std::size_t begun = next_task_ - open_.size();
    const double each = begun > 0 ? static_cast<double>(summary_.replications) / static_cast<double>(begun)
                                  : static_cast<double>(orders_.rule.least);
    double to_come = std::max(each, 1.0) * static_cast<double>(todo_.size() - next_task_);
    for (const OpenCell& cell : open_)
      to_come += static_cast<double>(cell.wanted() - std::min<std::uint64_t>(cell.wanted(), cell.here()));
    status.expected = summary_.replications + static_cast<std::uint64_t>(to_come);
    for (const auto& [position, distance] : distances_) {
      if (distance <= status.farthest && !status.farthest_cell.empty()) continue;
      status.farthest = distance;
      status.farthest_cell = label(position);
    }
    return status;
  }

  void finish_summary() {
    for (const auto& [position, reason] : failed_) {
      const store::CellRow row = tools_.row(position);
      summary_.failed.push_back({row.id, row.label, reason});
    }
    for (const std::size_t position : shorter_) summary_.shorter.push_back(tools_.row(position).label);
  }

  const Orders& orders_;
  const Tools& tools_;
  Verdict verdict_;
  ZygoteOptions options_;
  unsigned workers_ = 1;
  std::unique_ptr<Zygote> zygote_;
  std::unique_ptr<store::Store> store_;
  std::vector<Task> todo_;
  std::size_t next_task_ = 0;
  std::set<std::string> pending_;  ///< ids of cells with acknowledged replications
  std::list<OpenCell> open_;       ///< in order of opening
  std::size_t out_ = 0;            ///< jobs at the zygote
  std::vector<Finished> finished_;
  std::map<std::size_t, std::string> failed_;  ///< reasons by position
  std::vector<std::size_t> shorter_;           ///< positions
  std::optional<Race> race_;
  std::map<std::size_t, std::string> labels_;
  std::map<std::size_t, double> distances_;  ///< of open cells, from their last look
  std::map<std::uint64_t, int> deaths_;      ///< of zygotes that prepared this cell
  int fruitless_deaths_ = 0;
  AttendedClock clock_{std::chrono::seconds(1)};
  std::chrono::nanoseconds attended_{0};  ///< at the last look
  /// The cell that the zygote prepares, and since when.
  std::optional<std::pair<std::uint64_t, std::chrono::nanoseconds>> preparing_;
  Summary summary_;
  Clock::time_point committed_, shown_;
};

}  // namespace

Summary run_campaign(const Orders& orders, const Tools& tools) { return Coordinator(orders, tools).run(); }

}  // namespace twinvoice::campaign
