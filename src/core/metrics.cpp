// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/metrics.hpp>
#include <bespoke/core/target.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>

namespace bespoke {

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

void check_counts(std::string_view what, std::size_t predicted, std::size_t actual, std::span<const float> weights) {
  const std::string stage(what);
  if (actual == 0) throw error(errc::empty_input, {.stage = stage, .problem = "there are no records"});
  if (predicted != actual)
    throw error(
        errc::shape,
        {.stage = stage, .expected = std::to_string(actual) + " predictions", .got = std::to_string(predicted)});
  if (weights.empty()) return;
  if (weights.size() != actual)
    throw error(
        errc::shape,
        {.stage = stage, .expected = std::to_string(actual) + " weights", .got = std::to_string(weights.size())});
  detail::check_weights(weights);
}

void check_finite(std::string_view what, std::span<const double> values, std::size_t per_record = 1) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isnan(values[i]))
      throw error(errc::invalid_argument,
                  {.stage = std::string(what), .record = i / per_record, .expected = "a number", .got = "nan"});
}

void check_labels(std::string_view what, label_numbers numbers, std::size_t labels) {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] >= labels)
      throw error(errc::invalid_argument, {.stage = std::string(what),
                                           .record = i,
                                           .expected = "the number of a label below " + std::to_string(labels),
                                           .got = std::to_string(numbers[i])});
}

double weight_of(std::span<const float> weights, std::size_t i) { return weights.empty() ? 1.0 : double{weights[i]}; }

double sum_of(std::span<const float> weights, std::size_t n) {
  return weights.empty() ? static_cast<double>(n) : std::accumulate(weights.begin(), weights.end(), 0.0);
}

/// The weighted mean of `f(record)`.
template <class F>
double mean_of(std::size_t n, std::span<const float> weights, F&& f) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += weight_of(weights, i) * f(i);
  return sum / sum_of(weights, n);
}

/// Scores of one or more labels, a row for each record.
class score_table {
 public:
  score_table(std::string_view what, std::span<const double> scores, label_numbers actual,
              std::span<const float> weights)
      : scores_(scores), columns_(actual.empty() ? 0 : scores.size() / actual.size()) {
    check_counts(what, columns_ == 0 ? scores.size() : scores.size() / columns_, actual.size(), weights);
    if (scores.size() != columns_ * actual.size())
      throw error(errc::shape,
                  {.stage = std::string(what),
                   .expected = "as many scores for each record",
                   .got = std::to_string(scores.size()) + " scores for " + std::to_string(actual.size()) + " records"});
    check_finite(what, scores, columns_);
    check_labels(what, actual, labels());
  }

  std::size_t labels() const { return std::max<std::size_t>(columns_, 2); }
  std::size_t columns() const { return columns_; }
  /// The labels to be told from the rest: of two the second.
  std::size_t first() const { return columns_ <= 2 ? 1 : 0; }
  double operator()(std::size_t record, std::size_t label) const {
    return columns_ == 1 ? scores_[record] : scores_[record * columns_ + label];
  }

 private:
  std::span<const double> scores_;
  std::size_t columns_;
};

/// The records by falling score for a label, and equal ones together.
class by_score {
 public:
  by_score(const score_table& scores, std::size_t label, label_numbers actual, std::span<const float> weights)
      : scores_(scores), label_(label), actual_(actual), weights_(weights), order_(actual.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
      return scores_(a, label_) != scores_(b, label_) ? scores_(a, label_) > scores_(b, label_) : a < b;
    });
  }

  /// `f(weight with the label, weight without)` for each distinct score.
  template <class F>
  void for_each_step(F&& f) const {
    for (std::size_t i = 0; i < order_.size();) {
      const double score = scores_(order_[i], label_);
      double with = 0, without = 0;
      for (; i < order_.size() && scores_(order_[i], label_) == score; ++i)
        (actual_[order_[i]] == label_ ? with : without) += weight_of(weights_, order_[i]);
      f(with, without);
    }
  }

 private:
  const score_table& scores_;
  std::size_t label_;
  label_numbers actual_;
  std::span<const float> weights_;
  std::vector<std::size_t> order_;
};

