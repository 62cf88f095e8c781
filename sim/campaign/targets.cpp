#include "sim/campaign/targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "sim/spec/experiment.hpp"
#include "sim/spec/patch.hpp"

namespace twinvoice::campaign {
namespace {

using spec::Document;
using spec::Node;
using spec::NodeKind;

constexpr std::string_view kTopologyPrefix = "topology:";
constexpr std::array<std::string_view, 5> kTopologyMaps{"components", "links", "sites", "procedures",
                                                        "operations"};
constexpr std::array<std::string_view, 2> kNames{"id",
                                                 "to"};  ///< members by which an element of a list is found

/// Something that a dotted name may begin with.
struct Entity {
  std::string id;
  Spot spot;
};

const Document& document_of(const Bases& bases, const Spot& spot) {
  return spot.in_topology ? *bases.topology : *bases.experiment;
}

void add_members(const Document& document, const Node* map, const Spot& parent, std::vector<Entity>& out) {
  if (map == nullptr || map->kind != NodeKind::kObject) return;
  for (const Node* n = document.first_child(*map); n != nullptr; n = document.next(*n)) {
    Spot spot = parent;
    spot.tokens.emplace_back(n->key);
    out.push_back({std::string(n->key), std::move(spot)});
  }
}

void add_faults(const Document& document, std::vector<Entity>& out) {
  const Node* list = document.member(document.root(), "faults");
  if (list == nullptr || list->kind != NodeKind::kArray) return;
  std::vector<spec::FaultName> names;
  const auto text_at = [&](const Node& fault, std::string_view key) {
    const Node* member = fault.kind == NodeKind::kObject ? document.member(fault, key) : nullptr;
    return member != nullptr && member->kind == NodeKind::kString ? std::string(member->text) : std::string();
  };
  for (const Node* n = document.first_child(*list); n != nullptr; n = document.next(*n))
    names.push_back({text_at(*n, "id"), text_at(*n, "fault")});
  const std::vector<std::string> ids = spec::fault_ids(names);
  for (std::size_t i = 0; i < ids.size(); ++i)
    out.push_back({ids[i], {false, {"faults", std::to_string(i)}}});
}

std::vector<Entity> entities(const Bases& bases) {
  std::vector<Entity> out;
  const Document& topology = *bases.topology;
  for (const std::string_view map : kTopologyMaps)
    add_members(topology, topology.member(topology.root(), map), {true, {std::string(map)}}, out);
  const Document& experiment = *bases.experiment;
  add_members(experiment, experiment.member(experiment.root(), "load"), {false, {"load"}}, out);
  add_faults(experiment, out);
  return out;
}

std::vector<std::string> split_dots(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

/// The token by which `part` is found in a list: itself when it is an index, else the index of the only element with that
/// "id" or "to".
std::string list_token(const Document& document, const Node& list, const std::string& part) {
  if (part == "-" || part.find_first_not_of("0123456789") == std::string::npos) return part;
  std::string found;
  std::size_t index = 0;
  for (const Node* n = document.first_child(list); n != nullptr; n = document.next(*n), ++index) {
    if (n->kind != NodeKind::kObject) continue;
    const bool named = std::any_of(kNames.begin(), kNames.end(), [&](std::string_view key) {
      const Node* member = document.member(*n, key);
      return member != nullptr && member->kind == NodeKind::kString && member->text == part;
    });
    if (!named) continue;
    if (!found.empty()) return part;
    found = std::to_string(index);
  }
  return found.empty() ? part : found;
}

Spot descend(const Bases& bases, Spot spot, const std::vector<std::string>& parts) {
  const Document& document = document_of(bases, spot);
  for (const std::string& part : parts) {
    const Node* here = find_node(document, spot.tokens);
    const bool list = here != nullptr && here->kind == NodeKind::kArray;
    spot.tokens.push_back(list ? list_token(document, *here, part) : part);
  }
  return spot;
}

bool exists(const Bases& bases, const Spot& spot) {
  return find_node(document_of(bases, spot), spot.tokens) != nullptr;
}

bool has_place(const Bases& bases, const Spot& spot, bool removes) {
  const spec::Change change{spot.tokens, removes ? std::nullopt : std::optional<std::string>("null")};
  return !spot.tokens.empty() && applies(document_of(bases, spot), change);
}

std::string list_of(const std::vector<Spot>& spots) {
  std::string out;
  for (std::size_t i = 0; i < spots.size() && i < 10; ++i)
    out += (i == 0 ? "" : ", ") + spec::quote(spot_text(spots[i]));
  return spots.size() > 10 ? out + ", ..." : out;
}

/// Why a place does not exist: how far its pointer leads, and what stands there.
std::string dead_end(const Bases& bases, const Spot& spot) {
  const Document& document = document_of(bases, spot);
  std::vector<std::string> tokens = spot.tokens;
  std::string missing;
  while (!tokens.empty() && find_node(document, tokens) == nullptr) {
    missing = tokens.back();
    tokens.pop_back();
  }
  const Node* last = find_node(document, tokens);
  const std::string where = spot_text({spot.in_topology, tokens});
  if (missing.empty() || last == nullptr)
    return fmt::format("{} cannot be changed as a whole", spec::quote(where));
  if (last->kind == NodeKind::kArray) {
    return fmt::format("the list {} has {} elements and no {}", spec::quote(where), last->size,
                       spec::quote(missing));
  }
  if (last->kind != NodeKind::kObject) {
    return fmt::format("{} is {} and has no member {}", spec::quote(where), spec::kind_name(last->kind),
                       spec::quote(missing));
  }
  std::vector<std::string_view> keys;
  for (const Node* n = document.first_child(*last); n != nullptr; n = document.next(*n))
    keys.push_back(n->key);
  return fmt::format("{} has no member {}{}", where.empty() ? "the experiment" : spec::quote(where),
                     spec::quote(missing), spec::did_you_mean(missing, keys));
}

Resolution resolve_pointer(std::string_view text, bool in_topology, bool removes, const Bases& bases) {
  const auto tokens = spec::pointer_tokens(text);
  if (!tokens || tokens->empty()) return {std::nullopt, "is not a JSON pointer such as \"/horizon\""};
  Spot spot{in_topology, *tokens};
  if (has_place(bases, spot, removes)) return {std::move(spot), {}};
  const Spot other{!in_topology, *tokens};
  std::string problem = dead_end(bases, spot);
  if (exists(bases, other)) problem += fmt::format("; did you mean {}?", spec::quote(spot_text(other)));
  return {std::nullopt, std::move(problem)};
}

Resolution resolve_name(std::string_view target, bool removes, const Bases& bases) {
  const std::vector<Entity> all = entities(bases);
  std::vector<Spot> found;
  for (const Entity& entity : all) {
    const bool begins = target == entity.id || (target.size() > entity.id.size() &&
                                                target.compare(0, entity.id.size(), entity.id) == 0 &&
                                                target[entity.id.size()] == '.');
    if (!begins) continue;
    const bool whole = target.size() == entity.id.size();
    found.push_back(whole ? entity.spot
                          : descend(bases, entity.spot, split_dots(target.substr(entity.id.size() + 1))));
  }
  if (found.empty()) {
    std::vector<std::string_view> ids;
    for (const Entity& entity : all) ids.push_back(entity.id);
    const std::string first(target.substr(0, target.find('.')));
    return {std::nullopt,
            fmt::format("nothing is called {}{}; a target is the id of a component, link, site, procedure, "
                        "operation, load or fault with its members, or a pointer such as \"/horizon\"",
                        spec::quote(first), spec::did_you_mean(first, ids))};
  }
  std::vector<Spot> fitting;
  const auto keep = [&](const auto& fits) {
    if (fitting.empty()) std::copy_if(found.begin(), found.end(), std::back_inserter(fitting), fits);
  };
  keep([&](const Spot& spot) { return exists(bases, spot); });
  keep([&](const Spot& spot) { return has_place(bases, spot, removes); });
  if (fitting.size() == 1) return {fitting.front(), {}};
  if (fitting.empty() && found.size() == 1) return {std::nullopt, dead_end(bases, found.front())};
  return {std::nullopt,
          fmt::format("{}: {}", fitting.empty() ? "none of its meanings exists" : "has several meanings",
                      list_of(fitting.empty() ? found : fitting))};
}

}  // namespace

std::string spot_text(const Spot& spot) {
  return (spot.in_topology ? std::string(kTopologyPrefix) : std::string()) + spec::pointer_of(spot.tokens);
}

Resolution resolve(std::string_view target, bool removes, const Bases& bases) {
  if (target.empty()) return {std::nullopt, "is empty"};
  if (target.substr(0, kTopologyPrefix.size()) == kTopologyPrefix)
    return resolve_pointer(target.substr(kTopologyPrefix.size()), true, removes, bases);
  if (target.front() == '/') return resolve_pointer(target, false, removes, bases);
  return resolve_name(target, removes, bases);
}

}  // namespace twinvoice::campaign
