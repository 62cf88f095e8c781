// twinvoice compare: two experiments under the same luck, replication by replication.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "models/catalog.hpp"
#include "sim/base/console.hpp"
#include "sim/base/version.hpp"
#include "sim/cli/commands.hpp"
#include "sim/cli/exit_code.hpp"
#include "sim/cli/input_differences.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/one_of.hpp"
#include "sim/cli/progress.hpp"
#include "sim/cli/scenario.hpp"
#include "sim/compile/own_text.hpp"
#include "sim/plan/load_curve.hpp"
#include "sim/report/comparison_report.hpp"
#include "sim/report/figures.hpp"
#include "sim/spec/experiment.hpp"
#include "sim/spec/units.hpp"
#include "sim/world/replications.hpp"

namespace twinvoice::cli {
namespace {

constexpr std::uint64_t kLeast =
    10;  ///< replications unless told otherwise: fewer say little of their own spread
constexpr std::uint64_t kBatch = 32;  ///< whole records in memory at a time
constexpr std::uint64_t kMostReplications = 100'000;

struct CompareArguments {
  std::string a, b;
  std::vector<std::string> figures;
  std::optional<std::uint64_t> seed, replications;
  std::uint64_t most = 400;
  std::string until, indifference;
  std::string format = "text";
  unsigned workers = 0;
  bool quiet = false;
};

/// One of the two designs and what has been seen of it.
class Design {
 public:
  Design(const std::string& path, const models::Catalog& catalog) : catalog_(catalog) {
    experiment_ = spec::load_experiment(path, catalog);
  }

  [[nodiscard]] const spec::Experiment& experiment() const { return experiment_; }

  void compile(std::uint64_t seed, const CompareArguments& arguments) {
    experiment_.seed = static_cast<std::int64_t>(seed);
    experiment_.replications = static_cast<std::int64_t>(kBatch);
    Issues warnings;
    plan_ = compile::compile_own_text(experiment_, catalog_, warnings);
    scenario_ = scenario_of(experiment_, plan_);
    if (arguments.quiet) return;
    for (const Issue& warning : warnings.all())
      tell(fmt::format("twinvoice: warning: {}\n", format_issue(warning)));
  }

  /// Requests are late, and failures too many, by the calm of the first design: else a slow one would be judged by its own slowness.
  void measure_like(const Design& first) { first_ = &first; }

  /// Plays replications up to `count` in all, as far as no stop comes.
  void play_to(std::uint64_t count, const CompareArguments& arguments) {
    while (played_ < count && !stopped()) {
      const std::uint64_t batch = std::min(kBatch, count - played_);
      play(batch, arguments);
    }
  }

  /// Of its figures. After compile().
  [[nodiscard]] std::vector<std::string> names() const { return report::figure_names(scenario_); }
  /// Figures by replication; those that gave nothing are absent.
  [[nodiscard]] const std::map<std::uint64_t, std::vector<store::Figure>>& rows() const { return rows_; }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  [[nodiscard]] Nanos measured_ns() const { return scenario_.horizon_ns - scenario_.warm_up_ns; }
  [[nodiscard]] report::ComparedSide side() const {
    return {scenario_.name, scenario_.topology, scenario_.horizon_ns, scenario_.manifest.inputs, problems_};
  }

 private:
  static bool stopped() { return stop_flag().load(std::memory_order_relaxed); }

  void play(std::uint64_t count, const CompareArguments& arguments) {
    world::RunSettings settings;
    settings.options.seed = plan_.seed;
    settings.procedures = catalog_.procedures(experiment_.topology, plan_);
    Progress progress(
        count, [this](Nanos at_ns) { return plan::expected_share(plan_, at_ns); }, arguments.quiet);
    world::PoolOptions pool;
    pool.workers = arguments.workers;
    pool.stop_flag = &stop_flag();
    pool.progress = [&](std::size_t job, const world::ProgressCell& cell) {
      progress.update(job, cell.now_ns.load(std::memory_order_relaxed),
                      cell.events.load(std::memory_order_relaxed));
    };
    const auto replications = world::run_replications(plan_, settings, played_, count, pool);
    progress.finish();
    for (std::size_t i = 0; i < replications.size(); ++i) take(played_ + i, replications[i]);
    played_ += count;
  }

