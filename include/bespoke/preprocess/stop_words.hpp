// SPDX-License-Identifier: Apache-2.0
#pragma once
// Drops words that say little: a stage from a list of words to a list of words, behind `words`.
//
//     field("body", &Review::body) | preprocess::words{} | preprocess::stop_words{.words = {"hotel"}, .max_share = 0.5}
//                                  | features::tfidf{}
//
// The lists are this project's own, written by parts of speech: articles, pronouns, prepositions, conjunctions, auxiliary
// verbs, particles. Words of negation and of degree (not, no, never, very; 不, 没, 很) are in none of them, as they
// change what a text says. They are spelled as word_rule::unicode gives words: folded, "don't" as one; the parts that
// word_rule::sklearn leaves of such words ("doesn", "ll") are in them too.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/wiring.hpp>
#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke {

/// The lists, for looking at: UTF-8, in the order of their parts of speech.
std::span<const std::string_view> english_stop_words() noexcept;
std::span<const std::string_view> chinese_stop_words() noexcept;

namespace preprocess {

using bespoke::operator|;

struct stop_words;

namespace detail {
class word_set;

/// The words to drop. Copies share them. Thread safety: const calls from any thread.
class fitted_stop_words {
 public:
  static constexpr std::string_view kind = "stop_words/1";
  using output_type = std::vector<std::string>;

  explicit fitted_stop_words(std::shared_ptr<const word_set> words) : words_(std::move(words)) {}

  /// The words of a list that stay, in order. "’" counts as "'". O(bytes).
  std::vector<std::string> operator()(const std::vector<std::string>& list) const;
  /// True for a word that is dropped.
  bool drops(std::string_view word) const;
  /// All that are dropped, in the order of their bytes: lists, the host's, and those learned from the documents.
  std::vector<std::string> dropped() const;
  void save(bundle_writer& w) const;

 private:
  std::shared_ptr<const word_set> words_;
};
}  // namespace detail

/// Lists of words in, lists of words out.
///
/// Fit: with `max_share` below 1 one pass over the documents, on all threads; keeps each different word once. Throws
/// errc::invalid_argument for a share out of its range. The file has all words that are dropped, so that it answers the
/// same with a later version's lists.
struct stop_words {
  bool english = true;               ///< drop the words of the English list
  bool chinese = true;               ///< drop those of the Chinese list
  std::vector<std::string> words{};  ///< and these, spelled as the stage before gives them
  double max_share = 1;              ///< and words in more than this share of the documents, above 0 to 1

  using fitted = detail::fitted_stop_words;

  template <class In>
  static constexpr bool accepts = std::same_as<In, std::vector<std::string>>;

  template <class In, class Y>
    requires accepts<In>
  fitted fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    return learn(x, ctx);
  }
  /// Throws errc::bundle_mismatch where the file has other lists or other words of the host.
  template <class In, class Y>
    requires accepts<In>
  fitted load(bundle_reader& r) const {
    return read(r);
  }

 private:
  fitted learn(const blocks<std::vector<std::string>>& x, const context& ctx) const;
  fitted read(bundle_reader& r) const;
};

}  // namespace preprocess
}  // namespace bespoke
