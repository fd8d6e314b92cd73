// SPDX-License-Identifier: Apache-2.0
#pragma once
// Stacks: what several whole chains say of a record are the features that one more learner learns from.
//
//     auto spec = stack(field("body", &Ticket::body) | features::tfidf{} | train::linear_svm{},
//                       fuse(field("amount", …) | …, field("country", …) | …) | train::random_forest{})
//               | train::logistic{};
//
// A stack is a feature: beside others in `fuse(stack(…), field(…) | …)` the last learner sees those too.

#include <array>
#include <bespoke/core/branches.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/text_form.hpp>
#include <bespoke/train/out_of_fold.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define BESPOKE_SAYS_MEMBERS \
  "bespoke: a member of stack is no learner: a member is field(...) | features | a classifier or a regression"

#define BESPOKE_SAYS_OTHER_MEMBERS \
  "bespoke: the members of stack read fields of different records: all must read the same one"

namespace bespoke {

/// How a stack learns.
struct stacking {
  fold_plan folds = 5;  ///< parts of the training data that are held out in turn
};

namespace detail {

template <class F, class In>
concept stackable = classifier<F, In> || answers_number<F>;

/// Columns for a member's scores: of two labels the second's only, as the first's follows from it.
inline std::size_t score_columns(std::size_t labels) { return labels == 2 ? 1 : labels; }

template <class F, class In>
std::size_t stack_columns(const F& member) {
  if constexpr (classifier<F, In>) return score_columns(member.labels().size());
  else return 1;
}

/// Writes a record's scores, of all labels, into its columns.
inline void put_scores(std::span<const double> scores, std::span<float> columns) {
  const std::size_t first = scores.size() - columns.size();
  for (std::size_t c = 0; c < columns.size(); ++c) columns[c] = static_cast<float>(scores[first + c]);
}

}  // namespace detail

/// What the fit of a stack gives: the members, fitted to all records. Thread safety: const calls from any thread.
/// One record: as all members together, no allocation beyond theirs.
template <class In, class... F>
class fitted_stack : public detail::branched<F...> {
 public:
  static constexpr std::string_view kind = "stack/1";
  using output_type = dense_row;

  explicit fitted_stack(std::tuple<F...> members) : detail::branched<F...>(std::move(members)) {
    std::size_t i = 0;
    std::apply([&](const auto&... m) { ((widths_[i++] = detail::stack_columns<F, In>(m)), ...); }, this->parts());
    for (const std::size_t w : widths_) width_ += w;
  }

  /// The members' scores side by side.
  dense_row operator()(const In& x, scratch& s) const {
    const auto out = s.take<float>(width_);
    std::size_t at = 0, i = 0;
    std::apply([&](const auto&... m) { ((put(m, x, out.subspan(at, widths_[i]), s), at += widths_[i++]), ...); },
               this->parts());
    return {out};
  }

  std::size_t width() const noexcept { return width_; }  ///< columns of all members together
  const std::array<std::size_t, sizeof...(F)>& widths() const noexcept { return widths_; }  ///< of each member

  /// `"body: cards"`: the member's field and the label. A member without a field, or with the field of another member, is
  /// named by its place: `"member 2: cards"`. The number of a regression has the member's name alone.
  std::string column_name(std::size_t column) const {
    std::string name;
    std::size_t i = 0;
    std::apply([&](const auto&... m) { (named(m, i++, column, name) || ...); }, this->parts());
    return name;
  }

  void save(bundle_writer& w) const {
    w.put("width", width_);
    this->save_parts(w);
  }

 private:
  template <class M>
  static void put(const M& member, const In& x, std::span<float> columns, scratch& s) {
    const scratch::frame temporaries(s);
    if constexpr (classifier<M, In>) detail::put_scores(member.scores(x, s), columns);
    else columns[0] = static_cast<float>(apply(member, x, s));
  }

  template <class M>
  bool named(const M& member, std::size_t i, std::size_t& column, std::string& name) const {
    if (column >= widths_[i]) return column -= widths_[i], false;
    name = this->member_name(i);
    if constexpr (classifier<M, In>) {
      const auto& names = member.labels();
      const auto d = names.decide(names.size() - widths_[i] + column, 0.0f);
      if constexpr (std::is_convertible_v<decltype(d.label()), std::string_view>) name += ": " + std::string(d.label());
      else name += ": " + detail::scalar_to_text(d.label());
    }
    return true;
  }

  std::array<std::size_t, sizeof...(F)> widths_{};
  std::size_t width_ = 0;
};

/// The spec of a stack: a feature that learns from targets. Made by `stack(…)`.
///
///     a record, or the row of features before it → dense_row: of a classifier the scores of its labels (of two labels the
///     second's only), of a regression its number
///
/// The rows that the next stage learns from are out of fold: each record's scores come from members that were fitted to the
/// other folds, so that the next stage does not believe a member that has learned its records by heart. The members that
/// answer are fitted to all records. What becomes of a label with fewer records than folds, says train/out_of_fold.hpp.
/// Fit: each member's, times folds + 1. The same bytes for any number of threads. Throws errc::invalid_argument for bad
/// folds and fewer than two labels, and what the members throw, with their field.
/// Checked against scikit-learn 1.2.1's StackingClassifier.
template <class... B>
class stack_stage : public detail::branched_spec<B...> {
 public:
  static constexpr bool supervised = true;
  template <class In>
  using output_for = dense_row;

