// What the author of a model includes. A model is one file models/NAME.cpp and one line in
// models/catalog.def:
//
//   // Model: ...the card...
//   #include "sim/compile/part.hpp"
//   namespace twinvoice::models {
//   namespace {
//   struct Mirror {
//     spec::LawSpec demand;
//     void describe(spec::Fields& f) { f.required("demand", demand, "CPU time of one visit"); }
//     void lower(compile::ProgramBuilder& b) const {
//       const auto cores = b.station("cores", {});
//       b.hop_in();
//       b.serve(cores, demand, "demand");
//       b.reply();
//     }
//   };
//   }  // namespace
//   compile::PartModel make_mirror() { return compile::part<Mirror>("mirror", "answers what it was asked"); }
//   }  // namespace twinvoice::models
#pragma once

#include <string_view>

#include "sim/compile/catalog.hpp"
#include "sim/compile/fault_builder.hpp"
#include "sim/compile/program_builder.hpp"
#include "sim/spec/call_spec.hpp"
#include "sim/spec/fields.hpp"
#include "sim/spec/law_spec.hpp"

namespace twinvoice::compile {

/// A part whose parameters are a P with describe(Fields&) and lower(ProgramBuilder&) const.
template <class P>
[[nodiscard]] PartModel part(std::string_view name, std::string_view summary,
                             std::string_view default_endpoint = "default") {
  return {{name, summary, &spec::make_params<P>},
          default_endpoint,
          [](const spec::Params& params, ProgramBuilder& b) { spec::params_as<P>(params).lower(b); }};
}

/// A link whose parameters are a P with describe(Fields&) and lower(const spec::LinkSpec&, plan::Link&)
/// const.
template <class P>
[[nodiscard]] LinkModel link(std::string_view name, std::string_view summary) {
  return {{name, summary, &spec::make_params<P>},
          [](const spec::Params& params, const spec::LinkSpec& spec, plan::Link& link) {
            spec::params_as<P>(params).lower(spec, link);
          }};
}

/// A fault whose parameters are a P with describe(Fields&) and lower(FaultBuilder&) const.
template <class P>
[[nodiscard]] FaultModel fault(std::string_view name, std::string_view summary) {
  return {{name, summary, &spec::make_params<P>},
          [](const spec::Params& params, FaultBuilder& b) { spec::params_as<P>(params).lower(b); }};
}

}  // namespace twinvoice::compile
