// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the fit of a vote gives: of classifiers a classifier, `fitted_vote`; of regressions a number, `fitted_average`.

#include <array>
#include <bespoke/core/branches.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/train/voting.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

/// Members, fitted to all records, and what each of them weighs. Base of `fitted_vote` and `fitted_average`.
template <class How, class In, class... F>
class weighted_members : public branched<F...> {
 public:
  /// `weights`: one for each member.
  weighted_members(std::tuple<F...> members, std::vector<double> weights)
      : branched<F...>(std::move(members)), weights_(std::make_shared<const std::vector<double>>(std::move(weights))) {
    for (const double w : *weights_) sum_ += w;
  }

  std::span<const double> weights() const noexcept { return *weights_; }  ///< of each member

  /// What stands behind member `M`, from 0: the `k` columns that moved its own answer most (of a classifier that may be
  /// another than the vote's). For members that are chains with reasons.
  template <std::size_t M>
  std::vector<named_reason> reasons_of(const In& x, std::size_t k = 5) const
    requires requires(const std::tuple_element_t<M, std::tuple<F...>>& m, scratch& s) { m.reasons(x, k, s); }
  {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    return std::get<M>(this->parts()).reasons(x, k, s);
  }

  void save(bundle_writer& w) const {
    w.put("how", How::name);
    if constexpr (std::is_same_v<How, voting::fitted>) w.put("weights", weights());
    else w.put("weights", weights_text(weights()));
    this->save_parts(w);
  }

 protected:
  double sum() const noexcept { return sum_; }  ///< of the weights

  /// `use(member, weight)`, in order.
  template <class Use>
  void for_each_member(Use&& use) const {
    std::size_t i = 0;
    std::apply([&](const auto&... member) { (use(member, (*weights_)[i++]), ...); }, this->parts());
  }

  /// The `k` members with the largest parts either way, by name; a part is weight · `value(member)` / sum of the weights.
  template <class Value>
  std::vector<named_reason> strongest(std::size_t k, Value&& value) const {
    std::array<float, sizeof...(F)> parts{};
    std::size_t i = 0;
    for_each_member([&](const auto& m, double weight) { parts[i++] = static_cast<float>(weight * value(m) / sum_); });
    std::vector<named_reason> named;
    for (const reason& r : top_contributions(dense_row{parts}, [](std::size_t) { return 1.0f; }, k, signs::both))
      named.push_back({this->member_name(r.column), r.contribution});
    return named;
  }

 private:
  std::shared_ptr<const std::vector<double>> weights_;
  double sum_ = 0;
};

}  // namespace detail

/// Classifiers that vote. One record: as all members together, O(members · labels) beside them, no allocation beyond theirs.
/// Thread safety: const calls from any thread.
template <class How, class In, class... F>
class fitted_vote : public detail::weighted_members<How, In, F...> {
 public:
  static constexpr std::string_view kind = "vote/1";
  static constexpr bool gives_probabilities = !std::is_same_v<How, voting::hard>;
  using output_type = typename std::tuple_element_t<0, std::tuple<F...>>::output_type;
  using detail::weighted_members<How, In, F...>::weighted_members;

  output_type operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels(), scores(x, s));
  }

  /// The probability of every label, or for a hard vote its share of the votes, in `s`. A NaN of a member makes the
  /// probabilities NaN; in a hard vote it votes for the first label.
  std::span<const double> scores(const In& x, scratch& s) const {
    const auto out = s.take<double>(labels().size());
    for (double& score : out) score = 0;
    this->for_each_member([&](const auto& member, double weight) { add(member, weight, x, out, s); });
    for (double& score : out) score /= this->sum();
    return out;
  }

  /// The `k` members that moved the answer most, by name, largest part first. A part is what the member adds to the lead
  /// over the runner-up: its weight, over the sum of the weights, times the difference that it sees between their
  /// probabilities; in a hard vote 1 where it votes for the answer, −1 for the runner-up. All parts sum to the lead. Parts
  /// of 0 and NaN are none; none where there is but one label. Costs as much as two answers. The columns behind a member:
  /// `reasons_of`.
  std::vector<named_reason> reasons(const In& x, std::size_t k, scratch& s) const {
    const scratch::frame temporaries(s);
    const std::span<const double> all = scores(x, s);
    if (all.size() < 2) return {};
    const std::size_t first = largest(all), second = second_largest(all);
    return this->strongest(k, [&](const auto& member) {
      const scratch::frame own(s);
      return lead(member.scores(x, s), first, second);
    });
  }

  /// False where a member knows other labels than the first: then there is no answer.
  bool members_agree_on_labels() const {
    return std::apply([&](const auto&... member) { return (same(labels(), member.labels()) && ...); }, this->parts());
  }

  const auto& labels() const noexcept { return std::get<0>(this->parts()).labels(); }  ///< in the order of the scores

 private:
  template <class Member>
  static void add(const Member& member, double weight, const In& x, std::span<double> out, scratch& s) {
    const scratch::frame temporaries(s);
    const std::span<const double> own = member.scores(x, s);
    if constexpr (gives_probabilities) {
      for (std::size_t i = 0; i < out.size(); ++i) out[i] += weight * own[i];
    } else {
      out[largest(own)] += weight;
    }
  }

  static double lead(std::span<const double> scores, std::size_t first, std::size_t second) {
    if constexpr (gives_probabilities) {
      return scores[first] - scores[second];
    } else {
      const std::size_t vote = largest(scores);
      return vote == first ? 1 : vote == second ? -1 : 0;
    }
  }

  template <class Label>
  static bool same(const bespoke::labels<Label>& a, const bespoke::labels<Label>& b) {
    bool equal = a.size() == b.size();
    for (std::size_t i = 0; equal && i < a.size(); ++i) equal = a[i] == b[i];
    return equal;
  }
};

/// Regressions, of which the weighted mean is the answer; NaN where a member answers NaN. One record: as all members
/// together, no allocation beyond theirs. Thread safety: const calls from any thread.
template <class How, class In, class... F>
class fitted_average : public detail::weighted_members<How, In, F...> {
 public:
  static constexpr std::string_view kind = "average/1";
  using output_type = float;
  using detail::weighted_members<How, In, F...>::weighted_members;

  float operator()(const In& x, scratch& s) const {
    double total = 0;
    this->for_each_member([&](const auto& member, double weight) { total += weight * number(member, x, s); });
    return static_cast<float>(total / this->sum());
  }

  /// The `k` members with the largest parts of the answer either way, by name: the member's number times its weight, over
  /// the sum of the weights. All parts sum to the answer. Parts of 0 and NaN are none. Costs as much as an answer. The
  /// columns behind a member: `reasons_of`.
  std::vector<named_reason> reasons(const In& x, std::size_t k, scratch& s) const {
    return this->strongest(k, [&](const auto& member) { return number(member, x, s); });
  }

 private:
  template <class Member>
  static double number(const Member& member, const In& x, scratch& s) {
    const scratch::frame temporaries(s);
    return static_cast<double>(apply(member, x, s));
  }
};

}  // namespace bespoke
