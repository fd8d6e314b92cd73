// SPDX-License-Identifier: Apache-2.0
// Recommends software from this computer's own catalogue, and learns what its user likes.
//
//   packages.hpp   the chain: a package as a row of numbers
//   job.hpp        learn, recommend, explain, take likes, keep
//   evaluate.hpp   how well it does
//   catalogue.hpp  a source of our own

#include <unistd.h>

#include <exception>
#include <iostream>

#include "arguments.hpp"
#include "job.hpp"
#include "movies.hpp"
#include "packages.hpp"

namespace {

/// Asks for likes and dislikes until the end of the input or an empty line.
template <class Job>
void ask(Job& job) {
  show_notice("like NAME, dislike NAME; an empty line ends.");
  for (std::string line; std::cout << "> " << std::flush, std::getline(std::cin, line) && !line.empty();) {
    const auto space = line.find(' ');
    const std::string verb = line.substr(0, space);
    if (space == std::string::npos || (verb != "like" && verb != "dislike")) show("Not understood: " + line);
    else job.take({verb == "like", line.substr(space + 1)});
  }
  std::cout << '\n';
}

template <class Item, class Features>
bool run(task<Item> t, Features features, const arguments& args, stopwatch& clock) {
  job work(std::move(t), std::move(features), args, clock);
  const bool understood = work.run();
  show_notice("All of it took " + fixed(clock.total(), 2) + " s.");
  if (args.opinions.empty() && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) ask(work);
  return understood;
}

bool personalize(const arguments& args) {
  stopwatch clock;
  if (args.movielens.empty()) return run(package_task(args, clock), package_features(), args, clock);
  return run(movie_task(args, clock), movie_features(), args, clock);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const arguments args = parse(argc, argv);
    if (!args.help) return personalize(args) ? 0 : 1;
    std::cout << help_text();
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "personalize: " << e.what() << '\n';
    return 1;
  }
}
