// SPDX-License-Identifier: Apache-2.0
#include "agent/engine/digest.h"

#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace harden {

struct Digest::State {
  sha256_ctx context;
};

Digest::Digest() : state_(std::make_unique<State>()) { nettle_sha256_init(&state_->context); }
Digest::~Digest() = default;

void Digest::add(std::string_view text) {
  const std::string length = std::to_string(text.size()) + ":";
  for (const std::string_view part : {std::string_view(length), text}) {
    nettle_sha256_update(&state_->context, part.size(), reinterpret_cast<const std::uint8_t*>(part.data()));
  }
}

std::string Digest::take() {
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> bytes;
  nettle_sha256_digest(&state_->context, bytes.size(), bytes.data());
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : bytes) {
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

}  // namespace harden
