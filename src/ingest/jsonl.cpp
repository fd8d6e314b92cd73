// SPDX-License-Identifier: Apache-2.0
#include <bespoke/ingest/jsonl.hpp>

#include "parse.hpp"
#include "utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace bespoke::ingest::detail {

namespace {

constexpr std::size_t none_such = static_cast<std::size_t>(-1);

/// A member that is asked for, or leads to one.
struct wanted {
  std::string key{};
  std::vector<std::size_t> members{};  // positions in the tree
  std::size_t slot = none_such;        // where its value goes
};

/// The paths of all columns. Node 0 is the object of a line.
struct path_tree {
  std::vector<wanted> nodes{wanted{}};
  std::vector<std::size_t> slot_of_column{};
  std::size_t slots = 0;

  std::size_t member(std::size_t node, std::string_view key) const {
    for (const std::size_t m : nodes[node].members)
      if (nodes[m].key == key) return m;
    return none_such;
  }

  void add(std::string_view path) {
    std::size_t node = 0;
    while (true) {
      const std::size_t dot = path.find('.');
      node = child(node, path.substr(0, dot));
      if (dot == std::string_view::npos) break;
      path.remove_prefix(dot + 1);
    }
    if (nodes[node].slot == none_such) nodes[node].slot = slots++;
    slot_of_column.push_back(nodes[node].slot);
  }

 private:
  std::size_t child(std::size_t node, std::string_view key) {
    const std::size_t known = member(node, key);
    if (known != none_such) return known;
    nodes.push_back({std::string(key), {}, none_such});
    nodes[node].members.push_back(nodes.size() - 1);
    return nodes.size() - 1;
  }
};

/// A value that was found.
struct slot_value {
  cell_kind kind = cell_kind::null;
  bool found = false;
  std::string text{};
  std::vector<std::string> items{};
};

/// What is wrong with a line, and at which of its bytes (from 1).
struct line_fault {
  std::string expected{}, got{};
  std::size_t byte = 0;
};

/// Receives a line's values and keeps those that are wanted.
class line_values : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit line_values(const path_tree& tree) : tree_(tree), slots_(tree.slots), seen_(tree.nodes.size()) {}

  void start() {
    for (auto& s : slots_) s.kind = cell_kind::null, s.found = false;
    std::fill(seen_.begin(), seen_.end(), false);
    depth_.clear();
    next_ = 0;
    list_ = nullptr;
    fault_.reset();
  }
  slot_value& slot(std::size_t s) { return slots_[s]; }
  const std::optional<line_fault>& fault() const { return fault_; }

