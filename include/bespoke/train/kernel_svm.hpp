// SPDX-License-Identifier: Apache-2.0
#pragma once
// A support vector machine with a kernel: labels whose border is not a plane, for up to some ten thousand records.
//
// PRIVACY: the support vectors are training rows. A bundle with this learner holds their numbers and labels, and whoever has
// the file can read them. Take linear_svm or a tree where training data must not leave the house.

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

/// How alike two rows are.
enum class svm_kernel {
  rbf,         ///< exp(−gamma · Σ (aₖ − bₖ)²)
  polynomial,  ///< (gamma · Σ aₖ·bₖ + coef0)^degree
  linear,      ///< Σ aₖ·bₖ; linear_svm is much faster on many records
};

/// What is learned: support vectors, and for each pair of labels their coefficients and an intercept. Copies share it.
/// Pairs are (0, 1), (0, 2), …, (1, 2), …. Thread safety: const calls from any thread.
template <row R>
class kernel_machine {
 public:
  struct learned;
  explicit kernel_machine(std::shared_ptr<const learned> l) : learned_(std::move(l)) {}

  std::size_t width() const noexcept;                     ///< columns of the rows it takes
  std::size_t labels() const noexcept;                    ///< that it tells apart
  const bespoke::rows_of<R>& vectors() const noexcept;    ///< those of label 0 first, in record order, and so on
  std::span<const double> coefficients() const noexcept;  ///< [vector][other label]: y·alpha, as libsvm keeps them
  std::span<const double> intercepts() const noexcept;    ///< of each pair
  std::span<const double> objectives() const noexcept;    ///< of each pair: ½·αᵀQα − Σα where the solver ended
  double gamma() const noexcept;                          ///< that was used
  bool converged() const noexcept;                        ///< false where a pair ended at `max_iterations`

  /// Of every pair intercept + Σ coefficient · kernel, in `s`: above 0 it speaks for the pair's first label.
  /// All NaN for a row with a NaN or infinity. Throws errc::shape unless the row has `width()` columns. No allocation.
  std::span<const double> pair_values(const R& x, scratch& s) const;
  /// Of every label, in `s`: of two the pair's value and its negative; of more the number of pairs it won, plus
  /// Σ of its pairs' values, squeezed to within ±⅓, which orders those with as many: scikit-learn's decision_function of
  /// shape "ovr".
  std::span<const double> margins(const R& x, scratch& s) const;
  /// Of every label, in `s`. Throws errc::invalid_argument unless it was trained with `probability`.
  std::span<const double> probabilities(const R& x, scratch& s) const;

  void save(bundle_writer& w) const;
  /// Throws errc::bad_bundle for what does not fit together.
  static kernel_machine load(const bundle_reader& r, std::size_t labels, bool probability);

 private:
  std::shared_ptr<const learned> learned_;
};

extern template class kernel_machine<dense_row>;
extern template class kernel_machine<sparse_row>;

/// For each pair of labels finds the border of the widest margin in the kernel's space, minimising the dual
///
///     ½·Σᵢⱼ αᵢ·αⱼ·yᵢ·yⱼ·K(rowᵢ, rowⱼ) − Σ αᵢ   with 0 ≤ αᵢ ≤ c · weightᵢ and Σ αᵢ·yᵢ = 0
///
/// two variables at a time, chosen by second-order gain (Fan, Chen, Lin, JMLR 6, 2005), as libsvm does; without shrinking.
/// The answer is the label with the largest margin (see kernel_machine::margins), of equal ones the first: scikit-learn's
/// SVC with break_ties.
///
///     dense_row or sparse_row, any label → decision<label>, its score being its margin
///
/// With `probability` the scores are probabilities: each pair's value goes through a sigmoid (core/sigmoid.hpp) fitted to
/// values that five further machines, each trained on four fifths of the pair's records, give to the rest; and the pairs
/// are coupled to one distribution (Wu, Lin, Weng, JMLR 5, 2004, their second method, solved exactly). The answer is then
/// the most probable label, which is not always the one of the largest margin. As this is known at run time only,
/// `gives_probabilities` stays false: code that asks at compile time takes train::calibrated around this.
///
/// Put standardize{} before columns of different sizes. Fit: O(iterations · records of a pair), and a kernel row,
/// O(stored values), for each row that is not in the cache; pairs and folds, or the parts of a single pair's kernel rows,
/// side by side on all threads; the same bytes for any number of them and any cache. Kernel values are cached as float.
/// Throws errc::empty_input, errc::shape, and errc::invalid_argument for a parameter out of range, a NaN or infinity in a
/// row (with its record), fewer than two labels, or a label without any weight.
/// One record: O(stored values of the support vectors + vectors · labels), no allocation; with probabilities and more than two
/// labels also O(labels³). A row with a NaN or infinity gets the first label and the score NaN.
/// A bundle holds the support vectors (see above) and loads only into a spec of the same kernel and `probability`.
/// Thread safety: const calls from any thread. Checked against scikit-learn 1.2.1's SVC (libsvm).
struct kernel_svm {
  double c = 1;                         ///< bound of each record's α: larger fits closer
  svm_kernel kernel = svm_kernel::rbf;  ///< how alike two rows are
  std::optional<double> gamma{};        ///< by default 1 / (columns · variance of all values), scikit-learn's "scale"
  std::size_t degree = 3;               ///< of the polynomial kernel
  double coef0 = 0;                     ///< of the polynomial kernel
  bool probability = false;             ///< scores are probabilities; training takes about six times as long
  bool balanced = false;                ///< each label counts the same in sum, however many records it has
  double tolerance = 1e-3;              ///< stops when no pair of variables violates optimality by more
  std::size_t max_iterations = 10'000'000;  ///< steps for a pair of labels; it ends there, converged or not
  double cache_mb = 200;                    ///< memory for kernel rows, of all threads together; two rows each at least

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;

