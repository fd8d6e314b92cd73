// SPDX-License-Identifier: Apache-2.0
// recommend: learns from everybody's film ratings what to show to whom; compares ways to do so, chooses one, and says why.
//
//   films.hpp         who rated what: MovieLens, or made up
//   compare.hpp       the ways to recommend, and which of them is the best
//   cold_start.hpp    how well each serves somebody new
//   somebody_new.hpp  which films were liked by somebody who is asked
//   print.hpp, report_page.hpp

#include <bespoke/core/error.hpp>
#include <bespoke/core/progress.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <iostream>

#include "arguments.hpp"
#include "cold_start.hpp"
#include "compare.hpp"
#include "films.hpp"
#include "print.hpp"
#include "report_page.hpp"
#include "somebody_new.hpp"

using namespace bespoke;

namespace {

library films_for(const arguments& a) {
  if (!a.folder.empty()) return read_library(a.folder);
  fmt::print("No films were named, so these are made up; --help says where to get real ones.\n");
  return made_up_library();
}

int user_for(const arguments& a, const film_table& seen) {
  const int user = a.user.value_or(median_user(seen));
  if (seen.users.find(user) == seen.users.size())
    throw error(errc::invalid_argument,
                {.stage = "arguments", .problem = "there is no user " + std::to_string(user) + " in the ratings"});
  return user;
}

/// How the chosen way serves somebody new, beside what needs to know nothing.
std::vector<cold_start_curve> curves_for(const std::string& chosen, const std::vector<way>& ways, const library& all,
                                         const context& ctx) {
  std::vector<cold_start_curve> curves;
  for (const way& w : ways)
    if (w.name == chosen || w.name == "popularity") curves.push_back(cold_start(w, all.seen.matrix, ctx));
  return curves;
}

/// Asks until the end of the input or an empty line. What was answered last.
std::vector<int> ask(const library& all, const film_recommender& films, const std::vector<int>& list) {
  const bool terminal = isatty(STDIN_FILENO) == 1;
  if (terminal) fmt::print("Numbers, or pieces of titles, with commas between them; an empty line ends.\n");
  std::vector<int> liked;
  bool answered = false;
  for (std::string line;
       (terminal ? fmt::print("> ") : void(), std::fflush(stdout), std::getline(std::cin, line)) && !line.empty();) {
    try {
      liked = films_named(line, list, all);
      answered = true;
      print_somebody_new(all, films, liked);
    } catch (const error& e) {
      fmt::print("{}\n", e.what());
    }
  }
  if (answered) return liked;
  liked = films_named("1, 2", list, all);
  fmt::print("Nobody answered. As an example, 1 and 2:\n");
  print_somebody_new(all, films, liked);
  return liked;
}

std::vector<int> meet_somebody_new(const library& all, const film_recommender& films, const arguments& a) {
  const auto list = films_to_ask(films, 12);
  print_question(all, list);
  if (!a.liked) return ask(all, films, list);
  const auto liked = films_named(*a.liked, list, all);
  print_somebody_new(all, films, liked);
  return liked;
}

void recommend(const arguments& a) {
  const auto start = std::chrono::steady_clock::now();
  const fit_options options{.on_progress = progress_bar{}, .threads = a.threads, .seed = a.seed};
  const context ctx(options);
  const library all = films_for(a);
  print_library(all);
  const int user = user_for(a, all.seen);
  const auto ways = all_ways();
  const comparison c = compare(ways, all.seen.matrix, ctx);
  print_comparison(c);
  const auto curves = curves_for(c.chosen, ways, all, ctx);
  print_cold_start(curves);
  const film_recommender films(all.seen, way_named(ways, c.chosen).learn(all.seen.matrix, ctx));
  print_user(all, films, user);
  fmt::print("\nAll of it took {:.1f} s.\n",
             std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  const auto liked = meet_somebody_new(all, films, a);
  if (!a.report.empty()) {
    write_page(a.report, {all, c, curves, films, user, liked});
    fmt::print("\nThe same as a page: {}\n", a.report.string());
  }
  if (!a.model.empty()) {
    save(films, a.model);
    fmt::print("\nThe recommender: {}\n", a.model.string());
  }
}

}  // namespace

int main(int argc, char** argv) try {
  const arguments a = parse({argv + 1, argv + argc});
  if (a.help) return std::fputs(help_text(), stdout), 0;
  recommend(a);
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "recommend: %s\n", e.what());
  return 1;
}
