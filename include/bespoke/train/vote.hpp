// SPDX-License-Identifier: Apache-2.0
#pragma once
// Votes: several whole chains answer for the same record, each from its own features, and one answer is made of theirs.
//
//     auto spec = vote(voting::soft{.weights = {2, 1}},
//                      field("body", &Ticket::body) | features::tfidf{} | train::multinomial_naive_bayes{},
//                      fuse(field("amount", …) | …, field("country", …) | …) | train::random_forest{});
//     auto triage = fit(spec, tickets, &Ticket::queue);
//
// Members may also be learners alone, behind features that all share: `fuse(…) | vote(voting::hard{}, learner, learner)`.

#include <bespoke/core/branches.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/folds.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/train/out_of_fold.hpp>
#include <concepts>
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

#define BESPOKE_SAYS_VOTERS "bespoke: a member of vote is no classifier: a member is field(...) | features | classifier"
#define BESPOKE_SAYS_PROBABILITIES                                                                          \
  "bespoke: a member of a soft vote gives no probabilities: wrap it, train::calibrated(learner{}), or use " \
  "voting::hard{}"

namespace bespoke {

/// How the members' answers become one.
namespace voting {

/// Each member has one vote for the label it would answer. The most votes win, of equal ones the first label. The score is
/// the share of the votes.
struct hard {
  static constexpr std::string_view name = "hard";
  std::vector<double> weights{};  ///< of each member's vote; empty: all the same
};

/// The mean of the members' probabilities, which are the scores. Every member must give probabilities.
struct soft {
  static constexpr std::string_view name = "soft";
  std::vector<double> weights{};  ///< of each member's probabilities; empty: all the same
};

/// As `soft`, with weights that are learned: those, not negative and of sum 1, under which the mean of the members'
/// probabilities for records that they have not seen has the smallest log loss. Found by Newton's method on the weights of
/// sum 1, from equal ones, until no other weights can be better by more than `tolerance`. A few passes over the held-out
/// probabilities, O(records · members²) each.
struct fitted {
  static constexpr std::string_view name = "fitted";
  fold_plan folds = 5;               ///< parts of the training data that are held out in turn
  double tolerance = 1e-6;           ///< of the mean log loss, in nats
  std::size_t max_iterations = 100;  ///< steps of Newton's method
};

}  // namespace voting

namespace detail {

/// Throws errc::invalid_argument unless there are no weights, or one for each member, finite, not negative, one above 0.
void check_vote_weights(std::span<const double> weights, std::size_t members);
/// Throws errc::bad_bundle for weights of another sum than 1.
void check_vote_weights(const bundle_reader& r, std::span<const double> weights);
/// "2 0.5", which `load` compares.
std::string weights_text(std::span<const double> weights);
/// The weights that minimise −Σ wᵢ·ln(Σₘ weightₘ·pᵢₘ); `likely` is p, [record][member]: the probability of what happened.
std::vector<double> mixture_weights(std::span<const double> likely, std::size_t members, std::span<const float> weights,
                                    const voting::fitted& how, const context& ctx);

template <class T>
inline constexpr bool is_voting =
    std::is_same_v<T, voting::hard> || std::is_same_v<T, voting::soft> || std::is_same_v<T, voting::fitted>;

template <class F, class In>
concept voter = classifier<F, In> && requires(const F& f, const In& x, scratch& s) {
  { f.labels().decide(std::size_t{}, 0.0f) } -> std::same_as<std::remove_cvref_t<decltype(apply(f, x, s))>>;
};

/// What can be known of a member before its labels are: what it would be with labels that are numbers.
enum class voter_kind { unknown, none, scores, probabilities };
template <class B, class In>
consteval voter_kind kind_of_voter() {
  if constexpr (!takes<typename as_chain<B>::first_stage, In>) return voter_kind::unknown;
  else if constexpr (!fits_through<B, In, int>) return voter_kind::unknown;
  else if constexpr (!voter<fitted_t<B, In, int>, In>) return voter_kind::none;
  else return gives_probabilities<fitted_t<B, In, int>> ? voter_kind::probabilities : voter_kind::scores;
}
template <class B>
consteval voter_kind kind_of_voter() {
  using record = record_of<B>;
  if constexpr (!std::is_void_v<record>) return kind_of_voter<B, record>();
  else if constexpr (kind_of_voter<B, sparse_row>() != voter_kind::unknown) return kind_of_voter<B, sparse_row>();
  else return kind_of_voter<B, dense_row>();
}

}  // namespace detail

/// What the fit of a vote gives: the members, fitted to all records, and their weights.
/// One record: as all members together, O(members · labels) beside them, no allocation beyond theirs.
/// Thread safety: const calls from any thread.
template <class How, class In, class... F>
class fitted_vote : public detail::branched<F...> {
 public:
  static constexpr std::string_view kind = "vote/1";
  static constexpr bool gives_probabilities = !std::is_same_v<How, voting::hard>;
  using output_type = typename std::tuple_element_t<0, std::tuple<F...>>::output_type;

  /// `weights`: one for each member.
  fitted_vote(std::tuple<F...> members, std::vector<double> weights)
      : detail::branched<F...>(std::move(members)),
        weights_(std::make_shared<const std::vector<double>>(std::move(weights))) {
    for (const double w : *weights_) sum_ += w;
  }

  output_type operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    return decide(labels(), scores(x, s));
  }

