// SPDX-License-Identifier: Apache-2.0
// recommend: learns from everybody's film ratings what to show to whom; compares ways to do so, chooses one, and says why.

#include <bespoke/core/error.hpp>
#include <bespoke/core/progress.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>
#include <string_view>

#include "compare.hpp"
#include "films.hpp"
#include "print.hpp"

using namespace bespoke;

namespace {

constexpr const char* help =
    "recommend [FOLDER] [--user ID] [--liked N,N,…] [--report FILE.html] [--save FILE]\n"
    "\n"
    "  FOLDER    ratings.csv and movies.csv as MovieLens has them: ml-latest-small.zip from\n"
    "            https://grouplens.org/datasets/movielens/latest/ (default: $BESPOKE_DATA/ml-latest-small)\n"
    "  --user    whose recommendations to show (default: the one with the median number of films)\n"
    "  --liked   for somebody new: which of the films that are offered were liked, by their numbers in the list;\n"
    "            on a terminal the program asks\n"
    "  --report  figures and recommendations as one page\n"
    "  --save    the recommender as one file; it holds the histories of users\n";

struct arguments {
  std::filesystem::path folder{}, report{}, model{};
  std::optional<int> user{};
  std::optional<std::string> liked{};
};

[[noreturn]] void refuse(std::string expected, std::string_view got) {
  throw error(errc::invalid_argument,
              {.stage = "arguments", .expected = std::move(expected), .got = in_quotes(got), .advice = "see --help"});
}

int number_in(const std::string& text, const char* what) {
  char* end = nullptr;
  const long value = std::strtol(text.c_str(), &end, 10);
  if (end == text.c_str() || *end != '\0' || value < 0 || value > 1'000'000'000) refuse(what, text);
  return static_cast<int>(value);
}

arguments parse(const std::vector<std::string>& words) {
  arguments a;
  if (const char* data = std::getenv("BESPOKE_DATA")) a.folder = std::filesystem::path(data) / "ml-latest-small";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (!word.starts_with("--")) {
      a.folder = word;
      continue;
    }
    if (i + 1 == words.size()) refuse("a value after the option", word);
    const std::string& value = words[++i];
    if (word == "--user") a.user = number_in(value, "a user's number after --user");
    else if (word == "--liked") a.liked = value;
    else if (word == "--report") a.report = value;
    else if (word == "--save") a.model = value;
    else refuse("an option", word);
  }
  if (a.folder.empty())
    throw error(errc::invalid_argument, {.stage = "arguments",
                                         .problem = "there are no ratings",
                                         .advice = "download MovieLens (--help says where) and name its folder"});
  return a;
}

/// Well-known films that have little to do with each other: each the most watched of those that are not like one before it.
std::vector<int> offered(const film_recommender& films, std::size_t count) {
  std::vector<int> some;
  const auto unlike_all = [&](int id) {
    for (const int before : some)
      for (const auto& near : films.similar(before, 40))
        if (near.item == id) return false;
    return true;
  };
  for (const auto& [id, score] : films.recommend_for({}, films.items().size()))
    if (some.size() < count && unlike_all(id)) some.push_back(id);
  return some;
}

std::vector<int> chosen_of(const std::vector<int>& some, const std::string& numbers) {
  std::vector<int> liked;
  std::string spaced = numbers;
  std::replace(spaced.begin(), spaced.end(), ',', ' ');
  std::istringstream in(spaced);
  for (std::string word; in >> word;) {
    const int place = number_in(word, "numbers of films in the list");
    if (place < 1 || static_cast<std::size_t>(place) > some.size()) refuse("numbers of films in the list", word);
    liked.push_back(some[static_cast<std::size_t>(place - 1)]);
  }
  return liked;
}

void ask_somebody_new(const library& all, const film_recommender& films, const std::optional<std::string>& answer) {
  const auto some = offered(films, 12);
  fmt::print("\nSomebody new: which of these have you liked?\n");
  for (std::size_t i = 0; i < some.size(); ++i) fmt::print("  {:>2}  {}\n", i + 1, all.title(some[i]));
  std::string numbers = answer.value_or("1,2");
  if (!answer && isatty(STDIN_FILENO) == 1) {
    fmt::print("  their numbers, or return for 1 and 2: ");
    std::fflush(stdout);
    if (std::string line; std::getline(std::cin, line) && !line.empty()) numbers = line;
  }
  print_somebody_new(all, films, chosen_of(some, numbers));
}

void run(const arguments& a) {
  const auto start = std::chrono::steady_clock::now();
  const library all = read_library(a.folder);
  fmt::print("{} ratings of {} films by {} users\n", all.seen.matrix.size(), all.seen.items.size(),
             all.seen.users.size());
  const int user = a.user.value_or(median_user(all.seen));
  if (all.seen.users.find(user) == all.seen.users.size()) refuse("a user who rated something", std::to_string(user));
  const auto ways = all_ways();
  const comparison c = compare(ways, all.seen.matrix, {.on_progress = progress_bar{}});
  print_comparison(c);
  const auto way = std::find_if(ways.begin(), ways.end(), [&](const auto& w) { return w.name == c.chosen; });
  const film_recommender films = way->fit(all.seen, {.on_progress = progress_bar{}});
  print_user(all, films, user);
  ask_somebody_new(all, films, a.liked);
  if (!a.report.empty())
    write_report(all, films, c, user, a.report), fmt::print("\nAs a page: {}\n", a.report.string());
  if (!a.model.empty()) save(films, a.model), fmt::print("\nThe recommender: {}\n", a.model.string());
  fmt::print("\nAll of it took {:.1f} s.\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "--help") return fmt::print("{}", help), 0;
  run(parse(words));
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "recommend: %s\n", e.what());
  return 1;
}
