// With this a model writes the program of one (component, endpoint, operation): resources by name, then steps
// in the order in which a request meets them. Failures need no step: a frame that fails goes on at reply().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/plan/calls.hpp"
#include "sim/plan/resources.hpp"
#include "sim/plan/steps.hpp"
#include "sim/spec/call_spec.hpp"
#include "sim/spec/law_spec.hpp"
#include "sim/spec/references.hpp"

namespace twinvoice::compile {

struct Draft;
class Programs;

/// Servers and their queue, one station per replica.
struct StationSetup {
  spec::Cores cores;
  std::optional<spec::QueueSpec> queue;  ///< absent: unbounded FIFO
  std::vector<double> speed_by_load;     ///< see plan::Station
  bool observe_waits = false;
  bool observe_occupancy = false;
};

/// A call as a builder takes it: where to, under which policy, how often.
struct CallSetup {
  const spec::ComponentRef* to = nullptr;
  const spec::Name* endpoint = nullptr;
  const spec::CallPolicy* policy = nullptr;  ///< null: all defaults
  double probability = 1.0;
  std::int64_t times = 1;
};

/// A program while it is written: jumps and call sites are local until Programs appends it to the Plan.
struct ProgramText {
  std::vector<plan::Step> steps;      ///< jumps relative to the first; Call, Emit, Connect name local sites
  std::vector<plan::CallSite> sites;  ///< fallback relative likewise
  std::vector<plan::ProgramId> branches;  ///< Fork names local positions
  std::uint32_t reply = 0;
  bool at_primary = false;
};

class ProgramBuilder {
 public:
  /// A forward jump that land() resolves.
  using Jump = std::size_t;

  ProgramBuilder(Draft& draft, Programs& programs, plan::ComponentId component, plan::OperationId operation,
                 std::string owner, std::string endpoint, Place called_at);

  // What is being lowered.

  /// Name of the component (of the operation in a root program): first part of all keys of draws.
  [[nodiscard]] const std::string& owner() const { return owner_; }
  [[nodiscard]] const std::string& endpoint() const { return endpoint_; }
  /// Locations of its replicas at a site or zone, each once, in order of the replicas. Empty: none stands
  /// there.
  [[nodiscard]] std::vector<plan::LocationId> replica_locations(std::string_view site_or_zone) const;
  [[nodiscard]] plan::LocationId first_location() const;
  void error(const Place& place, const std::string& message);
  /// The call names an endpoint that this component lacks; `known` lists those that exist.
  void unknown_endpoint(const std::vector<std::string>& known);

  // Resources. Asked for again (by another endpoint), they are the same. The id is that of replica 0.

  [[nodiscard]] plan::StationId station(const std::string& quantity, const StationSetup& setup);
  /// Tokens that a request holds from admission to reply. Connection fields are refused: they belong to
  /// callers.
  [[nodiscard]] plan::PoolId admission(const std::string& quantity, const spec::PoolSpec& spec);
  [[nodiscard]] plan::PoolId admission(const std::string& quantity, const spec::ThreadsSpec& spec);
  /// Instance, name and purpose are filled in.
  [[nodiscard]] plan::CellId cell(const std::string& quantity, const plan::Cell& proto);
  [[nodiscard]] plan::GateId gate(const std::string& quantity, plan::Gate proto);
  /// Name and component are filled in.
  [[nodiscard]] plan::LogId log(plan::Log proto);
  /// The component brings a procedure with it (once), named "component.model", unless the topology declares
  /// one of that model about this component.
  void implies_procedure(const std::string& model, plan::LocationId at);

  // Steps.

  /// The request message, from the caller's location to this replica's.
  void hop_in();
  void delay(const spec::LawSpec& law, const std::string& quantity);
  /// Key of the draw: (owner, "quantity" or "quantity/endpoint").
  void serve(plan::StationId station, const spec::LawSpec& demand, const std::string& quantity);
  void acquire(plan::PoolId pool);
  void release(plan::PoolId pool);
  void pass(plan::GateId gate);
  /// First step of a root program: a gate that lets everybody pass until a fault turns clients away at it. Requests that it
  /// refuses have arrived and failed with the cause "OPERATION.shed".
  void pass_client_gate();
  void commit(plan::LogId log);
  void update(plan::CellId cell, plan::UpdateOp op, double operand);
  /// Jumps with this probability to where land() is called.
  [[nodiscard]] Jump branch(double probability, const std::string& quantity);
  /// Likewise with probability `factor` x cell.
  [[nodiscard]] Jump branch(plan::CellId cell, double factor, const std::string& quantity);
  [[nodiscard]] Jump jump();
  void land(Jump jump);
  /// One call with its probability, repetition, connection pool and fallback, as the input words it.
  void call(const spec::CallSpec& spec);
  void call(const CallSetup& setup, const Place& place);
  /// Single calls one after another, parallel ones at once.
  void calls(const std::vector<spec::CallItem>& items);
  void emit(const spec::EmitSpec& spec);
  /// Writes go to the primary whatever the caller's `balance` says.
  void called_at_primary() { text_.at_primary = true; }
  /// Reply message and Return; every program but a root one ends with it.
  void reply();
  /// Return alone.
  void end();

 private:
  friend class Programs;
  friend class CallWriter;

  plan::Step& add(plan::StepKind kind, const std::string& label);
  [[nodiscard]] std::uint64_t purpose(const std::string& quantity) const;
  [[nodiscard]] std::uint64_t endpoint_purpose(const std::string& quantity) const;
  void parallel(const spec::ParallelSpec& spec);
  [[nodiscard]] bool applies(const spec::CallSpec& spec) const;
  [[nodiscard]] plan::PoolId make_pool(const std::string& quantity, plan::Pool proto);

  Draft& draft_;
  Programs& programs_;
  plan::ComponentId component_;  ///< invalid in root programs
  plan::OperationId operation_;
  std::string owner_;
  std::string endpoint_;
  Place called_at_;
  ProgramText text_;
  std::vector<std::string>
      slots_;  ///< names of the call sites so far, also of those left out for this operation
  int forks_ = 0;
};

}  // namespace twinvoice::compile
