// SPDX-License-Identifier: Apache-2.0
#pragma once
// Naive Bayes: counts of what comes with each label, made into the probability of every label. Learns in one pass, and more
// later (`updated`): the counts are kept.
//
//     fit(field("body", &Ticket::body) | features::tfidf{} | train::multinomial_naive_bayes{}, tickets, &Ticket::queue);
//
//     multinomial_naive_bayes   counts of words, or tf-idf: the standard for text
//     complement_naive_bayes    the same where labels differ much in size: learns from the other labels' rows
//     bernoulli_naive_bayes     present or absent: short texts, yes/no columns; absence counts too
//     gaussian_naive_bayes      measurements: train/gaussian_naive_bayes.hpp
//
// Each gives the probabilities of all labels, which are too sure where columns depend on each other: calibrate them where
// more than the order matters.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// How many records each label has, and the sum of their weights.
struct label_totals {
  std::vector<double> records{};
  std::vector<double> weights{};

  explicit label_totals(std::size_t labels = 0) : records(labels), weights(labels) {}
  std::size_t labels() const noexcept { return weights.size(); }
  void add(std::span<const std::uint32_t> targets, std::span<const float> record_weights);
  /// By how much each label's counts are multiplied: 1, or where `balanced` n / (labels · records of the label).
  std::vector<double> factors(bool balanced) const;
  /// The logarithm of each label's share of the weight times its factor; −∞ for a label without weight.
  std::vector<double> log_shares(bool balanced) const;
  void save(bundle_writer& w) const;
  static label_totals load(const bundle_reader& r, std::size_t labels);
};

/// What the discrete classifiers count: sums over the training rows, in record order.
struct bayes_counts {
  label_totals totals{};
  std::size_t columns = 0;
  aligned_vector<double> of_columns{};  ///< [column][label]: Σ weight · value; or weight where the column is present

  explicit bayes_counts(std::size_t labels = 0) : totals(labels) {}
  void save(bundle_writer& w) const;
  static bayes_counts load(const bundle_reader& r, std::size_t labels);
};

/// What the discrete classifiers answer from: of label j the logarithm of its joint probability with the row,
/// constantsⱼ + Σ valueₖ·weightsₖⱼ. A value is 1 or 0 where `above` is set: whether it is larger.
struct bayes_table {
  using counts_type = bayes_counts;

  bayes_counts counts{};
  std::optional<float> above{};
  std::vector<double> constants{};   ///< of each label
  aligned_vector<double> weights{};  ///< [column][label]

  std::size_t width() const noexcept { return counts.columns; }
  /// The logarithms for all labels, in `s`. Throws errc::shape unless the row has `width()` columns.
  std::span<double> joint(const dense_row& r, scratch& s) const;
  std::span<double> joint(const sparse_row& r, scratch& s) const;
  /// What spoke for label `first` against `second`: each column's part of the difference.
  std::vector<reason> reasons(const dense_row& r, std::size_t first, std::size_t second, std::size_t k, signs w) const;
  std::vector<reason> reasons(const sparse_row& r, std::size_t first, std::size_t second, std::size_t k, signs w) const;
};

namespace detail {
/// Logarithms of joint probabilities become those of the probabilities given the row; all NaN where none is finite.
void to_log_probabilities(std::span<double> joint) noexcept;
void check_bayes(const char* stage, std::size_t records, std::size_t targets);
void check_two_labels(const char* stage, std::size_t labels, std::size_t targets);
}  // namespace detail

/// What `fit` of a naive Bayes classifier returns, for rows `In` and targets `Label`. Copies share what was learned.
/// Thread safety: const calls from any thread.
template <class Spec, row In, label Label>
class naive_bayes_fitted {
 public:
  static constexpr std::string_view kind = Spec::fitted_kind;
  static constexpr bool gives_probabilities = true;
  using output_type = decision<Label>;
  using learned_type = typename Spec::learned_type;
  using counts_type = typename learned_type::counts_type;

  naive_bayes_fitted(Spec spec, learned_type learned, bespoke::labels<Label> names)
      : spec_(spec), learned_(std::make_shared<const learned_type>(std::move(learned))), labels_(std::move(names)) {}

