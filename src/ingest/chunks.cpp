// SPDX-License-Identifier: Apache-2.0
#include "chunks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace bespoke::ingest::detail {

char* text_buffer::room(std::size_t more) {
  if (capacity_ - size_ < more) {
    const std::size_t capacity = std::max(size_ + more, capacity_ * 2);
    std::unique_ptr<char[]> data(new char[capacity]);
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
  }
  return data_.get() + size_;
}

void text_buffer::append(std::string_view text) {
  if (text.empty()) return;
  std::memcpy(room(text.size()), text.data(), text.size());
  size_ += text.size();
}

void text_buffer::drop_front(std::size_t n) noexcept {
  size_ -= n;
  std::memmove(data_.get(), data_.get() + n, size_);
}

error row_too_long(const chunk_rules& rules, std::size_t line) {
  return error(errc::limit,
               {.stage = rules.stage,
                .source = rules.source,
                .line = line,
                .expected = fmt::format("rows of at most {} bytes", rules.max_row_bytes),
                .got = "a longer one that begins here",
                .advice = rules.form.quoting ? "look for a quote that is never closed, or raise .max_row_bytes"
                                             : "raise .max_row_bytes"});
}

chunker::chunker(std::unique_ptr<byte_source> bytes, chunk_rules rules)
    : bytes_(std::move(bytes)), rules_(std::move(rules)), classify_(best_classify()) {}

bool chunker::read_more(text_buffer& to, std::size_t n) {
  if (ended_ || failure_) return false;
  try {
    const std::size_t got = bytes_->read(to.room(n), n);
    to.added(got);
    ended_ = got == 0;
    return got != 0;
  } catch (const error&) {
    failure_ = std::current_exception();
    return false;
  }
}

void chunker::begin() {
  begun_ = true;
  while (carry_.size() < 3 && read_more(carry_, rules_.chunk_bytes)) {
  }
  if (rules_.check_mark) drop_mark();
  drop_lines();
}

void chunker::drop_mark() {
  const std::string_view text = carry_.view();
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    carry_.drop_front(3);
    return;
  }
  if (text.substr(0, 2) != "\xFF\xFE" && text.substr(0, 2) != "\xFE\xFF") return;
  throw error(errc::encoding, {.stage = rules_.stage,
                               .source = rules_.source,
                               .line = 1,
                               .column = 1,
                               .expected = "UTF-8",
                               .got = "the byte order mark of UTF-16",
                               .advice = "pass .encoding = \"utf-16\""});
}

void chunker::drop_lines() {
  while (line_ <= rules_.skip_lines) {
    const std::size_t end = carry_.view().find('\n');
    if (end != std::string_view::npos) {
      carry_.drop_front(end + 1);
      ++line_;
    } else {
      carry_.shrink(0);
      if (!read_more(carry_, rules_.chunk_bytes)) return;
    }
  }
}

bool chunker::must_stop(const chunk& out, const row_boundary& b) const {
  if (ended_ || b.after != 0) return true;
  if (failure_) std::rethrow_exception(failure_);
  if (out.text.size() <= rules_.max_row_bytes) return false;
  if (rules_.long_rows_pass && b.inside) return true;
  throw row_too_long(rules_, line_);
}

void chunker::hand_out(chunk& out, const row_boundary& b) {
  out.first_line = line_;
  out.at_end = ended_;
  carry_.shrink(0);
  if (ended_ || b.after == 0) {
    line_ += b.lines;
    return;
  }
  carry_.append(out.text.view().substr(b.after));
  out.text.shrink(b.after);
  line_ += b.lines_before;
}

/// Long rows double what is read, up to the limit, so that reading them stays linear.
std::size_t chunker::amount_to_read(std::size_t size) const {
  if (size < rules_.chunk_bytes) return rules_.chunk_bytes - size;
  const std::size_t left = size <= rules_.max_row_bytes ? rules_.max_row_bytes + 1 - size : size;
  return std::min(std::max(size, rules_.chunk_bytes), left);
}

bool chunker::next(chunk& out) {
  if (!begun_) begin();
  out.text.swap(carry_);
  row_boundary b;
  std::size_t seen = 0;
  while (true) {
    find_boundary(out.text.data(), seen, out.text.size(), rules_.form, classify_, b);
    seen = out.text.size();
    if ((seen >= rules_.chunk_bytes || ended_ || failure_) && must_stop(out, b)) break;
    read_more(out.text, amount_to_read(seen));
  }
  hand_out(out, b);
  return out.text.size() != 0;
}

void chunker::put_back(text_buffer text, std::size_t line) {
  carry_ = std::move(text);
  line_ = line;
}

bool chunker::rewind() {
  if (!bytes_->rewind()) return false;
  carry_.shrink(0);
  line_ = 1;
  begun_ = ended_ = false;
  failure_ = nullptr;
  return true;
}

}  // namespace bespoke::ingest::detail
