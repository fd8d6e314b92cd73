// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files as the bundle needs them: read once from the start; replaced whole or not at all.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

namespace bespoke::detail {

/// Owns a file descriptor.
class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

/// A regular file, read from its start. Every function throws errc::io with the path and the system's reason.
class input_file {
 public:
  explicit input_file(std::filesystem::path path);

  std::uint64_t size() const noexcept { return size_; }  ///< when it was opened
  /// The next `n` bytes.
  void read(std::byte* to, std::size_t n);

 private:
  std::filesystem::path path_;
  descriptor fd_;
  std::uint64_t size_ = 0;
};

/// Makes `path` a file of these pieces, one after the other. Written beside it, synchronised, renamed over it, and the
/// folder synchronised: whatever happens, `path` is the old file or the new one, whole. Keeps the old file's permissions.
///
/// The temporary file is `<path>.saving`, locked (flock) while it is written; of several at once the others take
/// `<path>.saving-1` and so on. One that a killed process left has no lock and is removed by the next call, so they
/// never add up. Throws errc::io with the path and the system's reason; `path` is then as it was.
void replace_file(const std::filesystem::path& path, std::span<const std::string_view> pieces);

}  // namespace bespoke::detail
