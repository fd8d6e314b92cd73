// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/probabilities.hpp>
#include <bespoke/train/gradient_boosting.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "boosting.hpp"
#include "boosting_ranking.hpp"
#include "checks.hpp"
#include "tree_checks.hpp"

namespace bespoke::train {

namespace {

using detail::pull;
constexpr const char* classifier = "gradient_boosting";
constexpr const char* regressor = "gradient_boosting_regressor";
constexpr const char* ranker = "gradient_boosting_ranker";
constexpr std::size_t records_of_a_unit = 4096;
constexpr double smallest_share = std::numeric_limits<double>::epsilon();

template <class Use>
void each_record(std::span<const std::uint32_t> records, const context& ctx, Use&& use) {
  ctx.parallel((records.size() + records_of_a_unit - 1) / records_of_a_unit, [&](std::size_t unit, scratch& s) {
    const std::size_t first = unit * records_of_a_unit;
    for (const std::uint32_t r : records.subspan(first, std::min(records_of_a_unit, records.size() - first))) use(r, s);
  });
}

double weight_at(std::span<const float> weights, std::size_t i) { return weights.empty() ? 1.0 : double{weights[i]}; }

template <class Of>
double weighted_mean(std::span<const std::uint32_t> records, std::span<const float> weights, Of&& of) {
  double sum = 0, all = 0;
  for (const std::uint32_t r : records) sum += weight_at(weights, r) * of(r), all += weight_at(weights, r);
  return all > 0 ? sum / all : 0;
}

// The logistic loss; the score is the log-odds of label 1.
class logistic final : public detail::objective {
 public:
  logistic(std::span<const std::uint32_t> labels, std::span<const float> weights)
      : labels_(labels), weights_(weights) {}
  std::size_t scores() const override { return 1; }
  std::vector<double> base(std::span<const std::uint32_t> records) const override {
    const double share = std::clamp(weighted_mean(records, weights_, [&](auto r) { return double(labels_[r]); }),
                                    smallest_share, 1 - smallest_share);
    return {std::log(share / (1 - share))};
  }
  void pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
             const context& ctx) const override {
    each_record(records, ctx, [&](std::uint32_t r, scratch&) {
      const double p = expit(scores[r]), w = weight_at(weights_, r);
      out[r] = {w * (p - labels_[r]), w * p * (1 - p)};
    });
  }
  double loss(std::span<const double> scores, std::span<const std::uint32_t> records) const override {
    return weighted_mean(records, weights_, [&](auto r) { return softplus(labels_[r] != 0 ? -scores[r] : scores[r]); });
  }

 private:
  std::span<const std::uint32_t> labels_;
  std::span<const float> weights_;
};

// The cross-entropy of the softmax of one score a label.
class cross_entropy final : public detail::objective {
 public:
  cross_entropy(std::span<const std::uint32_t> labels, std::span<const float> weights, std::size_t count)
      : labels_(labels), weights_(weights), count_(count) {}
  std::size_t scores() const override { return count_; }
  std::vector<double> base(std::span<const std::uint32_t> records) const override {
    std::vector<double> begin(count_);
    for (std::size_t k = 0; k < count_; ++k)
      begin[k] = std::log(std::max(
          smallest_share, weighted_mean(records, weights_, [&](auto r) { return labels_[r] == k ? 1.0 : 0.0; })));
    return begin;
  }
  void pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
             const context& ctx) const override {
    const std::size_t n = labels_.size();
    each_record(records, ctx, [&](std::uint32_t r, scratch& s) {
      const scratch::frame frame(s);
      const auto p = s.take<double>(count_);
      for (std::size_t k = 0; k < count_; ++k) p[k] = scores[k * n + r];
      softmax(p);
      const double w = weight_at(weights_, r);
      for (std::size_t k = 0; k < count_; ++k)
        out[k * n + r] = {w * (p[k] - (labels_[r] == k ? 1.0 : 0.0)), w * p[k] * (1 - p[k])};
    });
  }
  double loss(std::span<const double> scores, std::span<const std::uint32_t> records) const override {
    const std::size_t n = labels_.size();
    std::vector<double> p(count_);
    return weighted_mean(records, weights_, [&](auto r) {
      for (std::size_t k = 0; k < count_; ++k) p[k] = scores[k * n + r];
      return softmax(p) - scores[labels_[r] * n + r];
    });
  }

 private:
  std::span<const std::uint32_t> labels_;
  std::span<const float> weights_;
  std::size_t count_;
};

