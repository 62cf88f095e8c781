// Values of options that are one of a few words.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::cli {

/// Accepts these words; of another one it says which it may be a slip of.
[[nodiscard]] inline CLI::Validator one_of(std::vector<std::string> words) {
  std::string listed = fmt::format("{{{}}}", fmt::join(words, ","));
  return {[words = std::move(words)](std::string& word) -> std::string {
            if (std::find(words.begin(), words.end(), word) != words.end()) return {};
            return fmt::format("{} is not one of {}{}", spec::quote(word), fmt::join(words, ", "),
                               spec::did_you_mean(word, {words.begin(), words.end()}));
          },
          std::move(listed)};
}

}  // namespace twinvoice::cli
