// topology/1: an architecture as written, typed. Pure data; every entity keeps the place where it was declared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/call_spec.hpp"
#include "sim/spec/diurnal.hpp"
#include "sim/spec/fields.hpp"
#include "sim/spec/law_spec.hpp"
#include "sim/spec/promise.hpp"

namespace twinvoice::spec {

/// What a breakdown does to the work in service.
enum class InService { kResume, kRestart, kLose };
/// When an invoice counts for the objective.
enum class ObjectiveOn { kAcceptance, kCompletion };

/// Failures and repairs of a link.
struct LifeSpec {
  static constexpr std::string_view kDefinition = "Life";
  LawSpec fails;                ///< time to failure
  LawSpec repairs;              ///< time to repair once somebody works on it
  std::optional<CrewRef> crew;  ///< absent: repair starts at once
  Place place;
  void describe(Fields& f);
};

/// Of each replica of a component.
struct ReplicaLifeSpec : LifeSpec {
  static constexpr std::string_view kDefinition = "ReplicaLife";
  InService in_service =
      InService::kLose;  ///< a dead replica that only stands still lets its callers hang until it is repaired
  void describe(Fields& f);
};

/// The network inside a site.
struct LanSpec {
  Duration latency{100'000};
  Bandwidth bandwidth{10e9};
  void describe(Fields& f);
};

struct SiteSpec {
  std::string region;
  std::string provider;
  std::vector<Name> zones;
  LanSpec lan;
  std::optional<double> cost;  ///< money per month, any one currency
  Place place;
  [[nodiscard]] bool has_zone(std::string_view zone) const;
  void describe(Fields& f);
};

struct LinkSpec {
  ModelChoice model;             ///< "wan_link" when not written
  std::vector<SiteRef> between;  ///< exactly two different sites
  Duration latency;              ///< one way
  Bandwidth bandwidth;           ///< of each direction
  Probability loss;
  std::optional<LifeSpec> life;
  std::optional<double> cost;
  Place place;
  void describe(Fields& f);
};

/// "load", or {"at_least": n}: when a replicated component counts as up.
struct NeedsSpec {
  bool by_load = false;  ///< as many replicas as the load needs
  std::int64_t at_least = 1;
  Place place;
  void describe(Fields& f);
};
template <>
struct Codec<NeedsSpec> {
  static void decode(Decoder& d, const Node& node, NeedsSpec& v, const Range& range);
  static Type type();
  static std::string text(const NeedsSpec& v);
};

using Replicas = RefMap<RefKind::kLocation, std::int64_t>;

struct ComponentSpec {
  ModelChoice model;
  Replicas replicas;
  RefMap<RefKind::kSite, double> weights;  ///< share of the traffic by site; absent sites weigh 1
  std::optional<NeedsSpec> needs;
  std::optional<ReplicaLifeSpec> life;
  Map<PoolSpec> pools;  ///< each replica's own, used by its calls by name
  std::vector<std::string> labels;
  std::optional<double> cost;  ///< money per month and replica
  Place place;
  [[nodiscard]] std::int64_t replica_count() const;
  [[nodiscard]] bool stands_at(std::string_view location) const;  ///< "site" or "site/zone"
  void describe(Fields& f);
};

struct ObjectiveSpec {
  std::optional<Probability> availability;
  std::optional<Duration> p99;
  std::optional<PromiseSpec> rto;  ///< recovery time of each incident
  std::optional<PromiseSpec> rpo;  ///< age of what is lost in each incident
  ObjectiveOn on = ObjectiveOn::kAcceptance;
  void describe(Fields& f);
};

struct OperationSpec {
  ComponentRef entry;
  Name endpoint{"default", {}};
  LocationRef from;           ///< where its clients are
  std::int64_t priority = 0;  ///< 0 is the most urgent
  CallPolicy client;
  std::optional<ObjectiveSpec> objective;
  std::optional<VolumeSpec>
      volume;  ///< what it carries in ordinary times: the load of commands that have no experiment
  Place place;
  [[nodiscard]] bool names_endpoint() const { return endpoint.place.line > 0; }
  void describe(Fields& f);
};

struct ProcedureSpec {
  ModelChoice model;
  LocationRef at;  ///< where its actor stands
  Place place;
  void describe(Fields& f);
};

/// Things that fail together (beta factor model): of the failures of each member the share `beta` is common. A common failure
/// strikes all replicas of all members in one instant, and one repair brings all of them back.
struct ShareSpec {
  std::vector<MemberRef> members;
  std::string kind;  ///< power, certificate, dns, config, ...: for people
  Probability beta;  ///< in (0, 1]
  Place place;
  void describe(Fields& f);
};

struct CrewSpec {
  std::int64_t size = 1;  ///< repairs at the same time
  Place place;
  void describe(Fields& f);
};

struct NetworkSpec {
  Duration user_timeout{15 * 60 * kNanosPerSecond};  ///< held messages are reset after this
  Duration resend_timeout{200'000'000};
  Duration epoch{100'000'000};  ///< between two re-divisions of shared links
  bool crosstraffic = false;
  Bytes tcp_gamma{0};  ///< largest window; 0: no cap
  void describe(Fields& f);
};

struct Topology {
  std::string name;
  std::string description;
  Map<SiteSpec> sites;
  Map<LinkSpec> links;
  Map<ComponentSpec> components;
  Map<OperationSpec> operations;
  Map<ProcedureSpec> procedures;
  Map<ShareSpec> shares;
  Map<CrewSpec> crews;
  NetworkSpec network;
  Place place;
  std::vector<Reference> references;  ///< every reference in the text, for check_topology
  std::string file;                   ///< as named in messages
  std::string source;                 ///< the raw bytes, for hashes
  void describe(Fields& f);
};

template <>
struct Codec<LinkSpec> {
  static void decode(Decoder& d, const Node& node, LinkSpec& v, const Range& range);
  static Type type();
  static std::string text(const LinkSpec& v);
};
template <>
struct Codec<ComponentSpec> {
  static void decode(Decoder& d, const Node& node, ComponentSpec& v, const Range& range);
  static Type type();
  static std::string text(const ComponentSpec& v);
};
template <>
struct Codec<ProcedureSpec> {
  static void decode(Decoder& d, const Node& node, ProcedureSpec& v, const Range& range);
  static Type type();
  static std::string text(const ProcedureSpec& v);
};
template <>
struct Words<InService> {
  static const std::vector<std::pair<std::string_view, InService>>& table();
};
template <>
struct Words<ObjectiveOn> {
  static const std::vector<std::pair<std::string_view, ObjectiveOn>>& table();
};

/// References, link ends, replicas, uniqueness: everything that needs more than one field. Adds to `issues`.
void check_topology(const Topology& topology, Issues& issues);

/// The part of it that is about `shares`. Adds to `issues`.
void check_shares(const Topology& topology, Issues& issues);

/// Decodes and checks one topology text. `file` names it in messages. Problems go to `issues`; the result is usable only
/// when they have no errors.
[[nodiscard]] Topology read_topology(std::string file, std::string text, const ModelCatalog& catalog,
                                     Issues& issues);

/// Reads, decodes and checks a file. Throws InvalidInput with every problem.
[[nodiscard]] Topology load_topology(const std::string& path, const ModelCatalog& catalog);

}  // namespace twinvoice::spec
