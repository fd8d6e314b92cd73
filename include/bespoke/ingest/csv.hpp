// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables in text files (RFC 4180 and its relatives with other separators) as a flow of the host's records.
//
//     struct Ticket { std::string body{}; float amount{}; std::string country{}; std::string queue{}; };
//     auto tickets = ingest::csv<Ticket>("tickets.csv",
//                        {column("body", &Ticket::body), column("amount", &Ticket::amount),
//                         column("country", &Ticket::country), column("queue", &Ticket::queue)}, {.separator = ','});
//     for (const Ticket& t : tickets) …
//
// What is read: fields in quotes may hold separators, line ends and doubled quotes; lines end with LF or CRLF, the last one
// also with the end of the file; lines with nothing in them are skipped; a UTF-8 byte order mark is dropped. Spaces belong
// to the field. Every row must have as many fields as the first one. Columns that are not asked for are not looked at.
//
// Memory stays bounded whatever the file's size: a few chunks of it are read ahead and parsed on all threads; records come
// in the order of the file, the same ones for any number of threads. `rewind` starts a file again.
//
// Errors (bespoke::error) name file, line, column, what was expected and got:
//   at the call      errc::io, errc::empty_input, errc::missing_column (lists the columns there are), errc::invalid_argument
//   while reading    errc::parse (a value, a row's number of fields, quotes), errc::encoding, errc::limit, errc::io

#include <bespoke/ingest/bad_rows.hpp>
#include <bespoke/ingest/reader.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bespoke::ingest {

struct csv_options {
  char separator = ',';                  ///< one ASCII character, for example ';' or '\t'
  char quote = '"';                      ///< '\0': quotes are ordinary text
  bool header = true;                    ///< the first row holds the names; without it use column(position, …)
  std::string encoding = "utf-8";        ///< or any name ICU knows: "iso-8859-1", "windows-1252", "gb18030", "utf-16"
  std::vector<std::string> missing{};    ///< fields, unquoted and whole, that mean a missing value: {"?", "NA"}
  std::size_t skip_lines = 0;            ///< lines before the header that are no part of the table
  std::size_t max_row_bytes = 64 << 20;  ///< a longer row is errc::limit; at most 1 GiB
  bad_rows_policy bad_rows{};            ///< stop, or skip{.limit = 10}
  unsigned threads = 0;                  ///< 0: as many as the machine has, which is also the most
  std::size_t chunk_bytes = 512 << 10;   ///< read and parsed at a time; changes memory and speed, never the records
};

namespace detail {
std::unique_ptr<batch_reader> open_csv(text_place place, std::vector<column_info> columns, csv_options options,
                                       std::shared_ptr<const record_maker> maker);
}

/// The records of a file. Opens it and reads its header at once. O(bytes); one thread at a time reads the flow.
template <class Record>
flow<Record> csv(const std::filesystem::path& file, std::vector<record_column<Record>> columns,
                 csv_options options = {}) {
  return detail::read_records<Record>(detail::open_csv, {.file = file}, std::move(columns), std::move(options));
}

/// The records of a table held in memory; messages call it "text".
template <class Record>
flow<Record> csv_text(std::string text, std::vector<record_column<Record>> columns, csv_options options = {}) {
  return detail::read_records<Record>(detail::open_csv, {.file = "text", .text = std::move(text)}, std::move(columns),
                                      std::move(options));
}

}  // namespace bespoke::ingest
