// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chunks to batches: what a format does with a chunk, and the reader that does it on all threads and keeps the order.

#include "chunks.hpp"

#include <bespoke/core/error.hpp>
#include <bespoke/ingest/bad_rows.hpp>
#include <bespoke/ingest/reader.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::ingest::detail {

/// A skipped row and how many good ones of its chunk came before it.
struct noted_row {
  std::size_t records_before = 0;
  skipped_row row;
};

/// A chunk's outcome.
struct parsed_chunk {
  std::unique_ptr<batch> records{};
  std::vector<noted_row> skipped{};
  std::optional<error> failure{};  ///< thrown after `records`
  std::size_t consumed = 0;        ///< bytes of the chunk; the rest begins a row and must be cut again
};

/// Reads the chunks of one format.
class chunk_parser {
 public:
  virtual ~chunk_parser() = default;
  /// Reads what comes before the rows and removes it from the chunk; false where the chunk has nothing yet.
  virtual bool begin(chunk& first) = 0;
  /// Parses a chunk. Thread-safe.
  virtual parsed_chunk parse(const chunk& c) const = 0;
};

/// Where a failing row lies, and what becomes of it. A parser calls `fail` for each, and stops where that returns false.
class row_collector {
 public:
  /// All arguments must outlive it.
  row_collector(const chunk_rules& rules, const bad_rows_policy& policy, const chunk& c, parsed_chunk& out)
      : rules_(rules), policy_(policy), chunk_(c), out_(out) {}

  /// The line of the byte at `at`, and its place in that line, both counted from 1.
  std::size_t line_of(std::size_t at) const;
  std::size_t column_of(std::size_t at) const;

  /// Notes a bad row, `row` being its text. `details` lack stage and source.
  bool fail(errc code, error_details details, std::string_view row);
  /// A failure that no policy skips.
  void fail_always(error e) { out_.failure = std::move(e); }
  /// Checks a row's bytes; false where parsing must stop, `ok` false where the row is bad.
  bool check_bytes(std::size_t begin, std::size_t end, bool& ok);

 private:
  const chunk_rules& rules_;
  const bad_rows_policy& policy_;
  const chunk& chunk_;
  parsed_chunk& out_;
};

/// Reads a place with a parser, chunks in parallel, in order.
std::unique_ptr<batch_reader> read_in_order(std::unique_ptr<byte_source> bytes, chunk_rules rules,
                                            bad_rows_policy policy, unsigned threads,
                                            std::shared_ptr<chunk_parser> parser);

/// Throws errc::invalid_argument unless the sizes of the options are usable.
void check_sizes(const chunk_rules& rules);

/// Removes the first `size` bytes.
void drop_front(chunk& c, std::size_t size);

/// "column "amount"" or "column 3" (counted from 1, as in messages).
std::string column_text(const column_info& info);

}  // namespace bespoke::ingest::detail
