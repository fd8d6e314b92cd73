// SPDX-License-Identifier: Apache-2.0
#pragma once
// How libFuzzer changes bundles.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace bespoke_fuzz {

/// The bytes that the header's length says, or all there are.
inline std::size_t header_end(const std::uint8_t* data, std::size_t size) {
  std::uint64_t n = 0;
  if (size < 8) return size;
  std::memcpy(&n, data, 8);
  return n > size - 8 ? size : 8 + static_cast<std::size_t>(n);
}

/// Bytes changed blindly rarely get past the header's length: half of the time only the header is changed, and its length
/// with it. What is too short for a bundle becomes `seed`.
inline std::size_t mutate_bundle(std::uint8_t* data, std::size_t size, std::size_t most, unsigned random,
                                 const std::string& seed) {
  if (size < 9) {
    size = std::min(most, seed.size());
    std::memcpy(data, seed.data(), size);
  }
  if (random % 2 == 0 || size < 9) return LLVMFuzzerMutate(data, size, most);
  const std::size_t end = header_end(data, size);
  std::string header(data + 8, data + end), rest(data + end, data + size);
  header.resize(most - 8 - rest.size());
  header.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(header.data()), end - 8, header.size()));
  const std::uint64_t n = header.size();
  std::memcpy(data, &n, 8);
  std::memcpy(data + 8, header.data(), header.size());
  std::memcpy(data + 8 + header.size(), rest.data(), rest.size());
  return 8 + header.size() + rest.size();
}

}  // namespace bespoke_fuzz
