// SPDX-License-Identifier: Apache-2.0
#include "parse.hpp"

#include "utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bespoke::ingest::detail {

std::size_t row_collector::line_of(std::size_t at) const {
  const std::string_view before = chunk_.text.view().substr(0, at);
  return chunk_.first_line + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::size_t row_collector::column_of(std::size_t at) const {
  const std::size_t line_end = at == 0 ? std::string_view::npos : chunk_.text.view().rfind('\n', at - 1);
  return line_end == std::string_view::npos ? at + 1 : at - line_end;
}

bool row_collector::fail(errc code, error_details details, std::string_view row) {
  details.stage = rules_.stage;
  details.source = rules_.source;
  error why(code, std::move(details));
  if (!policy_.skips) {
    out_.failure = std::move(why);
    return false;
  }
  out_.skipped.push_back({out_.records->size(), {std::string(row), std::move(why)}});
  return out_.skipped.size() <= policy_.rule.limit;
}

bool row_collector::check_bytes(std::size_t begin, std::size_t end, bool& ok) {
  const std::string_view row = chunk_.text.view().substr(begin, end - begin);
  ok = false;
  if (const std::size_t zero = row.find('\0'); zero != std::string_view::npos)
    return fail(errc::parse,
                {.line = line_of(begin + zero),
                 .column = column_of(begin + zero),
                 .expected = "text",
                 .got = "a NUL byte",
                 .advice = "if this is UTF-16, pass .encoding = \"utf-16\""},
                row);
  if (const std::size_t bad = find_invalid_utf8(row); bad != std::string_view::npos)
    return fail(errc::encoding,
                {.line = line_of(begin + bad),
                 .column = column_of(begin + bad),
                 .expected = "UTF-8",
                 .got = fmt::format("the byte \\x{:02x}", static_cast<unsigned char>(row[bad])),
                 .advice = rules_.encoding_advice},
                row);
  ok = true;
  return true;
}

void drop_front(chunk& c, std::size_t size) {
  const std::string_view front = c.text.view().substr(0, size);
  c.first_line += static_cast<std::size_t>(std::count(front.begin(), front.end(), '\n'));
  c.text.drop_front(size);
}

void check_sizes(const chunk_rules& rules) {
  const auto refuse = [&](const char* option, std::size_t got, const char* expected) {
    throw error(errc::invalid_argument,
                {.stage = rules.stage, .problem = option, .expected = expected, .got = std::to_string(got)});
  };
  constexpr std::size_t gibibyte = std::size_t{1} << 30;
  if (rules.max_row_bytes == 0 || rules.max_row_bytes > gibibyte)
    refuse(".max_row_bytes", rules.max_row_bytes, "from 1 to 1073741824");
  if (rules.chunk_bytes == 0 || rules.chunk_bytes > gibibyte)
    refuse(".chunk_bytes", rules.chunk_bytes, "from 1 to 1073741824");
}

std::string column_text(const column_info& info) {
  if (info.key.position == column_key::by_name) return "column " + in_quotes(info.key.name);
  return fmt::format("column {}", info.key.position + 1);
}

}  // namespace bespoke::ingest::detail
