// SPDX-License-Identifier: Apache-2.0
// The rules `graded` and `sum`.
#include <algorithm>

#include "sentiment_terms.hpp"

namespace bespoke::features::detail {
namespace {

bool scored(const unit& u) { return u.known != nullptr && u.known->scored; }
bool is(const unit& u, std::string_view word) { return u.word == word; }
bool negates(const unit& u) { return (u.known != nullptr && u.known->negates) || u.word.find("n't") != u.word.npos; }

/// Words that strengthen a word or turn it round, up to three before it in its part of the sentence.
class neighbourhood {
 public:
  neighbourhood(std::span<const unit> units, bool some_capitals) : units_(units), some_capitals_(some_capitals) {}

  double valence(std::size_t i) const {
    const unit& u = units_[i];
    if (!scored(u) || modifies_next(i)) return 0;
    double v = u.known->valence;
    if (u.capitals && some_capitals_) v += v > 0 ? capitals_step : -capitals_step;
    const std::size_t before = reach(i);
    for (std::size_t d = 1; d <= before; ++d) {
      const unit& m = units_[i - d];
      if (scored(m) && !modifies_next(i - d)) continue;
      v = turned(graded(v, m, d), i, d);
    }
    const bool least = before >= 1 && is(units_[i - 1], "least");
    if (least && !(before >= 2 && (is(units_[i - 2], "at") || is(units_[i - 2], "very")))) v *= negation_factor;
    return v;
  }

 private:
  std::size_t reach(std::size_t i) const {
    std::size_t n = 0;
    while (n < 3 && n < i && !units_[i - n].sentence && !units_[i - n].clause) ++n;
    return n;
  }

  /// Degree words, words of negation and "no" that the lexicon has too ("incredible") do one thing at a time.
  bool modifies_next(std::size_t i) const {
    const unit& u = units_[i];
    const bool modifier = u.known != nullptr && (u.known->degree != 0 || negates(u) || is(u, "no"));
    return modifier && i + 1 < units_.size() && scored(units_[i + 1]) && reach(i + 1) > 0;
  }

  double graded(double v, const unit& m, std::size_t distance) const {
    constexpr double fading[] = {1, 1, 0.95, 0.9};
    if (m.known == nullptr || m.known->degree == 0) return v;
    double step = v < 0 ? -m.known->degree : m.known->degree;
    if (m.capitals && some_capitals_) step += v > 0 ? capitals_step : -capitals_step;
    return v + step * fading[distance];
  }

  double turned(double v, std::size_t i, std::size_t d) const {
    const unit& m = units_[i - d];
    const auto between = [&](std::string_view a, std::string_view b) {
      return d > 1 && std::any_of(units_.begin() + static_cast<std::ptrdiff_t>(i - d + 1),
                                  units_.begin() + static_cast<std::ptrdiff_t>(i),
                                  [&](const unit& u) { return is(u, a) || is(u, b); });
    };
    if (is(m, "never") && between("so", "this")) return v * 1.25;
    if (is(m, "without") && between("doubt", "doubt")) return v;
    if (is(m, "no")) return d < 3 || is(units_[i - 1], "or") || is(units_[i - 1], "nor") ? v * negation_factor : v;
    return negates(m) ? v * negation_factor : v;
  }

  std::span<const unit> units_;
  bool some_capitals_;
};

/// Halves what stands before the first "but" of each sentence, and raises what stands after it.
void contrast(std::span<const unit> units, std::span<double> valences) {
  const auto contrasts = [](const unit& u) { return u.known != nullptr && u.known->contrasts; };
  for (std::size_t at = 0, end = 0; at < units.size(); at = end) {
    end = at + 1;
    while (end < units.size() && !units[end].sentence) ++end;
    std::size_t but = at;
    while (but < end && !contrasts(units[but])) ++but;
    if (but == end) continue;
    for (std::size_t i = at; i < end; ++i) valences[i] *= i < but ? 0.5 : i > but ? 1.5 : 1;
  }
}

std::size_t occurrences(std::string_view text, std::string_view mark) {
  std::size_t n = 0;
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size())) ++n;
  return n;
}

}  // namespace

double emphasis_of(std::size_t exclamations, std::size_t questions) {
  const double strong = static_cast<double>(std::min<std::size_t>(exclamations, 4)) * 0.292;
  const double asked = questions < 2 ? 0 : questions <= 3 ? static_cast<double>(questions) * 0.18 : 0.96;
  return strong + asked;
}

valued_units graded_units(std::string_view text, const sentiment_terms& terms, scratch& s) {
  const std::span<const unit> units = units_of(text, &terms, s);
  const auto valences = s.take<double>(units.size());
  const auto capitals = std::count_if(units.begin(), units.end(), [](const unit& u) { return u.capitals; });
  const neighbourhood rules(units, capitals > 0 && static_cast<std::size_t>(capitals) < units.size());
  for (std::size_t i = 0; i < units.size(); ++i) valences[i] = rules.valence(i);
  contrast(units, valences);
  return {
      units, valences,
      emphasis_of(occurrences(text, "!") + occurrences(text, "！"), occurrences(text, "?") + occurrences(text, "？"))};
}

valued_units summed_units(std::string_view text, const sentiment_terms& terms, scratch& s) {
  const std::span<const unit> units = units_of(text, &terms, s);
  const auto valences = s.take<double>(units.size());
  for (std::size_t i = 0; i < units.size(); ++i) valences[i] = scored(units[i]) ? units[i].known->valence : 0;
  return {units, valences, 0};
}

}  // namespace bespoke::features::detail
