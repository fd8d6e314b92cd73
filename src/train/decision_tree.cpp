// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/decision_tree.hpp>

#include <memory>
#include <vector>

#include "tree_checks.hpp"

namespace bespoke::train {

namespace {

constexpr const char* classifier = "decision_tree";
constexpr const char* regressor = "decision_tree_regressor";

grown<tree_notes> one_tree(const detail::tree_sample& sample, const detail::tree_growth& growth, std::size_t outputs,
                           const char* stage, const context& ctx) {
  auto all = std::make_shared<trees>(sample.codes.width(), outputs);
  all->append(bespoke::detail::grow_tree(sample, growth, ctx.seed(), [&] { ctx.check(); }, &ctx));
  ctx.report(stage, 1, 1);
  return {std::move(all), {}};
}

}  // namespace

decision_tree::learned decision_tree::grow(const dense_rows& rows, std::span<const std::uint32_t> targets,
                                           std::span<const float> weights, std::size_t labels,
                                           const context& ctx) const {
  detail::check_labels(classifier, labels, targets.size());
  detail::check_counts(classifier, rows.size(), targets.size());
  const std::vector<double> heavy(weights.begin(), weights.end());
  const detail::tree_sample sample{{classifier, rows, ctx}, targets, labels, {}, heavy};
  return one_tree(sample, detail::growth_of(*this), labels, classifier, ctx);
}

void decision_tree::check(std::size_t records, std::size_t targets) const {
  detail::check_growth(classifier, *this);
  detail::check_counts(classifier, records, targets);
}
void decision_tree::save(bundle_writer& w) const {
  detail::save_growth(*this, w);
  w.put("balanced", balanced);
}
decision_tree decision_tree::saved(const bundle_reader& r) {
  auto spec = detail::saved_growth<decision_tree>(r);
  spec.balanced = r.flag("balanced");
  return spec;
}

decision_tree_regressor::learned decision_tree_regressor::grow(const dense_rows& rows, std::span<const double> targets,
                                                               std::span<const float> weights,
                                                               const context& ctx) const {
  detail::check_counts(regressor, rows.size(), targets.size());
  const std::vector<double> heavy(weights.begin(), weights.end());
  const detail::tree_sample sample{{regressor, rows, ctx}, {}, 0, targets, heavy};
  return one_tree(sample, detail::growth_of(*this), 1, regressor, ctx);
}

void decision_tree_regressor::check(std::size_t records, std::size_t targets) const {
  detail::check_growth(regressor, *this);
  detail::check_counts(regressor, records, targets);
}
void decision_tree_regressor::save(bundle_writer& w) const { detail::save_growth(*this, w); }
decision_tree_regressor decision_tree_regressor::saved(const bundle_reader& r) {
  return detail::saved_growth<decision_tree_regressor>(r);
}

}  // namespace bespoke::train
