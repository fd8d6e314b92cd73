// SPDX-License-Identifier: Apache-2.0
#include "scan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace bespoke::ingest::detail {

namespace {

constexpr std::size_t blocks_at_once = 32;  // 2 KiB of text, whose masks stay in the first-level cache

/// Calls `f(offset, masks)` for each 64 bytes from `from` to `to`; bits past the end are clear.
template <class F>
void for_each_64(const char* text, std::size_t from, std::size_t to, dialect d, classify_function classify,
                 byte_kinds& kinds, F&& f) {
  std::array<byte_masks, blocks_at_once> masks;
  while (to - from >= 64) {
    const std::size_t n = std::min(blocks_at_once, (to - from) / 64);
    classify(text + from, n, d, masks.data(), kinds);
    for (std::size_t b = 0; b < n; ++b, from += 64) f(from, masks[b]);
  }
  if (from == to) return;
  char last[64];
  std::memset(last, ' ', sizeof last);
  std::memcpy(last, text + from, to - from);
  classify(last, 1, d, masks.data(), kinds);
  const std::uint64_t valid = (std::uint64_t{1} << (to - from)) - 1;
  const byte_masks& m = masks[0];
  f(from, byte_masks{m.separator & valid, m.quote & valid, m.line_end & valid, m.carriage_return & valid});
}

/// Bit i: an odd number of bits are set up to and including i.
std::uint64_t running_parity(std::uint64_t bits) {
  for (unsigned shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// Which bytes are inside quotes: the opening quote is, the closing one is not. `inside` is carried along as 0 or ~0.
std::uint64_t inside_quotes(std::uint64_t quotes, std::uint64_t& inside) {
  if (quotes == 0) return inside;
  const std::uint64_t result = running_parity(quotes) ^ inside;
  inside = (result >> 63) != 0 ? ~std::uint64_t{0} : 0;
  return result;
}

std::uint64_t shifted(std::uint64_t bits, std::uint64_t& carry) {
  const std::uint64_t out = bits << 1 | carry;
  carry = bits >> 63;
  return out;
}

/// Checks that quotes open only at the start of a field or after a closing one (a doubled quote), and that a field ends
/// after they close. The last byte of the 64 before is carried along; `valid` leaves out what lies after the text,
/// whose end also ends a field.
class quote_rules {
 public:
  void see(const byte_masks& m, std::uint64_t inside, std::uint64_t field_ends, std::uint64_t valid) {
    if (m.quote == 0 && !pending()) {
      after_end_ = field_ends >> 63;
      return;
    }
    const std::uint64_t open = m.quote & inside, close = m.quote & ~inside;
    const std::uint64_t after_close = shifted(close, after_close_), after_end = shifted(field_ends, after_end_);
    const std::uint64_t returns = m.carriage_return & after_close;
    wrong_ |= open & ~(after_end | after_close);
    wrong_ |= after_close & ~(field_ends | open | m.carriage_return) & valid;
    wrong_ |= shifted(returns, after_return_) & ~m.line_end & valid;
    doubled_ |= open & after_close;
  }
  bool wrong() const { return wrong_ != 0; }
  bool doubled() const { return doubled_ != 0; }

 private:
  bool pending() const { return (after_close_ | after_return_) != 0; }

  std::uint64_t after_end_ = 1, after_close_ = 0, after_return_ = 0, wrong_ = 0, doubled_ = 0;
};

/// Appends offsets without asking for room at each one.
void append_offsets(std::size_t base, std::uint64_t bits, field_index& out) {
  std::uint32_t* to = out.ends.data() + out.fields;
  out.fields += static_cast<std::size_t>(std::popcount(bits));
  for (; bits != 0; bits &= bits - 1)
    *to++ = static_cast<std::uint32_t>(base + static_cast<std::size_t>(std::countr_zero(bits)));
}

void append_rows(std::size_t first, std::uint64_t ends, std::uint64_t row_ends, field_index& out) {
  std::uint32_t* to = out.rows.data() + out.row_count;
  for (; row_ends != 0; row_ends &= row_ends - 1) {
    const std::uint64_t below = (row_ends & (~row_ends + 1)) - 1;
    *to++ = static_cast<std::uint32_t>(first + static_cast<std::size_t>(std::popcount(ends & below)));
  }
  out.row_count = static_cast<std::size_t>(to - out.rows.data());
}

void ensure_room(std::vector<std::uint32_t>& v, std::size_t size) {
  if (v.size() < size) v.resize(std::max(size, v.size() * 2));
}

}  // namespace

void find_boundary(const char* text, std::size_t from, std::size_t to, dialect d, classify_function classify,
                   row_boundary& b) {
  std::uint64_t inside = b.inside ? ~std::uint64_t{0} : 0;
  byte_kinds kinds;
  for_each_64(text, from, to, d, classify, kinds, [&](std::size_t at, const byte_masks& m) {
    const std::uint64_t within = inside_quotes(m.quote, inside);
    const std::uint64_t row_ends = m.line_end & ~within;
    if (row_ends != 0) {
      const auto last = static_cast<unsigned>(63 - std::countl_zero(row_ends));
      b.after = at + last + 1;
      b.lines_before = b.lines + static_cast<std::size_t>(std::popcount(m.line_end << (63 - last)));
    }
    b.lines += static_cast<std::size_t>(std::popcount(m.line_end));
  });
  b.inside = inside != 0;
}

void index_fields(std::string_view text, dialect d, classify_function classify, field_index& out) {
  out.fields = out.row_count = 0;
  out.kinds = {};
  std::uint64_t inside = 0;
  quote_rules rules;
  for_each_64(text.data(), 0, text.size(), d, classify, out.kinds, [&](std::size_t at, const byte_masks& m) {
    const std::uint64_t within = inside_quotes(m.quote, inside);
    const std::uint64_t ends = (m.separator | m.line_end) & ~within, row_ends = m.line_end & ~within;
    const std::uint64_t valid =
        text.size() - at < 64 ? (std::uint64_t{1} << (text.size() - at)) - 1 : ~std::uint64_t{0};
    rules.see(m, within, ends, valid);
    ensure_room(out.ends, out.fields + 65);
    ensure_room(out.rows, out.row_count + 65);
    if (row_ends != 0) append_rows(out.fields, ends, row_ends, out);
    append_offsets(at, ends, out);
  });
  out.irregular = rules.wrong() || inside != 0;
  out.doubled = rules.doubled();
  if (text.empty() || (text.back() == '\n' && inside == 0)) return;
  ensure_room(out.ends, out.fields + 1);
  ensure_room(out.rows, out.row_count + 1);
  out.rows[out.row_count++] = static_cast<std::uint32_t>(out.fields);
  out.ends[out.fields++] = static_cast<std::uint32_t>(text.size());
}

namespace {

bool ends_line(std::string_view text, std::size_t at) {
  if (at == text.size() || text[at] == '\n') return true;
  return text[at] == '\r' && (at + 1 == text.size() || text[at + 1] == '\n');
}

/// Past the closing quote of the field that opens at `at`; the text's size + 1 where there is none.
std::size_t after_closing_quote(std::string_view text, std::size_t at, char quote) {
  while (true) {
    at = text.find(quote, at + 1);
    if (at == std::string_view::npos) return text.size() + 1;
    if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
    ++at;
  }
}

struct field_end {
  std::size_t at = 0;
  row_fault fault = row_fault::none;
};

field_end end_of_quoted(std::string_view text, std::size_t begin, dialect d) {
  std::size_t at = after_closing_quote(text, begin, d.quote);
  if (at > text.size()) return {begin, row_fault::unclosed};
  if (!ends_line(text, at)) return {at, text[at] == d.separator ? row_fault::none : row_fault::after_quote};
  if (at < text.size() && text[at] == '\r') ++at;
  return {at};
}

field_end end_of_plain(std::string_view text, std::size_t begin, dialect d) {
  std::size_t at = begin;
  for (; at < text.size() && text[at] != d.separator && text[at] != '\n'; ++at)
    if (d.quoting && text[at] == d.quote) return {at, row_fault::quote_in_plain};
  return {at};
}

}  // namespace

void read_plain_row(std::string_view text, std::size_t begin, dialect d, plain_row& out) {
  out.ends.clear();
  out.fault = row_fault::none;
  while (true) {
    const bool is_quoted = d.quoting && begin < text.size() && text[begin] == d.quote;
    const field_end end = is_quoted ? end_of_quoted(text, begin, d) : end_of_plain(text, begin, d);
    if (end.fault != row_fault::none) {
      out.fault = end.fault;
      out.fault_at = end.at;
      return;
    }
    out.ends.push_back(static_cast<std::uint32_t>(end.at));
    begin = end.at + 1;
    if (end.at < text.size() && text[end.at] == d.separator) continue;
    out.next = std::min(begin, text.size());
    return;
  }
}

}  // namespace bespoke::ingest::detail
