// SPDX-License-Identifier: Apache-2.0
#pragma once
// Several labels for one record: a question of yes or no for each of them.
//
//     struct Ticket { std::string body{}; std::vector<std::string> tags{}; };
//     auto spec = field("body", &Ticket::body) | features::tfidf{} | train::multi_label(train::linear_svm{});
//     auto tags = fit(spec, tickets, &Ticket::tags);
//     for (const auto& tag : tags(ticket)) fmt::print("{} {:.2f}\n", tag.label(), tag.score());

#include <algorithm>
#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/held.hpp>
#include <bespoke/core/labels.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::train {

using bespoke::operator|;

namespace detail {
template <class Y>
struct set_of {
  static constexpr bool value = false;
};
template <label Label>
struct set_of<std::vector<Label>> {
  static constexpr bool value = true;
  using type = Label;
};

/// Throws errc::invalid_argument for a label that is NaN, of this record.
template <class Label>
void check_set(const std::vector<Label>& set, std::size_t record) {
  if constexpr (std::is_floating_point_v<Label>)
    for (const Label l : set)
      if (std::isnan(l))
        throw error(errc::invalid_argument,
                    {.stage = "multi_label", .record = record, .expected = "labels", .got = "nan"});
}
/// Throws errc::invalid_argument where no record has a label.
void check_sets(std::size_t labels, std::size_t records);
/// Throws errc::empty_input without records, errc::shape unless there is a target for each.
void check_counts(const char* stage, std::size_t records, std::size_t targets);
}  // namespace detail

/// A target that is a list of labels: each label that a record has, in any order, or none.
template <class Y>
concept label_set_target = detail::set_of<target_value<Y>>::value;

/// What `fit` returns. `One` answers for one label; none for a label that all records have.
template <row In, label Label, class One>
class fitted_multi_label {
 public:
  static constexpr std::string_view kind = "multi_label/1";
  using output_type = std::vector<decision<Label>>;
  static constexpr double threshold = bespoke::gives_probabilities<One> ? 0.5 : 0.0;

  fitted_multi_label(bespoke::labels<Label> names, std::vector<std::optional<One>> learners)
      : labels_(std::move(names)),
        learners_(std::make_shared<const std::vector<std::optional<One>>>(std::move(learners))) {}

  output_type operator()(const In& x, scratch& s) const {
    const scratch::frame temporaries(s);
    const auto all = scores(x, s);
    output_type out;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i] > threshold) out.push_back(labels_.decide(i, static_cast<float>(all[i])));
    std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) {
      return all[a.index()] != all[b.index()] ? all[a.index()] > all[b.index()] : a.index() < b.index();
    });
    return out;
  }

  /// The score of every label, in `s`.
  std::span<const double> scores(const In& x, scratch& s) const {
    const auto out = s.take<double>(labels_.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      const scratch::frame temporaries(s);
      out[i] = (*learners_)[i] ? (*learners_)[i]->scores(x, s)[1] : 1.0;
    }
    return out;
  }

  const bespoke::labels<Label>& labels() const noexcept { return labels_; }  ///< in the order of the scores
  /// What answers for a label, by its number; null for one that all records had.
  const One* learner(std::size_t label) const noexcept {
    const auto& one = (*learners_)[label];
    return one ? &*one : nullptr;
  }

  void save(bundle_writer& w) const {
    labels_.save(w);
    std::vector<std::uint8_t> learned;
    for (const auto& one : *learners_) learned.push_back(one ? 1 : 0);
    w.put("learned", std::span<const std::uint8_t>(learned));
    for (const auto& one : *learners_) {
      if (!one) continue;
      bundle_writer section = w.stage(One::kind);
      one->save(section);
    }
  }

 private:
  bespoke::labels<Label> labels_;
  std::shared_ptr<const std::vector<std::optional<One>>> learners_;
};

/// One classifier for each label, of "has it" against "has it not". Made by `multi_label(learner)`.
///
///     dense_row or sparse_row, std::vector of any label → std::vector<decision<label>>: the labels whose score is above the
///     threshold, largest score first, of equal ones the first label; none where none is
///
/// The threshold is .5 where the learner gives probabilities, else 0. A label twice in a target is the same as once.
/// A label that every record has needs no learner: it is always in the answer, with the score 1. Labels that no record has
/// are not known. The scores of labels are learned one by one: they do not sum to 1.
///
/// Fit: the learner's, times labels; labels side by side on all threads, the same bytes for any number of them. Throws
/// errc::empty_input, errc::shape, errc::invalid_argument where no record has a label, and what the learner throws.
/// One record: the learner's, times labels; the answer allocates its list. Thread safety: const calls from any thread.
/// Checked against scikit-learn 1.2.1's OneVsRestClassifier.
template <class Learner>
struct multi_label_learner {
  Learner learner{};

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In> && bespoke::detail::takes<Learner, In>;