  void take(std::uint64_t number, const world::Replication& replication) {
    const std::string name = fmt::format("replication {}: ", number);
    // After a stop, what was cut short is no news and no sample.
    if (!replication.error.empty()) {
      if (stopped()) return;
      problems_.push_back(name + replication.error);
      broken_ = true;
      return;
    }
    const measure::RunRecord& record = replication.result.record;
    if (!record.complete) {
      if (!stopped()) problems_.push_back(name + "ended early: " + record.stop);
      return;
    }
    for (const std::string& breach : record.breaches) {
      problems_.push_back(name + "conservation: " + breach);
      broken_ = true;
    }
    if (yardsticks_.empty()) yardsticks_ = yardsticks_from(record);
    rows_[number] = report::digest(scenario_, record, &yardsticks_).figures;
  }

  [[nodiscard]] std::vector<report::Yardstick> yardsticks_from(const measure::RunRecord& record) const {
    std::vector<report::Yardstick> own = report::yardsticks_of(scenario_, record);
    if (first_ == nullptr) return own;
    return report::common_yardsticks(first_->scenario_, first_->yardsticks_, scenario_, std::move(own));
  }

  const models::Catalog& catalog_;
  spec::Experiment experiment_;
  plan::Plan plan_;
  report::Scenario scenario_;
  const Design* first_ = nullptr;
  std::vector<report::Yardstick> yardsticks_;  ///< from the first replication
  std::uint64_t played_ = 0;
  std::map<std::uint64_t, std::vector<store::Figure>> rows_;
  std::vector<std::string> problems_;
  bool broken_ = false;
};

/// Both files, with the problems of both at once.
std::pair<std::unique_ptr<Design>, std::unique_ptr<Design>> load(const CompareArguments& arguments,
                                                                 const models::Catalog& catalog) {
  Issues issues;
  const auto one = [&](const std::string& path) -> std::unique_ptr<Design> {
    try {
      return std::make_unique<Design>(path, catalog);
    } catch (const InvalidInput& e) {
      issues.append(e.issues());
      return nullptr;
    }
  };
  auto a = one(arguments.a);
  auto b = arguments.b == arguments.a && a == nullptr ? nullptr : one(arguments.b);
  if (a == nullptr || b == nullptr) throw InvalidInput(std::move(issues));
  return {std::move(a), std::move(b)};
}

/// The figures to compare: those asked for, else those worth showing, of what both designs have.
std::vector<std::string> chosen(const CompareArguments& arguments, const Design& a, const Design& b,
                                std::vector<std::string>& only_one) {
  const std::vector<std::string> of_a = a.names();
  const std::vector<std::string> of_b = b.names();
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::string> both;
  for (const std::string& name : of_a) {
    if (has(of_b, name)) both.push_back(name);
    if (!has(of_b, name) && report::shown_by_default(name)) only_one.push_back(name + " (A)");
  }
  for (const std::string& name : of_b) {
    if (!has(of_a, name) && report::shown_by_default(name)) only_one.push_back(name + " (B)");
  }
  std::vector<std::string> names;
  Issues issues;
  for (const std::string& written : arguments.figures) {
    std::string problem;
    const std::optional<std::string> name = report::full_name(both, written, problem);
    if (!name) issues.error({"--figure", 0, 0, ""}, problem);
    if (name && !has(names, *name)) names.push_back(*name);
  }
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  if (!arguments.figures.empty()) {
    only_one.clear();
    return names;
  }
  std::copy_if(both.begin(), both.end(), std::back_inserter(names),
               [](const std::string& name) { return report::shown_by_default(name); });
  return names;
}

std::optional<double> value_of(const std::vector<store::Figure>& figures, const std::string& name) {
  for (const store::Figure& figure : figures) {
    if (figure.name == name) return figure.value;
  }
  return std::nullopt;
}

/// Of a fault that neither side has played in this replication ("each": another target's turn), or neither has met, there is nothing
/// to compare; what one side alone lacks is missing.
bool nothing_of(const std::string& name, double a, double b) {
  const report::FigureRow* row = report::row_of(name);
  return row != nullptr && row->of == report::FigureOf::kFault && std::isnan(a) && std::isnan(b);
}

report::FigurePairs pairs_of(const std::string& name, const Design& a, const Design& b) {
  report::FigurePairs pairs{name, {}, {}};
  for (const auto& [number, figures] : a.rows()) {
    const auto other = b.rows().find(number);
    if (other == b.rows().end()) continue;
    const auto value_a = value_of(figures, name);
    const auto value_b = value_of(other->second, name);
    if (!value_a || !value_b || nothing_of(name, *value_a, *value_b)) continue;
    pairs.a.push_back(*value_a);
    pairs.b.push_back(*value_b);
  }
  return pairs;
}

/// Replications that both have.
std::uint64_t pairs_of_runs(const Design& a, const Design& b) {
  return static_cast<std::uint64_t>(std::count_if(
      a.rows().begin(), a.rows().end(), [&](const auto& row) { return b.rows().contains(row.first); }));
}

/// Whose arrivals differ: of which operations some replication of both brought other requests.
std::set<std::string, std::less<>> other_arrivals(const std::vector<std::string>& names, const Design& a,
                                                  const Design& b) {
  std::set<std::string, std::less<>> asked, differing;
  for (const std::string& name : names) {
    const std::string of(report::figure_of(name));
    if (!report::is_share_of_arrivals(name) || !asked.insert(of).second) continue;
    const report::FigurePairs arrived = pairs_of(of + ".arrived", a, b);
    if (arrived.a != arrived.b) differing.insert(of);
  }
  return differing;
}

void compare_all(report::ComparisonDocument& document, const std::vector<std::string>& names, const Design& a,
                 const Design& b) {
  document.figures.clear();
  const auto differing = other_arrivals(names, a, b);
  for (const std::string& name : names) {
    const report::FigurePairs pairs = pairs_of(name, a, b);
    document.figures.push_back(report::compare_figure(
        pairs, {document.tolerance, document.indifference, differing.contains(report::figure_of(name)),
                a.measured_ns() != b.measured_ns()}));
  }
  document.replications = pairs_of_runs(a, b);
  document.a = a.side();
  document.b = b.side();
  document.interrupted = stop_flag().load(std::memory_order_relaxed);
}

/// The shares of --until and --indifference; absent where they are not given.
struct Shares {
  std::optional<double> until, indifference;
};
Shares shares_of(const CompareArguments& arguments) {
  Issues issues;
  const auto read = [&](const char* option, const std::string& text) -> std::optional<double> {
    if (text.empty()) return std::nullopt;
    const auto share = spec::parse_probability(text);
    if (!share.ok()) issues.error({option, 0, 0, ""}, share.problem);
    return share.value.value;
  };
  const Shares shares{read("--until", arguments.until), read("--indifference", arguments.indifference)};
  if (!issues.has_errors() && shares.until && *shares.until <= 0.0)
    issues.error({"--until", 0, 0, ""}, "must be above 0 %: no number of replications is exact");
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return shares;
}

int compare(const CompareArguments& arguments, const std::string& command_line) {
  report::ComparisonDocument document;
  const Shares shares = shares_of(arguments);
  document.tolerance = shares.until;
  document.indifference = shares.indifference.value_or(report::kIndifference);
  document.version = std::string(version());
  document.commit = std::string(commit());
  document.command = command_line;
  const models::Catalog catalog;
  const auto [a, b] = load(arguments, catalog);
  const auto stated = std::max(a->experiment().replications, b->experiment().replications);
  std::uint64_t wanted =
      arguments.replications.value_or(std::max(kLeast, static_cast<std::uint64_t>(stated)));
  if (document.tolerance) wanted = std::min(wanted, arguments.most);
  document.seed = arguments.seed.value_or(static_cast<std::uint64_t>(a->experiment().seed));
  a->compile(document.seed, arguments);
  b->compile(document.seed, arguments);
  b->measure_like(*a);
  document.differences = input_differences(texts_of(a->experiment()), texts_of(b->experiment()));
  const std::vector<std::string> names = chosen(arguments, *a, *b, document.only_one);
  watch_signals();

  // One of each first: that of A says by which calm both are measured.
  for (Design* design : {a.get(), b.get()}) design->play_to(1, arguments);
  const bool played = !a->rows().empty() && !b->rows().empty();
  if (!played && stop_flag().load(std::memory_order_relaxed)) return kInterrupted;
  if (!played) {
    const Design& without = a->rows().empty() ? *a : *b;
    print_error("nothing to compare: " + without.problems().at(0));
    return a->broken() || b->broken() ? kEngineError : kUndecided;
  }
  for (;;) {
    for (Design* design : {a.get(), b.get()}) design->play_to(wanted, arguments);
    compare_all(document, names, *a, *b);
    const bool settled = std::all_of(document.figures.begin(), document.figures.end(),
                                     [](const report::FigureComparison& c) { return c.settled; });
    if (!document.tolerance || settled || document.interrupted || wanted >= arguments.most) break;
    // A look after every quarter more: looking each time would stop on lucky narrow intervals.
    wanted = std::min(arguments.most, wanted + std::max<std::uint64_t>(1, wanted / 4));
  }

  if (arguments.format == "json") {
    print_data(report::render_json(document));
  } else {
    print_text(
        report::render_terminal(document, {may_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), false}));
  }
  if (document.interrupted) return kInterrupted;
  if (a->broken() || b->broken()) return kEngineError;
  return report::decided(document) ? kOk : kUndecided;
}

}  // namespace

