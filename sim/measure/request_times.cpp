#include "sim/measure/request_times.hpp"

#include <algorithm>
#include <tuple>

namespace twinvoice::measure {
namespace {

// A record is three numbers in base 128, the lowest digits first: the distance of its arrival from the one before
// (zigzag: small for both signs), twice the distance of its sequence plus whether it succeeded (zigzag), and its age when
// decided plus one, 0 for an open one.
constexpr std::uint64_t kContinues = 0x80;

std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

/// Reads numbers in base 128 from a stream of bytes.
template <class NextByte>
std::uint64_t get(NextByte&& next) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint8_t byte = next();
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if ((byte & kContinues) == 0) return value;
  }
  throw wire::Malformed("request times: a number of more than ten bytes");
}

}  // namespace

void RequestTimes::put_byte(std::uint8_t byte) {
  if (used_ == chunks_.size() * kChunkBytes) chunks_.push_back(std::make_unique<Chunk>());
  (*chunks_[used_ / kChunkBytes])[used_ % kChunkBytes] = byte;
  ++used_;
}

void RequestTimes::put(std::uint64_t value) {
  while (value >= kContinues) {
    put_byte(static_cast<std::uint8_t>(value | kContinues));
    value >>= 7;
  }
  put_byte(static_cast<std::uint8_t>(value));
}

void RequestTimes::add(const TimedRequest& request) {
  put(zigzag(request.arrived_ns - last_arrived_ns_));
  const auto ahead = static_cast<std::int64_t>(request.sequence - last_sequence_);
  put((zigzag(ahead) << 1) | (request.succeeded ? 1U : 0U));
  put(request.decided_ns == kNever ? 0
                                   : static_cast<std::uint64_t>(request.decided_ns - request.arrived_ns) + 1);
  last_arrived_ns_ = request.arrived_ns;
  last_sequence_ = request.sequence;
  ++count_;
}

std::vector<TimedRequest> RequestTimes::sorted() const {
  std::vector<TimedRequest> list(count_);
  std::size_t at = 0;
  const auto next = [&] {
    if (at == used_) throw wire::Malformed("request times: truncated");
    const std::uint8_t byte = (*chunks_[at / kChunkBytes])[at % kChunkBytes];
    ++at;
    return byte;
  };
  TimedRequest last;
  for (TimedRequest& request : list) {
    last.arrived_ns += unzigzag(get(next));
    const std::uint64_t ahead = get(next);
    last.sequence += static_cast<std::uint64_t>(unzigzag(ahead >> 1));
    last.succeeded = (ahead & 1) != 0;
    const std::uint64_t age = get(next);
    last.decided_ns = age == 0 ? kNever : last.arrived_ns + static_cast<Nanos>(age - 1);
    request = last;
  }
  std::sort(list.begin(), list.end(), [](const TimedRequest& a, const TimedRequest& b) {
    return std::tie(a.arrived_ns, a.sequence) < std::tie(b.arrived_ns, b.sequence);
  });
  return list;
}

void RequestTimes::serialize(wire::Writer& out) const {
  out.u64(count_);
  out.u64(used_);
  for (std::size_t i = 0; i < used_; ++i) out.u8((*chunks_[i / kChunkBytes])[i % kChunkBytes]);
}

RequestTimes RequestTimes::deserialize(wire::Reader& in) {
  RequestTimes times;
  times.count_ = static_cast<std::size_t>(in.u64());
  const std::size_t bytes = in.count(1);
  if (times.count_ > bytes / 3) throw wire::Malformed("request times: more records than bytes");
  for (std::size_t i = 0; i < bytes; ++i) times.put_byte(in.u8());
  static_cast<void>(times.sorted());
  return times;
}

}  // namespace twinvoice::measure
