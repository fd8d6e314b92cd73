// SPDX-License-Identifier: Apache-2.0
#pragma once
// This project's own words: those with valences, and those that change the valences of their neighbours.

#include <span>
#include <string_view>

namespace bespoke::features {

/// Words of one valence, between spaces; "_" in a word stands for a space, except in signs.
struct valence_group {
  double valence = 0;
  std::string_view words{};
};

std::span<const valence_group> english_valences() noexcept;
std::span<const valence_group> chinese_valences() noexcept;
/// Emoticons and emoji.
std::span<const valence_group> sign_valences() noexcept;

/// Words that change the valence of words behind them.
struct modifier_words {
  std::span<const std::string_view> negations{}, more{}, less{};
};
struct word_and_valence {
  std::string_view word{};
  double valence = 0;
};
struct polarity_words {
  modifier_words english{}, chinese{};
  std::span<const std::string_view> contrasts{};  ///< the first is "but"
  std::span<const word_and_valence> idioms{};     ///< phrases that say something else than their words
};
polarity_words polarity_modifiers() noexcept;

}  // namespace bespoke::features
