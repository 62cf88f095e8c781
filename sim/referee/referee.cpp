#include "sim/referee/referee.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Host.hpp>
#include <simgrid/s4u/NetZone.hpp>
#include <string>
#include <tuple>

// clang-format off: version.h needs the macros that the headers of s4u define
#include <simgrid/version.h>
// clang-format on

#include "sim/base/check.hpp"
#include "sim/referee/world.hpp"

namespace twinvoice::referee {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kAddressSanitizer = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kAddressSanitizer = true;
#else
constexpr bool kAddressSanitizer = false;
#endif
#else
constexpr bool kAddressSanitizer = false;
#endif

/// The Engine's constructor installs handlers of its own: ours are put back.
class SignalsKept {
 public:
  SignalsKept() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &kept_[i]);
  }
  SignalsKept(const SignalsKept&) = delete;
  SignalsKept& operator=(const SignalsKept&) = delete;
  ~SignalsKept() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &kept_[i], nullptr);
  }

 private:
  static constexpr std::array<int, 3> kSignals{SIGINT, SIGSEGV, SIGBUS};
  std::array<struct sigaction, 3> kept_{};
};

/// The arguments of the Engine: silent, and small stacks, of which there is one per live frame.
class Arguments {
 public:
  Arguments() {
    if (kAddressSanitizer) texts_.emplace_back("--cfg=contexts/factory:thread");
    for (std::string& text : texts_) pointers_.push_back(text.data());
    count_ = static_cast<int>(pointers_.size());
    pointers_.push_back(nullptr);
  }
  int* count() { return &count_; }
  char** values() { return pointers_.data(); }

 private:
  std::vector<std::string> texts_{"twinvoice", "--log=root.app:file:/dev/null", "--log=root.thresh:critical",
                                  "--log=no_loc"};
  std::vector<char*> pointers_;
  int count_ = 0;
};

void configure() {
#if SIMGRID_VERSION >= 33300
  const char* const precision = "precision/timing:1e-9";
#else
  const char* const precision = "surf/precision:1e-9";
#endif
  simgrid::s4u::Engine::set_config(std::string(precision));
  if (!kAddressSanitizer) simgrid::s4u::Engine::set_config(std::string("contexts/stack-size:128"));
  simgrid::s4u::Engine::set_config(std::string("contexts/guard-size:0"));
}

}  // namespace

RefereeResult run(const plan::Plan& plan, std::uint64_t replication, const Limits& limits,
                  const std::vector<plan::Turn>& recorded_turns) {
  Arguments arguments;
  const auto engine = [&] {
    const SignalsKept kept;
    return std::make_unique<simgrid::s4u::Engine>(arguments.count(), arguments.values());
  }();
  configure();
  World world(plan, replication, limits);
  simgrid::s4u::NetZone* const zone = simgrid::s4u::create_full_zone("referee");
  world.host = zone->create_host("everywhere", 1e9);
  zone->seal();
  populate(world, recorded_turns);
  engine->run();
  ensure(world.error.empty(), "referee: " + world.error);
  ensure(world.stopping, "referee: the run ended before its horizon");

  RefereeResult& result = world.result;
  for (const Request& request : world.requests) {
    if (!request.in_books) continue;
    result.requests.push_back(request.record);
    if (request.jobs.emitted == 0) continue;
    const plan::OperationId operation = plan.sources[request.record.source].operation;
    result.jobs.push_back(
        {operation.value, request.record.arrived_ns, request.record.succeeded, request.jobs});
  }
  std::sort(result.requests.begin(), result.requests.end(), [](const auto& a, const auto& b) {
    return std::tuple(a.source, a.ordinal) < std::tuple(b.source, b.ordinal);
  });
  result.in_flight = result.arrived - result.succeeded - result.failed;
  result.events = world.arbiter.event();
  result.worst_clock_error_ns = world.arbiter.worst_clock_error_ns();
  return result;
}

}  // namespace twinvoice::referee
