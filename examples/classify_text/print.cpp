// SPDX-License-Identifier: Apache-2.0
#include "print.hpp"

#include <bespoke/report/page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

using namespace bespoke;

namespace {

std::string joined(const std::vector<speaking_word>& words, std::size_t most) {
  std::string all;
  for (std::size_t i = 0; i < std::min(most, words.size()); ++i) all += (i == 0 ? "" : ", ") + words[i].word;
  return all;
}

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

void print_labels(const learned& l) {
  const auto quality = per_label(l.confusion);
  fmt::print("\n  {:<16} {:>9} {:>8} {:>8}  spoken for by\n", "label", "precision", "recall", "texts");
  for (std::size_t i = 0; i < std::min<std::size_t>(l.labels.size(), 20); ++i)
    fmt::print("  {:<16} {:>9} {:>8} {:>8}  {}\n", l.labels[i], percent(quality[i].precision),
               percent(quality[i].recall), quality[i].support, joined(l.words[i], 4));
  if (l.labels.size() > 20) fmt::print("  … and {} more labels: see --report\n", l.labels.size() - 20);
}

using cells = std::vector<std::vector<std::string>>;

cells label_rows(const learned& l) {
  cells rows;
  const auto quality = per_label(l.confusion);
  for (std::size_t i = 0; i < l.labels.size(); ++i)
    rows.push_back({l.labels[i], percent(quality[i].precision), percent(quality[i].recall),
                    fmt::format("{:.3f}", quality[i].f), fmt::format("{:.0f}", quality[i].support),
                    joined(l.words[i], 12)});
  return rows;
}

/// The whole matrix for few labels, else the confusions that happened most.
void add_confusion(report::page& page, const learned& l) {
  if (l.labels.size() <= 12) {
    std::vector<std::string> headers{"is \\ said"};
    headers.insert(headers.end(), l.labels.begin(), l.labels.end());
    cells rows;
    for (std::size_t i = 0; i < l.labels.size(); ++i) {
      rows.push_back({l.labels[i]});
      for (std::size_t j = 0; j < l.labels.size(); ++j) rows.back().push_back(fmt::format("{:.0f}", l.confusion(i, j)));
    }
    page.table(headers, rows);
    return;
  }
  std::vector<std::pair<double, std::pair<std::size_t, std::size_t>>> wrong;
  for (std::size_t i = 0; i < l.labels.size(); ++i)
    for (std::size_t j = 0; j < l.labels.size(); ++j)
      if (i != j && l.confusion(i, j) > 0) wrong.push_back({-l.confusion(i, j), {i, j}});
  std::sort(wrong.begin(), wrong.end());
  cells rows;
  for (std::size_t i = 0; i < std::min<std::size_t>(wrong.size(), 30); ++i)
    rows.push_back(
        {l.labels[wrong[i].second.first], l.labels[wrong[i].second.second], fmt::format("{:.0f}", -wrong[i].first)});
  page.text("What was taken for what, most often first:").table({"is", "said", "texts"}, rows);
}

}  // namespace

void print(const learned& l, const parts& p) {
  fmt::print(
      "{} texts with {} labels; {} of them held out to judge\n\nChosen by 3-fold cross-validation ({:.1f} s)\n\n",
      p.learn.size() + p.judge.size(), l.labels.size(), p.judge.size(), l.seconds);
  for (const tried& t : l.evidence)
    fmt::print(" {} {:<64} {:.4f}\n", t.chosen ? "*" : " ", t.settings, t.accuracy.mean);
  fmt::print("\nOn the held-out texts: {} right ({} to {})\n", percent(l.accuracy.mean), percent(l.accuracy.low),
             percent(l.accuracy.high));
  print_labels(l);
  std::fflush(stdout);
}

std::string answer_line(const text_classifier& c, const std::string& text) {
  const labelled_text d{.text = text};
  const auto answer = c.answer(d);
  std::string line = fmt::format("{}  ({:.2f})", answer.label(), answer.score());
  for (const named_reason& r : c.reasons(d, 3)) line += fmt::format("  [{} {:+.2f}]", r.name, r.contribution);
  return line;
}

void write_report(const learned& l, const parts& p, const std::filesystem::path& file) {
  report::page page("A classifier of texts");
  page.text(fmt::format("{} texts with {} labels. {} were learned from; {} judge, and were read once.",
                        p.learn.size() + p.judge.size(), l.labels.size(), p.learn.size(), p.judge.size()));
  page.bars("Accuracy on the held-out texts, with its 95 % interval",
            {{"accuracy", l.accuracy.mean, l.accuracy.low, l.accuracy.high}});
  page.heading("What was tried").text("Accuracy in 3-fold cross-validation on the texts for learning; * was chosen.");
  cells tries;
  for (const tried& t : l.evidence)
    tries.push_back({t.chosen ? "*" : "", t.settings, fmt::format("{:.4f}", t.accuracy.mean)});
  page.table({"", "learner", "accuracy"}, tries);
  if (const bespoke::curve& c = l.curve; !c.x.empty())
    page.heading("Learning curve")
        .line("Would more texts help?", {{"learned from", c.x, means(c.train)}, {"held out", c.x, means(c.test)}},
              {"texts learned from", "accuracy in 3-fold cross-validation"});
  page.heading("Confusions");
  add_confusion(page, l);
  page.heading("Labels, and the words that speak for them");
  page.table({"label", "precision", "recall", "F1", "texts", "spoken for by"}, label_rows(l));
  page.save(file);
}
