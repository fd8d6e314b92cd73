// SPDX-License-Identifier: Apache-2.0
#pragma once
// Drops the records of a flow whose text says nearly the same as an earlier one: reprints, templates, small edits.
//
//     auto news = ingest::csv<Article>(…) | preprocess::near_duplicates(&Article::body, {.similarity = 0.8});
//
// Two texts are as similar as the sets of their shingles are (Jaccard: shared ones over all). Shingles are runs of
// `shingle` characters of the case-folded text, in which runs of white space count as one space: any language. Sets are
// compared by MinHash signatures (Broder, 1997), and only those that share a band of their signatures (Leskovec,
// Rajaraman, Ullman: Mining of Massive Datasets, chapter 3).

#include <bespoke/core/chain.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

/// How alike two texts must be.
struct near_duplicates_options {
  double similarity = 0.8;  ///< from here on a text counts as a near duplicate, from 0.2 to 1
  unsigned hashes = 128;    ///< length of a signature, from 16 to 1,024: more make the estimate finer
  unsigned shingle = 5;     ///< characters in a shingle, from 1 to 64; a shorter text is one shingle as a whole
  std::uint64_t seed = 1;   ///< all hashes follow from it
};

namespace detail {

/// The signatures of the texts that were kept, and where their bands lie.
class near_set {
 public:
  /// Throws errc::invalid_argument for an option out of its range.
  explicit near_set(const near_duplicates_options& options);
  /// True where no text of the set is as similar; the set has this one now.
  bool insert(std::string_view text);
  void clear() noexcept;
  std::size_t size() const noexcept { return size_; }

 private:
  struct hash_function {
    std::uint32_t factor, summand;
  };
  struct entry {
    std::uint32_t band_hash, next;  // next: entry + 1, or 0
  };

  void sign(std::string_view text);
  bool similar(std::size_t kept) const noexcept;
  std::uint32_t band_hash(std::size_t band) const noexcept;
  bool found(std::size_t band, std::uint32_t hash) const noexcept;
  void keep();
  void grow();

  near_duplicates_options options_;
  std::size_t band_rows_ = 1, bands_ = 1, needed_ = 1;  // rows of a band, bands, agreeing hashes
  std::vector<hash_function> functions_{};
  std::vector<std::uint32_t> signature_{}, hashes_{};  // of the text at hand
  std::vector<std::uint16_t> signatures_{};            // of all kept texts, 16 bits of each hash
  std::vector<entry> entries_{};                       // bands_ for each kept text
  std::vector<std::uint32_t> first_{};                 // of the entries with a hash: entry + 1, or 0
  std::size_t size_ = 0;
};

}  // namespace detail

/// A record stage that keeps a record unless its text is a near duplicate of a kept one. `text` is a member or a function
/// of the record that converts to std::string_view.
///
/// A pair that shares a band is compared by how many of its `hashes` agree; their share estimates the similarity J with a
/// standard error of √(J(1−J)/hashes), 0.035 at 0.8. With the defaults a pair of J = 0.9 is missed with probability
/// 0.0004, a pair of J = 0.7 dropped with 0.005, one of J = 0.6 with 10⁻⁶; at 0.8 itself it is one or the other. Bands are
/// as long as they may be for a pair at `similarity` to share one with probability 0.999: others are rarely looked at.
///
/// Keeps 2 bytes for each hash and 12 to 16 for each band of a kept record, whatever the text's length: about
/// 600 bytes with the defaults (25 bands of 5), and up to twice that while the vectors that hold them grow. O(characters · hashes) a record, and O(hashes) for each pair that shares a band.
/// All empty texts are duplicates of each other. The same records and seed give the same result in every run, on every
/// machine. Copies have their own memory. Thread safety: one thread at a time, as a flow is read. Throws errc::limit
/// beyond 2³² bands (170 million records with the defaults).
template <class Get>
class near_duplicates {
 public:
  /// Throws errc::invalid_argument for an option out of its range.
  explicit near_duplicates(Get text, near_duplicates_options options = {}) : text_(std::move(text)), kept_(options) {}

  template <class Record>
    requires std::is_invocable_v<const Get&, const Record&>
  void operator()(std::vector<Record>& records) {
    constexpr bool text = std::is_convertible_v<std::invoke_result_t<const Get&, const Record&>, std::string_view>;
    static_assert(text, "bespoke: near_duplicates compares texts: near_duplicates(&Article::body)");
    if constexpr (text) std::erase_if(records, [&](const Record& r) { return !insert(std::invoke(text_, r)); });
  }

  /// Forgets what was seen: the flow begins again.
  void reset() noexcept { kept_.clear(); }
  /// Records kept so far.
  std::size_t size() const noexcept { return kept_.size(); }

 private:
  template <class Text>
  bool insert(const Text& text) {
    return kept_.insert(std::string_view(text));
  }

  Get text_;
  detail::near_set kept_;
};

}  // namespace bespoke::preprocess
