// SHA-256: names inputs by their content.
#pragma once

#include <string>
#include <string_view>

namespace twinvoice {

/// SHA-256 (FIPS 180-4) of the bytes as 64 lower-case hex digits. EngineError when OpenSSL has no SHA-256.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace twinvoice
