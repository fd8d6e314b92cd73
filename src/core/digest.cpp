// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>

#include <array>
#include <bespoke/core/digest.hpp>
#include <cstdint>
#include <cstring>

namespace bespoke {

namespace {

constexpr std::size_t digest_bytes = 32;

crypto_generichash_state* sodium_state(std::byte* bytes) { return reinterpret_cast<crypto_generichash_state*>(bytes); }

}  // namespace

digest::digest() {
  static_assert(sizeof(crypto_generichash_state) <= sizeof state_ && alignof(crypto_generichash_state) <= 64);
  // It picks the fastest code for this processor; where it fails the portable code gives the same digest.
  static const int initialised = sodium_init();
  (void)initialised;
  std::memset(state_, 0, sizeof state_);
  crypto_generichash_init(sodium_state(state_), nullptr, 0, digest_bytes);
}

void digest::add(std::span<const std::byte> bytes) {
  crypto_generichash_update(sodium_state(state_), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

void digest::add(std::string_view text) {
  add(std::uint64_t{text.size()});
  add(std::as_bytes(std::span(text)));
}

std::string digest::hex() const {
  digest last = *this;
  std::array<unsigned char, digest_bytes> hash{};
  crypto_generichash_final(sodium_state(last.state_), hash.data(), hash.size());
  std::string text(2 * digest_bytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  text.pop_back();
  return text;
}

}  // namespace bespoke
