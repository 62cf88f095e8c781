// Statistics with known answers, as data: statistics/*.json name a function of sim/measure or sim/random, its arguments and
// what it must return ("compute"), or laws with their moments ("laws").
//
// Laws: mean, variance and the probability below the 99 % quantile as computed must agree to the file's relative tolerance.
// As sampled, n values of each seed: the mean within 5 standard errors, the share below the quantile likewise, and
// Kolmogorov's p above 1e-4. A right sampler fails with probability 1e-4 a law and seed, nearly all of it by Kolmogorov.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/measure/intervals.hpp"
#include "sim/measure/proportion.hpp"
#include "sim/measure/stopping.hpp"
#include "sim/measure/warm_up.hpp"
#include "sim/random/laws.hpp"

namespace twinvoice::testing {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

const fs::path kStatistics = fs::path(TWINVOICE_SOURCE_DIR) / "tests" / "oracle" / "statistics";

std::vector<std::string> files_with(const std::string& member) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kStatistics)) {
    if (entry.path().extension() != ".json") continue;
    if (json::parse(std::ifstream(entry.path())).contains(member))
      names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

json read(const std::string& name) { return json::parse(std::ifstream(kStatistics / (name + ".json"))); }

std::vector<double> values_of(const json& of) {
  if (of.contains("values")) return of.at("values").get<std::vector<double>>();
  std::ifstream file(kStatistics / of.at("file").get<std::string>());
  std::vector<double> values;
  for (double x = 0.0; file >> x;) values.push_back(x);
  return values;
}

std::uint64_t word(const json& hex) { return std::stoull(hex.get<std::string>(), nullptr, 16); }

json figures(const measure::Interval& i) { return {{"low", i.low}, {"high", i.high}}; }
json figures(const measure::Estimate& e) {
  return {{"value", e.value},
          {"low", e.low},
          {"high", e.high},
          {"half_width", e.half_width()},
          {"relative_half_width", e.relative_half_width()}};
}

json mser5(const json& of) {
  const measure::WarmUp w = measure::mser5(values_of(of));
  return {
      {"observations", w.observations}, {"batches", w.batches}, {"mean", w.mean}, {"statistic", w.statistic}};
}

json threefry_block(const json& of) {
  const auto words = random::block_bits(word(of.at("key")[0]), word(of.at("key")[1]),
                                        word(of.at("counter")[0]), word(of.at("counter")[1]));
  return {{"words", {fmt::format("{:016x}", words[0]), fmt::format("{:016x}", words[1])}}};
}

/// SplitMix64 is the finaliser of a state that grows by the golden ratio.
json splitmix64(const json& of) {
  json words = json::array();
  std::uint64_t state = of.at("seed").get<std::uint64_t>();
  for (int i = 0; i < of.at("count").get<int>(); ++i) {
    state += 0x9e3779b97f4a7c15ULL;
    words.push_back(fmt::format("{:016x}", random::finalise(state)));
  }
  return {{"words", words}};
}

double events(const json& of) { return of.at("events").get<double>(); }
double trials(const json& of) { return of.at("trials").get<double>(); }

const std::map<std::string, std::function<json(const json&)>>& functions() {
  static const std::map<std::string, std::function<json(const json&)>> kFunctions{
      {"threefry_block", threefry_block},
      {"splitmix64", splitmix64},
      {"mser5", mser5},
      {"proportion_interval",
       [](const json& of) {
         return figures(measure::proportion_interval(of.at("events").get<std::uint64_t>(),
                                                     of.at("trials").get<std::uint64_t>()));
       }},
      {"clopper_pearson",
       [](const json& of) { return figures(measure::clopper_pearson(events(of), trials(of))); }},
      {"wilson", [](const json& of) { return figures(measure::wilson(events(of), trials(of))); }},
      {"trials_needed_without_event",
       [](const json& of) {
         return json{{"count", measure::trials_needed_without_event(of.at("p").get<double>())}};
       }},
      {"student_interval", [](const json& of) { return figures(measure::student_interval(values_of(of))); }},
      {"replications_for_relative",
       [](const json& of) {
         return json{
             {"count", measure::replications_for_relative(values_of(of), of.at("wanted").get<double>())}};
       }},
  };
  return kFunctions;
}

class Statistics : public ::testing::TestWithParam<std::string> {};

TEST_P(Statistics, return_the_known_answers) {
  const json file = read(GetParam());
  for (const json& known : file.at("compute")) {
    const json result = functions().at(known.at("function").get<std::string>())(known.at("of"));
    for (const auto& [figure, expected] : known.at("expect").items()) {
      const std::string what = known.at("name").get<std::string>() + ": " + figure;
      if (!expected.is_number_float()) {
        EXPECT_EQ(result.at(figure), expected) << what;
        continue;
      }
      const auto value = expected.get<double>();
      EXPECT_NEAR(result.at(figure).get<double>(), value, file.at("relative").get<double>() * std::abs(value))
          << what;
    }
  }
}

random::Law law_of(const json& row) {
  using random::Law;
  const auto kind = row.at("law").get<std::string>();
  const auto p = [&](const char* name) { return row.at("parameters").at(name).get<double>(); };
  if (kind == "constant") return Law::constant(p("value"));
  if (kind == "exponential") return Law::exponential(p("mean"));
  if (kind == "erlang") return Law::erlang(static_cast<int>(p("stages")), p("mean"));
  if (kind == "weibull") return Law::weibull(p("shape"), p("scale"));
  if (kind == "lognormal") return Law::lognormal(p("mean"), p("cv"));
  if (kind == "gamma") return Law::gamma(p("mean"), p("cv"));
  if (kind == "pareto") return Law::pareto(p("shape"), p("minimum"));
  if (kind == "uniform") return Law::uniform(p("low"), p("high"));
  if (kind == "hyper_exponential")
    return Law::hyper_exponential(p("probability"), p("first_mean"), p("second_mean"));
  throw std::invalid_argument("no law " + kind);
}

/// 2 sum (-1)^(k-1) exp(-2 k^2 x^2) at x = sqrt(n) sup |F_n - F|; sorts the values.
double kolmogorov_p(std::vector<double>& values, const random::Law& law) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double distance = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = random::cdf(law, {}, values[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  const double x = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  double p = 0.0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return x < 0.2 ? 1.0 : p;
}

void judge_samples(const json& row, const random::Law& law, std::uint64_t seed, std::size_t n) {
  const std::string what = fmt::format("{}, seed {}", row.at("name").get<std::string>(), seed);
  const auto q99 = row.at("q99").get<double>();
  const auto root = std::sqrt(static_cast<double>(n));
  std::vector<double> values(n);
  double sum = 0.0;
  double below = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    random::Draws draws(random::Stream::of(seed, 0), random::purpose_of("law", "value"),
                        random::root_frame(random::hash_name("source"), i));
    values[i] = random::sample(law, {}, draws);
    sum += values[i];
    below += values[i] <= q99 ? 1.0 : 0.0;
  }
  const auto mean = row.at("mean").get<double>();
  const double deviation = std::sqrt(row.at("variance").get<double>());
  EXPECT_NEAR(sum / static_cast<double>(n), mean, 5.0 * deviation / root + 1e-12) << what;
  if (deviation == 0.0) return;
  EXPECT_NEAR(below / static_cast<double>(n), 0.99, 5.0 * std::sqrt(0.99 * 0.01) / root) << what;
  EXPECT_GT(kolmogorov_p(values, law), 1e-4) << what;
}

class Samplers : public ::testing::TestWithParam<std::string> {};

TEST_P(Samplers, follow_their_laws) {
  const json file = read(GetParam());
  const auto relative = file.at("relative").get<double>();
  const random::LawTables none;
  for (const json& row : file.at("laws")) {
    const auto name = row.at("name").get<std::string>();
    const random::Law law = law_of(row);
    const auto mean = row.at("mean").get<double>();
    const auto variance = row.at("variance").get<double>();
    EXPECT_NEAR(random::mean(law, none), mean, relative * mean) << name;
    EXPECT_NEAR(random::variance(law, none), variance, relative * variance) << name;
    if (variance > 0.0) {
      EXPECT_NEAR(random::survival(law, none, row.at("q99").get<double>()), 0.01, relative * 0.01) << name;
    }
    for (const json& seed : file.at("seeds"))
      judge_samples(row, law, seed.get<std::uint64_t>(), file.at("samples").get<std::size_t>());
  }
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Cases, Statistics, ::testing::ValuesIn(files_with("compute")), test_name);
INSTANTIATE_TEST_SUITE_P(Cases, Samplers, ::testing::ValuesIn(files_with("laws")), test_name);

}  // namespace
}  // namespace twinvoice::testing