// Half the squared error.
class squared final : public detail::objective {
 public:
  squared(std::span<const double> numbers, std::span<const float> weights) : numbers_(numbers), weights_(weights) {}
  std::size_t scores() const override { return 1; }
  std::vector<double> base(std::span<const std::uint32_t> records) const override {
    return {weighted_mean(records, weights_, [&](auto r) { return numbers_[r]; })};
  }
  void pulls(std::span<const double> scores, std::span<const std::uint32_t> records, std::span<pull> out,
             const context& ctx) const override {
    each_record(records, ctx, [&](std::uint32_t r, scratch&) {
      const double w = weight_at(weights_, r);
      out[r] = {w * (scores[r] - numbers_[r]), w};
    });
  }
  double loss(std::span<const double> scores, std::span<const std::uint32_t> records) const override {
    return weighted_mean(records, weights_, [&](auto r) { return std::pow(scores[r] - numbers_[r], 2) / 2; });
  }

 private:
  std::span<const double> numbers_;
  std::span<const float> weights_;
};

template <class Spec>
Spec saved_spec(const bundle_reader& r) {
  using detail::saved_size;
  Spec s;
  s.rounds = saved_size(r, "max_rounds");
  s.learning_rate = r.number("learning_rate");
  s.max_leaves = saved_size(r, "max_leaves");
  s.max_depth = saved_size(r, "max_depth");
  s.min_samples_leaf = saved_size(r, "min_samples_leaf");
  s.l2 = r.number("l2");
  s.max_bins = saved_size(r, "max_bins");
  s.row_share = r.number("row_share");
  s.column_share = r.number("column_share");
  s.stopping = {r.number("stopping_held_out"), saved_size(r, "stopping_patience"), r.number("stopping_tolerance")};
  return s;
}

}  // namespace

gradient_boosting::learned gradient_boosting::grow(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                                   std::span<const float> weights, std::size_t labels,
                                                   const context& ctx) const {
  detail::check_labels(classifier, labels, targets.size());
  detail::check_counts(classifier, rows.size(), targets.size());
  const detail::boosting rules(*this);
  if (labels == 2) return detail::boost(classifier, rules, logistic(targets, weights), rows, ctx);
  return detail::boost(classifier, rules, cross_entropy(targets, weights, labels), rows, ctx);
}

void gradient_boosting::to_probabilities(const trees& all, std::span<double> sums) {
  if (all.sums() != 1) return void(softmax(sums));
  sums[1] = expit(sums[0]);
  sums[0] = expit(-sums[0]);
}

void gradient_boosting::check(std::size_t records, std::size_t targets) const {
  detail::boosting(*this).check(classifier);
  detail::check_counts(classifier, records, targets);
}
void gradient_boosting::save(bundle_writer& w) const {
  detail::boosting(*this).save(w);
  w.put("balanced", balanced);
}
gradient_boosting gradient_boosting::saved(const bundle_reader& r) {
  auto spec = saved_spec<gradient_boosting>(r);
  spec.balanced = r.flag("balanced");
  return spec;
}

gradient_boosting_regressor::learned gradient_boosting_regressor::grow(const dense_rows& rows,
                                                                       std::span<const double> targets,
                                                                       std::span<const float> weights,
                                                                       const context& ctx) const {
  detail::check_counts(regressor, rows.size(), targets.size());
  return detail::boost(regressor, detail::boosting(*this), squared(targets, weights), rows, ctx);
}
void gradient_boosting_regressor::check(std::size_t records, std::size_t targets) const {
  detail::boosting(*this).check(regressor);
  detail::check_counts(regressor, records, targets);
}
void gradient_boosting_regressor::save(bundle_writer& w) const { detail::boosting(*this).save(w); }
gradient_boosting_regressor gradient_boosting_regressor::saved(const bundle_reader& r) {
  return saved_spec<gradient_boosting_regressor>(r);
}

gradient_boosting_ranker::learned gradient_boosting_ranker::grow(const dense_rows& rows,
                                                                 std::span<const in_query> targets,
                                                                 std::span<const float> weights,
                                                                 const context& ctx) const {
  detail::check_counts(ranker, rows.size(), targets.size());
  return detail::boost(ranker, detail::boosting(*this), detail::lambda_ranking(ranker, targets, weights, top), rows,
                       ctx);
}
void gradient_boosting_ranker::check(std::size_t records, std::size_t targets) const {
  detail::boosting(*this).check(ranker);
  detail::check_at_least(ranker, "top", 1, top);
  detail::check_counts(ranker, records, targets);
}
void gradient_boosting_ranker::save(bundle_writer& w) const {
  detail::boosting(*this).save(w);
  w.put("top", top);
}
gradient_boosting_ranker gradient_boosting_ranker::saved(const bundle_reader& r) {
  auto spec = saved_spec<gradient_boosting_ranker>(r);
  spec.top = detail::saved_size(r, "top");
  return spec;
}

}  // namespace bespoke::train
