// SPDX-License-Identifier: Apache-2.0
#pragma once
// Drops characters that are statistically foreign to the corpus: the stray byte of another encoding, a line of spam in
// another script, a symbol that one record has.
//
//     field("body", &Review::body) | preprocess::foreign_characters{} | features::tfidf{}
//
// The statistic: a character (code point) is foreign where it is in fewer than `min_share` of the training documents, and
// its whole script (Unicode's Script property) is in fewer than `min_script_share` of them. So a rare Chinese character
// stays in a Chinese corpus. Characters without a script of their own (symbols, punctuation, emoji, marks, unassigned
// ones) are judged with their Unicode block in the script's place. ASCII is never foreign. A character that was never
// seen stays where its script is at home, and is foreign otherwise.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace bespoke::preprocess {

using bespoke::operator|;

struct foreign_characters;

namespace detail {
class home_characters;

/// In how many documents each character beyond ASCII is, and each script. One thread at a time.
class character_counts {
 public:
  void add(std::string_view document);
  void add(const character_counts& others);
  std::shared_ptr<const home_characters> at_home(const foreign_characters& spec) const;

 private:
  struct entry {
    std::size_t documents = 0, last = 0;  // last: the last document's number, from 1
    std::uint32_t script = 0;
  };
  std::unordered_map<char32_t, entry> characters_{};
  std::unordered_map<std::uint32_t, entry> scripts_{};
  std::size_t documents_ = 0;
};

/// What `fit` returns. Copies share what was learned. Thread safety: const calls from any thread.
class fitted_foreign_characters {
 public:
  static constexpr std::string_view kind = "foreign_characters/1";
  using output_type = std::string_view;

  explicit fitted_foreign_characters(std::shared_ptr<const home_characters> home) : home_(std::move(home)) {}

  /// The text with one space in the place of each run of foreign characters, in `s`; the text itself where it has none.
  /// O(bytes), no allocation once `s` has grown. A byte that is not UTF-8 counts as U+FFFD.
  std::string_view operator()(std::string_view text, scratch& s) const;
  bool foreign(char32_t character) const;
  /// The scripts and blocks that are at home: "Latn", "Hani", "block General_Punctuation".
  std::vector<std::string> scripts() const;
  void save(bundle_writer& w) const;

 private:
  std::shared_ptr<const home_characters> home_;
};

std::shared_ptr<const home_characters> load_home_characters(const foreign_characters& spec, bundle_reader& r);
void check(const foreign_characters& spec);
}  // namespace detail

/// Takes anything that converts to std::string_view, gives a std::string_view that lives in the scratch.
///
/// Fit: one pass over the text, on all threads; keeps 40 bytes for each different character beyond ASCII. Throws
/// errc::invalid_argument for a share out of its range; errc::unsupported for text that is not ASCII where the library was
/// built without ICU. Both shares are used in training only.
struct foreign_characters {
  double min_share = 0.001;        ///< of the documents, for a character, from 0 to 1
  double min_script_share = 0.01;  ///< of the documents, for a script or block, from 0 to 1

  using fitted = detail::fitted_foreign_characters;

  template <class In>
  static constexpr bool accepts = std::is_convertible_v<const In&, std::string_view>;

  template <class In, class Y>
    requires accepts<In>
  fitted fit(const blocks<In>& x, const blocks<Y>&, const context& ctx) const {
    detail::check(*this);
    detail::character_counts all;
    const auto count = [](const block<In>& b) {
      detail::character_counts some;
      for (const In& text : b) some.add(text);
      return some;
    };
    x.reduce(ctx, count, [&](const detail::character_counts& some) { all.add(some); });
    return fitted(all.at_home(*this));
  }

  template <class In, class Y>
    requires accepts<In>
  fitted load(bundle_reader& r) const {
    return fitted(detail::load_home_characters(*this, r));
  }
};

}  // namespace bespoke::preprocess