double auc_of(const by_score& steps) {
  double with = 0, without = 0, area = 0;
  steps.for_each_step([&](double has, double lacks) {
    area += lacks * (with + has / 2);
    with += has;
    without += lacks;
  });
  return with > 0 && without > 0 ? area / (with * without) : not_a_number;
}

double precision_area_of(const by_score& steps) {
  double with = 0, all = 0, area = 0;
  steps.for_each_step([&](double has, double lacks) {
    with += has;
    all += has + lacks;
    if (all > 0) area += has * (with / all);
  });
  return with > 0 ? area / with : not_a_number;
}

template <class Area>
double mean_over_labels(const score_table& scores, label_numbers actual, std::span<const float> weights, Area&& area) {
  double sum = 0;
  std::size_t counted = 0;
  for (std::size_t label = scores.first(); label < scores.labels(); ++label) {
    const double one = area(by_score(scores, label, actual, weights));
    if (std::isnan(one)) continue;
    sum += one;
    ++counted;
  }
  return counted == 0 ? not_a_number : sum / static_cast<double>(counted);
}

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

label_quality quality(double hits, double predicted, double actual, double beta) {
  const double precision = ratio(hits, predicted), recall = ratio(hits, actual), b = beta * beta;
  return {precision, recall, ratio((1 + b) * precision * recall, b * precision + recall), actual};
}

/// What was predicted as each label, in sum.
std::vector<double> predicted_sums(const confusion_matrix& c) {
  std::vector<double> sums(c.labels);
  for (std::size_t i = 0; i < c.counts.size(); ++i) sums[i % c.labels] += c.counts[i];
  return sums;
}

double actual_sum(const confusion_matrix& c, std::size_t label) {
  double sum = 0;
  for (std::size_t p = 0; p < c.labels; ++p) sum += c(label, p);
  return sum;
}

void check_numbers(std::string_view what, std::span<const double> predicted, std::span<const double> actual,
                   std::span<const float> weights) {
  check_counts(what, predicted.size(), actual.size(), weights);
  check_finite(what, predicted);
  check_finite(what, actual);
}

}  // namespace

double accuracy(label_numbers predicted, label_numbers actual, std::span<const float> weights) {
  check_counts("accuracy", predicted.size(), actual.size(), weights);
  return mean_of(actual.size(), weights, [&](std::size_t i) { return predicted[i] == actual[i] ? 1.0 : 0.0; });
}

confusion_matrix confusion(label_numbers predicted, label_numbers actual, std::size_t labels,
                           std::span<const float> weights) {
  check_counts("confusion", predicted.size(), actual.size(), weights);
  check_labels("confusion", predicted, labels);
  check_labels("confusion", actual, labels);
  confusion_matrix c{labels, std::vector<double>(detail::values_in(labels, labels))};
  for (std::size_t i = 0; i < actual.size(); ++i) c.counts[actual[i] * labels + predicted[i]] += weight_of(weights, i);
  return c;
}

double balanced_accuracy(const confusion_matrix& c) {
  double sum = 0;
  std::size_t counted = 0;
  for (std::size_t label = 0; label < c.labels; ++label) {
    const double actual = actual_sum(c, label);
    if (actual <= 0) continue;
    sum += c(label, label) / actual;
    ++counted;
  }
  return counted == 0 ? not_a_number : sum / static_cast<double>(counted);
}

std::vector<label_quality> per_label(const confusion_matrix& c, double beta) {
  const auto predicted = predicted_sums(c);
  std::vector<label_quality> all;
  for (std::size_t label = 0; label < c.labels; ++label)
    all.push_back(quality(c(label, label), predicted[label], actual_sum(c, label), beta));
  return all;
}

