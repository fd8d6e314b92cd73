// SPDX-License-Identifier: Apache-2.0
#pragma once
// Votes: several whole chains answer for the same record, each from its own features, and one answer is made of theirs.
//
//     auto spec = vote(voting::soft{.weights = {2, 1}},
//                      field("body", &Ticket::body) | features::tfidf{} | train::multinomial_naive_bayes{},
//                      fuse(field("amount", …) | …, field("country", …) | …) | train::random_forest{});
//     auto triage = fit(spec, tickets, &Ticket::queue);
//     for (const auto& why : triage.reasons(ticket)) …          // by member: "body" +.41, "member 2" −.08
//     for (const auto& why : triage.stage().reasons_of<0>(ticket)) …                 // behind "body": its words
//
// Of regressions the answer is the mean of their numbers:
//
//     auto spec = vote(voting::fitted{}, … | train::ridge{}, … | train::random_forest_regressor{});
//     auto hours = fit(spec, tickets, &Ticket::hours);
//
// Members may also be learners alone, behind features that all share: `fuse(…) | vote(voting::hard{}, learner, learner)`.

#include <bespoke/core/branches.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/train/fitted_vote.hpp>
#include <bespoke/train/out_of_fold.hpp>
#include <bespoke/train/voting.hpp>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define BESPOKE_SAYS_VOTERS \
  "bespoke: a member of vote is no learner: a member is field(...) | features | a classifier or a regression"
#define BESPOKE_SAYS_ALIKE \
  "bespoke: this vote has classifiers and regressions as members: all must answer with labels, or all with numbers"
#define BESPOKE_SAYS_COUNTED \
  "bespoke: the numbers of regressions cannot be counted: use voting::soft{}, their mean, or voting::fitted{}"
#define BESPOKE_SAYS_PROBABILITIES                                                                          \
  "bespoke: a member of a soft vote gives no probabilities: wrap it, train::calibrated(learner{}), or use " \
  "voting::hard{}"

namespace bespoke {

namespace detail {

template <class F, class In>
concept voter = classifier<F, In> && requires(const F& f, const In& x, scratch& s) {
  { f.labels().decide(std::size_t{}, 0.0f) } -> std::same_as<std::remove_cvref_t<decltype(apply(f, x, s))>>;
};

/// What a member answers with.
enum class voter_kind { unknown, none, scores, probabilities, number };
template <class B, class In, class Y>
consteval voter_kind kind_of_voter() {
  using learned = fitted_t<B, In, Y>;
  if constexpr (voter<learned, In>)
    return gives_probabilities<learned> ? voter_kind::probabilities : voter_kind::scores;
  else return is_supervised<B> && answers_number<learned> ? voter_kind::number : voter_kind::none;
}

/// What can be known of it before its targets are: what it would be with targets that are numbers, which may be labels.
template <class B, class In>
consteval voter_kind early_kind() {
  if constexpr (!takes<typename as_chain<B>::first_stage, In>) return voter_kind::unknown;
  else if constexpr (!fits_through<B, In, int>) return voter_kind::unknown;
  else return kind_of_voter<B, In, int>();
}
template <class B>
consteval voter_kind early_kind() {
  using record = record_of<B>;
  if constexpr (!std::is_void_v<record>) return early_kind<B, record>();
  else if constexpr (early_kind<B, sparse_row>() != voter_kind::unknown) return early_kind<B, sparse_row>();
  else return early_kind<B, dense_row>();
}

/// What can be wrong with the members of a vote.
enum class vote_fault { none, learners, alike, counted, probabilities };
template <class How>
consteval vote_fault fault_of_members(std::initializer_list<voter_kind> members) {
  bool labels = false, numbers = false, scores = false;
  for (const voter_kind m : members) {
    if (m == voter_kind::none) return vote_fault::learners;
    labels = labels || m == voter_kind::scores || m == voter_kind::probabilities;
    numbers = numbers || m == voter_kind::number;
    scores = scores || m == voter_kind::scores;
  }
  if (labels && numbers) return vote_fault::alike;
  if (numbers && std::is_same_v<How, voting::hard>) return vote_fault::counted;
  return scores && !std::is_same_v<How, voting::hard> ? vote_fault::probabilities : vote_fault::none;
}

}  // namespace detail

/// The spec of a vote. Made by `vote(…)`.
///
///     what the members take; of classifiers any label → decision<label>, of regressions any number → float
///
/// Members are fitted to all records, in the order they are written. `voting::fitted` fits each of them once more for each
/// fold; what becomes of labels with fewer records than folds, says train/out_of_fold.hpp. The same bytes for any number of
/// threads. Throws errc::invalid_argument for bad weights and bad folds, and what the members throw, with their field.
/// Checked against scikit-learn 1.2.1's VotingClassifier and VotingRegressor.
template <class How, class... B>
class vote_stage : public detail::branched_spec<B...> {
 public:
  static constexpr bool supervised = true;

