// SPDX-License-Identifier: Apache-2.0
#pragma once
// The safetensors layout: 8 bytes with the header's length (little-endian), the header (JSON), the tensors' data.
//
// Files written here: the data begins at a multiple of 64 bytes; tensors stand by element size, largest first, then by
// name, so that each is aligned to its elements without a gap. Files read here: from anyone, nothing is believed.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::detail {

inline constexpr std::size_t safetensors_prefix = 8;                    ///< bytes before the header
inline constexpr std::uint64_t safetensors_header_limit = 100'000'000;  ///< bytes, as the reference program has it

/// Where a tensor's data is, counted from the first byte after the header.
struct tensor_entry {
  std::string dtype{};
  std::vector<std::size_t> shape{};
  std::size_t count = 0;  ///< elements: the product of `shape`
  std::size_t begin = 0, end = 0;
};
using tensor_table = std::map<std::string, tensor_entry, std::less<>>;

struct safetensors_header {
  tensor_table tensors{};
  std::map<std::string, std::string, std::less<>> metadata{};
};

/// Bytes an element takes; 0 for a dtype that bundles do not use.
std::size_t element_size(std::string_view dtype) noexcept;

/// a · b into `product`, or false if that is more than a size can hold.
bool multiply(std::size_t a, std::size_t b, std::size_t& product) noexcept;

/// The header's length, checked against the cap and the file's size. Throws errc::bad_bundle naming `source`.
std::size_t header_length(std::span<const std::byte> prefix, std::uint64_t file_size, const std::string& source);

/// Parses and checks a header whose file has `data_bytes` after it: every tensor has a known dtype, fits its shape, is
/// aligned to its elements, and the tensors cover the data without hole or overlap. Throws errc::bad_bundle.
safetensors_header parse_header(std::string_view text, std::uint64_t data_bytes, const std::string& source);

/// Sets `begin` and `end` of every tensor; returns the names in the order of the data.
std::vector<std::string> place(tensor_table& tensors);

/// The prefix and the padded header of placed tensors. Throws errc::limit for more than a reader would take.
std::string header_bytes(const safetensors_header& header);

/// Throws errc::bad_bundle naming `source`; the advice is to save the file again or restore it.
[[noreturn]] void refuse_bundle(const std::string& source, std::string problem, std::string stage = {});

}  // namespace bespoke::detail
