#include "sim/world/simgrid_engine.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <simgrid/version.h>

#include <array>
#include <cmath>
#include <xbt/config.hpp>

#include "sim/base/check.hpp"
#include "sim/world/simgrid_version.hpp"

namespace twinvoice::world {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kThreads = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kThreads = true;
#else
constexpr bool kThreads = false;
#endif
#else
constexpr bool kThreads = false;
#endif

#if SIMGRID_VERSION >= 33300
constexpr const char* kTimePrecision = "precision/timing";
constexpr const char* kWorkPrecision = "precision/work-amount";
#else
constexpr const char* kTimePrecision = "surf/precision";
constexpr const char* kWorkPrecision = "maxmin/precision";
#endif

constexpr std::array<int, 3> kSignals{SIGINT, SIGSEGV, SIGBUS};
constexpr double kPrecision = 1e-9;
/// A window that never limits a flow. 0 would mean no bound at all, not even that of the narrowest link.
constexpr double kNoWindow = 1e18;
/// Loopback is not used by transfers (they go over the LAN of their location).
constexpr double kLoopbackBytesPerS = 1e12;

double window_bytes(const plan::Network& network) {
  return network.tcp_gamma_bytes > 0 ? static_cast<double>(network.tcp_gamma_bytes) : kNoWindow;
}

std::string read_back(const std::string& name, double expected) {
  const double value = simgrid::config::get_value<double>(name.c_str());
  ensure(std::abs(value - expected) <= 1e-9 * std::abs(expected),
         fmt::format("SimGrid took {} for {} instead of {}", value, name, expected));
  return fmt::format("{:.9g}", value);
}

bool one_engine_only() {
  static bool used = false;
  const bool first = !used;
  used = true;
  return first;
}

}  // namespace

bool actors_are_threads() { return kThreads; }

SimgridEngine::SimgridEngine(const plan::Network& network) : network_(network) {
  ensure(one_engine_only(), "a process can make one run only: SimGrid's clock does not start again");
  arguments_ = {"twinvoice", "--log=root.app:file:/dev/null", "--log=root.thresh:critical", "--log=no_loc",
                "--cfg=contexts/stack-size:256"};
  if (kThreads) arguments_.emplace_back("--cfg=contexts/factory:thread");
  for (std::string& argument : arguments_) argv_.push_back(argument.data());
  int count = static_cast<int>(argv_.size());
  argv_.push_back(nullptr);

  std::array<struct sigaction, kSignals.size()> before{};
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &before[i]);
  engine_ = std::make_unique<simgrid::s4u::Engine>(&count, argv_.data());
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before[i], nullptr);

  // Everything but the above must be set after the engine exists and before the first zone.
  const std::vector<std::string> settings{
      "network/model:CM02", "network/latency-factor:1", "network/bandwidth-factor:1", "network/weight-S:0",
      // The lazy default lets flows exceed a link's capacity twofold.
      "network/optim:Full", fmt::format("network/TCP-gamma:{:.17g}", window_bytes(network)),
      fmt::format("network/crosstraffic:{}", network.crosstraffic ? 1 : 0),
      fmt::format("{}:{}", kTimePrecision, kPrecision), fmt::format("{}:{}", kWorkPrecision, kPrecision),
      "network/loopback-lat:0", fmt::format("network/loopback-bw:{}", kLoopbackBytesPerS)};
  for (const std::string& setting : settings) simgrid::s4u::Engine::set_config(setting);
}

std::string simgrid_version() { return fmt::format("{}.{}", SIMGRID_VERSION_MAJOR, SIMGRID_VERSION_MINOR); }

WorldFacts SimgridEngine::facts() const {
  WorldFacts facts;
  facts.simgrid_version = simgrid_version();
  facts.epoch_ns = network_.epoch_ns;
  const auto model = simgrid::config::get_value<std::string>("network/model");
  ensure(model == "CM02", "SimGrid runs another network model: " + model);
  facts.settings.emplace_back("network/model", model);
  const auto optim = simgrid::config::get_value<std::string>("network/optim");
  ensure(optim == "Full", "SimGrid shares bandwidth by another way: network/optim " + optim);
  facts.settings.emplace_back("network/optim", optim);
  const bool crosstraffic = simgrid::config::get_value<bool>("network/crosstraffic");
  ensure(crosstraffic == network_.crosstraffic, "SimGrid's crosstraffic is not as stated");
  facts.settings.emplace_back("network/crosstraffic", crosstraffic ? "on" : "off");
  const std::vector<std::pair<std::string, double>> numbers{
      {"network/latency-factor", 1.0}, {"network/bandwidth-factor", 1.0},
      {"network/weight-S", 0.0},       {"network/TCP-gamma", window_bytes(network_)},
      {kTimePrecision, kPrecision},    {kWorkPrecision, kPrecision}};
  for (const auto& [name, value] : numbers) facts.settings.emplace_back(name, read_back(name, value));
  facts.settings.emplace_back("contexts/factory",
                              simgrid::config::get_value<std::string>("contexts/factory"));
  return facts;
}

}  // namespace twinvoice::world
