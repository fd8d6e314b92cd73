// SPDX-License-Identifier: Apache-2.0
// Any bytes as a table: an `error` or records, the same for every chunk size; the fast index of fields agrees with the plain reader
// for every vector unit; a stray quote with `skip` ends too.
#include <bespoke/ingest/csv.hpp>

#include "../../src/ingest/scan.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;
using namespace bespoke::ingest::detail;

namespace {

struct row {
  std::string a{};
  std::optional<float> b{};
};

void require(bool holds) {
  if (!holds) std::abort();
}

struct plain_table {
  std::vector<std::uint32_t> ends;
  bool faulty = false;
};

plain_table read_plainly(std::string_view text, dialect d) {
  plain_table out;
  plain_row r;
  for (std::size_t at = 0; at < text.size() && !out.faulty; at = r.next) {
    read_plain_row(text, at, d, r);
    out.faulty = r.fault != row_fault::none;
    out.ends.insert(out.ends.end(), r.ends.begin(), r.ends.end());
  }
  return out;
}

void compare_scanners(std::string_view text, dialect d) {
  const plain_table expected = read_plainly(text, d);
  field_index index;
  for (const auto classify : all_classify()) {
    index_fields(text, d, classify, index);
    require(index.irregular == expected.faulty);
    if (expected.faulty) continue;
    index.ends.resize(index.fields);
    require(index.ends == expected.ends);
  }
}

/// Everything a reader gives, as one text.
std::string outcome(const std::string& text, const ingest::csv_options& options) {
  std::string out;
  ingest::csv_options o = options;
  if (o.bad_rows.skips)
    o.bad_rows.rule.on_row = [&](const ingest::skipped_row& r) { out += "skipped " + r.text + r.why.what() + '\n'; };
  std::string records;
  try {
    auto rows = ingest::csv_text<row>(text, {column(0, &row::a), column(1, &row::b)}, o);
    for (const row& r : rows) records += r.a + (r.b ? std::to_string(*r.b) : "none") + '\n';
  } catch (const error& e) {
    out += e.what();
  }
  return records + out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const unsigned choice = data[0];
  const std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  ingest::csv_options options;
  options.header = (choice & 1) != 0;
  options.quote = (choice & 2) != 0 ? '\0' : '"';
  options.separator = (choice & 4) != 0 ? ';' : ',';
  if ((choice & 8) != 0) options.bad_rows = ingest::skip{.limit = data[1] % 8u};
  if ((choice & 16) != 0) options.missing = {"?"};
  options.threads = 1 + (choice >> 5 & 1);
  compare_scanners(text, {options.separator, options.quote, options.quote != '\0'});
  const std::string whole = outcome(text, options);
  options.chunk_bytes = 1 + data[1] / 8u;
  require(outcome(text, options) == whole);
  return 0;
}
