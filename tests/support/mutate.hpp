// Structure-aware mutations of JSON texts: what a careless or hostile user may hand in. Every mutation is a pure function of
// the text and the dice, so that a seed repeats a case.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace twinvoice::testing {

/// A small generator of its own (SplitMix64): the same numbers with every compiler and library.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// In [0, bound); 0 when the bound is 0.
  [[nodiscard]] std::size_t below(std::size_t bound) {
    return bound == 0 ? 0 : static_cast<std::size_t>(next() % bound);
  }
  /// True once in `n` times.
  [[nodiscard]] bool once_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  [[nodiscard]] const T& pick(const std::vector<T>& values) {
    return values[below(values.size())];
  }

 private:
  std::uint64_t state_;
};

/// One value of a JSON text and, when it is a member of an object, its key with quotes.
struct Piece {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  char kind = ' ';  ///< '{' '[' '"' '0' (number) 'l' (literal)
  std::size_t begin = 0, end = 0;
  std::size_t key_begin = kNowhere, key_end = kNowhere;
  std::size_t parent = kNowhere;  ///< index of the container
  [[nodiscard]] bool has_key() const { return key_begin != kNowhere; }
  /// First byte of the member or element.
  [[nodiscard]] std::size_t first() const { return has_key() ? key_begin : begin; }
};

/// All values of a text in file order, containers before what they hold. Of a text that is not JSON: those before the first
/// place that makes no sense.
[[nodiscard]] std::vector<Piece> pieces_of(std::string_view text);

enum class Mutation : std::uint8_t {
  kDropMember,
  kDuplicateMember,
  kMisspellKey,
  kUnknownMember,
  kWrongUnit,
  kBareNumber,
  kOddNumber,     ///< NaN, Infinity, 1e999, 2^64, -0, 1e-400, hexadecimal, ...
  kOddQuantity,   ///< a quantity of a right or wrong unit with an extreme, negative or malformed number
  kScaledNumber,  ///< digits changed: mostly still valid, so that the later stages meet it
  kNegative,
  kDeepNesting,
  kHugeText,
  kEmptyValue,
  kOtherType,
  kDanglingReference,  ///< a name that nobody has
  kOtherReference,     ///< a name that something else has
  kPath,               ///< the value of "topology", "trace", "rate_trace"
  kTruncate,
  kFlipBytes,
  kInvalidUtf8,
  kByteOrderMark,
  kOpenComment,
  kSwapValues,
  kCopyValue,
  kManyMembers,
  kManyElements,
  kControlBytes,
  kEscapes,
  kPunctuation,
  kCount
};
[[nodiscard]] std::string_view mutation_name(Mutation mutation);

/// Applies one mutation somewhere. A mutation that finds no place for itself flips a byte.
[[nodiscard]] std::string mutate(std::string_view text, Mutation mutation, Dice& dice);

/// One to three mutations; their names, for messages, are appended to `told` when given.
[[nodiscard]] std::string mutate(std::string_view text, Dice& dice, std::string* told = nullptr);

/// Paths that lead out of a workspace, to no file, or to what is no regular file.
[[nodiscard]] const std::vector<std::string>& hostile_paths();

/// Whole documents known for breaking JSON readers: depth, numbers, strings, encodings, structure.
[[nodiscard]] const std::vector<std::string>& json_attacks();

}  // namespace twinvoice::testing
