// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/simplify.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "characters.hpp"
#include "unicode.hpp"

namespace bespoke::preprocess {
namespace {

/// What so many bytes may become: three bytes four, where a character becomes one beyond the first 65,536.
constexpr std::size_t most_bytes(std::size_t from) { return from + from / 3; }

/// The rules by the character that they begin with, in their order: the first one that fits is taken.
class rules {
 public:
  rules() : text_(unicode::simplifying_rules()), of_(last - first + 2) {
    std::vector<rule> all;
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t end = std::min(text_.find('\n', at), text_.size());
      add(all, std::string_view(text_).substr(at, end - at));
      at = end + 1;
    }
    std::stable_sort(all.begin(), all.end(), [](const rule& a, const rule& b) { return a.begins < b.begins; });
    for (const rule& r : all) ++of_[r.begins - first + 1];
    for (std::size_t i = 1; i < of_.size(); ++i) of_[i] += of_[i - 1];
    rules_ = std::move(all);
  }

  /// Writes what a character becomes, which begins at `at`; gives how many bytes of the text that is for, 0 where none fits.
  std::size_t apply(std::string_view text, std::size_t at, char32_t c, char* out, std::size_t& n) const {
    if (c < first || c > last) return 0;
    for (std::uint32_t i = of_[c - first]; i < of_[c - first + 1]; ++i) {
      const rule& r = rules_[i];
      if (text.compare(at, r.from.size(), r.from) != 0) continue;
      n += r.to.copy(out + n, r.to.size());
      return r.from.size();
    }
    return 0;
  }

 private:
  static constexpr char32_t first = 0x2E80, last = 0xFAFF;
  struct rule {
    char32_t begins;
    std::string_view from, to;
  };

  static void add(std::vector<rule>& all, std::string_view line) {
    const std::size_t arrow = line.find(" > "), end = line.rfind(';');
    if (arrow == line.npos || arrow == 0 || end == line.npos || end <= arrow + 3) return;
    const std::string_view from = line.substr(0, arrow), to = line.substr(arrow + 3, end - arrow - 3);
    std::size_t at = 0;
    const char32_t c = next_character(from, at);
    if (c >= first && c <= last && to.size() <= most_bytes(from.size())) all.push_back({c, from, to});
  }

  std::string text_;
  std::vector<rule> rules_{};
  std::vector<std::uint32_t> of_;  // where the rules of each character begin
};

const rules& all_rules() {
  static const rules r;
  return r;
}

}  // namespace

std::string_view simplify::fitted::operator()(std::string_view text, scratch& s) const {
  if (is_ascii(text)) return text;
  if (nfkc) text = unicode::nfkc(text, s);
  const rules& r = all_rules();
  const auto out = s.take<char>(most_bytes(text.size()));
  std::size_t n = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    const char32_t c = next_character(text, end);
    if (const std::size_t used = r.apply(text, at, c, out.data(), n); used != 0) {
      at += used;
    } else {
      n += text.copy(out.data() + n, end - at, at);
      at = end;
    }
  }
  return {out.data(), n};
}

}  // namespace bespoke::preprocess
