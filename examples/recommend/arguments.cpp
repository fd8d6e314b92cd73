// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <bespoke/core/error.hpp>

#include <charconv>
#include <cstdlib>

namespace {

using bespoke::errc;
using bespoke::error;

[[noreturn]] void refuse(const std::string& expected, const std::string& got) {
  throw error(errc::invalid_argument,
              {.stage = "arguments", .expected = expected, .got = bespoke::in_quotes(got), .advice = "see --help"});
}

template <class Number>
Number number_of(const std::string& option, const std::string& text) {
  Number n{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc{} || end != text.data() + text.size()) refuse("a number after " + option, text);
  return n;
}

void set(arguments& a, const std::string& option, const std::string& value) {
  if (option == "--user") a.user = number_of<int>(option, value);
  else if (option == "--liked") a.liked = value;
  else if (option == "--report") a.report = value;
  else if (option == "--save") a.model = value;
  else if (option == "--seed") a.seed = number_of<std::uint64_t>(option, value);
  else if (option == "--threads") a.threads = number_of<unsigned>(option, value);
  else refuse("a folder or an option", option);
}

/// Where MovieLens is, if it is where programs of this library look for data.
std::filesystem::path default_folder() {
  const char* data = std::getenv("BESPOKE_DATA");
  if (data == nullptr || *data == '\0') return {};
  const auto folder = std::filesystem::path(data) / "ml-latest-small";
  return std::filesystem::exists(folder / "ratings.csv") ? folder : std::filesystem::path();
}

}  // namespace

arguments parse(const std::vector<std::string>& words) {
  arguments a{.folder = default_folder()};
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--help" || words[i] == "-h") a.help = true;
    else if (!words[i].starts_with("-")) a.folder = words[i];
    else if (i + 1 < words.size()) set(a, words[i], words[i + 1]), ++i;
    else refuse("an option and its value", words[i]);
  }
  return a;
}

const char* help_text() {
  return R"(Learns from everybody's film ratings what to show to whom.

  recommend                            compares ways to recommend, chooses one,
                                       and shows what it gives and why
  recommend FOLDER                     with ratings.csv and movies.csv as
                                       MovieLens has them: ml-latest-small.zip,
                                       https://grouplens.org/datasets/movielens
  recommend --liked "3, matrix, alien" somebody new liked these

Without a folder: $BESPOKE_DATA/ml-latest-small, or else films that are made up.
Somebody new is asked which of twelve films they liked: at a terminal, or one
answer a line from standard input. An answer is numbers of the list or pieces of
titles, with commas between them.

  --user ID         whose list to show (the one with the median count of films)
  --liked ANSWER    in the place of asking
  --report FILE     writes figures, plots and lists as one HTML page
  --save FILE       the recommender as one file; it holds users' histories
  --seed N          of all that is random (1)
  --threads N       0: all (0). The same result for any number
)";
}
