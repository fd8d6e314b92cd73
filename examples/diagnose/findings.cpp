// SPDX-License-Identifier: Apache-2.0
#include "findings.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <functional>

using namespace bespoke;

namespace {

double of_case(const predictions& p, std::size_t i) { return p.scores[2 * i + 1]; }

/// A share with the interval of Wilson (1927), which says something even where all or none are found.
estimate share(std::size_t of, std::size_t all) {
  if (all == 0) return {};
  const double n = static_cast<double>(all), p = static_cast<double>(of) / n, z = 1.96;
  const double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double reach = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {p, std::max(0.0, middle - reach), std::min(1.0, middle + reach)};
}

/// Five groups of equal size, by predicted probability.
std::vector<calibration_bin> bins_of(const predictions& p) {
  std::vector<std::size_t> order(p.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return of_case(p, a) < of_case(p, b); });
  std::vector<calibration_bin> bins(std::min<std::size_t>(5, order.size()));
  for (std::size_t at = 0; at < order.size(); ++at) {
    calibration_bin& bin = bins[at * bins.size() / order.size()];
    bin.predicted += of_case(p, order[at]);
    bin.observed += p.actual_labels[order[at]];
    ++bin.records;
  }
  for (calibration_bin& bin : bins) {
    bin.predicted /= static_cast<double>(bin.records);
    bin.observed /= static_cast<double>(bin.records);
  }
  return bins;
}

}  // namespace

double threshold_for(double sensitivity, const predictions& p) {
  std::vector<double> cases;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (p.actual_labels[i] == 1) cases.push_back(of_case(p, i));
  if (cases.empty())
    throw error(errc::empty_input, {.stage = "diagnose", .problem = "there are no cases to learn from"});
  std::sort(cases.begin(), cases.end(), std::greater<>());
  const auto wanted = static_cast<std::size_t>(std::ceil(sensitivity * static_cast<double>(cases.size())));
  return cases[std::clamp<std::size_t>(wanted, 1, cases.size()) - 1];
}

void judge(findings& f) {
  const predictions& p = f.held_out;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const bool above = of_case(p, i) >= f.threshold;
    if (p.actual_labels[i] == 1) ++(above ? f.counts.found : f.counts.missed);
    else ++(above ? f.counts.alarmed : f.counts.cleared);
  }
  f.sensitivity = share(f.counts.found, f.counts.found + f.counts.missed);
  f.specificity = share(f.counts.cleared, f.counts.cleared + f.counts.alarmed);
  f.auc = bootstrap(p, metric::roc_auc());
  f.brier = bootstrap(p, metric::brier());
  f.calibration = bins_of(p);
}
