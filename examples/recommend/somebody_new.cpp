// SPDX-License-Identifier: Apache-2.0
#include "somebody_new.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <charconv>
#include <sstream>

using namespace bespoke;

namespace {

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t\r"), last = text.find_last_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

[[noreturn]] void refuse(std::string expected, const std::string& got) {
  throw error(errc::invalid_argument,
              {.stage = "somebody new", .expected = std::move(expected), .got = in_quotes(got)});
}

/// The most watched film with this in its title, whatever the case.
int film_with(const std::string& piece, const library& all) {
  std::size_t most = 0;
  int found = 0;
  for (std::size_t i = 0; i < all.seen.items.size(); ++i) {
    const std::size_t watched = all.seen.matrix.by_item[i].size();
    if (watched > most && lower(all.title(all.seen.items[i])).find(piece) != std::string::npos)
      most = watched, found = all.seen.items[i];
  }
  if (most == 0) refuse("a piece of a film's title, or a number of the list", piece);
  return found;
}

int film_named(const std::string& word, const std::vector<int>& list, const library& all) {
  std::size_t place = 0;
  const auto [end, bad] = std::from_chars(word.data(), word.data() + word.size(), place);
  const bool is_place = bad == std::errc{} && end == word.data() + word.size() && place >= 1 && place <= list.size();
  return is_place ? list[place - 1] : film_with(lower(word), all);
}

}  // namespace

std::vector<int> films_to_ask(const film_recommender& films, std::size_t count) {
  std::vector<int> some;
  const auto like_one_before = [&](int id) {
    return std::any_of(some.begin(), some.end(), [&](int before) {
      const auto near = films.similar(before, 40);
      return std::any_of(near.begin(), near.end(), [&](const auto& n) { return n.item == id && n.score > 0; });
    });
  };
  for (const auto& [id, score] : films.recommend_for({}, films.items().size())) {
    if (some.size() == count) break;
    if (!like_one_before(id)) some.push_back(id);
  }
  return some;
}

std::vector<int> films_named(const std::string& answer, const std::vector<int>& list, const library& all) {
  std::vector<int> liked;
  std::istringstream in(answer);
  for (std::string word; std::getline(in, word, ',');)
    if (!trimmed(word).empty()) liked.push_back(film_named(trimmed(word), list, all));
  return liked;
}

std::vector<past<int>> history_of(const std::vector<int>& liked) {
  std::vector<past<int>> history;
  for (const int id : liked) history.push_back({id, 5});
  return history;
}
