// libFuzzer: a topology and an experiment, divided by a record separator, from text to a short run. Half of the mutations know JSON.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/hostile.hpp"
#include "tests/support/mutate.hpp"

using twinvoice::testing::Dice;
using twinvoice::testing::Inputs;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace {

constexpr char kSeparator = '\x1e';

Inputs split(std::string_view text) {
  const std::size_t at = text.find(kSeparator);
  if (at == std::string_view::npos) return {"fuzz", std::string(text), ""};
  return {"fuzz", std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  Dice dice(seed);
  if (dice.once_in(3)) return LLVMFuzzerMutate(data, size, max_size);
  Inputs inputs = split({reinterpret_cast<const char*>(data), size});
  std::string& text = dice.once_in(2) ? inputs.topology : inputs.experiment;
  text = twinvoice::testing::mutate(text, dice);
  const std::string whole = inputs.topology + kSeparator + inputs.experiment;
  if (whole.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, whole.data(), whole.size());
  return whole.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto outcome = twinvoice::testing::judge(split({reinterpret_cast<const char*>(data), size}), 2'000);
  if (outcome.faults.empty()) return 0;
  std::fprintf(stderr, "%s\n", outcome.text().c_str());
  std::abort();
}
