// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sentiment polarity learned from labelled text: a lexicon for the language, the trade and the spelling of the data at hand.
//
//     auto spec = field("text", &Review::text) | features::learned_sentiment{};
//     auto f = fit(spec, reviews, &Review::stars);        // bool or numbers: larger is better
//     f.stage().stage<1>().lexicon()                      // a sentiment_lexicon: look at it, edit it, use it in `sentiment`

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/core/target.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/sentiment.hpp>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

struct learned_sentiment;

namespace detail {
/// All texts of a data set, whatever their type, for the compiled half. Valid while they are.
struct text_source {
  std::size_t size = 0, count = 0;  ///< texts and blocks
  function_ref<void(std::size_t, scratch&, function_ref<void(std::span<const std::string_view>)>)> visit;
};
sentiment_lexicon learn_sentiment(const learned_sentiment& spec, const text_source& x, const number_targets& y,
                                  const context& ctx);
dense_rows sentiment_out_of_fold(const learned_sentiment& spec, const text_source& x, const number_targets& y,
                                 const context& ctx);
}  // namespace detail

/// Texts with targets that are bool or numbers → dense rows of 4, as `sentiment` gives them with the learned lexicon.
///
/// A word's valence is its log-odds with an informative prior (after Monroe, Colaresi and Quinn 2008; the prior is that of
/// `.prior` texts at the mean). Each text has a position p from 0 (the least target) to 1 (the greatest): false and true are
/// 0 and 1, numbers go by their mid-rank, so that outliers and the scale do not count. With n texts that have the word,
/// their positions p₁ … pₙ, and m the mean position of all words of all texts:
///
///     valence = logit((Σ pᵢ + prior · m) / (n + prior)) − logit(m), from −4 to 4
///
/// For bool that is ln of the word's share of the words of true texts over its share of those of false ones, drawn to 0
/// where it is rare; the sum of a text's words is then the score of a naive Bayes classifier. Record weights count
/// (core/target.hpp). Words are found as by polarity_rule::graded, folded; each counts once a text. Pairs are phrases of the
/// lexicon, that speak for both of their words.
///
/// Rule `sum` gives numbers that grow with the text: put `standardize` behind it for a learner that minds.
///
/// **Training rows are out of fold**, as those of target_encode: a learner behind it sees of a training text what was learned
/// from the texts of other folds.
///
/// Fit: O(bytes), one pass over the texts (three with training rows), on all threads; memory
/// O(different words and pairs · folds). Throws errc::empty_input without texts or where no word is left,
/// errc::invalid_argument for targets that are all the same or not finite and for a parameter out of its range. One record:
/// as `sentiment`.
struct learned_sentiment {
  bool pairs = true;                        ///< two words without punctuation between them too: "not bad"
  std::size_t min_df = 5;                   ///< words in fewer texts than this are left out
  double prior = 10;                        ///< how many texts the mean of all counts for; above 0
  double least = 0.2;                       ///< words whose |valence| is below this are left out, 0 to 4
  polarity_rule rule = polarity_rule::sum;  ///< `graded` or `sum`: `vader` finds other words
  std::size_t folds = 5;                    ///< 2 to 100; training texts are divided at random by the seed of the fit

  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = std::is_convertible_v<const In&, std::string_view>;
  template <class In>
  using output_for = dense_row;

  /// What `fit` returns: its members are those of detail::polarity; `lexicon()` is what was learned.
  struct fitted : detail::polarity {
    static constexpr std::string_view kind = "learned_sentiment/1";
    using polarity::polarity;
    explicit fitted(polarity p) : polarity(std::move(p)) {}
  };

  template <class In, number_target Y>
    requires accepts<In>
  fitted fit(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return with_texts(x, [&](const detail::text_source& texts) {
      return fitted(detail::learn_sentiment(*this, texts, number_targets::of(y, ctx), ctx), rule);
    });
  }
  /// `fit`, and the rows of the training texts, each learned without its own fold.
  template <class In, number_target Y>
    requires accepts<In>
  fitted_with_output<fitted> fit_rows(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return with_texts(x, [&](const detail::text_source& texts) {
      const auto targets = number_targets::of(y, ctx);
      fitted all(detail::learn_sentiment(*this, texts, targets, ctx), rule);
      auto rows = std::make_shared<const dense_rows>(detail::sentiment_out_of_fold(*this, texts, targets, ctx));
      return fitted_with_output<fitted>{std::move(all), rows_as_blocks(std::move(rows))};
    });
  }
  /// Throws errc::bundle_mismatch where the file has another rule.
  template <class In, number_target Y>
    requires accepts<In>
  fitted load(bundle_reader& r) const {
    return fitted(fitted::load(r, rule));
  }

 private:
  template <class In, class Use>
  static auto with_texts(const blocks<In>& x, Use&& use) {
    const auto visit = [&](std::size_t b, scratch& s, function_ref<void(std::span<const std::string_view>)> each) {
      x.visit(b, s, [&](const block<In>& in) {
        const scratch::frame frame(s);
        const auto texts = s.take<std::string_view>(in.size());
        for (std::size_t i = 0; i < in.size(); ++i) texts[i] = in[i];
        each(texts);
      });
    };
    return use(detail::text_source{x.size(), x.count(), visit});
  }
};

}  // namespace bespoke::features
