#include "sim/world/frame.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/base/fingerprint.hpp"
#include "sim/base/wire.hpp"

namespace twinvoice::world {
namespace {

constexpr std::uint32_t kMagic = 0x31565754;  // "TWV1"
constexpr std::size_t kHeaderBytes = 4 + 1 + 8 + 8;

std::uint64_t checksum(std::span<const std::byte> bytes) {
  Fingerprint sum;
  sum.add(bytes.size());
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    word = (word << 8U) | static_cast<std::uint64_t>(bytes[i]);
    if (i % 8 == 7) sum.add(std::exchange(word, 0));
  }
  sum.add(word);
  return sum.value();
}

}  // namespace

std::vector<std::byte> encode_frame(FrameKind kind, std::span<const std::byte> bytes) {
  wire::Writer header;
  header.u32(kMagic);
  header.u8(static_cast<std::uint8_t>(kind));
  header.u64(bytes.size());
  header.u64(checksum(bytes));
  std::vector<std::byte> raw = header.take();
  raw.insert(raw.end(), bytes.begin(), bytes.end());
  return raw;
}

std::optional<Frame> decode_frame(std::span<const std::byte> raw, std::string& problem) {
  if (raw.size() < kHeaderBytes) {
    problem = raw.empty() ? "it sent nothing" : "its record is cut short";
    return {};
  }
  wire::Reader header(raw.first(kHeaderBytes));
  const bool magic = header.u32() == kMagic;
  const std::uint8_t kind = header.u8();
  const std::uint64_t length = header.u64();
  const std::uint64_t sum = header.u64();
  const auto bytes = raw.subspan(kHeaderBytes);
  if (!magic || kind > static_cast<std::uint8_t>(FrameKind::kError)) {
    problem = "its record does not begin as one";
    return {};
  }
  if (length != bytes.size()) {
    problem = fmt::format("its record has {} bytes instead of {}", bytes.size(), length);
    return {};
  }
  if (sum != checksum(bytes)) {
    problem = "the checksum of its record is wrong";
    return {};
  }
  return Frame{static_cast<FrameKind>(kind), {bytes.begin(), bytes.end()}};
}

}  // namespace twinvoice::world