  bool null() override { return list_ != nullptr ? not_a_list() : scalar("", cell_kind::null); }
  bool boolean(bool v) override { return scalar(v ? "true" : "false", cell_kind::text); }
  bool number_integer(number_integer_t v) override { return number(v); }
  bool number_unsigned(number_unsigned_t v) override { return number(v); }
  bool number_float(number_float_t, const string_t& text) override { return scalar(text, cell_kind::text); }
  bool string(string_t& text) override { return scalar(text, cell_kind::text); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override {
    if (list_ != nullptr) not_a_list();
    else if (slot_value* s = value_slot()) s->kind = cell_kind::structure;
    depth_.push_back(next_);
    next_ = none_such;
    return true;
  }
  bool key(string_t& key) override {
    next_ = depth_.back() == none_such ? none_such : tree_.member(depth_.back(), key);
    if (next_ == none_such || !seen_[next_]) {
      if (next_ != none_such) seen_[next_] = true;
      return true;
    }
    fault_ = {"the key " + in_quotes(key) + " once", "it twice", 0};
    return false;
  }
  bool end_object() override { return close(); }

  bool start_array(std::size_t) override {
    if (depth_.empty()) return not_an_object();
    if (list_ != nullptr) not_a_list();
    else if (slot_value* s = value_slot()) open_list(*s);
    depth_.push_back(none_such);
    next_ = none_such;
    return true;
  }
  bool end_array() override {
    if (list_ != nullptr && depth_.size() == list_depth_) list_ = nullptr;
    return close();
  }

  bool parse_error(std::size_t at, const std::string& token, const nlohmann::json::exception&) override {
    fault_ = {"JSON", token.empty() ? "the end of the line" : in_quotes(token), at};
    return false;
  }

 private:
  bool not_an_object() {
    fault_ = {"a JSON object", "another value", 1};
    return false;
  }
  bool close() {
    depth_.pop_back();
    next_ = none_such;
    return true;
  }
  slot_value* value_slot() {
    if (next_ == none_such || tree_.nodes[next_].slot == none_such) return nullptr;
    slot_value& s = slots_[tree_.nodes[next_].slot];
    s.found = true;
    return &s;
  }
  void open_list(slot_value& s) {
    s.kind = cell_kind::list;
    s.items.clear();
    list_ = &s;
    list_depth_ = depth_.size() + 1;
  }
  /// Something in a list that is no text, number or boolean.
  bool not_a_list() {
    list_->kind = cell_kind::structure;
    return true;
  }
  template <class T>
  bool number(T v) {
    char text[24];
    const auto end = std::to_chars(text, text + sizeof text, v).ptr;
    return scalar(std::string_view(text, static_cast<std::size_t>(end - text)), cell_kind::text);
  }
  bool scalar(std::string_view text, cell_kind kind) {
    if (depth_.empty()) return not_an_object();
    if (list_ != nullptr) {
      list_->items.emplace_back(text);
    } else if (slot_value* s = value_slot()) {
      s->kind = kind;
      s->text.assign(text);
    }
    return true;
  }

  const path_tree& tree_;
  std::vector<slot_value> slots_;
  std::vector<bool> seen_;
  std::vector<std::size_t> depth_;  // the node of each open object; none_such for arrays and unwanted objects
  std::size_t next_ = 0;            // the node the next value belongs to
  slot_value* list_ = nullptr;
  std::size_t list_depth_ = 0;
  std::optional<line_fault> fault_;
};

struct json_table {
  std::vector<column_info> columns{};
  path_tree paths{};
  jsonl_options options{};
  chunk_rules rules{};
};

/// Reads the lines of one chunk.
class line_reader {
 public:
  line_reader(const json_table& table, const chunk& c, parsed_chunk& out, const record_maker& maker)
      : table_(table),
        text_(c.text.view()),
        out_(out),
        maker_(maker),
        rows_(table.rules, table.options.bad_rows, c, out),
        values_(table.paths),
        cells_(table.columns.size()) {}

  void read_all() {
    out_.records = maker_.start(static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n')) + 1);
    out_.consumed = text_.size();
    check_bytes_ = text_.find('\0') != std::string_view::npos || find_invalid_utf8(text_) != std::string_view::npos;
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      if (!take(begin, end)) return;
      begin = end + 1;
    }
  }

 private:
  bool take(std::size_t begin, std::size_t end) {
    const std::string_view line = text_.substr(begin, end - begin);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return true;
    if (line.size() > table_.rules.max_row_bytes) {
      rows_.fail_always(row_too_long(table_.rules, rows_.line_of(begin)));
      return false;
    }
    if (check_bytes_) {
      bool ok = true;
      if (!rows_.check_bytes(begin, end, ok)) return false;
      if (!ok) return true;
    }
    values_.start();
    if (!nlohmann::json::sax_parse(line.begin(), line.end(), &values_)) return malformed(begin, line);
    return make_record(begin, line);
  }

  bool make_record(std::size_t begin, std::string_view line) {
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const slot_value& s = values_.slot(table_.paths.slot_of_column[c]);
      cells_[c] = {s.kind == cell_kind::text ? std::string_view(s.text) : std::string_view(), s.kind, &s.items};
    }
    const std::size_t failed = maker_.add(*out_.records, cells_.data());
    return failed == record_maker::made || bad_value(begin, line, failed);
  }