  explicit vote_stage(How how, B... members)
      : detail::branched_spec<B...>(std::move(members)...), how_(std::move(how)) {}

  const How& how() const noexcept { return how_; }

  template <class In, class Y>
    requires(detail::fits_through<B, In, Y> && ...)
  auto fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    if constexpr (!says<In, Y>()) {
      return detail::poison{};
    } else {
      if constexpr (given_weights) detail::check_vote_weights(how_.weights, sizeof...(B));
      auto weights = weights_for(x, y, ctx);
      auto f = voted<In>(this->fit_branches(x, y, ctx), std::move(weights));
      if (!agreed(f)) throw error(errc::shape, {.stage = "vote", .expected = "members that know the same labels"});
      return f;
    }
  }

  template <class In, class Y>
    requires(detail::fits_through<B, In, Y> && ...)
  auto load(bundle_reader& r) const {
    if constexpr (!says<In, Y>()) {
      return detail::poison{};
    } else {
      r.must_equal("how", How::name);
      auto weights = saved_weights(r);
      auto f = voted<In>(this->template load_branches<In, Y>(r), std::move(weights));
      if (!agreed(f)) r.reject("its members do not know the same labels");
      return f;
    }
  }

  /// A spec has learned nothing: this says so.
  template <class... Args>
  auto operator()(Args&&...) const {
    constexpr bool answers = sizeof...(Args) > 99;
    static_assert(answers,
                  "bespoke: this vote is a spec and has learned nothing: call fit(spec, records, target) and use what "
                  "it returns");
    return detail::poison{};
  }

 private:
  static constexpr bool given_weights = !std::is_same_v<How, voting::fitted>;

  template <class In, class Y>
  static constexpr bool averages = (detail::answers_number<fitted_t<B, In, Y>> && ...);

  // For members of which `vote` could not know: a host's own learners.
  template <class In, class Y>
  static constexpr bool says() {
    constexpr detail::vote_fault wrong = detail::fault_of_members<How>({detail::kind_of_voter<B, In, Y>()...});
    static_assert(wrong != detail::vote_fault::learners, BESPOKE_SAYS_VOTERS);
    static_assert(wrong != detail::vote_fault::alike, BESPOKE_SAYS_ALIKE);
    static_assert(wrong != detail::vote_fault::counted, BESPOKE_SAYS_COUNTED);
    static_assert(wrong != detail::vote_fault::probabilities, BESPOKE_SAYS_PROBABILITIES);
    return wrong == detail::vote_fault::none;
  }

  template <class In, class... F>
  static auto voted(std::tuple<F...> members, std::vector<double> weights) {
    if constexpr ((detail::answers_number<F> && ...))
      return fitted_average<How, In, F...>(std::move(members), std::move(weights));
    else return fitted_vote<How, In, F...>(std::move(members), std::move(weights));
  }

  template <class F>
  static bool agreed(const F& f) {
    if constexpr (requires { f.members_agree_on_labels(); }) return f.members_agree_on_labels();
    else return true;
  }

  std::vector<double> own_weights() const {
    return how_.weights.empty() ? std::vector<double>(sizeof...(B), 1.0) : how_.weights;
  }