  explicit stack_stage(stacking how, B... members)
      : detail::branched_spec<B...>(std::move(members)...), how_(std::move(how)) {}

  const stacking& how() const noexcept { return how_; }

  template <class In, class Y>
  auto fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return stacked<In, Y>(this->fit_branches(x, y, ctx));
  }

  /// The members fitted to all records, and the out-of-fold rows.
  template <class In, class Y>
  auto fit_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    auto rows = rows_as_blocks<dense_rows>(std::make_shared<const dense_rows>(out_of_fold_rows(x, y, ctx)));
    auto f = fit(x, y, ctx);
    return fitted_with_output<decltype(f)>{std::move(f), std::move(rows)};
  }

  template <class In, class Y>
  auto load(bundle_reader& r) const {
    auto f = stacked<In, Y>(this->template load_branches<In, Y>(r));
    if (f.width() != static_cast<std::size_t>(r.integer("width")))
      r.reject("the width is not the sum of its members' scores");
    return f;
  }

  /// A spec has learned nothing: this says so.
  template <class... Args>
  auto operator()(Args&&...) const {
    constexpr bool answers = sizeof...(Args) > 99;
    static_assert(
        answers,
        "bespoke: stack makes rows and has learned nothing: add a learner, stack(...) | train::logistic{}, and call "
        "what fit(spec, records, target) returns");
    return detail::poison{};
  }

 private:
  template <class In, class Y>
  static constexpr bool classifies = (classifier<fitted_t<B, In, Y>, In> || ...);

  template <class In, class Y, class... F>
  static auto stacked(std::tuple<F...> members) {
    constexpr bool learners = (detail::stackable<F, In> && ...);
    static_assert(learners, BESPOKE_SAYS_MEMBERS);
    return fitted_stack<In, F...>(std::move(members));
  }

  template <class In, class Y>
  dense_rows out_of_fold_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    if constexpr (classifies<In, Y>) {
      const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
      train::detail::check_labels("stack", targets.names.size(), x.size());
      const auto data = train::in_folds("stack", x, y, targets.numbers, how_.folds, ctx);
      return rows_of_members(data, targets, targets.names.size(), ctx);
    } else {
      return rows_of_members(train::in_folds("stack", x, y, {}, how_.folds, ctx), none{}, 0, ctx);
    }
  }

  /// `labels`: how many each classifier knows.
  template <class In, class Y, class Targets>
  dense_rows rows_of_members(const train::folded<In, Y>& data, const Targets& targets, std::size_t labels,
                             const context& ctx) const {
    const std::size_t columns = detail::score_columns(labels);
    const std::size_t classifiers = (std::size_t{classifier<fitted_t<B, In, Y>, In>} + ...);
    dense_rows rows(data.x.size(), classifiers * columns + (sizeof...(B) - classifiers));
    std::size_t at = 0;
    this->for_each_branch([&]<class M>(const M& member) {
      if constexpr (classifier<fitted_t<M, In, Y>, In>) {
        const auto scores = train::out_of_fold_scores(member, data, targets, "stack", ctx);
        for (std::size_t i = 0; i < rows.size(); ++i)
          detail::put_scores(std::span(scores).subspan(i * labels, labels), rows.writable(i).subspan(at, columns));
        return at += columns;
      } else {
        const auto numbers = train::out_of_fold_numbers(member, data, "stack", ctx);
        for (std::size_t i = 0; i < rows.size(); ++i) rows.writable(i)[at] = static_cast<float>(numbers[i]);
        return ++at;
      }
    });
    return rows;
  }

  stacking how_;
};

namespace detail {

/// What can be wrong with the members of a stack.
enum class stack_fault { none, told, members, records };
template <class... B>
consteval stack_fault fault_of_stack() {
  if constexpr ((is_poison<B> || ...)) return stack_fault::told;
  else if constexpr (sizeof...(B) == 0 || !(is_spec<B> && ...)) return stack_fault::members;
  else if constexpr (!same_record<B...>()) return stack_fault::records;
  else return (is_supervised<B> && ...) ? stack_fault::none : stack_fault::members;
}

}  // namespace detail

/// Makes features of what several chains say. All read the same record.
template <class... B>
auto stack(stacking how, B... members) {
  constexpr auto wrong = detail::fault_of_stack<B...>();
  static_assert(wrong != detail::stack_fault::members, BESPOKE_SAYS_MEMBERS);
  static_assert(wrong != detail::stack_fault::records, BESPOKE_SAYS_OTHER_MEMBERS);
  if constexpr (wrong != detail::stack_fault::none) return detail::poison{};
  else return stack_stage<B...>(std::move(how), std::move(members)...);
}

/// The same with 5 folds.
template <class... B>
  requires(!(std::is_same_v<std::remove_cvref_t<B>, stacking> || ...))
auto stack(B... members) {
  constexpr auto wrong = detail::fault_of_stack<B...>();
  static_assert(wrong != detail::stack_fault::members, BESPOKE_SAYS_MEMBERS);
  static_assert(wrong != detail::stack_fault::records, BESPOKE_SAYS_OTHER_MEMBERS);
  if constexpr (wrong != detail::stack_fault::none) return detail::poison{};
  else return stack_stage<B...>(stacking{}, std::move(members)...);
}

}  // namespace bespoke
