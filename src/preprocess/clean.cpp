// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/clean.hpp>

#include <array>
#include <cstddef>

#include "characters.hpp"
#include "clean_steps.hpp"
#include "unicode.hpp"

namespace bespoke::preprocess {
namespace detail {
namespace {

using unicode::character_class;

constexpr auto ascii_classes = [] {
  std::array<character_class, 128> of{};
  for (std::size_t c = 0; c < 128; ++c) {
    const bool letter = (c | 32) >= 'a' && (c | 32) <= 'z', digit = c >= '0' && c <= '9';
    of[c] = digit                 ? character_class::digit
            : letter              ? character_class::other
            : c <= 32 || c == 127 ? character_class::space
                                  : character_class::punctuation;
  }
  return of;
}();

/// The last pass: one character after the other.
class changer {
 public:
  changer(std::string_view text, character_steps steps, scratch& s)
      : text_(text), steps_(steps), out_(s.take<char>(text.size()).data()) {}

  std::string_view run() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t begin = at;
      const auto byte = static_cast<unsigned char>(text_[at]);
      if (byte < 0x80) ++at, add(ascii_classes[byte], begin, at, byte == '\'');
      else add_other(begin, at);
    }
    return {out_, n_};
  }

 private:
  void add_other(std::size_t begin, std::size_t& at) {
    const char32_t c = next_character(text_, at);
    if (c == 0xFFFD && at == begin + 1) put(begin, at, character_class::punctuation);  // a byte that is not UTF-8 stays
    else add(unicode::class_of(c), begin, at, c == 0x2019);
  }

  bool between_letters(std::size_t end) const {
    if (before_ != character_class::other || end == text_.size()) return false;
    const auto byte = static_cast<unsigned char>(text_[end]);
    if (byte < 0x80) return ascii_classes[byte] == character_class::other;
    return unicode::class_of(next_character(text_, end)) == character_class::other;
  }

  void add(character_class what, std::size_t begin, std::size_t end, bool apostrophe) {
    switch (what) {
      case character_class::space:
        if (steps_.spaces) return gap();
        break;
      case character_class::digit:
        if (steps_.digits) return gap();
        break;
      case character_class::punctuation:
        if (steps_.punctuation && !(apostrophe && between_letters(end))) return gap();
        break;
      case character_class::other: break;
    }
    put(begin, end, what);
  }

  void gap() {
    before_ = character_class::space;
    if (steps_.spaces) pending_ = true;
    else out_[n_++] = ' ';
  }

  void put(std::size_t begin, std::size_t end, character_class what) {
    before_ = what;
    if (pending_ && n_ > 0) out_[n_++] = ' ';
    pending_ = false;
    for (std::size_t i = begin; i < end; ++i) {
      const char c = text_[i];
      out_[n_++] = steps_.lower && c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
  }

  std::string_view text_;
  character_steps steps_;
  char* out_;
  std::size_t n_ = 0;
  bool pending_ = false;
  character_class before_ = character_class::space;
};

}  // namespace

std::string_view changed_characters(std::string_view text, character_steps steps, scratch& s) {
  if (!steps.lower && !steps.punctuation && !steps.digits && !steps.spaces) return text;
  return changer(text, steps, s).run();
}

}  // namespace detail

clean::fitted::fitted(const clean& spec)
    : html_(spec.html),
      nfkc_(spec.nfkc),
      urls_(spec.urls),
      emails_(spec.emails),
      fold_(spec.fold),
      punctuation_(spec.punctuation),
      digits_(spec.digits),
      spaces_(spec.spaces) {}

std::string_view clean::fitted::operator()(std::string_view text, scratch& s) const {
  if (html_) text = detail::without_html(text, s);
  const bool ascii = is_ascii(text);
  if (nfkc_ && !ascii) text = unicode::nfkc(text, s);
  if (urls_) text = detail::without_urls(text, s);
  if (emails_) text = detail::without_emails(text, s);
  if (fold_ && !ascii) {
    text = unicode::in_one_case(text, word_rule::unicode, s);
    if (nfkc_) text = unicode::nfkc(text, s);  // what folding took apart
  }
  return detail::changed_characters(text, {fold_ && ascii, punctuation_, digits_, spaces_}, s);
}

void clean::fitted::save(bundle_writer& w) const {
  w.put("html", html_);
  w.put("nfkc", nfkc_);
  w.put("urls", urls_);
  w.put("emails", emails_);
  w.put("fold", fold_);
  w.put("punctuation", punctuation_);
  w.put("digits", digits_);
  w.put("spaces", spaces_);
}

void clean::check(const bundle_reader& r) const {
  r.must_equal("html", html);
  r.must_equal("nfkc", nfkc);
  r.must_equal("urls", urls);
  r.must_equal("emails", emails);
  r.must_equal("fold", fold);
  r.must_equal("punctuation", punctuation);
  r.must_equal("digits", digits);
  r.must_equal("spaces", spaces);
}

}  // namespace bespoke::preprocess
