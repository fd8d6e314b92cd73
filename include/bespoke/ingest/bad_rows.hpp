// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happens at a row that cannot be read: stop with an error (the default), or skip it and count.

#include <bespoke/core/error.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace bespoke::ingest {

/// The first bad row ends the flow: the rows before it are delivered, then its error is thrown.
struct stop_t {};
inline constexpr stop_t stop{};

/// A row that was left out.
struct skipped_row {
  std::string text{};  ///< as it stands in the file, without its line end
  bespoke::error why;  ///< names file, line and column
};

/// Bad rows are left out, up to `limit` of them; the next one throws errc::limit after the good rows before it.
///
/// A row whose quotes are wrong ends with the line in which they went wrong, and reading goes on with the next line.
/// A row that is longer than the limit of the options is thrown, never skipped.
struct skip {
  std::size_t limit = 1000;
  /// Called for each skipped row, in order, by the thread that reads the flow, before the rows around it are delivered.
  std::function<void(const skipped_row&)> on_row{};
};

/// `.bad_rows = ingest::stop` or `.bad_rows = ingest::skip{.limit = 10}`.
struct bad_rows_policy {
  bad_rows_policy(stop_t = {}) {}
  bad_rows_policy(skip s) : skips(true), rule(std::move(s)) {}

  bool skips = false;
  skip rule{};
};

}  // namespace bespoke::ingest