  /// The most probable label and its probability.
  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// The probability of every label, in `s`; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const {
    const std::span<double> all = logarithms(x, s);
    for (double& v : all) v = std::exp(v);
    return all;
  }

  /// The logarithms of the probabilities, in `s`: these tell apart what is too small for `scores`.
  std::span<const double> log_probabilities(const In& x, scratch& s) const { return logarithms(x, s); }

  /// The `k` columns that spoke most for the answer against the runner-up: each column's part of the logarithm of their
  /// odds. What the labels' frequencies and absent columns add is in no column. See core/reasons.hpp.
  std::vector<reason> reasons(const In& x, std::size_t k, signs which = signs::positive) const {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto all = log_probabilities(x, s);
    return learned_->reasons(x, largest(all), second_largest(all), k, which);
  }

  /// Learns from more rows, as if they had come after those it knows: bit for bit for the discrete classifiers, to
  /// rounding for the Gaussian. Throws as `fit`, and errc::invalid_argument for a target that is none of `labels()`.
  template <class Y>
    requires std::same_as<target_value<Y>, Label>
  naive_bayes_fitted updated(const blocks<In>& x, const blocks<Y>& y, const context& ctx) && {
    detail::check_bayes(Spec::name, x.size(), y.size());
    const auto targets = labels_.encode(values_of(y), ctx);
    return {spec_, spec_.learn(collect(x, ctx), targets, weights_of(y, ctx), learned_->counts, ctx), labels_};
  }

  std::size_t width() const noexcept { return learned_->width(); }           ///< columns of the rows it takes
  const learned_type& learned() const noexcept { return *learned_; }         ///< counts, and what follows from them
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  const Spec& spec() const noexcept { return spec_; }                        ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    learned_->counts.save(w);
    labels_.save(w);
  }

  /// What the specs' `fit` and `load` do.
  template <class_target Y>
  static naive_bayes_fitted fit(const Spec& spec, const blocks<In>& x, const blocks<Y>& y, const context& ctx) {
    spec.template check<In>();
    detail::check_bayes(Spec::name, x.size(), y.size());
    auto t = class_targets<Label>::of(y, false, ctx);  // the counts are balanced, so that more can be added
    detail::check_two_labels(Spec::name, t.names.size(), t.numbers.size());
    return {spec, spec.learn(collect(x, ctx), t.numbers, t.weights, counts_type(t.names.size()), ctx),
            std::move(t.names)};
  }
  static naive_bayes_fitted load(const Spec& here, bundle_reader& r) {
    const Spec spec = here.saved(r);
    auto names = bespoke::labels<Label>::load(r);
    if (names.size() < 2) r.reject("there are fewer than two labels");
    return {spec, spec.derive(counts_type::load(r, names.size())), std::move(names)};
  }

 private:
  std::span<double> logarithms(const In& x, scratch& s) const {
    const std::span<double> all = learned_->joint(x, s);
    detail::to_log_probabilities(all);
    return all;
  }

  Spec spec_;
  std::shared_ptr<const learned_type> learned_;
  bespoke::labels<Label> labels_;
};

