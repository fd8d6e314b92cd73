// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text as people and pages write it, into text that is counted: a stage from text to cleaner text.
//
//     field("body", &Review::body) | preprocess::clean{.digits = true} | features::tfidf{} | train::linear_svm{}
//
//     "<p>See HTTPS://shop.example/x?y=1, caf&eacute; ﬁne</p>"   →   "see , café fine"
//
// The steps, in their order, each a field of `clean`:
//
//   html         Tags, comments, and what stands in script and style, are dropped; a tag that is no part of a line of text
//                (<p>, <br>, <td>, any unknown one) leaves a space. Entities become characters: the 252 of HTML 4 and
//                &apos; by name, with their semicolon, and numbers, &#233; and &#xE9; (128 to 159 as Windows-1252,
//                numbers that are no character U+FFFD). A "<" that begins no tag stays: "3 < 5".
//   nfkc         Unicode's normal form NFKC: full-width and half-width forms, ligatures, "①" and "²" become plain, "e" with
//                a combining accent becomes one character.
//   urls         http://…, https://…, ftp://… and www.… become a space, as far as the characters of RFC 3986 go; the
//                sentence's punctuation behind one stays.
//   emails       name@example.com becomes a space.
//   fold         Case folding, as `fold` does it.
//   punctuation  Punctuation and symbols (categories P and S, with them most emoji) become a space; an apostrophe
//                between two letters stays: "don't".
//   digits       Decimal digits of every script (category Nd) become a space.
//   spaces       Runs of white space and control characters become one space; none at the ends.

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
/// Bytes that are not UTF-8 become U+FFFD where nfkc or fold is on, and are left alone otherwise.
/// O(bytes); allocates nothing once the scratch has grown; ASCII text takes a path of its own. Throws errc::unsupported
/// for text that is not ASCII where the library was built without ICU.
struct clean {
  bool html = true;          ///< drop tags, decode entities
  bool nfkc = true;          ///< normal form NFKC
  bool urls = true;          ///< URLs to a space
  bool emails = true;        ///< e-mail addresses to a space
  bool fold = true;          ///< case folding
  bool punctuation = false;  ///< punctuation and symbols to a space
  bool digits = false;       ///< digits to a space
  bool spaces = true;        ///< runs of white space to one space, none at the ends

  /// Thread safety: const calls from any thread.
  class fitted {
   public:
    static constexpr std::string_view kind = "clean/1";
    using output_type = std::string_view;

    explicit fitted(const clean& spec);

    /// The clean text, valid until the scratch's enclosing frame ends; it may be a view of `text` itself.
    std::string_view operator()(std::string_view text, scratch& s) const;
    void save(bundle_writer& w) const;

   private:
    bool html_, nfkc_, urls_, emails_, fold_, punctuation_, digits_, spaces_;
  };

  template <class In, class Y>
  fitted fit(const blocks<In>&, const blocks<Y>&, const context&) const {
    return fitted(*this);
  }
  /// Throws errc::bundle_mismatch where the file has other steps.
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    check(r);
    return fitted(*this);
  }

  template <class In>
  static constexpr bool accepts = std::is_convertible_v<const In&, std::string_view>;

 private:
  void check(const bundle_reader& r) const;
};

}  // namespace bespoke::preprocess
