// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/csv.hpp>

#include "parse.hpp"
#include "utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

namespace bespoke::ingest::detail {

namespace {

using field_ends = std::span<const std::uint32_t>;

/// One row of a chunk: field f ends at `ends[f]`, the last one at `end`, before the line end.
struct row_view {
  std::size_t begin = 0, end = 0;
  field_ends ends;

  std::size_t size() const { return ends.size(); }
  std::size_t begin_of(std::size_t f) const { return f == 0 ? begin : ends[f - 1] + std::size_t{1}; }
  std::size_t end_of(std::size_t f) const { return f + 1 == ends.size() ? end : ends[f]; }
  bool blank() const { return ends.size() == 1 && begin == end; }
};

row_view make_row(std::string_view text, std::size_t begin, field_ends ends) {
  std::size_t end = ends.back();
  if (end > begin && text[end - 1] == '\r') --end;
  return {begin, end, ends};
}

bool is_quoted(std::string_view field, dialect d) { return d.quoting && !field.empty() && field.front() == d.quote; }

/// A quoted field without its quotes; doubled ones are undone in `buffer`.
std::string_view unquoted(std::string_view field, char quote, std::string& buffer) {
  std::string_view rest = field.substr(1, field.size() - 2);
  std::size_t at = rest.find(quote);
  if (at == std::string_view::npos) return rest;
  buffer.clear();
  for (; at != std::string_view::npos; at = rest.find(quote)) {
    buffer.append(rest.substr(0, at + 1));
    rest.remove_prefix(at + 2);
  }
  buffer.append(rest);
  return buffer;
}

/// What a table's rows must be like.
struct table_shape {
  std::vector<column_info> columns{};
  std::vector<std::size_t> positions{};   // of each column
  std::vector<std::string> names{};       // of the fields, where there is a header
  std::size_t width = 0, first_line = 1;  // fields of a row, and where the first one is
  csv_options options{};
  chunk_rules rules{};
};

std::string field_text(const table_shape& t, std::size_t f) {
  return f < t.names.size() ? "column " + in_quotes(t.names[f]) : fmt::format("column {}", f + 1);
}

/// A thread's own, kept from chunk to chunk.
struct csv_scratch {
  field_index index;
  plain_row plain;
  std::vector<cell> cells;
  std::vector<std::string> buffers;
};

/// Reads the rows of one chunk.
class row_reader {
 public:
  row_reader(const table_shape& table, const bad_rows_policy& policy, const chunk& c, parsed_chunk& out, csv_scratch& s)
      : table_(table),
        form_(table.rules.form),
        chunk_(c),
        text_(c.text.view()),
        out_(out),
        scratch_(s),
        rows_(table.rules, policy, c, out) {}

  void read_all(const record_maker& maker);

  /// The first row that is not blank, its fields; false where there is none. Throws what is wrong with it.
  bool read_first(std::vector<std::string>& fields, std::size_t& begin, std::size_t& next);

 private:
  void read_indexed();
  void read_plainly();
  bool take(const row_view& row);
  bool is_incomplete(std::size_t begin) const;
  void leave_to_next(std::size_t begin);
  cell cell_at(const row_view& row, std::size_t c);
  std::string_view raw(const row_view& row, std::size_t f) const {
    return text_.substr(row.begin_of(f), row.end_of(f) - row.begin_of(f));
  }
  std::size_t line_end_after(std::size_t at) const { return std::min(text_.find('\n', at), text_.size()); }

  bool too_long(std::size_t begin);
  bool ragged(const row_view& row);
  bool bad_cell(const row_view& row, std::size_t column);
  bool bad_quotes(std::size_t begin);

