// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps of `clean`, one by one. Each gives `text` itself where there is nothing to do, or a text in `s`, never longer.

#include <bespoke/core/scratch.hpp>
#include <string_view>

namespace bespoke::preprocess::detail {

/// Without tags and entities.
std::string_view without_html(std::string_view text, scratch& s);
/// URLs become a space.
std::string_view without_urls(std::string_view text, scratch& s);
/// E-mail addresses become a space.
std::string_view without_emails(std::string_view text, scratch& s);

/// What the last pass changes.
struct character_steps {
  bool lower = false;  ///< ASCII only
  bool punctuation = false, digits = false, spaces = false;
};
std::string_view changed_characters(std::string_view text, character_steps steps, scratch& s);

}  // namespace bespoke::preprocess::detail
