#include "tests/differential/scenes.hpp"

#include <utility>

namespace twinvoice::testing {

std::vector<SceneCase> all_scenes() {
  std::vector<SceneCase> all;
  for (const auto& subject : {station_scenes, pool_scenes, call_scenes, flow_scenes, network_scenes,
                              fault_scenes, log_scenes, load_scenes}) {
    for (SceneCase& scene : subject()) all.push_back(std::move(scene));
  }
  return all;
}

plan::Plan make_plan(const SceneCase& scene, double requests) {
  Scene s(requests);
  scene.build(s);
  plan::Plan plan = s.compiled ? std::move(*s.compiled) : s.b.build();
  plan.name = scene.name;
  return plan;
}

}  // namespace twinvoice::testing