  const table_shape& table_;
  dialect form_;
  const chunk& chunk_;
  std::string_view text_;
  parsed_chunk& out_;
  csv_scratch& scratch_;
  row_collector rows_;
  const record_maker* maker_ = nullptr;
  bool check_bytes_ = true;
};

void row_reader::read_all(const record_maker& maker) {
  field_index& index = scratch_.index;
  index_fields(text_, form_, best_classify(), index);
  maker_ = &maker;
  out_.records = maker.start(index.row_count);
  out_.consumed = text_.size();
  scratch_.cells.resize(table_.columns.size());
  scratch_.buffers.resize(table_.columns.size());
  check_bytes_ = index.kinds.zero || (index.kinds.high && find_invalid_utf8(text_) != std::string_view::npos);
  if (index.irregular) read_plainly();
  else read_indexed();
}

void row_reader::read_indexed() {
  const field_index& index = scratch_.index;
  const field_ends ends(index.ends.data(), index.fields);
  std::size_t first = 0, begin = 0;
  for (std::size_t r = 0; r < index.row_count; ++r) {
    const std::size_t after = index.rows[r] + std::size_t{1};
    if (!take(make_row(text_, begin, ends.subspan(first, after - first)))) return;
    begin = ends[after - 1] + std::size_t{1};
    first = after;
  }
}

void row_reader::read_plainly() {
  plain_row& row = scratch_.plain;
  for (std::size_t at = 0; at < text_.size(); at = row.next) {
    read_plain_row(text_, at, form_, row);
    if (is_incomplete(at)) return leave_to_next(at);
    const bool go_on = row.fault != row_fault::none ? bad_quotes(at) : take(make_row(text_, at, row.ends));
    if (!go_on) return;
  }
}

/// The chunk was cut by quotes that turned out to be wrong, in the middle of the row that begins here.
bool row_reader::is_incomplete(std::size_t begin) const {
  const plain_row& row = scratch_.plain;
  if (chunk_.at_end) return false;
  if (row.fault == row_fault::unclosed) return true;
  const std::size_t last = row.fault == row_fault::none ? row.next - 1 : line_end_after(std::max(begin, row.fault_at));
  return last >= text_.size() || text_[last] != '\n';
}

void row_reader::leave_to_next(std::size_t begin) {
  if (text_.size() - begin > table_.rules.max_row_bytes) too_long(begin);
  else out_.consumed = begin;
}

bool row_reader::take(const row_view& row) {
  if (row.blank()) return true;
  if (row.end - row.begin > table_.rules.max_row_bytes) return too_long(row.begin);
  if (check_bytes_) {
    bool ok = true;
    if (!rows_.check_bytes(row.begin, row.end, ok)) return false;
    if (!ok) return true;
  }
  if (row.size() != table_.width) return ragged(row);
  for (std::size_t c = 0; c < table_.columns.size(); ++c) scratch_.cells[c] = cell_at(row, c);
  const std::size_t failed = maker_->add(*out_.records, scratch_.cells.data());
  return failed == record_maker::made || bad_cell(row, failed);
}

cell row_reader::cell_at(const row_view& row, std::size_t c) {
  const std::string_view field = raw(row, table_.positions[c]);
  if (is_quoted(field, form_)) return {unquoted(field, form_.quote, scratch_.buffers[c])};
  if (!table_.columns[c].optional) return {field};
  const std::string_view text = trimmed(field);
  const auto& markers = table_.options.missing;
  const bool missing = text.empty() || std::find(markers.begin(), markers.end(), text) != markers.end();
  return {field, missing ? cell_kind::missing : cell_kind::text};
}

bool row_reader::read_first(std::vector<std::string>& fields, std::size_t& begin, std::size_t& next) {
  plain_row& row = scratch_.plain;
  for (std::size_t at = 0; at < text_.size(); at = row.next) {
    read_plain_row(text_, at, form_, row);
    if (row.fault != row_fault::none) bad_quotes(at);
    const row_view view = row.fault == row_fault::none ? make_row(text_, at, row.ends) : row_view{};
    bool ok = true;
    if (!out_.failure) rows_.check_bytes(view.begin, view.end, ok);
    if (!out_.failure && view.end - view.begin > table_.rules.max_row_bytes) too_long(at);
    if (out_.failure) throw *out_.failure;
    if (view.blank()) continue;
    std::string buffer;
    for (std::size_t f = 0; f < view.size(); ++f)
      fields.emplace_back(is_quoted(raw(view, f), form_) ? unquoted(raw(view, f), form_.quote, buffer) : raw(view, f));
    begin = at;
    next = row.next;
    return true;
  }
  return false;
}

bool row_reader::too_long(std::size_t begin) {
  rows_.fail_always(row_too_long(table_.rules, rows_.line_of(begin)));
  return false;
}

bool row_reader::ragged(const row_view& row) {
  const auto count = [](std::size_t n) { return fmt::format("{} field{}", n, n == 1 ? "" : "s"); };
  return rows_.fail(errc::parse,
                    {.line = rows_.line_of(row.begin),
                     .expected = fmt::format("{} as in line {}", count(table_.width), table_.first_line),
                     .got = count(row.size()),
                     .advice = "put quotes around fields that hold the separator, or pass another .separator"},
                    text_.substr(row.begin, row.end - row.begin));
}

bool row_reader::bad_cell(const row_view& row, std::size_t column) {
  const column_info& info = table_.columns[column];
  const std::size_t f = table_.positions[column];
  const cell& c = scratch_.cells[column];
  const bool empty = trimmed(c.text).empty();
  return rows_.fail(errc::parse,
                    {.line = rows_.line_of(row.begin_of(f)),
                     .column = f + 1,
                     .problem = column_text(info),
                     .expected = info.expected,
                     .got = in_quotes(c.text),
                     .advice = empty           ? "read it into a std::optional if values may be missing"
                               : info.optional ? "if it means a missing value, list it in .missing"
                                               : ""},
                    text_.substr(row.begin, row.end - row.begin));
}

bool row_reader::bad_quotes(std::size_t begin) {
  plain_row& row = scratch_.plain;
  const std::size_t f = row.ends.size(), line_end = line_end_after(row.fault_at);
  error_details d{.line = rows_.line_of(row.fault_at), .column = f + 1, .problem = field_text(table_, f)};
  const std::string_view rest = text_.substr(row.fault_at, line_end - row.fault_at);
  if (row.fault == row_fault::unclosed) {
    d.expected = "a closing quote";
    d.got = "the end of the file";
    d.advice =
        "the quote that opens in this line is never closed: close it, or pass .quote = '\\0' if the file has no "
        "quoting";
  } else if (row.fault == row_fault::after_quote) {
    d.expected = "a separator or a line end after the closing quote";
    d.got = in_quotes(rest);
    d.advice = "write a quote inside a quoted field twice";
  } else {
    const std::size_t from = f == 0 ? begin : row.ends[f - 1] + std::size_t{1};
    d.expected = "quotes around the whole field";
    d.got = in_quotes(text_.substr(from, line_end - from));
    d.advice = "quote the field and write quotes inside it twice, or pass .quote = '\\0' if the file has no quoting";
  }
  row.next = std::min(line_end + 1, text_.size());
  std::string_view text = text_.substr(begin, line_end - begin);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return rows_.fail(errc::parse, std::move(d), text);
}

// ---- the header

error missing_column(const table_shape& t, const column_info& info) {
  std::string got;
  for (const auto& name : t.names) got += (got.empty() ? "the columns " : ", ") + in_quotes(name);
  if (got.empty()) got = fmt::format("{} column{}", t.width, t.width == 1 ? "" : "s");
  const bool one = t.width == 1;
  return error(errc::missing_column, {.stage = t.rules.stage,
                                      .source = t.rules.source,
                                      .line = t.first_line,
                                      .expected = column_text(info),
                                      .got = got,
                                      .advice = one ? "if the file has several columns, pass their .separator" : ""});
}

std::size_t position_of(const table_shape& t, const column_info& info) {
  if (info.key.position != column_key::by_name) {
    if (info.key.position >= t.width) throw missing_column(t, info);
    return info.key.position;
  }
  const auto found = std::find(t.names.begin(), t.names.end(), info.key.name);
  if (found == t.names.end()) throw missing_column(t, info);
  if (std::find(found + 1, t.names.end(), info.key.name) != t.names.end())
    throw error(errc::missing_column, {.stage = t.rules.stage,
                                       .source = t.rules.source,
                                       .line = t.first_line,
                                       .expected = "one " + column_text(info),
                                       .got = "several of this name",
                                       .advice = "ask for it by position: column(0, ...) is the first"});
  return static_cast<std::size_t>(found - t.names.begin());
}

class csv_parser final : public chunk_parser {
 public:
  csv_parser(table_shape table, std::shared_ptr<const record_maker> maker)
      : table_(std::move(table)), maker_(std::move(maker)) {}

