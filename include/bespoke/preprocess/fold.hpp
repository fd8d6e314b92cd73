// SPDX-License-Identifier: Apache-2.0
#pragma once
// Case folding: spellings that differ only in case become one.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/wiring.hpp>
#include <string>
#include <string_view>

namespace bespoke {

/// Full case folding of Unicode without the Turkic exceptions: "STRASSE" and "Straße" both give "strasse". Bytes that are
/// not UTF-8 become U+FFFD. O(bytes). Thread safety: from any thread.
std::string fold_case(std::string_view text);

namespace preprocess {

using bespoke::operator|;

/// A stage from text to its folded form. Takes anything that converts to std::string_view. Learns nothing.
struct fold {
  /// Thread safety: from any thread.
  struct fitted {
    static constexpr std::string_view kind = "fold/1";
    using output_type = std::string;

    std::string operator()(std::string_view text) const { return fold_case(text); }
    void save(bundle_writer&) const {}
  };

  template <class In, class Y>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

}  // namespace preprocess
}  // namespace bespoke
