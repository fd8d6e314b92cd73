// SPDX-License-Identifier: Apache-2.0
// Any bytes as a text for the rules of sentiment, and as a lexicon: an `error` or a lexicon that scores; numbers in their
// ranges; the words that carried a sum add up to it.
#include <bespoke/core/error.hpp>
#include <bespoke/features/sentiment.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace bespoke;
using features::polarity_rule;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void score(const features::detail::polarity& p, std::string_view text) {
  scratch& s = scratch::local();
  const scratch::frame frame(s);
  const auto row = p(text, s);
  expect(row.width() == 4);
  for (std::size_t c = 0; c < 4; ++c) expect(std::isfinite(row[c]));
  const auto words = p.words_of(text);
  if (p.rule() == polarity_rule::sum) {
    double sum = 0, size = 0;
    for (const auto& w : words) sum += w.valence, size += std::fabs(w.valence);
    expect(std::fabs(sum - static_cast<double>(row[3])) <= 1e-5 * (1 + size));
    return;
  }
  for (std::size_t c = 0; c < 3; ++c) expect(row[c] >= 0 && row[c] <= 1.000001f);
  expect(std::fabs(row[3]) <= 1);
}

/// A file that holds `text`, in memory.
class file {
 public:
  explicit file(std::string_view text) : descriptor_(memfd_create("lexicon", 0)) {
    expect(descriptor_ >= 0 && write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~file() { close(descriptor_); }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

template <class Read>
void read_and_score(Read read, std::string_view lexicon, std::string_view text) {
  try {
    const file f(lexicon);
    const features::sentiment_lexicon words = read(f.path());
    expect(words.merged(words) == words);
    for (const auto rule : {polarity_rule::graded, polarity_rule::vader, polarity_rule::sum})
      score(features::sentiment::fitted(words, rule), text);
  } catch (const error&) {  // says what is wrong with the file
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto standard = features::sentiment_lexicon::standard();
  static const features::sentiment::fitted graded(standard, polarity_rule::graded),
      vader(standard, polarity_rule::vader), sum(standard, polarity_rule::sum);
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  score(graded, all);
  score(vader, all);
  score(sum, all);
  const std::size_t cut = all.find('\0');  // a lexicon, and a text for it
  const std::string_view lexicon = all.substr(0, cut), text = cut == all.npos ? all : all.substr(cut + 1);
  read_and_score(features::read_vader, lexicon, text);
  read_and_score(features::read_afinn, lexicon, text);
  return 0;
}
