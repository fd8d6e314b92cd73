// SPDX-License-Identifier: Apache-2.0
#include "bytes.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace bespoke::ingest::detail {

namespace {

class memory_bytes final : public byte_source {
 public:
  explicit memory_bytes(std::string text) : text_(std::move(text)) {}

  std::size_t read(char* to, std::size_t size) override {
    const std::size_t n = std::min(size, text_.size() - at_);
    std::memcpy(to, text_.data() + at_, n);
    at_ += n;
    return n;
  }
  bool rewind() override { return at_ = 0, true; }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class file_bytes final : public byte_source {
 public:
  file_bytes(const std::filesystem::path& file, std::string stage) : stage_(std::move(stage)), name_(file.string()) {
    handle_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (handle_ < 0) fail("cannot open the file");
    // Advice only: a pipe refuses it and is read all the same.
    (void)::posix_fadvise(handle_, 0, 0, POSIX_FADV_SEQUENTIAL);
  }
  ~file_bytes() override { ::close(handle_); }
  file_bytes(const file_bytes&) = delete;
  file_bytes& operator=(const file_bytes&) = delete;

  std::size_t read(char* to, std::size_t size) override {
    ssize_t n;
    do n = ::read(handle_, to, size);
    while (n < 0 && errno == EINTR);
    if (n < 0) fail("cannot read the file");
    return static_cast<std::size_t>(n);
  }
  bool rewind() override { return ::lseek(handle_, 0, SEEK_SET) == 0; }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw error(errc::io, {.stage = stage_,
                           .source = name_,
                           .problem = std::string(what) + ": " + std::generic_category().message(errno)});
  }

  std::string stage_, name_;
  int handle_ = -1;
};

}  // namespace

std::unique_ptr<byte_source> open_bytes(const text_place& place, const std::string& stage) {
  if (place.text) return std::make_unique<memory_bytes>(*place.text);
  return std::make_unique<file_bytes>(place.file, stage);
}

bool names_utf8(std::string_view encoding) {
  std::string plain;
  for (char c : encoding)
    if (c != '-' && c != '_') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return plain == "utf8";
}

}  // namespace bespoke::ingest::detail
