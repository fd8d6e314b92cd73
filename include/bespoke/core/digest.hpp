// SPDX-License-Identifier: Apache-2.0
#pragma once
// A fingerprint of data: BLAKE2b with 32 bytes of output (RFC 7693), by libsodium's generic hash.

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace bespoke {

/// A digest of everything added so far, in order. Copies go their own ways.
///
///     digest d;
///     for (const Ticket& t : tickets) { d.add(t.body); d.add(t.amount); }
///     std::string fingerprint = d.hex();                                    // 64 digits
///
/// O(bytes added), about 1 GB/s; many small `add`s cost a call each. Thread safety: const calls from any thread.
class digest {
 public:
  digest();

  /// The bytes as they are: cut in other pieces they give the same digest.
  void add(std::span<const std::byte> bytes);
  /// The length (8 bytes, little-endian) and then the text, so that "ab", "c" differs from "a", "bc".
  void add(std::string_view text);
  void add(const char* text) { add(std::string_view(text)); }
  void add(const std::string& text) { add(std::string_view(text)); }
  /// A number's bytes as they lie in memory; numbers of other types count as other data: `add(1)` is not `add(1L)`.
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::same_as<T, long double>)  // a long double has bytes without meaning
  void add(T value) {
    add(std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

  /// The digest as 64 lower-case hexadecimal digits; more may be added afterwards.
  std::string hex() const;

 private:
  alignas(64) std::byte state_[384];  // libsodium's state, whose headers stay in src/
};

}  // namespace bespoke
