// SPDX-License-Identifier: Apache-2.0
#include "term_characters.hpp"

#include <algorithm>
#include <cstring>

#include "../preprocess/characters.hpp"

namespace bespoke::features::detail {
namespace {

constexpr std::size_t at_once = 2048, longest = 8;

spacing spacing_of(term_kind terms) {
  return terms == term_kind::characters ? spacing::collapsed : spacing::around_words;
}

class run_writer {
 public:
  run_writer(ngram_range n, scratch& s, use_terms use)
      : n_(n), s_(s), use_(use), runs_(s.take<std::string_view>(at_once)) {}

  template <bool Ascii>
  void add(const char* begin, const char* end) {
    for (const char* p = begin; p < end; p = after<Ascii>(p, end)) {
      if (size_ + longest > at_once) flush();
      const char* q = p;
      for (unsigned k = 1; k <= n_.high && q < end; ++k) {
        q = after<Ascii>(q, end);
        if (k >= n_.low) runs_[size_++] = {p, static_cast<std::size_t>(q - p)};
      }
    }
  }

  /// A word with its spaces, which counts once where it is shorter than all runs.
  template <bool Ascii>
  void add_word(const char* begin, const char* end) {
    const char* q = begin;
    for (unsigned k = 1; k < n_.low && q < end; ++k) q = after<Ascii>(q, end);
    if (q < end) return add<Ascii>(begin, end);
    if (size_ == at_once) flush();
    runs_[size_++] = {begin, static_cast<std::size_t>(end - begin)};
  }

  template <bool Ascii>
  void add_words(std::string_view text) {
    const char *at = text.data(), *const end = at + text.size();
    while (end - at > 1) {
      const auto* next = static_cast<const char*>(std::memchr(at + 1, ' ', static_cast<std::size_t>(end - at - 1)));
      add_word<Ascii>(at, next + 1);
      at = next;
    }
  }

  void flush() {
    if (size_ == 0) return;
    const scratch::frame temporaries(s_);
    use_(runs_.first(size_));
    size_ = 0;
  }

 private:
  template <bool Ascii>
  static const char* after(const char* p, const char* end) {
    if constexpr (Ascii) return p + 1;
    else return p + std::min<std::size_t>(character_bytes(*p), static_cast<std::size_t>(end - p));
  }

  ngram_range n_;
  scratch& s_;
  use_terms use_;
  std::span<std::string_view> runs_;
  std::size_t size_ = 0;
};

template <bool Ascii>
void write(run_writer& out, std::string_view text, term_kind terms) {
  if (terms == term_kind::characters) out.add<Ascii>(text.data(), text.data() + text.size());
  else out.add_words<Ascii>(text);
  out.flush();
}

void write_all(std::string_view text, const character_runs& which, scratch& s, use_terms use) {
  run_writer out(which.ngrams, s, use);
  if (is_ascii(text)) write<true>(out, text, which.terms);
  else write<false>(out, text, which.terms);
}

}  // namespace

void for_each_run(std::string_view text, const character_runs& which, scratch& s, use_terms use) {
  const scratch::frame temporaries(s);
  write_all(counted_characters(text, which.rule, spacing_of(which.terms), s), which, s, use);
}

void for_each_run(const std::vector<std::string>& words, const character_runs& which, scratch& s, use_terms use) {
  const scratch::frame temporaries(s);
  std::size_t bytes = 0;
  for (const auto& w : words) bytes += w.size() + 1;
  const auto joined = s.take<char>(bytes);
  std::size_t n = 0;
  for (const auto& w : words) {
    if (w.empty()) continue;
    if (n > 0) joined[n++] = ' ';
    n += w.copy(joined.data() + n, w.size());
  }
  write_all(spaced_characters({joined.data(), n}, spacing_of(which.terms), s), which, s, use);
}

}  // namespace bespoke::features::detail