/// Multinomial naive Bayes: a row is a bag of words drawn with the label's frequencies.
///
///     P(word k | label j) = (countₖⱼ + alpha) / Σₖ (countₖⱼ + alpha),  score = log P(label) + Σ valueₖ · log P(k | label)
///
///     dense_row or sparse_row of values of 0 or more, any label → decision<label>
///
/// Every naive Bayes classifier here: fit is O(stored values + columns · labels), one pass over a copy of the rows, labels side
/// by side on all threads, the same bytes for any number of them. A record's weight multiplies its counts; a label whose
/// records all weigh 0 has probability 0 (unless `fit_prior` is off). Throws errc::empty_input, errc::shape, and
/// errc::invalid_argument for a parameter out of range, a NaN, an infinity or a negative value in a row (with record and
/// column), or fewer than two labels. One record: O(stored values · labels), no allocation; a row with a NaN or an
/// infinity gets the first label and the score NaN. The bundle holds the counts, in double.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's class of the same name.
struct multinomial_naive_bayes {
  double alpha = 1;       ///< added to every count, so that an unseen word rules out nothing; 1e-10 at least is taken
  bool fit_prior = true;  ///< learn how frequent labels are; else all are equally so
  bool balanced = false;  ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;
  template <row In, label Label>
  using fitted = naive_bayes_fitted<multinomial_naive_bayes, In, Label>;

  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fitted<In, target_value<Y>>::fit(*this, x, y, ctx);
  }
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return fitted<In, target_value<Y>>::load(*this, r);
  }

  // What the fitted type asks of its spec.
  static constexpr const char* name = "multinomial_naive_bayes";
  static constexpr std::string_view fitted_kind = "multinomial_naive_bayes/1";
  using learned_type = bayes_table;
  template <row In>
  void check() const {
    check_parameters();
  }
  void check_parameters() const;
  learned_type learn(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type learn(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type derive(bayes_counts counts) const;
  void save(bundle_writer& w) const;
  multinomial_naive_bayes saved(const bundle_reader& r) const;
};

/// Complement naive Bayes (Rennie, Shih, Teevan, Karger, ICML 2003): each label's words are judged by how they occur in all
/// the other labels, of which there are more: steadier where labels differ in size. The score is
/// −Σ valueₖ · log P(k | other labels), without the labels' frequencies; the probabilities are these scores made to sum to
/// 1, as scikit-learn gives them. Otherwise as multinomial_naive_bayes.
struct complement_naive_bayes {
  double alpha = 1;       ///< added to every count; 1e-10 at least is taken
  bool norm = false;      ///< divide each label's weights by their sum, so that no label speaks louder for its size
  bool balanced = false;  ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;
  template <row In, label Label>
  using fitted = naive_bayes_fitted<complement_naive_bayes, In, Label>;

  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fitted<In, target_value<Y>>::fit(*this, x, y, ctx);
  }
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return fitted<In, target_value<Y>>::load(*this, r);
  }

  // What the fitted type asks of its spec.
  static constexpr const char* name = "complement_naive_bayes";
  static constexpr std::string_view fitted_kind = "complement_naive_bayes/1";
  using learned_type = bayes_table;
  template <row In>
  void check() const {
    check_parameters();
  }
  void check_parameters() const;
  learned_type learn(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type learn(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type derive(bayes_counts counts) const;
  void save(bundle_writer& w) const;
  complement_naive_bayes saved(const bundle_reader& r) const;
};

/// Bernoulli naive Bayes: each column is present or absent, and absence speaks too.
///
///     P(k present | label j) = (recordsₖⱼ + alpha) / (recordsⱼ + 2 · alpha)
///
/// Any finite values: present is what is above `binarize`. For sparse rows `binarize` must not be negative. Reasons are the
/// present columns, each against its own absence. A bundle loads only into a spec of the same `binarize`. Otherwise as
/// multinomial_naive_bayes.
struct bernoulli_naive_bayes {
  double alpha = 1;       ///< added to every count; 1e-10 at least is taken
  float binarize = 0;     ///< a column is present in a row where its value is larger
  bool fit_prior = true;  ///< learn how frequent labels are; else all are equally so
  bool balanced = false;  ///< each label counts the same in sum, however many records it has

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;
  template <row In, label Label>
  using fitted = naive_bayes_fitted<bernoulli_naive_bayes, In, Label>;

  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return fitted<In, target_value<Y>>::fit(*this, x, y, ctx);
  }
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const {
    return fitted<In, target_value<Y>>::load(*this, r);
  }

  // What the fitted type asks of its spec.
  static constexpr const char* name = "bernoulli_naive_bayes";
  static constexpr std::string_view fitted_kind = "bernoulli_naive_bayes/1";
  using learned_type = bayes_table;
  template <row In>
  void check() const {
    check_parameters(std::same_as<In, sparse_row>);
  }
  void check_parameters(bool sparse) const;
  learned_type learn(const dense_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type learn(const sparse_rows& rows, std::span<const std::uint32_t> targets, std::span<const float> weights,
                     bayes_counts counts, const context& ctx) const;
  learned_type derive(bayes_counts counts) const;
  void save(bundle_writer& w) const;
  bernoulli_naive_bayes saved(const bundle_reader& r) const;
};

}  // namespace bespoke::train