  bool malformed(std::size_t begin, std::string_view line) {
    const line_fault fault = values_.fault().value_or(line_fault{});
    error_details d{.line = rows_.line_of(begin), .expected = fault.expected, .got = fault.got};
    if (fault.byte != 0) d.column = fault.byte;
    d.advice = "each line must hold one JSON object";
    return rows_.fail(errc::parse, std::move(d), line);
  }

  bool bad_value(std::size_t begin, std::string_view line, std::size_t column) {
    const column_info& info = table_.columns[column];
    const slot_value& s = values_.slot(table_.paths.slot_of_column[column]);
    const bool nothing = s.kind == cell_kind::null;
    return rows_.fail(errc::parse,
                      {.line = rows_.line_of(begin),
                       .problem = column_text(info),
                       .expected = info.expected,
                       .got = found(s),
                       .advice = nothing ? "read it into a std::optional if values may be missing" : ""},
                      line);
  }

  static std::string found(const slot_value& s) {
    if (!s.found) return "no such member";
    switch (s.kind) {
      case cell_kind::null: return "null";
      case cell_kind::list: return "an array";
      case cell_kind::structure: return "an object, or an array that holds more than texts and numbers";
      default: return in_quotes(s.text);
    }
  }

  const json_table& table_;
  std::string_view text_;
  parsed_chunk& out_;
  const record_maker& maker_;
  row_collector rows_;
  line_values values_;
  std::vector<cell> cells_;
  bool check_bytes_ = false;
};

class jsonl_parser final : public chunk_parser {
 public:
  jsonl_parser(json_table table, std::shared_ptr<const record_maker> maker)
      : table_(std::move(table)), maker_(std::move(maker)) {}

  bool begin(chunk& first) override { return first.text.view().find_first_not_of(" \t\r\n") != std::string_view::npos; }

  parsed_chunk parse(const chunk& c) const override {
    parsed_chunk out;
    line_reader(table_, c, out, *maker_).read_all();
    return out;
  }

 private:
  json_table table_;
  std::shared_ptr<const record_maker> maker_;
};

json_table make_table(std::vector<column_info> columns, jsonl_options options, chunk_rules rules) {
  json_table table{.columns = std::move(columns), .options = std::move(options), .rules = std::move(rules)};
  const auto refuse = [&](std::string problem, std::string expected) {
    throw error(errc::invalid_argument,
                {.stage = table.rules.stage, .problem = std::move(problem), .expected = std::move(expected)});
  };
  if (table.columns.empty()) refuse("no columns", "at least one column(name, member)");
  for (const auto& column : table.columns) {
    if (column.key.position != column_key::by_name)
      refuse(column_text(column), "a name: JSON objects have no positions");
    table.paths.add(column.key.name);
  }
  return table;
}

}  // namespace

std::unique_ptr<batch_reader> open_jsonl(text_place place, std::vector<column_info> columns, jsonl_options options,
                                         std::shared_ptr<const record_maker> maker) {
  chunk_rules rules{.stage = "ingest::jsonl",
                    .source = place.file.string(),
                    .encoding_advice = "write the file in UTF-8, as JSON asks",
                    .form = {'\n', '\0', false},
                    .chunk_bytes = options.chunk_bytes,
                    .max_row_bytes = options.max_row_bytes};
  const unsigned threads = options.threads;
  bad_rows_policy policy = options.bad_rows;
  auto parser =
      std::make_shared<jsonl_parser>(make_table(std::move(columns), std::move(options), rules), std::move(maker));
  auto bytes = open_bytes(place, rules.stage);
  return read_in_order(std::move(bytes), std::move(rules), std::move(policy), threads, std::move(parser));
}

}  // namespace bespoke::ingest::detail
