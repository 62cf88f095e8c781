#include "sim/spec/topology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/spec/file_kind.hpp"
#include "sim/spec/model_codec.hpp"

namespace twinvoice::spec {
namespace {

constexpr ModelField kLinkModel{ModelKind::kLink, "model", "wan_link", "Link"};
constexpr ModelField kPartModel{ModelKind::kPart, "model", "", "Component"};
constexpr ModelField kProcedureModel{ModelKind::kProcedure, "model", "", "Procedure"};
constexpr std::int64_t kMostReplicas = 50'000;  // a probe may hold an effect on each: 65536 at once
constexpr Range kCrossing{0.0, 3600.0};

}  // namespace

void LifeSpec::describe(Fields& f) {
  f.required("fails", fails, "time to failure");
  f.required("repairs", repairs, "time to repair once somebody works on it");
  f.optional("crew", crew, "who repairs; absent: repair starts at once");
  f.rule("fails", !fails.is_zero(), "the time to failure cannot be constantly 0");
}

void ReplicaLifeSpec::describe(Fields& f) {
  LifeSpec::describe(f);
  f.optional(
      "in_service", in_service,
      "what a breakdown does to the work in service: \"lose\": it fails at once and newcomers are refused; "
      "\"resume\", \"restart\": it stands still until the repair and goes on, or begins anew");
}

void LanSpec::describe(Fields& f) {
  f.optional("latency", latency, "one way, inside the site", kCrossing,
             Origin{"assumed: same-building round trip 0.2 ms"});
  f.optional("bandwidth", bandwidth, "of each replica's port", kPositive, Origin{"assumed: 10GBASE-T"});
}

bool SiteSpec::has_zone(std::string_view zone) const {
  return std::any_of(zones.begin(), zones.end(), [zone](const Name& z) { return z.text == zone; });
}

void SiteSpec::describe(Fields& f) {
  f.required("region", region, "sites of one region fail together in region_down");
  f.optional("provider", provider, "who runs it");
  f.optional("zones", zones, "names of its failure zones");
  f.optional("lan", lan, "network inside the site");
  f.optional("cost", cost, "money per month", kNotNegative);
  f.rule("region", !region.empty(), "the region of a site needs a name");
}

void LinkSpec::describe(Fields& f) {
  f.required("between", between, "the two sites it joins");
  f.required("latency", latency, "one way", kCrossing);
  f.required("bandwidth", bandwidth, "of each direction", kPositive);
  f.optional("loss", loss, "share of the messages that need a resend");
  f.optional("life", life, "its failures and repairs");
  f.optional("cost", cost, "money per month", kNotNegative);
  f.rule("between", between.size() == 2, "a link is between exactly two sites");
  f.rule("loss", loss.value < 1.0, "a link that loses everything is a partition: use a fault");
}

void Codec<NeedsSpec>::decode(Decoder& d, const Node& node, NeedsSpec& v, const Range&) {
  v.place = d.place(node);
  std::size_t index = 0;
  if (node.kind == NodeKind::kString) {
    v.by_load = d.word(node, {"load"}, index);
  } else if (node.kind == NodeKind::kObject) {
    d.object(node, [&v](Fields& f) { v.describe(f); });
  } else {
    d.error(node, fmt::format("need \"load\" or {{\"at_least\": n}}, found {}", kind_name(node.kind)));
  }
}
Type Codec<NeedsSpec>::type() {
  Type t = detail::plain(Type::Kind::kEither, "\"load\" or at_least");
  t.parts.push_back(detail::plain(Type::Kind::kWord, "word"));
  t.parts.back().words = {"load"};
  t.parts.push_back(detail::plain(Type::Kind::kObject, "object"));
  t.parts.back().describe = [](Fields& f) { NeedsSpec{}.describe(f); };
  return t;
}
std::string Codec<NeedsSpec>::text(const NeedsSpec&) { return {}; }

void NeedsSpec::describe(Fields& f) { f.required("at_least", at_least, "replicas that must be up", kCount); }

std::int64_t ComponentSpec::replica_count() const {
  std::int64_t sum = 0;
  for (const auto& entry : replicas) sum += entry.value;
  return sum;
}

bool ComponentSpec::stands_at(std::string_view location) const {
  return std::any_of(replicas.begin(), replicas.end(), [location](const auto& entry) {
    if (entry.value <= 0) return false;
    return entry.key.id == location || split_location(entry.key.id).site == location;
  });
}

void ComponentSpec::describe(Fields& f) {
  f.required("replicas", replicas, "how many stand where", Range{0, kMostReplicas});
  f.optional("weights", weights,
             "relative traffic of each site under \"balance\": \"weighted\"; absent sites weigh 1",
             Range{0.0, 1e6});
  f.optional("needs", needs, "when it counts as up in the structure (plan); absent: one replica");
  f.optional("life", life, "failures and repairs of each replica");
  f.optional("pools", pools, "pools that several of its calls share (a DataSource), by name");
  f.optional("labels", labels, "words for people: nothing selects by them");
  f.optional("cost", cost, "money per month and replica", kNotNegative);
  f.rule("replicas", replica_count() > 0, "at least one replica is needed");
  f.rule("replicas", replica_count() <= kMostReplicas, "more than 50000 replicas in all");
  const auto counts = [](const auto& weight) { return weight.value > 0.0; };
  f.rule("weights", weights.empty() || std::any_of(weights.begin(), weights.end(), counts),
         "all weights are 0");
  f.rule("needs", !needs || needs->by_load || needs->at_least <= replica_count(),
         "\"at_least\" asks for more replicas than there are");
}

void ObjectiveSpec::describe(Fields& f) {
  f.optional("availability", availability, "smallest share of good requests");
  f.optional("p99", p99, "longest 99th percentile of the response time", kPositive);
  f.optional("rto", rto, "longest recovery time of an incident");
  f.optional("rpo", rpo, "greatest age of an acknowledged invoice that an incident loses");
  f.optional("on", on,
             "when a request counts for \"availability\": acceptance: the client has its answer; completion: "
             "the emitted jobs are done as well");
  f.rule("on", on == ObjectiveOn::kAcceptance || availability.has_value(),
         "\"on\" is about \"availability\", and none is stated");
}

void OperationSpec::describe(Fields& f) {
  f.required("entry", entry, "first component");
  f.optional("endpoint", endpoint, "its endpoint; absent: the component's default");
  f.required("from", from, "where its clients are");
  f.optional("priority", priority, "0 is the most urgent", Range{0, 7});
  f.optional("client", client, "how clients call");
  f.optional("objective", objective, "what its owner promises");
  f.optional("volume", volume,
             "what it carries in ordinary times: the load of plan where no experiment says one");
}

void ProcedureSpec::describe(Fields& f) {
  f.required("at", at, "where its actor stands: it sees what is seen from there");
}

void ShareSpec::describe(Fields& f) {
  f.required("members", members, "components and links with one and the same life");
  f.optional("kind", kind, "power, certificate, dns, config, ...: for people");
  f.required("beta", beta, "share of the failures of each member that strikes all of them together",
             Range{0.0, 1.0, true});
  f.rule("members", !members.empty(), "a share needs at least one member");
}

void CrewSpec::describe(Fields& f) { f.required("size", size, "repairs at the same time", Range{1, 10'000}); }

void NetworkSpec::describe(Fields& f) {
  f.optional("user_timeout", user_timeout, "messages that a cut holds longer than this are reset", kPositive,
             Origin{"Linux tcp_retries2: about 15 min"});
  f.optional("resend_timeout", resend_timeout, "before a lost message is sent again",
             Range{0.0, 3600.0, true}, Origin{"Linux TCP_RTO_MIN"});
  f.optional("epoch", epoch, "between two divisions of a shared link among requests and bulk flows",
             kPositive);
  f.optional("crosstraffic", crosstraffic, "acknowledgements of bulk flows take bandwidth");
  f.optional("tcp_gamma", tcp_gamma, "largest window of one bulk flow; 0 B: no cap");
}

void Topology::describe(Fields& f) {
  std::string schema;
  std::string version = "topology/1";
  f.optional("$schema", schema, "address of the JSON Schema, for editors");
  f.required("twinvoice", version, "always \"topology/1\"");
  f.rule("twinvoice", version == "topology/1", "need \"topology/1\"");
  f.required("name", name, "of the architecture");
  f.optional("description", description, "what it is");
  f.required("sites", sites, "data centres and other places");
  f.optional("links", links, "networks between sites");
  f.required("components", components, "services, databases, caches, ...");
  f.required("operations", operations, "what clients ask for");
  f.optional("procedures", procedures, "probes, alerts, people, runbooks, replication");
  f.optional("shares", shares, "fate groups");
  f.optional("crews", crews, "repair crews");
  f.optional("network", network, "transport");
  f.rule("sites", !sites.empty(), "a topology needs at least one site");
  f.rule("components", !components.empty(), "a topology needs at least one component");
  f.rule("operations", !operations.empty(), "a topology needs at least one operation");
}

void Codec<LinkSpec>::decode(Decoder& d, const Node& node, LinkSpec& v, const Range&) {
  v.place = d.place(node);
  decode_model(
      d, node, kLinkModel, [&v](Fields& f) { v.describe(f); }, v.model);
}
Type Codec<LinkSpec>::type() {
  return model_type(kLinkModel, [](Fields& f) { LinkSpec{}.describe(f); });
}
std::string Codec<LinkSpec>::text(const LinkSpec&) { return {}; }

void Codec<ComponentSpec>::decode(Decoder& d, const Node& node, ComponentSpec& v, const Range&) {
  v.place = d.place(node);
  decode_model(
      d, node, kPartModel, [&v](Fields& f) { v.describe(f); }, v.model);
}
Type Codec<ComponentSpec>::type() {
  return model_type(kPartModel, [](Fields& f) { ComponentSpec{}.describe(f); });
}
std::string Codec<ComponentSpec>::text(const ComponentSpec&) { return {}; }

void Codec<ProcedureSpec>::decode(Decoder& d, const Node& node, ProcedureSpec& v, const Range&) {
  v.place = d.place(node);
  decode_model(
      d, node, kProcedureModel, [&v](Fields& f) { v.describe(f); }, v.model);
}
Type Codec<ProcedureSpec>::type() {
  return model_type(kProcedureModel, [](Fields& f) { ProcedureSpec{}.describe(f); });
}
std::string Codec<ProcedureSpec>::text(const ProcedureSpec&) { return {}; }

const std::vector<std::pair<std::string_view, InService>>& Words<InService>::table() {
  static const std::vector<std::pair<std::string_view, InService>> words{
      {"resume", InService::kResume}, {"restart", InService::kRestart}, {"lose", InService::kLose}};
  return words;
}
const std::vector<std::pair<std::string_view, ObjectiveOn>>& Words<ObjectiveOn>::table() {
  static const std::vector<std::pair<std::string_view, ObjectiveOn>> words{
      {"acceptance", ObjectiveOn::kAcceptance}, {"completion", ObjectiveOn::kCompletion}};
  return words;
}

Topology read_topology(std::string file, std::string text, const ModelCatalog& catalog, Issues& issues) {
  Topology topology;
  topology.file = file;
  const auto document = parse_document(std::move(file), std::move(text), issues);
  if (!document) return topology;
  topology.source = document->text();
  if (!is_kind(*document, "topology", issues)) return topology;
  Decoder decoder(*document, catalog, issues);
  Codec<Topology>::decode(decoder, document->root(), topology, kAny);
  topology.references = decoder.references();
  if (document->root().kind == NodeKind::kObject) check_topology(topology, issues);
  return topology;
}

Topology load_topology(const std::string& path, const ModelCatalog& catalog) {
  Issues issues;
  auto text = read_file(path, issues);
  Topology topology;
  if (text) topology = read_topology(path, std::move(*text), catalog, issues);
  issues.sort();
  if (issues.has_errors()) throw InvalidInput(std::move(issues));
  return topology;
}

}  // namespace twinvoice::spec
