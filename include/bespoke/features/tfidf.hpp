// SPDX-License-Identifier: Apache-2.0
#pragma once
// TF-IDF: a text becomes a sparse row with a column for each known term, large where the text has a term often and few
// other texts have it.
//
//     auto spec = field("body", &Ticket::body) | features::tfidf{.ngrams = {1, 2}, .min_df = 2} | train::linear_svm{};
//
// The definition is scikit-learn 1.2.1's TfidfVectorizer, compared with it to 1e-6:
//
//     idf(t) = ln((1 + n) / (1 + df(t))) + 1          n documents, df(t) of them with term t
//     value  = tf(t) · idf(t), then the row is divided by its norm
//
// Words that were not seen in training are ignored; a text without known terms gives an empty row.
//
// Runs of characters know parts of words, so they forgive spelling and find what inflected words have in common:
//
//     features::tfidf{.terms = term_kind::characters_in_words, .ngrams = {2, 5}}
//
// Both side by side are an analyser for any language, with nothing to configure: UAX #29 finds the words (ICU's
// dictionaries where a script writes no spaces), runs of characters carry the rest.
//
//     auto spec = fuse(field("body", &Review::body) | features::tfidf{.ngrams = {1, 2}},
//                      field("body", &Review::body) | features::tfidf{.terms = term_kind::characters_in_words,
//                                                                     .ngrams = {2, 5}, .min_df = 2, .sublinear = true})
//               | train::linear_svm{};

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/stage.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/ngrams.hpp>
#include <bespoke/preprocess/words.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

struct tfidf;

namespace detail {
class term_table;

/// What `tfidf` learned, whatever the type of its documents. Copies share it. Thread safety: const calls from any thread.
class fitted_tfidf {
 public:
  static constexpr std::string_view kind = "tfidf/1";
  using output_type = sparse_row;

  explicit fitted_tfidf(std::shared_ptr<const term_table> terms) : terms_(std::move(terms)) {}

  /// The row of a text, in `s`. O(bytes); allocates nothing once `s` has grown, unless ICU does for words that it looks up.
  sparse_row operator()(std::string_view text, scratch& s) const;
  /// The row of a list of words, taken as they are.
  sparse_row operator()(const std::vector<std::string>& words, scratch& s) const;

  /// The number of terms.
  std::size_t width() const noexcept;
  /// The term of a column, its words joined by spaces: "new york"; of characters the run itself: " new". Columns come in an order of their own (not
  /// alphabetical), the same for the same training data whatever the number of threads.
  std::string column_name(std::size_t column) const;

  void save(bundle_writer& w) const;

 protected:
  std::vector<std::string> made_up(std::uint64_t random) const;

 private:
  std::shared_ptr<const term_table> terms_;
};

struct learned_tfidf {
  std::shared_ptr<const term_table> terms;
  std::shared_ptr<const block_source<sparse_row>> rows;  // null unless asked for
};
learned_tfidf learn_tfidf(const tfidf& spec, const bespoke::detail::document_source& x, bool with_rows,
                          const context& ctx);
std::shared_ptr<const term_table> load_tfidf(const tfidf& spec, bundle_reader& r);
std::string joined(const std::vector<std::string>& words);
}  // namespace detail

/// TF-IDF over words, characters and runs of them. Takes texts or lists of words (see `document`), gives sparse rows;
/// values float.
///
/// One pass over the text, on all threads, in O(bytes); while it learns it keeps about 3 bytes for each byte of text, with
/// runs of characters 4 bytes for each of them: 16 a character of text for {2, 5}.
struct tfidf {
  term_kind terms = term_kind::words;    ///< what is counted: words or characters
  ngram_range ngrams{};                  ///< which runs of these are terms
  word_rule words = word_rule::unicode;  ///< what a word is, and how case is folded; of no effect on lists of words
  std::size_t min_df = 1;                ///< terms in fewer documents than this are dropped
  double max_df = 1.0;                   ///< terms in more than this share of the documents (0 to 1) are dropped
  bool sublinear = false;                ///< 1 + ln(tf) in the place of tf
  bool idf = true;                       ///< weigh terms by idf; without it by term frequency alone
  bool smooth = true;                    ///< idf as above; without it ln(n / df) + 1
  row_norm norm = row_norm::l2;          ///< how each row is scaled
  std::size_t max_terms = 0;             ///< keep this many terms, those counted most often, ties in the order of their
                                         ///< bytes; 0: all

  /// A function from a document to its row.
  template <document In>
  class fitted : public detail::fitted_tfidf {
   public:
    using fitted_tfidf::fitted_tfidf;

    /// A document made up from the learned terms: a text where the documents are std::string, else a list of terms.
    auto golden(std::uint64_t random) const {
      if constexpr (std::same_as<In, std::string>) return detail::joined(made_up(random));
      else return made_up(random);
    }
  };

  /// Learns the terms. Throws errc::empty_input where no term is left, errc::invalid_argument for a parameter out of its
  /// range, errc::limit beyond 2³⁰ terms, 4 GB of different words, or 2³² words in 1,024 documents.
  template <document In, class Y>
  fitted<In> fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    return fitted<In>(learn(x, false, ctx).terms);
  }

  /// The same, with the rows of the training documents from the same pass, bit for bit what the fitted stage gives.
  template <document In, class Y>
  fitted_with_output<fitted<In>> fit_rows(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    auto learned = learn(x, true, ctx);
    return {fitted<In>(std::move(learned.terms)), blocks<sparse_row>(std::move(learned.rows))};
  }

  /// Throws errc::bundle_mismatch unless the file has these `terms`, `ngrams`, `words`, `sublinear` and `norm`.
  template <document In, class Y>
  fitted<In> load(bundle_reader& r) const {
    return fitted<In>(detail::load_tfidf(*this, r));
  }

 private:
  template <document In>
  detail::learned_tfidf learn(const blocks<In>& x, bool with_rows, const context& ctx) const {
    const auto visit = [&](std::size_t b, scratch& s, function_ref<void(const bespoke::detail::documents&)> use) {
      bespoke::detail::visit_documents(x, b, s, use);
    };
    return detail::learn_tfidf(*this, {x.size(), x.count(), visit}, with_rows, ctx);
  }
};

}  // namespace bespoke::features
