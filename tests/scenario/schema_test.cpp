// The JSON Schemas that editors are pointed to are those that the program prints.
#include <string>

#include "tests/scenario/program.hpp"

namespace twinvoice::testing {
namespace {

class Schema : public ProgramTest {};

TEST_F(Schema, shipped_files_are_what_the_program_prints) {
  const std::string folder = std::string(TWINVOICE_SOURCE_DIR) + "/topologies/schema/";
  for (const char* kind : {"topology", "experiment", "sweep", "policies"}) {
    EXPECT_EQ(read(folder + kind + "-1.json"), run({"schema", kind}).out)
        << "renew it: twinvoice schema " << kind << " > topologies/schema/" << kind << "-1.json";
  }
}

}  // namespace
}  // namespace twinvoice::testing