  bool begin(chunk& first) override {
    csv_scratch scratch;
    parsed_chunk out;
    std::vector<std::string> fields;
    std::size_t begin = 0, next = 0;
    const bad_rows_policy policy;
    row_reader reader(table_, policy, first, out, scratch);
    if (!reader.read_first(fields, begin, next)) return false;
    table_.first_line = row_collector(table_.rules, policy, first, out).line_of(begin);
    table_.width = fields.size();
    if (table_.options.header) table_.names = std::move(fields);
    table_.positions.clear();
    for (const auto& column : table_.columns) table_.positions.push_back(position_of(table_, column));
    drop_front(first, table_.options.header ? next : begin);
    return true;
  }

  parsed_chunk parse(const chunk& c) const override {
    static thread_local csv_scratch scratch;
    parsed_chunk out;
    row_reader(table_, table_.options.bad_rows, c, out, scratch).read_all(*maker_);
    if (scratch.index.ends.size() > largest_kept) scratch.index = {};
    return out;
  }

 private:
  static constexpr std::size_t largest_kept = 1 << 20;

  table_shape table_;
  std::shared_ptr<const record_maker> maker_;
};

void check_options(const csv_options& o, const std::vector<column_info>& columns) {
  const auto refuse = [](std::string problem, std::string expected, std::string advice) {
    throw error(errc::invalid_argument, {.stage = "ingest::csv",
                                         .problem = std::move(problem),
                                         .expected = std::move(expected),
                                         .advice = std::move(advice)});
  };
  const auto usable = [](char c) { return c > 0 && c < 0x7F && c != '\n' && c != '\r'; };
  if (!usable(o.separator) || o.separator == o.quote)
    refuse(".separator", "one ASCII character, no line end and not the quote", "");
  if (o.quote != '\0' && !usable(o.quote)) refuse(".quote", "one ASCII character, no line end, or '\\0' for none", "");
  if (columns.empty()) refuse("no columns", "at least one column(name, member)", "");
  for (const auto& column : columns)
    if (!o.header && column.key.position == column_key::by_name)
      refuse(column_text(column), "a position, because .header is false", "use column(0, ...) for the first column");
}

}  // namespace

std::unique_ptr<batch_reader> open_csv(text_place place, std::vector<column_info> columns, csv_options options,
                                       std::shared_ptr<const record_maker> maker) {
  check_options(options, columns);
  const bool plain = names_utf8(options.encoding);
  chunk_rules rules{.stage = "ingest::csv",
                    .source = place.file.string(),
                    .encoding_advice = "pass the .encoding the file is written in, for example \"windows-1252\"",
                    .form = {options.separator, options.quote, options.quote != '\0'},
                    .chunk_bytes = options.chunk_bytes,
                    .max_row_bytes = options.max_row_bytes,
                    .skip_lines = options.skip_lines,
                    .long_rows_pass = options.bad_rows.skips && options.quote != '\0'};
  auto bytes = open_bytes(place, rules.stage);
  if (!plain) bytes = decoded(std::move(bytes), options.encoding, rules.stage, rules.source);
  const unsigned threads = options.threads;
  bad_rows_policy policy = options.bad_rows;
  table_shape table{.columns = std::move(columns), .options = std::move(options), .rules = rules};
  auto parser = std::make_shared<csv_parser>(std::move(table), std::move(maker));
  return read_in_order(std::move(bytes), std::move(rules), std::move(policy), threads, std::move(parser));
}

}  // namespace bespoke::ingest::detail
