// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/stop_words.hpp>

#include <algorithm>
#include <bespoke/core/digest.hpp>
#include <bespoke/core/error.hpp>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace bespoke::preprocess {
namespace detail {
namespace {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return std::hash<std::string_view>()(s); }
};
using set = std::unordered_set<std::string, text_hash, std::equal_to<>>;

constexpr std::string_view curly = "\u2019";

std::string with_plain_apostrophes(std::string_view word) {
  std::string out(word);
  for (auto at = out.find(curly); at != out.npos; at = out.find(curly, at)) out.replace(at, curly.size(), "'");
  return out;
}

}  // namespace

/// The words, and which lists they are from.
class word_set {
 public:
  word_set(bool english, bool chinese, std::string host, const std::vector<std::string>& words)
      : english_(english), chinese_(chinese), host_(std::move(host)), words_(words.begin(), words.end()) {}

  bool has(std::string_view word) const {
    if (word.find(curly) == word.npos) return words_.find(word) != words_.end();
    return words_.find(with_plain_apostrophes(word)) != words_.end();
  }
  std::vector<std::string> sorted() const {
    std::vector<std::string> all(words_.begin(), words_.end());
    std::sort(all.begin(), all.end());
    return all;
  }
  void save(bundle_writer& w) const {
    w.put("english", english_);
    w.put("chinese", chinese_);
    w.put("host_words", host_);
    w.put("words", std::span<const std::string>(sorted()));
  }

 private:
  bool english_, chinese_;
  std::string host_;  // their digest
  set words_;
};

bool fitted_stop_words::drops(std::string_view word) const { return words_->has(word); }

std::vector<std::string> fitted_stop_words::operator()(const std::vector<std::string>& list) const {
  std::vector<std::string> kept;
  kept.reserve(list.size());
  for (const std::string& word : list)
    if (!words_->has(word)) kept.push_back(word);
  return kept;
}

std::vector<std::string> fitted_stop_words::dropped() const { return words_->sorted(); }

void fitted_stop_words::save(bundle_writer& w) const { words_->save(w); }

namespace {

using documents = blocks<std::vector<std::string>>;
using counts = std::unordered_map<std::string, std::size_t, text_hash, std::equal_to<>>;

counts document_frequencies(const block<std::vector<std::string>>& b) {
  struct seen {
    std::size_t documents = 0, last = static_cast<std::size_t>(-1);
  };
  std::unordered_map<std::string_view, seen> of;
  for (std::size_t i = 0; i < b.size(); ++i)
    for (const std::string& word : b[i]) {
      seen& s = of[word];
      s.documents += s.last != i;
      s.last = i;
    }
  counts out;
  for (const auto& [word, s] : of) out.emplace(word, s.documents);
  return out;
}

/// Words in more than a share of the documents.
void add_frequent(std::vector<std::string>& words, const documents& x, double share, const context& ctx) {
  counts all;
  x.reduce(ctx, document_frequencies, [&](const counts& some) {
    for (const auto& [word, n] : some) all[word] += n;
  });
  const double most = share * static_cast<double>(x.size());
  for (const auto& [word, n] : all)
    if (static_cast<double>(n) > most) words.push_back(with_plain_apostrophes(word));
}

std::string digest_of(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  digest d;
  for (const std::string& w : words) d.add(w);
  return std::to_string(words.size()) + " words, " + d.hex().substr(0, 16);
}

std::vector<std::string> listed(const stop_words& spec) {
  std::vector<std::string> all;
  for (const std::string& w : spec.words) all.push_back(with_plain_apostrophes(w));
  const auto add = [&](std::span<const std::string_view> list) { all.insert(all.end(), list.begin(), list.end()); };
  if (spec.english) add(english_stop_words());
  if (spec.chinese) add(chinese_stop_words());
  return all;
}

}  // namespace
}  // namespace detail

stop_words::fitted stop_words::learn(const blocks<std::vector<std::string>>& x, const context& ctx) const {
  if (!(max_share > 0 && max_share <= 1))
    throw error(errc::invalid_argument, {.stage = "stop_words",
                                         .problem = "max_share",
                                         .expected = "a share of the documents, above 0 to 1",
                                         .got = std::to_string(max_share)});
  std::vector<std::string> all = detail::listed(*this);
  if (max_share < 1) detail::add_frequent(all, x, max_share, ctx);
  return fitted(std::make_shared<const detail::word_set>(english, chinese, detail::digest_of(words), all));
}

stop_words::fitted stop_words::read(bundle_reader& r) const {
  r.must_equal("english", english);
  r.must_equal("chinese", chinese);
  r.must_equal("host_words", detail::digest_of(words));
  return fitted(
      std::make_shared<const detail::word_set>(english, chinese, detail::digest_of(words), r.strings("words")));
}

}  // namespace bespoke::preprocess
