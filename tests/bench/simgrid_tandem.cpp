#include "tests/bench/simgrid_tandem.hpp"

#include <array>
#include <memory>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "sim/random/draw.hpp"
#include "sim/random/standard.hpp"
#include "tests/bench/timing.hpp"

namespace twinvoice::bench {
namespace {

namespace s4u = simgrid::s4u;

struct Request {
  random::Key frame = 0;
  double arrived_s = 0.0;
};

constexpr std::uint64_t kBytes = 1;
constexpr double kFlops_per_s = 1e9;
constexpr double kBytes_per_s = 1.25e9;
constexpr double kLatency_s = 50e-6;

double draw(random::Key purpose, random::Key frame) {
  random::Draws draws(random::Stream::of(kSeed, 0), purpose, frame);
  return random::standard_exponential(draws);
}

class Program {
 public:
  Program(std::uint64_t requests, SimgridStyle style) : requests_(requests), style_(style) {
    for (std::uint32_t k = 0; k <= kStations; ++k)
      boxes_.push_back(s4u::Mailbox::by_name("station-" + std::to_string(k)));
  }

  /// hosts[k] is that of station k; the source is on the first, the sink on the last.
  void start(const std::vector<s4u::Host*>& hosts) {
    s4u::Actor::create("source", hosts.front(), [this] { source(); });
    s4u::Actor::create("sink", hosts.back(), [this] { sink(); });
    for (std::uint32_t k = 0; k < kStations; ++k) {
      for (std::uint32_t i = 0; i < kServers; ++i)
        s4u::Actor::create("server", hosts[k], [this, k] { serve(k); })->daemonize();
    }
  }
  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  void source() {
    for (std::uint64_t i = 0; i < requests_; ++i) {
      const random::Key frame = random::root_frame(keys_.source, i);
      s4u::this_actor::sleep_for(draw(keys_.gap, frame) / kArrivals_per_s);
      pass_on(0, std::make_unique<Request>(Request{frame, s4u::Engine::get_clock()}));
    }
  }
  void serve(std::uint32_t k) {
    for (;;) {
      std::unique_ptr<Request> request(boxes_[k]->get<Request>());
      const double demand_s = kMeanDemand_s * draw(keys_.demand[k], request->frame);
      if (style_ == SimgridStyle::kUsual) {
        s4u::this_actor::execute(demand_s * kFlops_per_s);
      } else {
        s4u::this_actor::sleep_for(demand_s);
      }
      ++figures_.hops;
      pass_on(k + 1, std::move(request));
    }
  }
  void sink() {
    for (std::uint64_t i = 0; i < requests_; ++i) {
      const std::unique_ptr<Request> request(boxes_[kStations]->get<Request>());
      const double latency_s = s4u::Engine::get_clock() - request->arrived_s;
      figures_.latency_sum_ns += from_seconds(latency_s);
      ++figures_.completed;
    }
  }
  void pass_on(std::uint32_t k, std::unique_ptr<Request> request) {
    boxes_[k]->put_init(request.release(), kBytes)->detach();
  }

  std::uint64_t requests_;
  SimgridStyle style_;
  Keys keys_ = keys_of(System::kW2);
  std::vector<s4u::Mailbox*> boxes_;
  Figures figures_;
};

std::vector<s4u::Host*> one_host_for_all() {
  s4u::NetZone* zone = s4u::create_full_zone("zone");
  const std::vector<s4u::Host*> hosts(kStations, zone->create_host("host", kFlops_per_s));
  zone->seal();
  return hosts;
}

std::vector<s4u::Host*> a_host_for_each_station() {
  s4u::NetZone* zone = s4u::create_full_zone("zone");
  std::vector<s4u::Host*> hosts;
  for (std::uint32_t k = 0; k < kStations; ++k) {
    s4u::Host* host = zone->create_host("host-" + std::to_string(k), kFlops_per_s);
    hosts.push_back(host->set_core_count(kServers));
    if (k == 0) continue;
    const s4u::Link* link =
        zone->create_link("link-" + std::to_string(k), kBytes_per_s)->set_latency(kLatency_s);
    zone->add_route(hosts[k - 1]->get_netpoint(), hosts[k]->get_netpoint(), nullptr, nullptr,
                    {s4u::LinkInRoute(link)});
  }
  zone->seal();
  return hosts;
}

}  // namespace

Figures run_plain_simgrid(std::uint64_t requests, SimgridStyle style) {
  std::array<std::string, 2> arguments{"tandem", "--log=root.thresh:critical"};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  auto argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  s4u::Engine engine(&argc, argv.data());
  for (const char* setting : {"network/model:CM02", "network/loopback-lat:0", "network/loopback-bw:1e12"})
    s4u::Engine::set_config(setting);

  Program program(requests, style);
  program.start(style == SimgridStyle::kUsual ? a_host_for_each_station() : one_host_for_all());
  const double begun_s = cpu_s();
  engine.run();
  Figures figures = program.figures();
  figures.cpu_s = cpu_s() - begun_s;
  return figures;
}

}  // namespace twinvoice::bench