label_quality averaged(const confusion_matrix& c, averaging how, double beta) {
  const auto predicted = predicted_sums(c);
  const double records = std::accumulate(c.counts.begin(), c.counts.end(), 0.0);
  if (how == averaging::micro) {
    double hits = 0;
    for (std::size_t label = 0; label < c.labels; ++label) hits += c(label, label);
    return quality(hits, records, records, beta);
  }
  label_quality mean{0, 0, 0, records};
  double counted = 0;
  for (std::size_t label = 0; label < c.labels; ++label) {
    const auto q = quality(c(label, label), predicted[label], actual_sum(c, label), beta);
    const double share = how == averaging::weighted ? q.support : (q.support > 0 || predicted[label] > 0 ? 1 : 0);
    mean.precision += share * q.precision;
    mean.recall += share * q.recall;
    mean.f += share * q.f;
    counted += share;
  }
  return {ratio(mean.precision, counted), ratio(mean.recall, counted), ratio(mean.f, counted), records};
}

double roc_auc(std::span<const double> scores, label_numbers actual, std::span<const float> weights) {
  const score_table table("roc_auc", scores, actual, weights);
  return mean_over_labels(table, actual, weights, auc_of);
}

double average_precision(std::span<const double> scores, label_numbers actual, std::span<const float> weights) {
  const score_table table("average_precision", scores, actual, weights);
  return mean_over_labels(table, actual, weights, precision_area_of);
}

double log_loss(std::span<const double> probabilities, label_numbers actual, std::span<const float> weights) {
  const score_table table("log_loss", probabilities, actual, weights);
  constexpr double least = std::numeric_limits<double>::epsilon();
  const auto clipped = [&](double p) { return std::clamp(p, least, 1 - least); };
  return mean_of(actual.size(), weights, [&](std::size_t i) {
    if (table.columns() == 1) {
      const double p = clipped(table(i, 1));
      return -std::log(actual[i] == 1 ? p : 1 - p);
    }
    double sum = 0;
    for (std::size_t label = 0; label < table.columns(); ++label) sum += clipped(table(i, label));
    return -std::log(clipped(table(i, actual[i])) / sum);
  });
}

double brier(std::span<const double> probabilities, label_numbers actual, std::span<const float> weights) {
  const score_table table("brier", probabilities, actual, weights);
  return mean_of(actual.size(), weights, [&](std::size_t i) {
    double sum = 0;
    for (std::size_t label = table.first(); label < table.labels(); ++label) {
      const double off = table(i, label) - (actual[i] == label ? 1.0 : 0.0);
      sum += off * off;
    }
    return sum;
  });
}

double rmse(std::span<const double> predicted, std::span<const double> actual, std::span<const float> weights) {
  check_numbers("rmse", predicted, actual, weights);
  return std::sqrt(mean_of(actual.size(), weights,
                           [&](std::size_t i) { return (predicted[i] - actual[i]) * (predicted[i] - actual[i]); }));
}

double mae(std::span<const double> predicted, std::span<const double> actual, std::span<const float> weights) {
  check_numbers("mae", predicted, actual, weights);
  return mean_of(actual.size(), weights, [&](std::size_t i) { return std::fabs(predicted[i] - actual[i]); });
}

double r_squared(std::span<const double> predicted, std::span<const double> actual, std::span<const float> weights) {
  check_numbers("r_squared", predicted, actual, weights);
  const auto squared = [](double x) { return x * x; };
  const double mean = mean_of(actual.size(), weights, [&](std::size_t i) { return actual[i]; });
  const double left = mean_of(actual.size(), weights, [&](std::size_t i) { return squared(actual[i] - predicted[i]); });
  const double all = mean_of(actual.size(), weights, [&](std::size_t i) { return squared(actual[i] - mean); });
  if (all == 0) return left == 0 ? 1 : 0;
  return 1 - left / all;
}

}  // namespace bespoke
