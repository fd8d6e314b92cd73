// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cutting a text of any length into chunks of whole rows.

#include "bytes.hpp"
#include "scan.hpp"

#include <bespoke/core/error.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace bespoke::ingest::detail {

/// Bytes that grow without being cleared first.
class text_buffer {
 public:
  text_buffer() = default;
  text_buffer(text_buffer&& other) noexcept { swap(other); }
  text_buffer& operator=(text_buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  void swap(text_buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::string_view view() const noexcept { return {data_.get(), size_}; }
  std::size_t size() const noexcept { return size_; }
  char* data() noexcept { return data_.get(); }
  void shrink(std::size_t size) noexcept { size_ = size; }
  void append(std::string_view text);
  /// Room for `more` bytes after the text, which `added` then makes part of it.
  char* room(std::size_t more);
  void added(std::size_t n) noexcept { size_ += n; }
  void drop_front(std::size_t n) noexcept;

 private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0, capacity_ = 0;
};

/// Whole rows, except that the last chunk may end in the middle of one.
struct chunk {
  text_buffer text;
  std::size_t first_line = 1;  ///< the line number of the text's first byte
  bool at_end = false;         ///< the file ends here
};

struct chunk_rules {
  std::string stage{}, source{};
  std::string encoding_advice{};  ///< for bytes that are not UTF-8
  dialect form{};
  std::size_t chunk_bytes = 512 << 10, max_row_bytes = 64 << 20, skip_lines = 0;
  bool check_mark = true;       ///< look at a byte order mark
  bool long_rows_pass = false;  ///< a row that is too long inside quotes is handed out: its quotes may be at fault
};

/// The error for a row that is longer than the rules allow.
error row_too_long(const chunk_rules& rules, std::size_t line);

/// One thread at a time.
class chunker {
 public:
  chunker(std::unique_ptr<byte_source> bytes, chunk_rules rules);

  /// Replaces `out` with the next rows; false at the end. Throws errc::io, encoding, limit.
  bool next(chunk& out);
  /// Gives text back, to be read next: it begins a row, and `line` is its line number. Replaces what was read ahead.
  void put_back(text_buffer text, std::size_t line);
  /// What was read of the row after the last chunk.
  std::string_view left_over() const noexcept { return carry_.view(); }
  bool rewind();

 private:
  void begin();
  void drop_mark();
  void drop_lines();
  bool read_more(text_buffer& to, std::size_t n);
  std::size_t amount_to_read(std::size_t size) const;
  void hand_out(chunk& out, const row_boundary& b);
  bool must_stop(const chunk& out, const row_boundary& b) const;

  std::unique_ptr<byte_source> bytes_;
  chunk_rules rules_;
  classify_function classify_;
  text_buffer carry_;  // read, but after the last whole row
  std::size_t line_ = 1;
  std::exception_ptr failure_;  // of the source: thrown once the rows before it were handed out
  bool begun_ = false, ended_ = false;
};

}  // namespace bespoke::ingest::detail