  template <row In, label Label>
  class fitted;

  template <row In, class_target Y>
  fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const;
  template <row In, class_target Y>
  fitted<In, target_value<Y>> load(bundle_reader& r) const;

  /// The machine for rows whose labels are numbers below `labels`: what `fit` calls.
  kernel_machine<dense_row> solve(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                  std::span<const float> weights, std::size_t labels, const context& ctx) const;
  kernel_machine<sparse_row> solve(const sparse_rows& rows, std::span<const std::uint32_t> targets,
                                   std::span<const float> weights, std::size_t labels, const context& ctx) const;

 private:
  void check(std::size_t records, std::size_t targets) const;
  void save(bundle_writer& w) const;
  kernel_svm saved(const bundle_reader& r) const;
};

namespace detail {
/// The distribution that agrees best with `pairs`, the probability of each pair's first label against its second: it
/// minimises Σ (rⱼᵢ·pᵢ − rᵢⱼ·pⱼ)² over p that sums to 1. Pairs are clipped to within 1e-7 of 0 and 1. O(labels³).
void couple(std::span<const double> pairs, std::span<double> probabilities, scratch& s);
}  // namespace detail

/// What `fit` returns for rows `In` and targets `Label`. Copies share what was learned.
template <row In, label Label>
class kernel_svm::fitted {
 public:
  static constexpr std::string_view kind = "kernel_svm/1";
  using output_type = decision<Label>;

  fitted(kernel_svm spec, kernel_machine<In> machine, bespoke::labels<Label> names)
      : spec_(spec), machine_(std::move(machine)), labels_(std::move(names)) {}

  decision<Label> operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels_, scores(x, s));
  }

  /// Of every label, in `s`: margins, or with `probability` probabilities; see core/classifier.hpp.
  std::span<const double> scores(const In& x, scratch& s) const {
    return spec_.probability ? machine_.probabilities(x, s) : machine_.margins(x, s);
  }

  std::size_t width() const noexcept { return machine_.width(); }            ///< columns of the rows it takes
  const kernel_machine<In>& machine() const noexcept { return machine_; }    ///< support vectors and coefficients
  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  bool converged() const noexcept { return machine_.converged(); }           ///< false: raise `max_iterations`
  const kernel_svm& spec() const noexcept { return spec_; }                  ///< how it was trained

  void save(bundle_writer& w) const {
    spec_.save(w);
    machine_.save(w);
    labels_.save(w);
  }

 private:
  kernel_svm spec_;
  kernel_machine<In> machine_;
  bespoke::labels<Label> labels_;
};

template <row In, class_target Y>
kernel_svm::fitted<In, target_value<Y>> kernel_svm::fit(const blocks<In>& x, const blocks<Y>& y,
                                                        const context& ctx) const {
  check(x.size(), y.size());
  auto t = class_targets<target_value<Y>>::of(y, balanced, ctx);
  return {*this, solve(collect(x, ctx), t.numbers, t.weights, t.names.size(), ctx), std::move(t.names)};
}

template <row In, class_target Y>
kernel_svm::fitted<In, target_value<Y>> kernel_svm::load(bundle_reader& r) const {
  const kernel_svm spec = saved(r);
  auto names = labels<target_value<Y>>::load(r);
  return {spec, kernel_machine<In>::load(r, names.size(), probability), std::move(names)};
}

}  // namespace bespoke::train
