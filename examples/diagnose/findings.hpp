// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program finds out, as plain data for the terminal and for the page.

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/metric.hpp>
#include <bespoke/core/reasons.hpp>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

/// A way to learn, and what cross-validation on the records for learning says of it.
struct candidate {
  std::string name{};
  bespoke::estimate log_loss{}, auc{};
};

/// How many of the held-out records are what at the threshold.
struct outcome_counts {
  std::size_t found = 0, missed = 0;     ///< of those with the disease
  std::size_t cleared = 0, alarmed = 0;  ///< of those without
};

/// One held-out record and why it was judged so.
struct judged_record {
  std::string who{};
  double probability = 0;
  bool is_case = false;
  std::vector<bespoke::named_reason> reasons{};
};

/// Records whose predicted probability lies in a range, and how often they were cases.
struct calibration_bin {
  double predicted = 0, observed = 0;
  std::size_t records = 0;
};

struct findings {
  std::string title{}, cases{};  ///< "Heart disease", "a narrowed vessel"
  std::size_t records = 0, cases_in_all = 0, missing_values = 0, learned_from = 0;
  std::vector<candidate> candidates{};
  std::size_t chosen = 0;
  double wanted_sensitivity = 0, threshold = 0;
  bespoke::predictions held_out{};
  outcome_counts counts{};
  bespoke::estimate sensitivity{}, specificity{}, auc{}, brier{};
  std::vector<calibration_bin> calibration{};
  std::vector<judged_record> examples{};

  std::vector<std::string> notes{};
};

/// The largest threshold at which at least this share of the cases is at or above it. `probabilities` of being a case.
double threshold_for(double sensitivity, const bespoke::predictions& p);
/// Fills in what follows from `held_out` and `threshold`.
void judge(findings& f);

void print(const findings& f);
/// Writes the page. Throws bespoke::error.
void write_report(const findings& f, const std::filesystem::path& file);
