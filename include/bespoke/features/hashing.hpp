// SPDX-License-Identifier: Apache-2.0
#pragma once
// The hashing trick: a text becomes a sparse row whose columns are hashes of its terms. Nothing is learned and nothing
// is kept, so that text can stream in for ever; the price is that columns have no names and terms may share one.
//
// The definition is scikit-learn 1.2.1's HashingVectorizer: MurmurHash3 (x86, 32 bit, seed 0) of the term's UTF-8, its
// words joined by spaces, or the run of characters itself; column |h| mod width, sign that of h. Terms in one column are summed, columns ascend.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/rows.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/features/ngrams.hpp>
#include <bespoke/preprocess/words.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bespoke::features {

using bespoke::operator|;

/// Term counts by hash. Takes texts or lists of words (see `document`), gives sparse rows; values float.
struct hashing {
  std::size_t width = std::size_t{1} << 20;  ///< columns, from 1 to 2³¹ − 1
  term_kind terms = term_kind::words;        ///< what is counted: words or characters
  ngram_range ngrams{};                      ///< which runs of these are terms
  word_rule words = word_rule::unicode;      ///< what a word is, and how case is folded; of no effect on lists of words
  bool alternate_sign = true;    ///< half of the terms count negatively, so that collisions cancel on average
  row_norm norm = row_norm::l2;  ///< how each row is scaled

  /// A function from a document to its row. Thread safety: const calls from any thread.
  class fitted {
   public:
    static constexpr std::string_view kind = "hashing/1";
    using output_type = sparse_row;

    /// Throws errc::invalid_argument for a parameter out of its range.
    explicit fitted(const hashing& spec);

    /// The row of a text, in `s`. O(bytes · ngrams.high); allocates nothing for ASCII text once `s` has grown.
    sparse_row operator()(std::string_view text, scratch& s) const;
    /// The row of a list of words, taken as they are.
    sparse_row operator()(const std::vector<std::string>& list, scratch& s) const;

    std::size_t width() const noexcept { return width_; }
    void save(bundle_writer& w) const;

   private:
    std::size_t width_;
    term_kind terms_;
    ngram_range ngrams_;
    word_rule words_;
    bool alternate_sign_;
    row_norm norm_;
  };

  template <document In, class Y>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return fitted(*this);
  }

  /// Throws errc::bundle_mismatch unless the file has the same parameters.
  template <document In, class Y>
  fitted load(bundle_reader& r) const {
    check(r);
    return fitted(*this);
  }

 private:
  void check(const bundle_reader& r) const;
};

}  // namespace bespoke::features
