// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/random.hpp>
#include <bespoke/train/random_forest.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "tree_checks.hpp"

namespace bespoke::train {

namespace {

constexpr const char* classifier = "random_forest";
constexpr const char* regressor = "random_forest_regressor";

std::uint64_t seed_of(std::uint64_t seed, std::size_t tree) { return random_numbers(random_numbers(seed)() + tree)(); }

// How often each record is drawn for a tree.
std::vector<double> drawn(std::size_t records, std::uint64_t seed) {
  std::vector<double> times(records);
  random_numbers random(~seed);
  for (std::size_t i = 0; i < records; ++i) ++times[random.below(records)];
  return times;
}

struct planting {
  const detail::tree_sample& sample;
  std::span<const float> weights;
  detail::tree_growth growth;
  std::size_t count;
  bool bootstrap;
  const char* stage;
  const context& ctx;

  std::vector<double> weights_of(std::size_t tree) const {
    auto times = bootstrap ? drawn(sample.codes.records(), seed_of(ctx.seed(), tree))
                           : std::vector<double>(sample.codes.records(), 1.0);
    for (std::size_t i = 0; i < weights.size(); ++i) times[i] *= static_cast<double>(weights[i]);
    // Where all that was drawn has no weight: all records.
    if (std::all_of(times.begin(), times.end(), [](double w) { return w == 0; }))
      times.assign(weights.begin(), weights.end());
    return times;
  }

  grown_tree tree(std::size_t t) const {
    const auto heavy = weights_of(t);
    detail::tree_sample own = sample;
    own.weights = heavy;
    return bespoke::detail::grow_tree(own, growth, seed_of(ctx.seed(), t), [&] { ctx.check(); }, nullptr);
  }

  std::shared_ptr<trees> all(std::size_t outputs) const {
    auto grown = std::make_shared<bespoke::trees>(sample.codes.width(), outputs);
    ctx.reduce(
        count, [&](std::size_t t, scratch&) { return tree(t); },
        [&](grown_tree one) {
          grown->append(one);
          ctx.report(stage, grown->size(), count);
        });
    return grown;
  }
};

// For each record the mean numbers of the trees that did not learn from it; NaN where all did.
std::vector<double> out_of_bag(const planting& p, const trees& all, const dense_rows& rows) {
  const std::size_t outputs = all.outputs(), records = rows.size();
  std::vector<double> sums(records * outputs);
  std::vector<std::uint32_t> count(records);
  for (std::size_t t = 0; t < all.size(); ++t) {
    const auto times = drawn(records, seed_of(p.ctx.seed(), t));
    p.ctx.parallel((records + block_size - 1) / block_size, [&](std::size_t b, scratch&) {
      for (std::size_t i = b * block_size; i < std::min(records, (b + 1) * block_size); ++i) {
        if (times[i] != 0) continue;
        const auto values = all.values(all.leaf(t, rows[i]));
        for (std::size_t k = 0; k < outputs; ++k) sums[i * outputs + k] += static_cast<double>(values[k]);
        ++count[i];
      }
    });
  }
  for (std::size_t i = 0; i < records; ++i)
    for (std::size_t k = 0; k < outputs; ++k) sums[i * outputs + k] /= count[i];
  return sums;
}

double weight_at(std::span<const float> weights, std::size_t i) {
  return weights.empty() ? 1.0 : static_cast<double>(weights[i]);
}

// The share of records, of those left out by some tree, whose most likely label is theirs.
double share_right(std::span<const double> means, std::span<const std::uint32_t> labels, std::size_t label_count,
                   std::span<const float> weights) {
  double right = 0, all = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto of = means.subspan(i * label_count, label_count);
    if (std::isnan(of[0])) continue;
    const double w = weight_at(weights, i);
    all += w;
    if (static_cast<std::size_t>(std::max_element(of.begin(), of.end()) - of.begin()) == labels[i]) right += w;
  }
  return right / all;
}

double explained(std::span<const double> means, std::span<const double> numbers, std::span<const float> weights) {
  double all = 0, sum = 0, error = 0, distance = 0;
  const auto each = [&](auto&& use) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      if (!std::isnan(means[i])) use(i, weight_at(weights, i));
  };
  each([&](std::size_t i, double w) { all += w, sum += w * numbers[i]; });
  each([&](std::size_t i, double w) {
    error += w * (numbers[i] - means[i]) * (numbers[i] - means[i]);
    distance += w * (numbers[i] - sum / all) * (numbers[i] - sum / all);
  });
  return 1 - error / distance;
}

