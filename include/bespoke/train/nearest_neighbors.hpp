// SPDX-License-Identifier: Apache-2.0
#pragma once
// Nearest neighbours: the answer of the training records that lie closest.
//
// PRIVACY: the training rows are the model. A bundle with one of these learners holds every training row's numbers and its
// target, and whoever has the file can read them. Take another learner where training data must not leave the house.

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/train/neighbor_search.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// Classifies a row by the labels of its `k` nearest training rows.
///
///     dense_row or sparse_row, any label → decision<label>, its score being the label's share of the neighbours' votes
///
/// The shares are probabilities; of equal ones the first label in ascending order wins. A record's weight multiplies its
/// vote, and a record of weight 0 is not kept. Distances are exact, computed in double from the differences of the values.
/// With fewer than `k` records all are asked. No reasons: the neighbours themselves (`neighbors`) are the explanation.
/// Fit: copies the rows, O(stored values); the same bytes for any number of threads. Throws errc::empty_input, errc::shape,
/// and errc::invalid_argument for a `k` of 0, a NaN or infinity in a row (with its record), or fewer than two labels.
/// One record: see neighbor_search; no allocation. A row with a NaN or infinity gets the first label and the score NaN.
/// A bundle holds the training rows (see above), and loads only into a spec of the same k, metric and weights.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's KNeighborsClassifier.
struct nearest_neighbors {
  std::size_t k = 5;                                     ///< neighbours that are asked
  neighbor_metric metric = neighbor_metric::euclidean;   ///< which rows are near
  neighbor_weights weights = neighbor_weights::uniform;  ///< how much each counts
  bool balanced = false;                                 ///< each label's votes count the same in sum

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In, label Label>
  class fitted;

  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    options().check(name, x.size(), y.size());
    auto t = class_targets<target_value<Y>>::of(y, balanced, ctx);
    detail::check_neighbor_labels(name, t.names.size(), t.numbers.size());
    auto table = neighbor_table<In>::of(name, collect(x, ctx), t.weights, t.numbers, metric);
    return {*this, std::move(table), std::move(t.numbers), std::move(t.names)};
  }
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    options().must_equal(r);
    auto table = neighbor_table<In>::load(r, metric);
    auto names = labels<target_value<Y>>::load(r);
    auto answers = detail::load_answers(r, table.search.size(), names.size());
    nearest_neighbors spec = *this;
    spec.balanced = r.flag("balanced");
    return {spec, std::move(table), std::move(answers), std::move(names)};
  }

 private:
  static constexpr const char* name = "nearest_neighbors";
  neighbor_options options() const { return {.k = k, .metric = metric, .weights = weights}; }
};

/// What `fit` returns for rows `In` and targets `Label`. Copies share the rows.
template <row In, label Label>
class nearest_neighbors::fitted {
 public:
  static constexpr std::string_view kind = "nearest_neighbors/1";
  static constexpr bool gives_probabilities = true;
  using output_type = decision<Label>;

  fitted(nearest_neighbors spec, neighbor_table<In> table, std::vector<std::uint32_t> answers,
         bespoke::labels<Label> names)
      : spec_(spec),
        learned_(std::make_shared<const learned>(learned{std::move(table), std::move(answers)})),
        labels_(std::move(names)) {}

  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// Every label's share of the votes, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const {
    const auto shares = s.take<double>(labels_.size());
    const scratch::frame temporaries(s);
    learned_->table.vote(neighbors(x, s), learned_->answers, spec_.weights, shares);
    return shares;
  }

  /// The rows that answer, nearest first, in `s`.
  std::span<const neighbor> neighbors(const In& x, scratch& s) const {
    const auto found = s.take<neighbor>(asked());
    learned_->table.search.nearest(std::span<const In>(&x, 1), asked(), found, s);
    return found;
  }

  /// The answers to many rows, on all threads, several at a time: the same, bit for bit, and faster where the training
  /// rows do not fit in cache.
  std::vector<decision<Label>> answers(const blocks<In>& x, const context& ctx) const {
    std::vector<decision<Label>> all(x.size());
    detail::for_each_nearest(learned_->table.search, asked(), x, ctx,
                             [&](std::size_t i, std::span<const neighbor> found, scratch& s) {
                               const scratch::frame temporaries(s);
                               const auto shares = s.take<double>(labels_.size());
                               learned_->table.vote(found, learned_->answers, spec_.weights, shares);
                               all[i] = decide(labels_, shares);
                             });
    return all;
  }

  std::size_t width() const noexcept { return learned_->table.search.width(); }  ///< columns of the rows it takes
  std::size_t asked() const noexcept { return std::min(spec_.k, learned_->table.search.size()); }  ///< neighbours asked
  const bespoke::rows_of<In>& rows() const noexcept { return learned_->table.search.rows(); }  ///< the training rows
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }                    ///< as the scores
  const nearest_neighbors& spec() const noexcept { return spec_; }                             ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.options().save(w);
    w.put("balanced", spec_.balanced);
    learned_->table.save(w);
    w.put("answers", std::span<const std::uint32_t>(learned_->answers));
    labels_.save(w);
  }

 private:
  struct learned {
    neighbor_table<In> table;
    std::vector<std::uint32_t> answers;
  };

  nearest_neighbors spec_;
  std::shared_ptr<const learned> learned_;
  bespoke::labels<Label> labels_;
};

