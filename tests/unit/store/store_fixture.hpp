// A folder of its own for each test, and rows made up from a seed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "sim/store/canonical.hpp"
#include "sim/store/store.hpp"

namespace twinvoice::store {

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "twinvoice-store-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override {
    std::error_code problem;
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, problem);
    std::filesystem::remove_all(folder_, problem);
  }
  [[nodiscard]] std::string path(const std::string& name = "results.sqlite") const {
    return (folder_ / name).string();
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

  static std::string read(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  /// Names in the folder, sorted.
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path folder_;
};

/// The message of the StoreError that `act` throws; empty when it throws none.
template <class Act>
std::string message_of(const Act& act) {
  try {
    act();
  } catch (const StoreError& e) {
    return e.what();
  }
  return {};
}

/// Made-up rows: the same seed gives the same rows.
class Maker {
 public:
  explicit Maker(std::uint64_t seed) : bits_(seed) {}

  std::uint64_t below(std::uint64_t n) { return bits_() % n; }

  double real() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (below(8)) {
      case 0: return std::numeric_limits<double>::quiet_NaN();
      case 1: return kInfinity;
      case 2: return -kInfinity;
      case 3: return static_cast<double>(below(100));
      default: return static_cast<double>(bits_()) / static_cast<double>(1 + below(1'000'000'000));
    }
  }

  std::string word() {
    static const std::array<const char*, 6> kWords = {"issue-invoice.p99",        "rto", "a, \"quoted\" word",
                                                      "\xe5\x8f\x91\xe7\xa5\xa8", "",    "two\nlines"};
    return kWords[below(kWords.size())];
  }

  std::vector<std::byte> record() {
    std::vector<std::byte> bytes(below(200));
    for (std::byte& b : bytes) b = static_cast<std::byte>(bits_());
    return bytes;
  }

  measure::Histogram histogram() {
    measure::Histogram h;
    const std::uint64_t n = below(30);
    for (std::uint64_t i = 0; i < n; ++i) h.record(static_cast<Nanos>(bits_() >> (1 + below(63))));
    return h;
  }

  ReplicationRow replication(std::uint64_t number) {
    ReplicationRow row{number, bits_(), bits_(), bits_(), static_cast<double>(below(1000)) / 8,
                       {},     {},      {},      {}};
    for (std::uint64_t i = below(4); i > 0; --i) row.figures.push_back({word(), real()});
    for (std::uint64_t i = below(4); i > 0; --i) row.failures.push_back({word(), word(), bits_()});
    for (std::uint64_t i = below(3); i > 0; --i) {
      RecoveryRow recovery{word(), real(), real(), real(), {}};
      for (std::uint64_t j = below(4); j > 0; --j) recovery.phases.push_back({word(), real()});
      row.recoveries.push_back(std::move(recovery));
    }
    for (std::uint64_t i = below(3); i > 0; --i) row.latencies.push_back({word(), histogram()});
    return row;
  }

  std::vector<ReplicationRow> replications(std::uint64_t n) {
    std::vector<ReplicationRow> rows;
    for (std::uint64_t i = 0; i < n; ++i) rows.push_back(replication(i));
    return rows;
  }

  CellRow cell(const std::string& id, const std::string& state = "complete") {
    CellRow row{id,
                word(),
                bits_(),
                "0.1.0",
                "{\"experiment\":\"" + id + "\"}",
                "{\"topology\":" + std::to_string(below(2)) + "}",
                state,
                word(),
                {},
                {},
                {}};
    static const std::array<const char*, 4> kVerdicts = {"met", "missed", "undecided", "no_sample"};
    for (std::uint64_t i = below(4); i > 0; --i) {
      row.expectations.push_back({word(), kVerdicts[below(kVerdicts.size())], word(), std::nullopt});
      if (below(2) == 1) row.expectations.back().more_to_decide = below(1000);
    }
    row.verdict = verdict_of(row.expectations);
    for (std::uint64_t i = below(5); i > 0; --i) {
      measure::Estimate e;
      e.value = real();
      e.low = real();
      e.high = real();
      e.method = word();
      e.samples = bits_();
      e.groups = below(50);
      e.converged = below(2) == 1;
      row.figures.push_back({word(), e});
    }
    return row;
  }

 private:
  std::mt19937_64 bits_;
};

/// A cell as the store gives it back.
inline std::vector<std::byte> stored(const Store& store, const std::string& id) {
  const auto cell = store.cell(id);
  return cell ? canonical(*cell, store.replications(id)) : std::vector<std::byte>();
}

}  // namespace twinvoice::store
