// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON lines: one object a line, as a flow of the host's records.
//
//     auto tickets = ingest::jsonl<Ticket>("tickets.jsonl",
//                        {column("body", &Ticket::body), column("user.name", &Ticket::user), column("tags", &Ticket::tags)});
//
// A column's name is a path: "user.name" is the member `name` of the object `user`; a key that holds a dot itself cannot be
// named. Members that are not asked for are checked to be JSON and passed over. Values are read as those of a table: text,
// numbers and booleans as they are written, so "12" in quotes fills an int, and 12 fills a std::string. null and a member that
// is not there are nullopt for std::optional, an error for others. Arrays of such values fill std::vector<std::string>.
// A key that is asked for, or leads to one, may not appear twice in an object. Empty lines are skipped, a UTF-8 byte order
// mark is dropped, text must be UTF-8.
//
// Memory, threads, order, rewind and errors are those of csv.hpp.

#include <bespoke/ingest/bad_rows.hpp>
#include <bespoke/ingest/reader.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bespoke::ingest {

struct jsonl_options {
  std::size_t max_row_bytes = 64 << 20;  ///< a longer line is errc::limit; at most 1 GiB
  bad_rows_policy bad_rows{};            ///< stop, or skip{.limit = 10}
  unsigned threads = 0;                  ///< 0: as many as the machine has, which is also the most
  std::size_t chunk_bytes = 512 << 10;   ///< read and parsed at a time; changes memory and speed, never the records
};

namespace detail {
std::unique_ptr<batch_reader> open_jsonl(text_place place, std::vector<column_info> columns, jsonl_options options,
                                         std::shared_ptr<const record_maker> maker);
}

/// The records of a file, which is opened at once. O(bytes); one thread at a time reads the flow.
template <class Record>
flow<Record> jsonl(const std::filesystem::path& file, std::vector<record_column<Record>> columns,
                   jsonl_options options = {}) {
  return detail::read_records<Record>(detail::open_jsonl, {.file = file}, std::move(columns), std::move(options));
}

/// The records of JSON lines held in memory; messages call it "text".
template <class Record>
flow<Record> jsonl_text(std::string text, std::vector<record_column<Record>> columns, jsonl_options options = {}) {
  return detail::read_records<Record>(detail::open_jsonl, {.file = "text", .text = std::move(text)}, std::move(columns),
                                      std::move(options));
}

}  // namespace bespoke::ingest
