// SPDX-License-Identifier: Apache-2.0
#include "packages.hpp"

#include <bespoke/preprocess/distinct.hpp>

#include <algorithm>
#include <future>

using namespace bespoke;

namespace {

constexpr std::size_t enough_marked = 30;  // below it, all that is installed counts as what the user chose
constexpr std::size_t fewest = 5;          // one for each fold

std::vector<package> read_packages(const arguments& args) {
  auto all = to_vector(flow(catalogue_source(args.catalogue)) | preprocess::distinct(&package::name));
  if (all.empty())
    throw error(errc::empty_input,
                {.stage = "catalogue",
                 .source = args.catalogue.empty() ? "apt-cache dumpavail" : args.catalogue.string(),
                 .problem = "it holds no packages",
                 .advice = "run apt-get update first, or pass a saved catalogue with --catalogue FILE"});
  if (args.ids)
    for (package& p : all) p.id = {p.name};
  return all;
}

indices rows_where(const std::vector<package>& packages, const name_set& some, bool in) {
  indices rows;
  for (std::size_t i = 0; i < packages.size(); ++i)
    if (some.contains(packages[i].name) == in) rows.push_back(i);
  return rows;
}

name_set history(const arguments& args) { return args.history.empty() ? marked_packages() : names_in(args.history); }

void check(std::size_t chosen, std::size_t others) {
  if (chosen >= fewest && others > 0) return;
  throw error(errc::empty_input, {.stage = "history",
                                  .expected = "at least " + std::to_string(fewest) +
                                              " packages of this catalogue that you chose, and others",
                                  .got = std::to_string(chosen) + " and " + std::to_string(others) + " others",
                                  .advice = "pass a list of package names with --history FILE"});
}

}  // namespace

task<package> package_task(const arguments& args, stopwatch& clock) {
  task<package> t{.what = "package", .user = "user of this computer"};
  auto marked = std::async(std::launch::async, [&] { return history(args); });  // apt-mark takes a second
  t.items = read_packages(args);
  clock.show("catalogue", thousands(t.items.size()) + " packages");

  name_set taken = installed_packages(args.status);
  t.chosen = rows_where(t.items, marked.get(), true);
  const bool few = t.chosen.size() < enough_marked;
  if (few) t.chosen = rows_where(t.items, taken, true);
  for (const std::size_t i : t.chosen) taken.insert(t.items[i].name);
  t.others = rows_where(t.items, taken, false);
  check(t.chosen.size(), t.others.size());
  for (const std::size_t i : t.others)
    if (!is_empty_shell(t.items[i])) t.recommendable.push_back(i);
  t.popularity = dependents(t.items);
  t.splits = five_folds(t.chosen, args.seed);
  t.protocol = "Each of your " + thousands(t.chosen.size()) +
               " packages was held out once (5 folds) and ranked among " +
               std::to_string(std::min(sampled_others, t.others.size())) +
               " that are not installed. Popularity: how many packages depend on it. Means with their 95 % interval "
               "(bootstrap over the held-out packages); ties count against the held-out one.";
  clock.show("your choices", (few ? "all " : "") + thousands(t.chosen.size()) +
                                 (few ? " that are installed; " : " packages; ") + thousands(t.others.size()) +
                                 (few ? " are not" : " are not installed"));
  return t;
}
