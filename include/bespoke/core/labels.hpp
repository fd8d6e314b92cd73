// SPDX-License-Identifier: Apache-2.0
#pragma once
// Labels: the sorted, distinct targets of a fit. A classifier learns their numbers and answers with their values.

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/text_form.hpp>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// What a classifier can tell apart: text, numbers, bools and enums.
template <class T>
concept label = std::same_as<T, std::string> || std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// The sorted, distinct labels of a fit. Copies share one list, which every decision made with it keeps alive.
/// Thread safety: const calls from any thread.
template <label Label>
class labels {
 public:
  /// Reads all targets once. Throws errc::empty_input without targets, errc::invalid_argument for a NaN.
  /// O(targets · log of the distinct ones in a block); the same for any number of threads.
  static labels of(const blocks<Label>& targets, const context& ctx) {
    if (targets.size() == 0) throw error(errc::empty_input, {.stage = "labels", .problem = "there are no targets"});
    list all;
    targets.reduce(ctx, distinct, [&](const list& some) {
      if (std::includes(all.begin(), all.end(), some.begin(), some.end())) return;
      list both;
      std::set_union(all.begin(), all.end(), some.begin(), some.end(), std::back_inserter(both));
      all = std::move(both);
    });
    return labels(std::move(all));
  }

  std::size_t size() const noexcept { return list_->size(); }

  /// The label with a number below `size()`: a view for text, else the value.
  auto operator[](std::size_t index) const noexcept {
    if constexpr (std::same_as<Label, std::string>) return std::string_view((*list_)[index]);
    else return static_cast<Label>((*list_)[index]);
  }

  /// The number of a label; `size()` if it is none of these. O(log size()).
  std::size_t find(const Label& value) const noexcept {
    const auto at = std::lower_bound(list_->begin(), list_->end(), value);
    return at != list_->end() && !(value < *at) ? static_cast<std::size_t>(at - list_->begin()) : size();
  }

  /// The number of every target, in order. Throws errc::invalid_argument for a target that is none of these labels.
  std::vector<std::uint32_t> encode(const blocks<Label>& targets, const context& ctx) const {
    std::vector<std::uint32_t> numbers(targets.size());
    targets.for_each(ctx, [&](const block<Label>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) {
        const std::size_t n = find(b[i]);
        if (n == size())
          throw error(errc::invalid_argument,
                      {.stage = "labels", .record = b.first() + i, .problem = "the target is not a known label"});
        numbers[b.first() + i] = static_cast<std::uint32_t>(n);
      }
    });
    return numbers;
  }

  /// The answer "label number `index`, with this score". Allocates nothing.
  decision<Label> decide(std::size_t index, float score) const noexcept {
    if constexpr (std::same_as<Label, std::string>) return {(*list_)[index], score, index, list_};
    else return {(*this)[index], score, index};
  }

  /// Writes "label_type" and "labels" to the section of the classifier.
  void save(bundle_writer& w) const {
    w.put("label_type", type_name<Label>());
    if constexpr (std::same_as<Label, std::string>) {
      w.put("labels", std::span<const std::string>(*list_));
    } else {
      std::vector<number> numbers;
      for (const auto& value : *list_) numbers.push_back(static_cast<number>(value));
      w.put("labels", std::span<const number>(numbers));
    }
  }

  /// Throws errc::bundle_mismatch for another kind of label, errc::bad_bundle for labels that do not ascend or do not
  /// fit into `Label`.
  static labels load(const bundle_reader& r) {
    r.must_equal("label_type", type_name<Label>());
    list all;
    if constexpr (std::same_as<Label, std::string>) {
      all = r.strings("labels");
    } else {
      for (const number n : r.template tensor<number>("labels")) {
        const auto value = static_cast<Label>(n);
        if (static_cast<number>(value) != n) r.reject("a label does not fit into the type of this chain's labels");
        all.push_back(static_cast<stored>(value));
      }
    }
    if (all.empty()) r.reject("there are no labels");
    for (std::size_t i = 1; i < all.size(); ++i)
      if (!(all[i - 1] < all[i])) r.reject("the labels are not in ascending order");
    return labels(std::move(all));
  }

 private:
  // A vector of bool has no elements to point at.
  using stored = std::conditional_t<std::same_as<Label, bool>, std::uint8_t, Label>;
  using list = std::vector<stored>;
  using number = std::conditional_t<std::is_floating_point_v<Label>, double, std::int64_t>;

  explicit labels(list all) : list_(std::make_shared<const list>(std::move(all))) {}

  static list distinct(const block<Label>& b) {
    std::vector<const Label*> order;
    order.reserve(b.size());
    for (std::size_t i = 0; i < b.size(); ++i) {
      if constexpr (std::is_floating_point_v<Label>)
        if (std::isnan(b[i]))
          throw error(errc::invalid_argument,
                      {.stage = "labels", .record = b.first() + i, .expected = "a label", .got = "nan"});
      order.push_back(&b[i]);
    }
    const auto less = [](const Label* x, const Label* y) { return *x < *y; };
    const auto same = [](const Label* x, const Label* y) { return !(*x < *y) && !(*y < *x); };
    std::sort(order.begin(), order.end(), less);
    order.erase(std::unique(order.begin(), order.end(), same), order.end());
    list out;
    for (const Label* value : order) out.push_back(static_cast<stored>(*value));
    return out;
  }

  std::shared_ptr<const list> list_;
};

}  // namespace bespoke
