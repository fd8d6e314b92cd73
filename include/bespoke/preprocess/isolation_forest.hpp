// SPDX-License-Identifier: Apache-2.0
#pragma once
// Isolation forest: records that random cuts separate from the others after few steps are unusual. Unlike outliers.hpp it
// sees columns together. What is fitted says of a value whether it is an outlier; a host drops them from a flow with it:
//
//     auto odd   = fit(fuse(field("amount", &Order::amount) | features::impute{},
//                           field("items", &Order::items) | features::impute{}) | preprocess::isolation_forest{.share = 0.01},
//                      sample_of_orders);
//     auto clean = ingest::csv<Order>(…) | preprocess::filter([odd](const Order& o) { return !odd(o); });

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/numbers.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

/// c(n): the steps that an unsuccessful search in a binary search tree of n values takes on average,
/// 2·(ln(n − 1) + 0.5772…) − 2·(n − 1)/n; 1 for 2 values, 0 for fewer.
double average_path_length(std::size_t n) noexcept;

namespace detail {

/// The learned trees, one after another. Copies share them.
class isolation_trees {
 public:
  struct nodes {
    std::vector<std::uint32_t> column{};  ///< of an inner node's cut
    std::vector<double>
        cut{};  ///< of an inner node: smaller and equal values go left; of a leaf its path length over c(sample)
    std::vector<std::uint32_t> left{};  ///< of an inner node, the right one follows it; 0 for a leaf
  };

  isolation_trees(nodes all, std::vector<std::uint32_t> roots, std::size_t width)
      : learned_(std::make_shared<const forest>(forest{std::move(all), std::move(roots), width})) {}

  std::size_t width() const noexcept { return learned_->width; }
  std::size_t trees() const noexcept { return learned_->roots.size(); }
  /// 2^(−mean of the leaves' path lengths). Throws errc::shape for another width.
  double score(std::span<const double> x) const;

  void save(bundle_writer& w) const;
  static isolation_trees load(const bundle_reader& r, std::string_view input);

 private:
  struct forest {
    nodes all;
    std::vector<std::uint32_t> roots;
    std::size_t width;
  };
  std::shared_ptr<const forest> learned_;
};

/// The trees, and the score above which a value is an outlier.
struct isolation {
  isolation_trees trees;
  double threshold;
};

}  // namespace detail

/// Isolation forest (Liu, Ting, Zhou: Isolation forest, ICDM 2008). Each tree takes `.sample` records at random and cuts them
/// at a random place of a random column that still varies, down to ⌈log₂ sample⌉ steps; a record's score is
/// 2^(−mean steps until it is alone / c(sample)), near 1 for an outlier, below 0.5 for the usual.
///
///     number, dense_row → bool: whether the score is above the threshold
///
/// The threshold is such that `.share` of the training records are above it, or 0.5 where `.share` is 0.
/// Fit: O(trees · sample · log sample), and with a share O(records · trees · log sample); trees and records side by side, the
/// same bytes for any number of threads, all from the seed. The values are copied. Throws errc::empty_input without records;
/// errc::invalid_argument for a NaN or an infinity with its record and for parameters out of range; errc::shape where
/// widths differ. One record: O(trees · log sample), no allocation; a NaN goes right at every cut. Records that are all the
/// same, and one alone, have score 0.5. Thread safety: const calls from any thread.
/// Checked by planted outliers and by c(n) of scikit-learn 1.2.1; random cuts cannot agree with its IsolationForest bit for bit.
struct isolation_forest {
  std::size_t trees = 100;   ///< 1 to 10,000
  std::size_t sample = 256;  ///< records a tree, 2 to 65,536; all where there are fewer
  double share = 0;          ///< of the training records that are outliers, 0 to 0.5; 0: all with a score above 0.5

  template <class In>
  static constexpr bool accepts = bespoke::detail::numeric<In>;

  /// What `fit` returns for inputs of type `In`.
  template <class In>
  class fitted;

  template <class In, class Y>
    requires accepts<In>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    check();
    return {learn(bespoke::detail::number_columns::of("isolation_forest", x, bespoke::detail::absent::error,
                                                      "put impute before it, or drop such records", ctx),
                  ctx)};
  }

  /// Trees and threshold come from the file: no parameter of the spec changes an answer.
  template <class In, class Y>
    requires accepts<In>
  fitted<In> load(bundle_reader& r) const {
    return {read(r, bespoke::detail::input_kind<In>)};
  }

 private:
  void check() const;
  detail::isolation learn(const bespoke::detail::number_columns& x, const context& ctx) const;
  static detail::isolation read(const bundle_reader& r, std::string_view input);
};

/// What `fit` returns for inputs of type `In`. Copies share what was learned.
template <class In>
class isolation_forest::fitted {
 public:
  static constexpr std::string_view kind = "isolation_forest/1";
  using output_type = bool;

  fitted(detail::isolation learned) : learned_(std::move(learned)) {}

  /// Whether it is an outlier.
  bool operator()(const In& x, scratch& s) const { return score(x, s) > learned_.threshold; }

  /// From 0 to 1: the larger, the more unusual.
  double score(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return learned_.trees.score(bespoke::detail::numbers_of(x, s));
  }

  double threshold() const noexcept { return learned_.threshold; }  ///< the score above which a value is an outlier
  std::size_t trees() const noexcept { return learned_.trees.trees(); }  ///< how many there are

  void save(bundle_writer& w) const {
    w.put("input", bespoke::detail::input_kind<In>);
    w.put("threshold", learned_.threshold);
    learned_.trees.save(w);
  }

 private:
  detail::isolation learned_;
};

}  // namespace bespoke::preprocess
