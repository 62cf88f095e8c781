// One message through a pipe: magic, kind, length, checksum, bytes. A worker that dies halfway leaves a frame that is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace twinvoice::world {

enum class FrameKind : std::uint8_t {
  kResult,  ///< what the job made
  kError,   ///< text: why it could not
  kTalk,    ///< one message of a longer conversation
};

struct Frame {
  FrameKind kind = FrameKind::kResult;
  std::vector<std::byte> bytes;
};

/// The frame as it goes through the pipe.
[[nodiscard]] std::vector<std::byte> encode_frame(FrameKind kind, std::span<const std::byte> bytes);
/// Exactly one whole frame; otherwise nothing, and `problem` says why.
[[nodiscard]] std::optional<Frame> decode_frame(std::span<const std::byte> raw, std::string& problem);

/// Frames out of a stream that brings them in pieces of any size.
class FrameStream {
 public:
  void append(std::span<const std::byte> bytes);
  /// The next whole frame; nothing as long as bytes of it are missing. Throws wire::Malformed when what has come is none.
  [[nodiscard]] std::optional<Frame> next();

 private:
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;  ///< what is before it has been taken
};

}  // namespace twinvoice::world
