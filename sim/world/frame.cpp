#include "sim/world/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "sim/base/fingerprint.hpp"
#include "sim/base/wire.hpp"

namespace twinvoice::world {
namespace {

constexpr std::uint32_t kMagic = 0x31565754;  // "TWV1"
constexpr std::size_t kHeaderBytes = 4 + 1 + 8 + 8;

struct Header {
  bool magic = false;
  std::uint8_t kind = 0;
  std::uint64_t length = 0, sum = 0;
  [[nodiscard]] bool is_one() const { return magic && kind <= static_cast<std::uint8_t>(FrameKind::kTalk); }
};

Header read_header(std::span<const std::byte> raw) {
  wire::Reader in(raw.first(kHeaderBytes));
  Header header;
  header.magic = in.u32() == kMagic;
  header.kind = in.u8();
  header.length = in.u64();
  header.sum = in.u64();
  return header;
}

/// In the byte order of this machine, on which both ends of the pipe are.
std::uint64_t checksum(std::span<const std::byte> bytes) {
  Fingerprint sum;
  sum.add(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, std::min(sizeof(word), bytes.size() - at));
    sum.add(word);
  }
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
  const Header header = read_header(raw);
  const auto bytes = raw.subspan(kHeaderBytes);
  if (!header.is_one()) {
    problem = "its record does not begin as one";
    return {};
  }
  if (header.length != bytes.size()) {
    problem = fmt::format("its record has {} bytes instead of {}", bytes.size(), header.length);
    return {};
  }
  if (header.sum != checksum(bytes)) {
    problem = "the checksum of its record is wrong";
    return {};
  }
  return Frame{static_cast<FrameKind>(header.kind), {bytes.begin(), bytes.end()}};
}

void FrameStream::append(std::span<const std::byte> bytes) {
  if (at_ > 0) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
  }
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<Frame> FrameStream::next() {
  const auto rest = std::span<const std::byte>(bytes_).subspan(at_);
  if (rest.size() < kHeaderBytes) return {};
  const Header header = read_header(rest);
  if (!header.is_one()) throw wire::Malformed("a frame does not begin as one");
  if (rest.size() - kHeaderBytes < header.length) return {};
  const auto bytes = rest.subspan(kHeaderBytes, static_cast<std::size_t>(header.length));
  if (header.sum != checksum(bytes)) throw wire::Malformed("the checksum of a frame is wrong");
  at_ += kHeaderBytes + bytes.size();
  return Frame{static_cast<FrameKind>(header.kind), {bytes.begin(), bytes.end()}};
}

}  // namespace twinvoice::world
