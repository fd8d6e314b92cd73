// SPDX-License-Identifier: Apache-2.0
#pragma once
// What learners of trees give: a fitted classifier and a fitted regression over core/tree.hpp. `decision_tree`,
// `random_forest` and `gradient_boosting` differ in how trees are grown and in how their sums become answers.

#include <algorithm>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/tree.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

namespace detail {
/// Of each column's part in an answer, the largest; see core/reasons.hpp.
std::vector<reason> tree_reasons(std::span<const double> parts, double factor, std::size_t k, signs which);
}  // namespace detail

/// Trees and what a learner notes about its training beside them.
template <class Notes>
struct grown {
  std::shared_ptr<const bespoke::trees> trees{};
  Notes notes{};
};

/// A fitted classifier of trees; copies share what was learned. `Spec` is the learner, which turns sums into probabilities.
/// A missing value (NaN) in a row goes the way its question says. One record: O(trees · depth), no allocation.
/// Throws errc::shape for a row of another width. Thread safety: const calls from any thread.
template <class Spec, label Label>
class tree_classifier {
 public:
  static constexpr std::string_view kind = Spec::kind;
  static constexpr bool gives_probabilities = true;
  using output_type = decision<Label>;
  using learned = typename Spec::learned;

  tree_classifier(Spec spec, learned found, bespoke::labels<Label> names)
      : spec_(std::move(spec)), found_(std::move(found)), labels_(std::move(names)) {}

  /// The most likely label, of equal ones the first; its score is its probability.
  decision<Label> operator()(const dense_row& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The probability of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const dense_row& x, scratch& s) const {
    const auto out = s.take<double>(std::max(labels_.size(), trees().sums()));
    trees().add_up(x, out);
    Spec::to_probabilities(trees(), out);
    return out.first(labels_.size());
  }

  /// The `k` columns that spoke most for the answer, largest first; see core/reasons.hpp and `trees::contributions`.
  std::vector<reason> reasons(const dense_row& x, std::size_t k, signs which = signs::positive) const {
    const std::size_t label = (*this)(x, scratch::local()).index();
    const auto [sum, factor] = Spec::sum_of_label(trees(), label);
    return detail::tree_reasons(trees().contributions(x, sum), factor, k, which);
  }

  std::size_t width() const noexcept { return trees().width(); }             ///< columns of the rows it takes
  const bespoke::trees& trees() const noexcept { return *found_.trees; }     ///< all that was grown
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  const auto& notes() const noexcept { return found_.notes; }                ///< what was noted while it was trained
  const Spec& spec() const noexcept { return spec_; }                        ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    found_.notes.save(w);
    trees().save(w);
    labels_.save(w);
  }
  static tree_classifier load(bundle_reader& r) {
    auto names = bespoke::labels<Label>::load(r);
    auto all = std::make_shared<const bespoke::trees>(bespoke::trees::load(r));
    if (Spec::labels_of(*all) != names.size()) r.reject("the number of labels is not that of the trees");
    using notes = std::remove_cvref_t<decltype(learned{}.notes)>;
    return {Spec::saved(r), learned{std::move(all), notes::load(r)}, std::move(names)};
  }

 private:
  Spec spec_;
  learned found_;
  bespoke::labels<Label> labels_;
};

/// The same for learners whose answer is a number.
template <class Spec>
class tree_regression {
 public:
  static constexpr std::string_view kind = Spec::kind;
  using output_type = float;
  using learned = typename Spec::learned;

  tree_regression(Spec spec, learned found) : spec_(std::move(spec)), found_(std::move(found)) {}

  float operator()(const dense_row& x) const {
    double sum = 0;
    trees().add_up(x, {&sum, 1});
    return static_cast<float>(sum * Spec::factor(trees()));
  }

  /// The `k` columns that raised the answer most, or with `signs::both` moved it most, in the answer's unit.
  std::vector<reason> reasons(const dense_row& x, std::size_t k, signs which = signs::both) const {
    return detail::tree_reasons(trees().contributions(x, 0), Spec::factor(trees()), k, which);
  }

  std::size_t width() const noexcept { return trees().width(); }          ///< columns of the rows it takes
  const bespoke::trees& trees() const noexcept { return *found_.trees; }  ///< all that was grown
  const auto& notes() const noexcept { return found_.notes; }             ///< what was noted while it was trained
  const Spec& spec() const noexcept { return spec_; }                     ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    found_.notes.save(w);
    trees().save(w);
  }
  static tree_regression load(bundle_reader& r) {
    auto all = std::make_shared<const bespoke::trees>(bespoke::trees::load(r));
    if (all->sums() != 1) r.reject("the trees of a regression must have one sum");
    using notes = std::remove_cvref_t<decltype(learned{}.notes)>;
    return {Spec::saved(r), learned{std::move(all), notes::load(r)}};
  }

 private:
  Spec spec_;
  learned found_;
};

}  // namespace bespoke::train
