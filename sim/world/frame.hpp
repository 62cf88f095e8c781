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
};

struct Frame {
  FrameKind kind = FrameKind::kResult;
  std::vector<std::byte> bytes;
};

/// The frame as it goes through the pipe.
[[nodiscard]] std::vector<std::byte> encode_frame(FrameKind kind, std::span<const std::byte> bytes);
/// Exactly one whole frame; otherwise nothing, and `problem` says why.
[[nodiscard]] std::optional<Frame> decode_frame(std::span<const std::byte> raw, std::string& problem);

}  // namespace twinvoice::world
