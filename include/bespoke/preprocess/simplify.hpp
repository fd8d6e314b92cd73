// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chinese text in one spelling: traditional characters become simplified ones, full-width forms plain ones.
//
//     field("body", &Review::body) | preprocess::simplify{} | features::tfidf{} | train::linear_svm{}
//
//     "電腦軟體ＡＢＣ，著名"   →   "电脑软体ABC,著名"
//
// The rules are those of ICU's transliterator Traditional-Simplified (CLDR): about 3,000 characters, and 1,000 phrases for
// characters that are simplified differently in different words (顯著 gives 显著). Characters, not vocabulary: 軟體 does not
// become 软件. Simplified text stays as it is, up to what the phrases say; Japanese text would be changed too.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/wiring.hpp>
#include <string_view>
#include <type_traits>

namespace bespoke::preprocess {

using bespoke::operator|;

/// Takes anything that converts to std::string_view, gives a std::string_view that lives in the scratch. Learns nothing.
/// O(bytes); allocates nothing once the scratch has grown and the rules have been read (once a process, about 10 ms).
/// Bytes that are not UTF-8 become U+FFFD with `nfkc`, and are left alone without. Throws errc::unsupported for text that is
/// not ASCII where the library was built without ICU.
struct simplify {
  bool nfkc = true;  ///< full-width, half-width and other compatibility forms to plain ones first (NFKC)

  /// Thread safety: const calls from any thread.
  struct fitted {
    static constexpr std::string_view kind = "simplify/1";
    using output_type = std::string_view;
    bool nfkc = true;

    /// Valid until the scratch's enclosing frame ends; ASCII text is given back itself.
    std::string_view operator()(std::string_view text, scratch& s) const;
    void save(bundle_writer& w) const { w.put("nfkc", nfkc); }
  };

  template <class In>
  static constexpr bool accepts = std::is_convertible_v<const In&, std::string_view>;

  template <class In, class Y>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return {nfkc};
  }
  /// Throws errc::bundle_mismatch where the file has the other `nfkc`.
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    r.must_equal("nfkc", nfkc);
    return {nfkc};
  }
};

}  // namespace bespoke::preprocess
