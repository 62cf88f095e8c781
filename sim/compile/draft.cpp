#include "sim/compile/draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <variant>

namespace twinvoice::compile {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

random::Law lower(const spec::LawSpec& spec, random::LawTables& tables) {
  using random::Law;
  const auto s = [](Duration d) { return to_seconds(d.ns); };
  return std::visit(
      Overloaded{[&](const spec::ConstantLaw& l) { return Law::constant(s(l.value)); },
                 [&](const spec::ExponentialLaw& l) { return Law::exponential(s(l.mean)); },
                 [&](const spec::LognormalLaw& l) { return Law::lognormal(s(l.mean), l.cv); },
                 [&](const spec::GammaLaw& l) { return Law::gamma(s(l.mean), l.cv); },
                 [&](const spec::ErlangLaw& l) { return Law::erlang(static_cast<int>(l.k), s(l.mean)); },
                 [&](const spec::HyperExponentialLaw& l) { return Law::hyper_exponential(s(l.mean), l.cv); },
                 [&](const spec::WeibullLaw& l) { return Law::weibull(l.shape, s(l.scale)); },
                 [&](const spec::ParetoLaw& l) { return Law::pareto(l.shape, s(l.minimum)); },
                 [&](const spec::UniformLaw& l) {
                   return l.low == l.high ? Law::constant(s(l.low)) : Law::uniform(s(l.low), s(l.high));
                 },
                 [&](const spec::EmpiricalLaw& l) {
                   std::vector<double> values;
                   for (const Duration d : l.samples) values.push_back(s(d));
                   return tables.add_samples(std::move(values));
                 }},
      spec.law);
}

}  // namespace

plan::LawId Draft::law(const spec::LawSpec& spec) {
  const std::string text = spec::format_law(spec);
  const auto [found, fresh] = laws_.try_emplace(text, plan::LawId(plan.laws.size()));
  if (fresh) {
    random::Law law;
    try {
      law = lower(spec, plan.law_tables);
    } catch (const std::invalid_argument& refusal) {
      issues.error(spec.place, fmt::format("this law cannot be drawn from: {}", refusal.what()));
    }
    plan.laws.push_back(law);
  }
  return found->second;
}

void Draft::bound(std::size_t size, std::size_t most, const Place& place, std::string_view what) {
  if (size <= most) return;
  issues.error(place, fmt::format("{} {}: a simulation holds at most {}", size, what, most));
  issues.sort();
  throw InvalidInput(issues);
}

Place Draft::place_of(plan::ComponentId id) const {
  if (!id.valid() || id.index() >= topology.components.size()) return topology.place;
  return topology.components[id.index()].value.place;
}

std::uint32_t Draft::label(const std::string& text) {
  const auto [found, fresh] = labels_.try_emplace(text, static_cast<std::uint32_t>(plan.labels.size()));
  if (fresh) plan.labels.push_back(text);
  return found->second;
}

plan::ComponentId Draft::find_component(std::string_view name) const {
  for (std::size_t i = 0; i < plan.components.size(); ++i) {
    if (plan.components[i].name == name) return plan::ComponentId(i);
  }
  return {};
}

plan::OperationId Draft::find_operation(std::string_view name) const {
  for (std::size_t i = 0; i < plan.operations.size(); ++i) {
    if (plan.operations[i].name == name) return plan::OperationId(i);
  }
  return {};
}

plan::LinkId Draft::find_link(std::string_view name) const {
  for (std::size_t i = 0; i < plan.links.size(); ++i) {
    if (plan.links[i].name == name) return plan::LinkId(i);
  }
  return {};
}

std::vector<plan::LocationId> Draft::find_locations(std::string_view text) const {
  std::vector<plan::LocationId> found;
  for (std::size_t i = 0; i < plan.locations.size(); ++i) {
    if (plan.locations[i].name == text || plan.locations[i].site == text) found.emplace_back(i);
  }
  return found;
}

}  // namespace twinvoice::compile
