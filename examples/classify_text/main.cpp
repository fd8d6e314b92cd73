// SPDX-License-Identifier: Apache-2.0
// classify_text: from a csv with a text and a label column to a classifier: chooses, learns, judges, reports, saves, and
// then answers for lines from standard input. Without a csv it learns the sections of this computer's software catalogue.

#include <bespoke/core/error.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "classifier.hpp"
#include "documents.hpp"
#include "print.hpp"

using namespace bespoke;

namespace {

constexpr const char* help =
    "classify_text [FILE.csv] [options]     learns, then classifies lines from standard input\n"
    "classify_text --load MODEL             classifies lines by a model that was saved\n"
    "\n"
    "  --text COLUMN        a column with text (default: text); given again, the texts are joined\n"
    "  --label COLUMN       the column with the label (default: label)\n"
    "  --test FILE.csv      texts that judge (default: a fifth of FILE.csv, drawn at random)\n"
    "  --no-header          the first row is a text; columns are numbers from 1\n"
    "  --separator CHAR     between columns (default: ,)\n"
    "  --encoding NAME      of the files (default: utf-8)\n"
    "  --report PAGE.html   confusions, labels, their words and a learning curve, as one page\n"
    "  --save MODEL         the whole chain as one file\n"
    "  --seed N\n"
    "\n"
    "Without a file: the descriptions of this computer's software catalogue, and their sections.\n";

struct arguments {
  table data{};
  std::filesystem::path test{}, report{}, save{}, load{};
  learning_options learning{};
};

[[noreturn]] void refuse(std::string expected, std::string_view got) {
  throw error(errc::invalid_argument, {.stage = "arguments",
                                       .expected = std::move(expected),
                                       .got = in_quotes(got),
                                       .advice = "see classify_text --help"});
}

void set(arguments& a, std::string_view option, const std::string& value, bool& first_text) {
  if (option == "--text") {
    if (std::exchange(first_text, false)) a.data.text.clear();
    a.data.text.push_back(value);
  } else if (option == "--label") a.data.label = value;
  else if (option == "--test") a.test = value;
  else if (option == "--separator" && value.size() == 1) a.data.separator = value.front();
  else if (option == "--encoding") a.data.encoding = value;
  else if (option == "--report") a.report = value;
  else if (option == "--save") a.save = value;
  else if (option == "--load") a.load = value;
  else if (option == "--seed") a.learning.seed = std::strtoull(value.c_str(), nullptr, 10);
  else refuse("an option and its value", std::string(option) + " " + value);
}

arguments parse(const std::vector<std::string>& words) {
  arguments a;
  bool first_text = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--no-header") a.data.header = false;
    else if (!words[i].starts_with("--") && a.data.file.empty()) a.data.file = words[i];
    else if (i + 1 < words.size()) set(a, words[i], words[i + 1], first_text), ++i;
    else refuse("a value after the option", words[i]);
  }
  a.learning.progress = isatty(STDERR_FILENO) != 0;
  a.learning.curve = !a.report.empty();
  return a;
}

parts documents_for(const arguments& a) {
  if (a.data.file.empty()) return cut(read_catalogue(), a.learning.seed);
  auto all = read(a.data);
  if (a.test.empty()) return cut(all, a.learning.seed);
  table test = a.data;
  test.file = a.test;
  return {std::move(all), read(test)};
}

text_classifier learned_classifier(const arguments& a) {
  const parts p = documents_for(a);
  const learned l = learn(p, a.learning);
  print(l, p);
  if (!a.report.empty()) {
    write_report(l, p, a.report);
    fmt::print("\nThe same as a page: {}\n", a.report.string());
  }
  if (!a.save.empty()) {
    l.function.save(a.save);
    fmt::print("\nSaved: {0}; again by classify_text --load {0}\n", a.save.string());
  }
  return l.function;
}

void answer_lines(const text_classifier& c) {
  const bool terminal = isatty(STDIN_FILENO) != 0;
  if (terminal) fmt::print("\nType a text, or end with Ctrl-D.\n");
  for (std::string line; (terminal ? fmt::print("> ") : void(), std::fflush(stdout), std::getline(std::cin, line));)
    fmt::print("{}\n", answer_line(c, line));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words == std::vector<std::string>{"--help"}) return std::fputs(help, stdout), 0;
  const arguments a = parse(words);
  answer_lines(a.load.empty() ? learned_classifier(a) : load_classifier(a.load));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "classify_text: %s\n", e.what());
  return 1;
}