void add_compare(CLI::App& app, Session& session) {
  CLI::App* command =
      app.add_subcommand("compare", "Play two experiments under the same luck and say which is better");
  const auto a = std::make_shared<CompareArguments>();
  command->add_option("a", a->a, "experiment file (experiment/1): design A")->required();
  command->add_option("b", a->b, "experiment file: design B")->required();
  command->add_option("--figure", a->figures,
                      "figure to compare, e.g. rto or issue-invoice.p99; may be given several times");
  CLI::Option* fixed =
      command
          ->add_option("--replications", a->replications,
                       "of each design; without it the greater number of both files, 10 at least")
          ->check(CLI::Range(std::uint64_t{2}, kMostReplications));
  CLI::Option* until = command->add_option("--until", a->until,
                                           "go on until every difference is known within this share of A's "
                                           "value (of its unavailability), e.g. \"5 %\"");
  until->excludes(fixed);
  command->add_option("--indifference", a->indifference,
                      "differences up to this share of A's value (of its unavailability) name no winner; 1 % "
                      "unless given");
  command->add_option("--most", a->most, "with --until: replications of each at most")
      ->check(CLI::Range(std::uint64_t{2}, kMostReplications))
      ->needs(until)
      ->capture_default_str();
  command->add_option("--seed", a->seed, "seed of both, instead of A's")
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{INT64_MAX}));
  command->add_option("--format", a->format, "text or json")
      ->check(one_of({"text", "json"}))
      ->capture_default_str();
  command->add_option("--workers", a->workers, "processes at a time (0: one for each core)")
      ->check(CLI::Range(0U, 1024U));
  command->add_flag("--quiet,-q", a->quiet, "no progress and no messages but errors");
  command->footer(
      "Replication n of both designs draws the same random numbers, so that what differs is the design and "
      "not the luck.\n"
      "Exit codes: 0 every figure decided (A better, B better, or the same), 4 one undecided, 2 invalid "
      "input, 1 engine "
      "error, 130 interrupted.\n\n"
      "Examples:\n"
      "  twinvoice compare experiments/baseline.json experiments/single-site.json\n"
      "  twinvoice compare a.json b.json --figure rto --figure issue-invoice.availability --replications 50\n"
      "  twinvoice compare a.json b.json --figure p99 --until \"5 %\" --format json | jq .figures");
  command->callback(
      [&session, a] { session.action = [&session, a] { return compare(*a, session.command_line); }; });
}

}  // namespace twinvoice::cli
