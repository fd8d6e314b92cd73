// SPDX-License-Identifier: Apache-2.0
#pragma once
// Targets: what is to be predicted, with a weight for each record where the host has one.
//
//     fit(spec, tickets, &Ticket::queue);                                            // every record counts the same
//     fit(spec, tickets, with_weight(&Ticket::queue, &Ticket::importance));          // this one counts as much as it says
//
// A stage that learns from targets takes blocks<Y>, where Y is the value or weighted<value>:
//
//     template <row In, class_target Y>
//     fitted<In, target_value<Y>> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
//       const auto targets = class_targets<target_value<Y>>::of(y, balanced, ctx);   // labels, their numbers, weights

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/labels.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// A target and how much its record counts: twice as much is the same as having the record twice.
template <class Value>
struct weighted {
  Value value{};
  float weight = 1;
};

/// A target with a weight: both are members or functions of the record. Weights must be finite and not negative, and some
/// weight must be positive; a fit throws errc::invalid_argument otherwise, with the record.
template <class Value, class Weight>
auto with_weight(Value value, Weight weight) {
  return [value, weight](const auto& record) {
    return weighted<std::remove_cvref_t<decltype(std::invoke(value, record))>>{
        std::invoke(value, record), static_cast<float>(std::invoke(weight, record))};
  };
}

namespace detail {
template <class Y>
struct target_parts {
  using value = Y;
  static constexpr bool has_weight = false;
};
template <class V>
struct target_parts<weighted<V>> {
  using value = V;
  static constexpr bool has_weight = true;
};

/// Throws errc::invalid_argument for a weight that is negative or not finite, or where all are 0.
void check_weights(std::span<const float> weights);
/// Throws errc::invalid_argument for a target that is not finite, errc::empty_input without targets.
void check_numbers(std::span<const double> targets);
/// Multiplies each weight by n / (labels · records of its label).
void balance(std::span<float> weights, std::span<const std::uint32_t> targets, std::size_t labels);
}  // namespace detail

/// The value of a target: `V` for `weighted<V>`, else the target itself.
template <class Y>
using target_value = typename detail::target_parts<Y>::value;

/// A target that a classifier can learn from.
template <class Y>
concept class_target = label<target_value<Y>>;

/// A target that a regression can learn from.
template <class Y>
concept number_target = std::is_arithmetic_v<target_value<Y>>;

/// The values of targets, without their weights.
template <class Y>
blocks<target_value<Y>> values_of(const blocks<Y>& y) {
  if constexpr (!detail::target_parts<Y>::has_weight) {
    return y;
  } else {
    using value = target_value<Y>;
    struct source final : block_source<value> {
      explicit source(blocks<Y> all) : y(std::move(all)) {}
      std::size_t size() const override { return y.size(); }
      void visit(std::size_t b, scratch& s, function_ref<void(const block<value>&)> use) const override {
        y.visit(b, s, [&](const block<Y>& in) { use({&in[0].value, in.stride(), in.size(), in.first()}); });
      }
      blocks<Y> y;
    };
    return blocks<value>(std::make_shared<source>(y));
  }
}

/// The weights of targets, in order; empty where every record counts the same.
template <class Y>
std::vector<float> weights_of(const blocks<Y>& y, const context& ctx) {
  std::vector<float> weights;
  if constexpr (detail::target_parts<Y>::has_weight) {
    weights.resize(y.size());
    y.for_each(ctx, [&](const block<Y>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) weights[b.first() + i] = b[i].weight;
    });
    detail::check_weights(weights);
  }
  return weights;
}

/// What a classifier learns from.
template <label Label>
struct class_targets {
  bespoke::labels<Label> names;
  std::vector<std::uint32_t> numbers;  ///< of each record's label
  std::vector<float> weights;          ///< of each record; empty where every record counts the same

  /// `balanced`: each label counts the same in sum, every record n / (labels · records of its label) times its own weight,
  /// as class_weight="balanced" of scikit-learn. Throws as `labels::of`, and errc::invalid_argument for bad weights.
  template <class_target Y>
  static class_targets of(const blocks<Y>& y, bool balanced, const context& ctx) {
    const auto values = values_of(y);
    auto names = bespoke::labels<Label>::of(values, ctx);
    auto numbers = names.encode(values, ctx);
    auto weights = weights_of(y, ctx);
    if (balanced) {
      if (weights.empty()) weights.assign(numbers.size(), 1.0f);
      detail::balance(weights, numbers, names.size());
    }
    return {std::move(names), std::move(numbers), std::move(weights)};
  }
};

/// What a regression learns from.
struct number_targets {
  std::vector<double> values;
  std::vector<float> weights;  ///< of each record; empty where every record counts the same

  /// Throws errc::empty_input without targets, errc::invalid_argument for one that is not finite and for bad weights.
  template <number_target Y>
  static number_targets of(const blocks<Y>& y, const context& ctx) {
    std::vector<double> values(y.size());
    values_of(y).for_each(ctx, [&](const block<target_value<Y>>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) values[b.first() + i] = static_cast<double>(b[i]);
    });
    detail::check_numbers(values);
    return {std::move(values), weights_of(y, ctx)};
  }
};

}  // namespace bespoke
