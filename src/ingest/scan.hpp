// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finding fields and rows in a table's text.
//
// Two ways that agree. The fast one looks at 64 bytes at a time: every quote turns "inside quotes" over, so that separators
// and line ends outside follow from bit arithmetic (Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019). That
// is right as long as quotes stand only where RFC 4180 allows; the same arithmetic notices the first one that does not, and
// then the plain reader, one byte after the other, is used instead and can tell what is wrong.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace bespoke::ingest::detail {

struct dialect {
  char separator = ',';
  char quote = '"';
  bool quoting = true;
};

// ---- 64 bytes at a time

/// One bit a byte: bit i is byte i.
struct byte_masks {
  std::uint64_t separator, quote, line_end, carriage_return;
};

/// What occurs anywhere in a text.
struct byte_kinds {
  bool zero = false;
  bool high = false;  ///< bytes of 0x80 and above
};

/// Masks of `blocks` runs of 64 bytes.
using classify_function = void (*)(const char* text, std::size_t blocks, dialect d, byte_masks* out, byte_kinds& kinds);

void classify_portable(const char* text, std::size_t blocks, dialect d, byte_masks* out, byte_kinds& kinds);
/// The best for this processor, and all that it can run, for tests.
classify_function best_classify();
std::vector<classify_function> all_classify();

/// Where the last whole row ends, as far as the text was seen. Begin with a default one at the start of a row.
struct row_boundary {
  bool inside = false;           ///< the text seen so far ends inside quotes
  std::size_t after = 0;         ///< offset after the last line end outside quotes; 0: none yet
  std::size_t lines = 0;         ///< line ends of any kind seen
  std::size_t lines_before = 0;  ///< those before `after`
};
void find_boundary(const char* text, std::size_t from, std::size_t to, dialect d, classify_function classify,
                   row_boundary& b);

/// Offsets of all that ends a field, in order, and which of them end a row. A last row without line end gets one at the end.
struct field_index {
  std::vector<std::uint32_t> ends;  ///< `fields` of them count
  std::vector<std::uint32_t> rows;  ///< position in `ends` of each row's last end; `row_count` of them count
  std::size_t fields = 0, row_count = 0;
  bool irregular = false;  ///< a quote stands where it may not: do not use the index
  bool doubled = false;    ///< a doubled quote occurs
  byte_kinds kinds{};
};
/// `text` begins at the start of a row and is shorter than 4 GiB.
void index_fields(std::string_view text, dialect d, classify_function classify, field_index& out);

// ---- one byte after the other

enum class row_fault : unsigned char {
  none,
  unclosed,        ///< the text ends inside quotes, which opened at `fault_at`
  after_quote,     ///< something follows a closing quote, at `fault_at`
  quote_in_plain,  ///< a quote inside a field that does not begin with one, at `fault_at`
};

struct plain_row {
  std::vector<std::uint32_t> ends;  ///< as in field_index, of one row
  std::size_t next = 0;             ///< where the next row begins
  row_fault fault = row_fault::none;
  std::size_t fault_at = 0;
};
/// Reads the row that begins at `begin`, which is not the end of the text. With a fault, `ends` holds the fields before it.
void read_plain_row(std::string_view text, std::size_t begin, dialect d, plain_row& out);

}  // namespace bespoke::ingest::detail