  /// The probability of every label, or for a hard vote its share of the votes, in `s`. A NaN of a member makes the
  /// probabilities NaN; in a hard vote it votes for the first label.
  std::span<const double> scores(const In& x, scratch& s) const {
    const auto out = s.take<double>(labels().size());
    for (double& score : out) score = 0;
    std::size_t i = 0;
    std::apply([&](const auto&... member) { (add(member, (*weights_)[i++], x, out, s), ...); }, this->parts());
    for (double& score : out) score /= sum_;
    return out;
  }

  /// False where a member knows other labels than the first: then there is no answer.
  bool members_agree_on_labels() const {
    return std::apply([&](const auto&... member) { return (same(labels(), member.labels()) && ...); }, this->parts());
  }

  const auto& labels() const noexcept { return std::get<0>(this->parts()).labels(); }  ///< in the order of the scores
  std::span<const double> weights() const noexcept { return *weights_; }               ///< of each member

  void save(bundle_writer& w) const {
    w.put("how", How::name);
    if constexpr (std::is_same_v<How, voting::fitted>) w.put("weights", weights());
    else w.put("weights", detail::weights_text(weights()));
    this->save_parts(w);
  }

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

  template <class Label>
  static bool same(const bespoke::labels<Label>& a, const bespoke::labels<Label>& b) {
    bool equal = a.size() == b.size();
    for (std::size_t i = 0; equal && i < a.size(); ++i) equal = a[i] == b[i];
    return equal;
  }

  std::shared_ptr<const std::vector<double>> weights_;
  double sum_ = 0;
};

/// The spec of a vote. Made by `vote(…)`.
///
/// Members are fitted to all records, in the order they are written. `voting::fitted` fits each of them once more for each
/// fold; what becomes of labels with fewer records than folds, says train/out_of_fold.hpp. The same bytes for any number of
/// threads. Throws errc::invalid_argument for bad weights and bad folds, and what the members throw, with their field.
/// Checked against scikit-learn 1.2.1's VotingClassifier.
template <class How, class... B>
class vote_stage : public detail::branched_spec<B...> {
 public:
  static constexpr bool supervised = true;

  explicit vote_stage(How how, B... members)
      : detail::branched_spec<B...>(std::move(members)...), how_(std::move(how)) {}

  const How& how() const noexcept { return how_; }

  template <class In, class_target Y>
  auto fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    if constexpr (!says<In, Y>()) {
      return detail::poison{};
    } else {
      if constexpr (given_weights) detail::check_vote_weights(how_.weights, sizeof...(B));
      auto weights = weights_for(x, y, ctx);
      auto f = voted<In>(this->fit_branches(x, y, ctx), std::move(weights));
      if (!f.members_agree_on_labels())
        throw error(errc::shape, {.stage = "vote", .expected = "members that know the same labels"});
      return f;
    }
  }

  template <class In, class_target Y>
  auto load(bundle_reader& r) const {
    if constexpr (!says<In, Y>()) {
      return detail::poison{};
    } else {
      r.must_equal("how", How::name);
      auto weights = saved_weights(r);
      auto f = voted<In>(this->template load_branches<In, Y>(r), std::move(weights));
      if (!f.members_agree_on_labels()) r.reject("its members do not know the same labels");
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

  // For members of which `vote` could not know: a host's own learners.
  template <class In, class Y>
  static constexpr bool says() {
    constexpr bool voters = (detail::voter<fitted_t<B, In, Y>, In> && ...);
    constexpr bool probable =
        !voters || std::is_same_v<How, voting::hard> || (gives_probabilities<fitted_t<B, In, Y>> && ...);
    static_assert(voters, BESPOKE_SAYS_VOTERS);
    static_assert(probable, BESPOKE_SAYS_PROBABILITIES);
    return voters && probable;
  }

  template <class In, class... F>
  static auto voted(std::tuple<F...> members, std::vector<double> weights) {
    return fitted_vote<How, In, F...>(std::move(members), std::move(weights));
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
      const auto targets = class_targets<target_value<Y>>::of(y, false, ctx);
      train::detail::check_labels("vote", targets.names.size(), x.size());
      const auto data = train::in_folds("vote", x, y, targets.numbers, how_.folds, ctx);
      std::vector<double> likely(x.size() * sizeof...(B));
      std::size_t m = 0;
      this->for_each_branch([&](const auto& b) {
        const auto scores = train::out_of_fold_scores(b, data, targets, "vote", ctx);
        const std::size_t labels = targets.names.size();
        for (std::size_t i = 0; i < x.size(); ++i)
          likely[i * sizeof...(B) + m] = scores[i * labels + targets.numbers[i]];
        return ++m;
      });
      return detail::mixture_weights(likely, sizeof...(B), targets.weights, how_, ctx);
    }
  }

  How how_;
};

/// Makes one classifier of several: `how` is voting::hard, voting::soft or voting::fitted. All members read the same record.
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
    constexpr bool voters = ((detail::kind_of_voter<B>() != detail::voter_kind::none) && ...);
    constexpr bool probable = !voters || std::is_same_v<How, voting::hard> ||
                              ((detail::kind_of_voter<B>() != detail::voter_kind::scores) && ...);
    static_assert(voters, BESPOKE_SAYS_VOTERS);
    static_assert(probable, BESPOKE_SAYS_PROBABILITIES);
    if constexpr (voters && probable) return vote_stage<How, B...>(std::move(how), std::move(members)...);
    else return detail::poison{};
  }
}

}  // namespace bespoke
