// SPDX-License-Identifier: Apache-2.0
#include <bespoke/report/page.hpp>

#include <fmt/format.h>

#include "findings.hpp"

using namespace bespoke;

namespace {

report::bar bar_of(const std::string& name, const estimate& e) { return {name, e.mean, e.low, e.high}; }

/// Sensitivity against the share of false alarms, over all thresholds.
report::series roc_curve(const predictions& p) {
  std::vector<std::pair<double, std::uint32_t>> all;
  double cases = 0, others = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    all.emplace_back(-p.scores[2 * i + 1], p.actual_labels[i]);
    ++(p.actual_labels[i] == 1 ? cases : others);
  }
  std::sort(all.begin(), all.end());
  report::series line{"held-out records", {0}, {0}};
  double found = 0, alarmed = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ++(all[i].second == 1 ? found : alarmed);
    if (i + 1 < all.size() && all[i + 1].first == all[i].first) continue;
    line.x.push_back(alarmed / others);
    line.y.push_back(found / cases);
  }
  return line;
}

void add_held_out(report::page& page, const findings& f) {
  page.heading("Judged once, on records held out");
  page.text(
      fmt::format("A record counts as {} at a probability of {:.3f} or more: at that threshold {:.0f} % of the cases "
                  "were found in cross-validation on the records for learning.",
                  f.cases, f.threshold, 100 * f.wanted_sensitivity));
  page.bars("With 95 % intervals", {bar_of("sensitivity", f.sensitivity), bar_of("specificity", f.specificity),
                                    bar_of("area under the ROC curve", f.auc)});
  page.table({"", "above the threshold", "below"},
             {{f.cases, fmt::to_string(f.counts.found), fmt::to_string(f.counts.missed)},
              {"not " + f.cases, fmt::to_string(f.counts.alarmed), fmt::to_string(f.counts.cleared)}});
  page.line("All thresholds", {roc_curve(f.held_out)}, {"share of false alarms", "sensitivity"});
  report::series said{"records in five groups"}, ideal{"as said", {0, 1}, {0, 1}};
  for (const calibration_bin& b : f.calibration) said.x.push_back(b.predicted), said.y.push_back(b.observed);
  page.line("Are the probabilities right?", {said, ideal}, {"predicted", "observed"});
}

void add_examples(report::page& page, const findings& f) {
  std::vector<std::vector<std::string>> rows;
  for (const judged_record& r : f.examples) {
    std::string why;
    for (const named_reason& one : r.reasons)
      why += fmt::format("{}{} {:+.2f}", why.empty() ? "" : "; ", one.name, one.contribution);
    rows.push_back({r.who, fmt::format("{:.0f} %", 100 * r.probability), r.is_case ? f.cases : "not " + f.cases, why});
  }
  page.heading("Four of them, and why").table({"who", "probability", "was", "because of"}, rows);
}

}  // namespace

void write_report(const findings& f, const std::filesystem::path& file) {
  report::page page(f.title);
  page.text(fmt::format("{} records, {} of them {}; {} values missing.", f.records, f.cases_in_all, f.cases,
                        f.missing_values));
  for (const std::string& note : f.notes) page.text(note);
  std::vector<report::bar> losses;
  for (const candidate& c : f.candidates) losses.push_back(bar_of(c.name, c.log_loss));
  page.heading("Ways to learn").bars("Log loss in cross-validation: less is better", losses);
  add_held_out(page, f);
  add_examples(page, f);
  page.save(file);
}
