// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstddef>

#include "clean_steps.hpp"

namespace bespoke::preprocess::detail {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool alphanumeric(char c) { return letter(c) || (c >= '0' && c <= '9'); }
bool one_of(char c, std::string_view some) { return some.find(c) != some.npos; }
bool url_character(char c) { return alphanumeric(c) || one_of(c, "-._~:/?#[]@!$&'()*+,;=%"); }
bool local_character(char c) { return alphanumeric(c) || one_of(c, "._%+-"); }
bool domain_character(char c) { return alphanumeric(c) || c == '.' || c == '-'; }

bool ends_with(std::string_view text, std::string_view lowered) {
  return text.size() >= lowered.size() &&
         std::equal(lowered.begin(), lowered.end(), text.end() - static_cast<std::ptrdiff_t>(lowered.size()),
                    [](char a, char b) { return a == lower(b); });
}

/// A text that is copied except for some spans of it, each of which leaves a space.
class copy {
 public:
  copy(std::string_view text, scratch& s) : text_(text), s_(s) {}
  std::size_t copied() const { return from_; }

  void replace(std::size_t begin, std::size_t end) {
    if (out_ == nullptr) out_ = s_.take<char>(text_.size()).data();
    n_ += text_.copy(out_ + n_, begin - from_, from_);
    out_[n_++] = ' ';
    from_ = end;
  }
  std::string_view finish() {
    if (out_ == nullptr) return text_;
    n_ += text_.copy(out_ + n_, text_.size() - from_, from_);
    return {out_, n_};
  }

 private:
  std::string_view text_;
  scratch& s_;
  char* out_ = nullptr;
  std::size_t from_ = 0, n_ = 0;
};

/// Where a URL begins whose "://" or "." stands at `at`; npos where none does.
std::size_t url_begin(std::string_view text, std::size_t low, std::size_t at) {
  const std::string_view before = text.substr(low, at - low);
  std::size_t length = 0;
  if (text[at] == '.') {
    if (ends_with(before, "www")) length = 3;
  } else if (text.substr(at, 3) == "://") {
    for (const std::string_view scheme : {"http", "https", "ftp"})
      if (ends_with(before, scheme)) length = std::max(length, scheme.size());
  }
  if (length == 0) return text.npos;
  const std::size_t begin = at - length;
  return begin > low && (alphanumeric(text[begin - 1]) || text[begin - 1] == '.') ? text.npos : begin;
}

/// Behind a URL whose first part ends at `at`; not behind punctuation that closes the sentence around it.
std::size_t url_end(std::string_view text, std::size_t begin, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && url_character(text[end])) ++end;
  while (end > at && (one_of(text[end - 1], ".,;:!?'*[]") ||
                      (text[end - 1] == ')' && text.substr(begin, end - begin).find('(') == text.npos)))
    --end;
  return end;
}

}  // namespace

std::string_view without_urls(std::string_view text, scratch& s) {
  copy out(text, s);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ':' && text[i] != '.') continue;
    const std::size_t begin = url_begin(text, out.copied(), i);
    if (begin == text.npos) continue;
    const std::size_t first = i + (text[i] == '.' ? 1 : 3), end = url_end(text, begin, first);
    if (end == first) continue;
    out.replace(begin, end);
    i = end - 1;
  }
  return out.finish();
}

std::string_view without_emails(std::string_view text, scratch& s) {
  copy out(text, s);
  for (std::size_t at = text.find('@'); at != text.npos; at = text.find('@', at + 1)) {
    std::size_t begin = at, end = at + 1;
    while (begin > out.copied() && local_character(text[begin - 1])) --begin;
    while (begin < at && text[begin] == '.') ++begin;
    while (end < text.size() && domain_character(text[end])) ++end;
    while (end > at + 1 && !alphanumeric(text[end - 1])) --end;
    const std::size_t dot = text.substr(at, end - at).rfind('.');
    if (begin == at || dot == text.npos || dot < 2 || end - at - dot < 3) continue;
    if (!std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at + dot + 1),
                     text.begin() + static_cast<std::ptrdiff_t>(end), letter))
      continue;
    out.replace(begin, end);
  }
  return out.finish();
}

}  // namespace bespoke::preprocess::detail
