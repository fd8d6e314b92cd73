// SPDX-License-Identifier: Apache-2.0
#include "report_page.hpp"

#include <bespoke/report/page.hpp>

using namespace bespoke;

namespace {

constexpr std::size_t longest_list = 20;

report::bar bar_of(const std::string& name, const estimate& e) { return {name, e.mean, e.low, e.high}; }

/// How many of the held-out items are found in a list of 1, 2, … 20.
report::series hits_by_length(const method& m) {
  report::series line{m.name};
  for (std::size_t k = 1; k <= longest_list; ++k) {
    double hits = 0;
    for (const double hit : hit_values(m.ranks, k)) hits += hit;
    line.x.push_back(static_cast<double>(k));
    line.y.push_back(hits / static_cast<double>(m.ranks.size()));
  }
  return line;
}

void add_measured(report::page& page, const page_content& content) {
  std::vector<report::bar> hits, gains;
  std::vector<report::series> lines;
  for (const method& m : content.measured.methods) {
    hits.push_back(bar_of(m.name, m.hit_rate));
    gains.push_back(bar_of(m.name, m.ndcg));
    lines.push_back(hits_by_length(m));
  }
  page.heading("How well the list is made").text(content.protocol);
  page.bars("Hit rate@10", hits).bars("NDCG@10", gains);
  page.line("Found in a list of this length", lines,
            {"length of the list", "share of the held-out " + content.what + "s"});
}

void add_errors(report::page& page, const evaluation& e) {
  if (e.rmse.empty()) return;
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : e.rmse) rows.push_back({name, fixed(value, 3)});
  page.text("The error of predicted stars (root of the mean square):").table({"predicted by", "RMSE"}, rows);
}

void add_list(report::page& page, const std::string& title, const std::vector<recommendation>& list) {
  const bool compared = !list.empty() && !list.front().was.empty();
  std::vector<std::string> headers{"", "name", "about", "because of"};
  if (compared) headers.push_back("before");
  std::vector<std::vector<std::string>> rows;
  for (const recommendation& r : list) {
    rows.push_back({std::to_string(rows.size() + 1), r.name, r.about, why(r.reasons, 60)});
    if (compared) rows.back().push_back(r.was);
  }
  page.heading(title).table(headers, rows);
}

}  // namespace

void write_page(const std::filesystem::path& file, const page_content& content) {
  report::page page("Recommended " + content.what + "s");
  add_measured(page, content);
  add_errors(page, content.measured);
  page.text("Gradient steps and the closed form of the profile differ by at most " +
            scientific(content.measured.closed_form_difference) + ".");
  for (const auto& [title, list] : content.lists) add_list(page, title, list);
  page.save(file);
}
