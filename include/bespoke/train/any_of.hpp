// SPDX-License-Identifier: Apache-2.0
#pragma once
// One of several learners, chosen while the program runs: what `select` returns.
//
//     auto spec = features | train::any_of(train::linear_svm{}, train::complement_naive_bayes{});
//     // …, with `choice` 0 or 1: fit learns with that one, and the bundle says which it was

#include <bespoke/core/classifier.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

/// What any of several learners learned; all give the same kind of answer. Thread safety: const calls from any thread.
template <class In, class... F>
class fitted_any {
 public:
  static constexpr std::string_view kind = "any_of/1";
  static constexpr bool gives_probabilities = (bespoke::gives_probabilities<F> && ...);
  using output_type = typename std::tuple_element_t<0, std::tuple<F...>>::output_type;

  explicit fitted_any(std::variant<F...> learned) : learned_(std::move(learned)) {}

  output_type operator()(const In& x, scratch& s) const {
    return std::visit([&](const auto& f) -> output_type { return apply(f, x, s); }, learned_);
  }

  /// As of the learner, where all of them are classifiers; see core/classifier.hpp.
  const auto& labels() const noexcept
    requires(classifier<F, In> && ...)
  {
    using result = std::remove_cvref_t<decltype(std::get<0>(learned_).labels())>;
    return *std::visit([](const auto& f) -> const result* { return &f.labels(); }, learned_);
  }
  std::span<const double> scores(const In& x, scratch& s) const
    requires(classifier<F, In> && ...)
  {
    return std::visit([&](const auto& f) -> std::span<const double> { return f.scores(x, s); }, learned_);
  }

  /// As of the learner; none where it has none that are columns of the row.
  std::vector<reason> reasons(const In& x, std::size_t k) const {
    return std::visit(
        [&](const auto& f) -> std::vector<reason> {
          if constexpr (requires { f.reasons(x, k); }) return f.reasons(x, k);
          else return {};
        },
        learned_);
  }

  std::size_t choice() const noexcept { return learned_.index(); }         ///< which of them learned
  const std::variant<F...>& learned() const noexcept { return learned_; }  ///< what it learned
  bool has_probabilities() const noexcept {                                ///< whether its scores are such
    return std::visit([](const auto& f) { return bespoke::gives_probabilities<std::remove_cvref_t<decltype(f)>>; },
                      learned_);
  }

  void save(bundle_writer& w) const {
    w.put("choice", choice());
    std::visit(
        [&](const auto& f) {
          bundle_writer section = w.stage(f.kind);
          f.save(section);
        },
        learned_);
  }

 private:
  std::variant<F...> learned_;
};

/// Learners, of which `fit` takes the one with the number `choice`. Made by `any_of`.
template <class... L>
struct any_of_learners {
  std::tuple<L...> learners{};
  std::size_t choice = 0;  ///< from 0, as they are written; fit throws errc::invalid_argument beyond the last

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = (bespoke::detail::takes<L, In> && ...);

  /// Learns with the chosen one; throws what it throws.
  template <class In, class Y>
    requires(stage_spec<L, In, Y> && ...)
  fitted_any<In, fitted_t<L, In, Y>...> fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    if (choice >= sizeof...(L))
      throw error(errc::invalid_argument, {.stage = "any_of",
                                           .expected = "a choice below " + std::to_string(sizeof...(L)),
                                           .got = std::to_string(choice)});
    return made<In, Y>(choice, [&](const auto& learner) { return learner.fit(x, y, ctx); });
  }

  /// The choice comes from the file.
  template <class In, class Y>
    requires(stage_spec<L, In, Y> && ...)
  fitted_any<In, fitted_t<L, In, Y>...> load(bundle_reader& r) const {
    const auto saved = r.integer("choice");
    if (saved < 0 || static_cast<std::size_t>(saved) >= sizeof...(L)) r.reject("there is no learner of this choice");
    return made<In, Y>(static_cast<std::size_t>(saved), [&](const auto& learner) {
      bundle_reader section = r.stage(fitted_t<std::remove_cvref_t<decltype(learner)>, In, Y>::kind);
      return learner.template load<In, Y>(section);
    });
  }

 private:
  template <class In, class Y, class Make>
  auto made(std::size_t which, Make&& make) const {
    using variant = std::variant<fitted_t<L, In, Y>...>;
    std::optional<variant> out;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((I == which ? (void)out.emplace(std::in_place_index<I>, make(std::get<I>(learners))) : void()), ...);
    }(std::index_sequence_for<L...>{});
    return fitted_any<In, fitted_t<L, In, Y>...>(std::move(*out));
  }
};

/// Learners to choose from; the first, until `choice` says otherwise. All must take the same rows and give the same kind of
/// answer.
template <class... L>
any_of_learners<L...> any_of(L... learners) {
  return {std::tuple<L...>{std::move(learners)...}, 0};
}

}  // namespace bespoke::train