  std::vector<double> saved_weights(const bundle_reader& r) const {
    if constexpr (given_weights) {
      detail::check_vote_weights(how_.weights, sizeof...(B));
      r.must_equal("weights", detail::weights_text(own_weights()));
      return own_weights();
    } else {
      const auto weights = r.tensor<double>("weights", sizeof...(B));
      detail::check_vote_weights(r, weights);
      return {weights.begin(), weights.end()};
    }
  }

  template <class In, class Y>
  std::vector<double> weights_for(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    if constexpr (given_weights) {
      return own_weights();
    } else {
      detail::check_fitted_voting(how_);
      if constexpr (averages<In, Y>) return weights_of_numbers(x, y, ctx);
      else return weights_of_labels(x, y, ctx);
    }
  }

  template <class In, class Y>
  std::vector<double> weights_of_labels(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
    train::detail::check_labels("vote", targets.names.size(), x.size());
    const auto data = train::in_folds("vote", x, y, targets.numbers, how_.folds, ctx);
    const std::size_t labels = targets.names.size();
    const auto likely = by_member(x.size(), [&](const auto& b) {
      const auto scores = train::out_of_fold_scores(b, data, targets, "vote", ctx);
      std::vector<double> own(x.size());
      for (std::size_t i = 0; i < x.size(); ++i) own[i] = scores[i * labels + targets.numbers[i]];
      return own;
    });
    return detail::mixture_weights(likely, sizeof...(B), targets.weights, how_, ctx);
  }

  template <class In, class Y>
  std::vector<double> weights_of_numbers(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    const auto targets = number_targets::of(y, ctx);
    const auto data = train::in_folds("vote", x, y, {}, how_.folds, ctx);
    const auto numbers =
        by_member(x.size(), [&](const auto& b) { return train::out_of_fold_numbers(b, data, "vote", ctx); });
    return detail::average_weights(numbers, sizeof...(B), targets.values, targets.weights);
  }

  // What `of(member)` gives for each record, as [record][member].
  template <class Of>
  std::vector<double> by_member(std::size_t records, Of&& of) const {
    std::vector<double> all(records * sizeof...(B));
    std::size_t m = 0;
    this->for_each_branch([&](const auto& b) {
      const std::vector<double> own = of(b);
      for (std::size_t i = 0; i < records; ++i) all[i * sizeof...(B) + m] = own[i];
      return ++m;
    });
    return all;
  }

  How how_;
};

/// Makes one classifier of several, or one regression: `how` is voting::hard (classifiers only), voting::soft or
/// voting::fitted. All members read the same record.
template <class How, class... B>
auto vote(How how, B... members) {
  constexpr bool told = detail::is_poison<How> || (detail::is_poison<B> || ...);
  constexpr bool says_how = told || detail::is_voting<How>;
  static_assert(says_how, "bespoke: the first argument of vote says how: vote(voting::soft{}, chain, chain)");
  if constexpr (told || !says_how) {
    return detail::poison{};
  } else if constexpr (sizeof...(B) == 0 || !(detail::is_spec<B> && ...)) {
    constexpr bool stages = sizeof...(B) != 0 && (detail::is_spec<B> && ...);
    static_assert(stages, BESPOKE_SAYS_VOTERS);
    return detail::poison{};
  } else if constexpr (!detail::same_record<B...>()) {
    constexpr bool one_record = detail::same_record<B...>();
    static_assert(one_record,
                  "bespoke: the members of vote read fields of different records: all must read the same one");
    return detail::poison{};
  } else {
    constexpr detail::vote_fault wrong = detail::fault_of_members<How>({detail::early_kind<B>()...});
    static_assert(wrong != detail::vote_fault::learners, BESPOKE_SAYS_VOTERS);
    static_assert(wrong != detail::vote_fault::alike, BESPOKE_SAYS_ALIKE);
    static_assert(wrong != detail::vote_fault::counted, BESPOKE_SAYS_COUNTED);
    static_assert(wrong != detail::vote_fault::probabilities, BESPOKE_SAYS_PROBABILITIES);
    if constexpr (wrong == detail::vote_fault::none)
      return vote_stage<How, B...>(std::move(how), std::move(members)...);
    else return detail::poison{};
  }
}

}  // namespace bespoke
