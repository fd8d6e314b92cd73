// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include <bespoke/core/folds.hpp>
#include <bespoke/ingest/csv.hpp>
#include <bespoke/preprocess/distinct.hpp>

#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <string_view>

using namespace bespoke;

namespace {

ingest::column_key key_of(const std::string& name, bool header) {
  if (header) return name;
  std::size_t number = 0;
  const auto [end, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (bad != std::errc{} || end != name.data() + name.size() || number == 0)
    throw error(errc::invalid_argument, {.stage = "arguments",
                                         .expected = "the number of a column, from 1, as there is no header",
                                         .got = in_quotes(name)});
  return number - 1;
}

bool append(std::string_view text, std::string& to) {
  if (!to.empty() && !text.empty()) to += ' ';
  to += text;
  return true;
}

struct closed_pipe {
  void operator()(std::FILE* f) const { pclose(f); }
};

/// The packages of `apt-cache dumpavail`, a record for each: a source of this program's own.
class catalogue {
 public:
  catalogue() : pipe_(popen("apt-cache dumpavail 2>/dev/null", "r")) {}

  bool next(labelled_text& d) {
    d = {};
    while (pipe_ && read_line()) {
      if (line_.empty() && !d.text.empty()) return true;
      if (const auto value = after("Section: ")) d.label = value->substr(value->find('/') + 1);
      else if (const auto about = after("Description-en: ")) d.text = *about;
      else if (const auto summary = after("Description: ")) d.text = *summary;
      else if (!line_.empty() && line_.front() == ' ' && !d.text.empty()) d.text += line_;
    }
    return !d.text.empty();
  }

 private:
  bool read_line() {
    line_.clear();
    for (int c = std::fgetc(pipe_.get()); c != EOF; c = std::fgetc(pipe_.get())) {
      if (c == '\n') return true;
      line_ += static_cast<char>(c);
    }
    return !line_.empty();
  }
  std::optional<std::string> after(std::string_view name) const {
    return line_.starts_with(name) ? std::optional(line_.substr(name.size())) : std::nullopt;
  }

  std::unique_ptr<std::FILE, closed_pipe> pipe_;
  std::string line_;
};

}  // namespace

std::vector<labelled_text> read(const table& t) {
  std::vector<ingest::record_column<labelled_text>> columns = {
      column(key_of(t.label, t.header), &labelled_text::label)};
  for (const std::string& name : t.text)
    columns.push_back(column(key_of(name, t.header), &labelled_text::text, append, "text"));
  std::vector<labelled_text> all;
  for (const labelled_text& d : ingest::csv<labelled_text>(
           t.file, columns, {.separator = t.separator, .header = t.header, .encoding = t.encoding}))
    if (!d.text.empty() && !d.label.empty()) all.push_back(d);
  return all;
}

std::vector<labelled_text> read_catalogue() {
  constexpr std::size_t fewest = 300;
  std::vector<labelled_text> all = to_vector(flow(catalogue{}) | preprocess::distinct(&labelled_text::text));
  std::map<std::string, std::size_t> sections;
  for (const labelled_text& d : all) ++sections[d.label];
  std::erase_if(all, [&](const labelled_text& d) { return d.label.empty() || sections[d.label] < fewest; });
  if (all.empty())
    throw error(errc::empty_input, {.stage = "catalogue",
                                    .source = "apt-cache dumpavail",
                                    .problem = "this computer has no software catalogue",
                                    .advice = "run apt-get update first, or name a csv: see classify_text --help"});
  return all;
}

parts cut(const std::vector<labelled_text>& all, std::uint64_t seed) {
  const auto folds = stratified_folds(numbered(all, &labelled_text::label), 5, seed);
  parts p;
  for (const std::size_t i : folds[0].train) p.learn.push_back(all[i]);
  for (const std::size_t i : folds[0].test) p.judge.push_back(all[i]);
  return p;
}