/// Predicts a number: the mean, or by distance the weighted mean, of the `k` nearest training rows' targets.
///
///     dense_row or sparse_row, any arithmetic target → float; NaN for a row with a NaN or infinity
///
/// Otherwise as nearest_neighbors. Checked against scikit-learn 1.2.1's KNeighborsRegressor.
struct nearest_neighbors_regressor {
  std::size_t k = 5;                                     ///< neighbours that are asked
  neighbor_metric metric = neighbor_metric::euclidean;   ///< which rows are near
  neighbor_weights weights = neighbor_weights::uniform;  ///< how much each counts

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In>
  class fitted;

  template <row In, number_target Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    options().check(name, x.size(), y.size());
    auto t = number_targets::of(y, ctx);
    auto table = neighbor_table<In>::of(name, collect(x, ctx), t.weights, t.values, metric);
    return {*this, std::move(table), std::move(t.values)};
  }
  template <row In, number_target Y>
  fitted<In> load(bundle_reader& r) const {
    options().must_equal(r);
    auto table = neighbor_table<In>::load(r, metric);
    auto values = detail::load_values(r, table.search.size());
    return {*this, std::move(table), std::move(values)};
  }

 private:
  static constexpr const char* name = "nearest_neighbors_regressor";
  neighbor_options options() const { return {.k = k, .metric = metric, .weights = weights}; }
};

/// What `fit` returns for rows `In`. Copies share the rows.
template <row In>
class nearest_neighbors_regressor::fitted {
 public:
  static constexpr std::string_view kind = "nearest_neighbors_regressor/1";
  using output_type = float;

  fitted(nearest_neighbors_regressor spec, neighbor_table<In> table, std::vector<double> values)
      : spec_(spec), learned_(std::make_shared<const learned>(learned{std::move(table), std::move(values)})) {}

  float operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return static_cast<float>(learned_->table.mean(neighbors(x, s), learned_->values, spec_.weights));
  }

  /// As of nearest_neighbors.
  std::span<const neighbor> neighbors(const In& x, scratch& s) const {
    const auto found = s.take<neighbor>(asked());
    learned_->table.search.nearest(std::span<const In>(&x, 1), asked(), found, s);
    return found;
  }
  std::vector<float> answers(const blocks<In>& x, const context& ctx) const {
    std::vector<float> all(x.size());
    detail::for_each_nearest(
        learned_->table.search, asked(), x, ctx, [&](std::size_t i, std::span<const neighbor> found, scratch&) {
          all[i] = static_cast<float>(learned_->table.mean(found, learned_->values, spec_.weights));
        });
    return all;
  }

  std::size_t width() const noexcept { return learned_->table.search.width(); }  ///< columns of the rows it takes
  std::size_t asked() const noexcept { return std::min(spec_.k, learned_->table.search.size()); }  ///< neighbours asked
  const bespoke::rows_of<In>& rows() const noexcept { return learned_->table.search.rows(); }  ///< the training rows
  const nearest_neighbors_regressor& spec() const noexcept { return spec_; }                   ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.options().save(w);
    learned_->table.save(w);
    w.put("values", std::span<const double>(learned_->values));
  }

 private:
  struct learned {
    neighbor_table<In> table;
    std::vector<double> values;
  };

  nearest_neighbors_regressor spec_;
  std::shared_ptr<const learned> learned_;
};

}  // namespace bespoke::train
