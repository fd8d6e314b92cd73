// SPDX-License-Identifier: Apache-2.0
#include "arguments.hpp"

#include <bespoke/core/error.hpp>

#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>

namespace {

using bespoke::errc;
using bespoke::error;

[[noreturn]] void refuse(const std::string& expected, std::string_view got) {
  throw error(errc::invalid_argument,
              {.stage = "arguments", .expected = expected, .got = bespoke::in_quotes(got), .advice = "see --help"});
}

template <class Number>
Number number_of(std::string_view option, std::string_view text) {
  Number n{};
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc{} || end != text.data() + text.size()) refuse("a number after " + std::string(option), text);
  return n;
}

/// $XDG_STATE_HOME, or what it stands for where it is not set.
std::filesystem::path default_state() {
  if (const char* set = std::getenv("XDG_STATE_HOME"); set != nullptr && *set == '/')
    return std::filesystem::path(set) / "bespoke-personalize";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::filesystem::path(home) / ".local/state/bespoke-personalize";
  return "personalize-state";
}

using setter = std::function<void(arguments&, const std::string&)>;

/// The options that have a value, and what each sets.
const std::map<std::string_view, setter>& options() {
  static const std::map<std::string_view, setter> all = {
      {"--catalogue", [](arguments& a, const std::string& v) { a.catalogue = v; }},
      {"--history", [](arguments& a, const std::string& v) { a.history = v; }},
      {"--status", [](arguments& a, const std::string& v) { a.status = v; }},
      {"--movielens", [](arguments& a, const std::string& v) { a.movielens = v; }},
      {"--user", [](arguments& a, const std::string& v) { a.user = number_of<int>("--user", v); }},
      {"--state", [](arguments& a, const std::string& v) { a.state = v; }},
      {"--report", [](arguments& a, const std::string& v) { a.report = v; }},
      {"--seed", [](arguments& a, const std::string& v) { a.seed = number_of<std::uint64_t>("--seed", v); }},
      {"--threads", [](arguments& a, const std::string& v) { a.threads = number_of<unsigned>("--threads", v); }},
      {"like", [](arguments& a, const std::string& v) { a.opinions.push_back({true, v}); }},
      {"dislike", [](arguments& a, const std::string& v) { a.opinions.push_back({false, v}); }}};
  return all;
}

}  // namespace

arguments parse(int argc, char** argv) {
  arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help" || option == "-h") a.help = true;
    else if (option == "--ids") a.ids = true;
    else if (const auto known = options().find(option); known == options().end())
      refuse("like NAME, dislike NAME or an option", option);
    else if (++i == argc) refuse("a value after " + std::string(option), "nothing");
    else known->second(a, argv[i]);
  }
  if (a.state.empty()) a.state = default_state() / (a.movielens.empty() ? "packages" : "films");
  return a;
}

const char* help_text() {
  return R"(Recommends software from this computer's own catalogue, and learns from you.

  personalize                      ten packages for you, and how well it does
  personalize like gnome-chess     the same, and what changes when you like one
  personalize dislike mutt like vim

At a terminal it asks for more likes and dislikes at the end.

  --history FILE     the packages you chose, one name a line; else those that
                     apt-mark shows as manual. All installed ones where fewer
                     than 30 are named
  --catalogue FILE   a saved output of apt-cache dumpavail
  --status FILE      what is installed (/var/lib/dpkg/status)
  --movielens DIR    films in the place of packages: ratings.csv, movies.csv
  --user ID          of MovieLens; else the one with the median count of ratings
  --state DIR        where your profile and your likes stay, on this computer
                     ($XDG_STATE_HOME/bespoke-personalize)
  --report FILE      writes all of it as one HTML page
  --ids              an item's own name is a feature too
  --seed N           of all that is random (1)
  --threads N        0: all (0). The same result for any number
)";
}
