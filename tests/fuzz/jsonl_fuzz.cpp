// SPDX-License-Identifier: Apache-2.0
// Any bytes as JSON lines: an `error` or records, the same for every chunk size.
#include <bespoke/ingest/jsonl.hpp>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

using namespace bespoke;

namespace {

struct row {
  std::optional<std::string> a{}, name{};
  std::optional<double> b{};
  std::optional<std::vector<std::string>> c{};
};

std::string outcome(const std::string& text, const ingest::jsonl_options& options) {
  std::string out, records;
  ingest::jsonl_options o = options;
  if (o.bad_rows.skips)
    o.bad_rows.rule.on_row = [&](const ingest::skipped_row& r) { out += "skipped " + r.text + r.why.what() + '\n'; };
  try {
    auto rows = ingest::jsonl_text<row>(
        text, {column("a", &row::a), column("b", &row::b), column("c", &row::c), column("a.name", &row::name)}, o);
    for (const row& r : rows) {
      records += r.a.value_or("-") + r.name.value_or("-") + std::to_string(r.b.value_or(0));
      for (const auto& item : r.c.value_or(std::vector<std::string>{})) records += item;
      records += '\n';
    }
  } catch (const error& e) {
    out += e.what();
  }
  return records + out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 2), size - 2);
  ingest::jsonl_options options;
  if ((data[0] & 1) != 0) options.bad_rows = ingest::skip{.limit = data[0] / 2u % 8u};
  options.threads = 1 + (data[0] >> 5 & 1);
  const std::string whole = outcome(text, options);
  options.chunk_bytes = 1 + data[1];
  if (outcome(text, options) != whole) std::abort();
  return 0;
}