template <class Spec>
void check_forest(const char* stage, const Spec& s, std::size_t records, std::size_t targets) {
  detail::check_at_least(stage, "trees", 1, s.trees);
  detail::check_growth(stage, s);
  if (s.out_of_bag && !s.bootstrap)
    throw error(errc::invalid_argument, {.stage = stage,
                                         .expected = "bootstrap where out_of_bag is asked for",
                                         .got = "trees that leave no record out"});
  detail::check_counts(stage, records, targets);
}

template <class Spec>
void save_forest(const Spec& s, bundle_writer& w) {
  detail::save_growth(s, w);
  w.put("trees", s.trees);
  w.put("bootstrap", s.bootstrap);
  w.put("out_of_bag", s.out_of_bag);
}

bespoke::detail::tree_codes codes_of(const char* stage, const dense_rows& rows, std::size_t drawn, const context& ctx) {
  bespoke::detail::tree_codes codes(stage, rows, ctx);
  if (drawn != 0) codes.keep_records(ctx);
  return codes;
}

template <class Spec>
Spec saved_forest(const bundle_reader& r) {
  auto s = detail::saved_growth<Spec>(r);
  s.trees = detail::saved_size(r, "trees");
  s.bootstrap = r.flag("bootstrap");
  s.out_of_bag = r.flag("out_of_bag");
  return s;
}

}  // namespace

random_forest::learned random_forest::grow(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                           std::span<const float> weights, std::size_t labels,
                                           const context& ctx) const {
  detail::check_labels(classifier, labels, targets.size());
  detail::check_counts(classifier, rows.size(), targets.size());
  auto growth = detail::growth_of(*this);
  if (max_features == 0)
    growth.max_features =
        std::max<std::size_t>(1, static_cast<std::size_t>(std::sqrt(static_cast<double>(rows.width()))));
  const detail::tree_sample sample{codes_of(classifier, rows, growth.max_features, ctx), targets, labels, {}, {}};
  const planting p{sample, weights, growth, trees, bootstrap, classifier, ctx};
  learned found{p.all(labels), {}};
  if (out_of_bag)
    found.notes.out_of_bag = share_right(train::out_of_bag(p, *found.trees, rows), targets, labels, weights);
  return found;
}

void random_forest::check(std::size_t records, std::size_t targets) const {
  check_forest(classifier, *this, records, targets);
}
void random_forest::save(bundle_writer& w) const {
  save_forest(*this, w);
  w.put("balanced", balanced);
}
random_forest random_forest::saved(const bundle_reader& r) {
  auto spec = saved_forest<random_forest>(r);
  spec.balanced = r.flag("balanced");
  return spec;
}

random_forest_regressor::learned random_forest_regressor::grow(const dense_rows& rows, std::span<const double> targets,
                                                               std::span<const float> weights,
                                                               const context& ctx) const {
  detail::check_counts(regressor, rows.size(), targets.size());
  const detail::tree_sample sample{codes_of(regressor, rows, max_features, ctx), {}, 0, targets, {}};
  const planting p{sample, weights, detail::growth_of(*this), trees, bootstrap, regressor, ctx};
  learned found{p.all(1), {}};
  if (out_of_bag) found.notes.out_of_bag = explained(train::out_of_bag(p, *found.trees, rows), targets, weights);
  return found;
}

void random_forest_regressor::check(std::size_t records, std::size_t targets) const {
  check_forest(regressor, *this, records, targets);
}
void random_forest_regressor::save(bundle_writer& w) const { save_forest(*this, w); }
random_forest_regressor random_forest_regressor::saved(const bundle_reader& r) {
  return saved_forest<random_forest_regressor>(r);
}

}  // namespace bespoke::train
