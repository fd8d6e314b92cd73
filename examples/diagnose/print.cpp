// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "findings.hpp"

using namespace bespoke;

namespace {

std::string with_interval(const estimate& e) { return fmt::format("{:.2f} ({:.2f} to {:.2f})", e.mean, e.low, e.high); }

void print_ways(const findings& f) {
  fmt::print("\nWays to learn, by 5-fold cross-validation on {} records\n\n  {:<34} log loss               AUC\n",
             f.learned_from, "");
  for (std::size_t i = 0; i < f.candidates.size(); ++i)
    fmt::print("{} {:<34} {:<22} {}\n", i == f.chosen ? " *" : "  ", f.candidates[i].name,
               with_interval(f.candidates[i].log_loss), with_interval(f.candidates[i].auc));
}

void print_held_out(const findings& f) {
  fmt::print("\nThe other {} records, looked at once\n\n", f.held_out.size());
  fmt::print("  threshold      {:.3f}, at which {:.0f} % of the cases were found in cross-validation\n", f.threshold,
             100 * f.wanted_sensitivity);
  fmt::print("  sensitivity    {}: {} of {} cases found\n", with_interval(f.sensitivity), f.counts.found,
             f.counts.found + f.counts.missed);
  fmt::print("  specificity    {}: {} of {} others cleared\n", with_interval(f.specificity), f.counts.cleared,
             f.counts.cleared + f.counts.alarmed);
  fmt::print("  AUC            {}\n  Brier score    {}\n", with_interval(f.auc), with_interval(f.brier));
  fmt::print("\n  said    were    records\n");
  for (const calibration_bin& b : f.calibration)
    fmt::print("  {:3.0f} %   {:3.0f} %   {}\n", 100 * b.predicted, 100 * b.observed, b.records);
}

void print_examples(const findings& f) {
  fmt::print("\nFour of them, and why\n");
  for (const judged_record& r : f.examples) {
    fmt::print("\n  {:3.0f} %  {}: {}\n", 100 * r.probability, r.who, r.is_case ? f.cases : "not " + f.cases);
    for (const named_reason& why : r.reasons) fmt::print("         {:+.2f}  {}\n", why.contribution, why.name);
  }
}

}  // namespace

void print(const findings& f) {
  fmt::print("{}: {} records, {} of them {}, {} values missing\n", f.title, f.records, f.cases_in_all, f.cases,
             f.missing_values);
  print_ways(f);
  print_held_out(f);
  print_examples(f);
  for (const std::string& note : f.notes) fmt::print("\n{}\n", note);
  std::fflush(stdout);
}
