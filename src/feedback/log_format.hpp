// SPDX-License-Identifier: Apache-2.0
#pragma once
// Events as bytes. All numbers are little-endian.

#include <bespoke/feedback/log.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bespoke::feedback::detail {

inline constexpr std::size_t head_size = 32;        // of a file
inline constexpr std::size_t frame_head_size = 12;  // of an event
inline constexpr std::uint32_t max_payload = 16u << 20;
inline constexpr std::string_view magic = "BSPKEVT\n";
inline constexpr std::uint32_t format_version = 1;

/// CRC-32C (Castagnoli, reflected polynomial 0x82F63B78), as in iSCSI and ext4.
std::uint32_t crc32c(std::string_view bytes) noexcept;

/// The check of an event's head: a mix of where it stands, how long it is, and the file's own salt.
std::uint32_t frame_check(std::uint64_t salt, std::uint64_t offset, std::uint32_t length) noexcept;

std::string file_head(std::uint64_t salt);

/// The salt of a sound head; nothing where it is damaged.
std::optional<std::uint64_t> salt_of(std::string_view head) noexcept;
std::uint32_t version_of(std::string_view head) noexcept;

/// Appends an event's frame, which will stand at `offset`. Throws errc::limit where it is too long.
void put_frame(std::string& out, const event& e, std::uint64_t salt, std::uint64_t offset);

/// The payload length that a frame's head states; nothing where the check disagrees or the length is beyond the limit.
std::optional<std::uint32_t> payload_length(std::string_view frame_head, std::uint64_t salt,
                                            std::uint64_t offset) noexcept;

/// Reads a whole frame whose head is sound. False where the checksum or the payload's structure is wrong.
bool get_event(std::string_view frame, event& out);

}  // namespace bespoke::feedback::detail