  /// What the learner is fitted to.
  template <class Y>
  using answer_target = std::conditional_t<bespoke::detail::target_parts<Y>::has_weight, weighted<bool>, bool>;
  template <row In, class Y>
  using one_label = fitted_t<Learner, In, answer_target<Y>>;
  template <class Y>
  using label_of = typename detail::set_of<target_value<Y>>::type;

  /// Learns from rows and their sets of labels.
  template <row In, label_set_target Y>
    requires classifier<one_label<In, Y>, In>
  fitted_multi_label<In, label_of<Y>, one_label<In, Y>> fit(const blocks<In>& x, const blocks<Y>& y,
                                                            const context& ctx) const {
    detail::check_counts("multi_label", x.size(), y.size());
    const auto names = labels_in(y, ctx);
    const held<In> rows(x, ctx);
    std::vector<std::optional<one_label<In, Y>>> learners(names.size());
    ctx.parallel(names.size(), [&](std::size_t i, scratch&) {
      const auto answers = has_label(y, label_of<Y>(names[i]), ctx);
      const auto yes = [](const auto& a) {
        if constexpr (bespoke::detail::target_parts<Y>::has_weight) return a.value.value;
        else return a.value;
      };
      if (std::all_of(answers.begin(), answers.end(), yes)) return;
      using target = answer_target<Y>;
      learners[i] =
          learner.fit(rows.all(), blocks<target>(answers.data(), sizeof(answers[0]), answers.size(), nullptr), ctx);
      ctx.report("multi_label", i + 1, names.size());
    });
    return {names, std::move(learners)};
  }

  /// The parameters of training come from the file.
  template <row In, label_set_target Y>
    requires classifier<one_label<In, Y>, In>
  fitted_multi_label<In, label_of<Y>, one_label<In, Y>> load(bundle_reader& r) const {
    using one = one_label<In, Y>;
    auto names = labels<label_of<Y>>::load(r);
    std::vector<std::optional<one>> learners;
    for (const std::uint8_t learned : r.tensor<std::uint8_t>("learned", names.size())) {
      if (learned > 1) r.reject("it does not say which labels were learned");
      auto& next = learners.emplace_back();
      if (learned == 0) continue;
      bundle_reader section = r.stage(one::kind);
      next = learner.template load<In, answer_target<Y>>(section);
      if (next->labels().size() != 2) section.reject("it does not answer with yes or no");
    }
    return {std::move(names), std::move(learners)};
  }

 private:
  template <class Y>
  static labels<label_of<Y>> labels_in(const blocks<Y>& y, const context& ctx) {
    std::vector<bespoke::detail::cell<label_of<Y>>> all;
    values_of(y).reduce(
        ctx,
        [](const block<target_value<Y>>& b) {
          target_value<Y> some;
          for (std::size_t i = 0; i < b.size(); ++i) {
            detail::check_set(b[i], b.first() + i);
            some.insert(some.end(), b[i].begin(), b[i].end());
          }
          std::sort(some.begin(), some.end());
          some.erase(std::unique(some.begin(), some.end()), some.end());
          return some;
        },
        [&](const target_value<Y>& some) {
          for (const auto& l : some) all.push_back({l});
        });
    detail::check_sets(all.size(), y.size());
    return labels<label_of<Y>>::of({all.data(), sizeof(all[0]), all.size(), nullptr}, ctx);
  }
  template <class Y>
  static std::vector<bespoke::detail::cell<answer_target<Y>>> has_label(const blocks<Y>& y, const label_of<Y>& label,
                                                                        const context& ctx) {
    std::vector<bespoke::detail::cell<answer_target<Y>>> answers(y.size());
    y.for_each(ctx, [&](const block<Y>& b) {
      for (std::size_t i = 0; i < b.size(); ++i) {
        const auto has = [&](const auto& set) { return std::find(set.begin(), set.end(), label) != set.end(); };
        auto& answer = answers[b.first() + i].value;
        if constexpr (bespoke::detail::target_parts<Y>::has_weight) answer = {has(b[i].value), b[i].weight};
        else answer = has(b[i]);
      }
    });
    return answers;
  }
};

/// Makes a classifier of one label answer with sets of labels.
template <class Learner>
multi_label_learner<Learner> multi_label(Learner learner) {
  return {std::move(learner)};
}

}  // namespace bespoke::train
