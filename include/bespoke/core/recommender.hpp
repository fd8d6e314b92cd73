// SPDX-License-Identifier: Apache-2.0
#pragma once
// A recommender: what to show to whom, with the host's own ids of users and items.
//
//     auto seen   = collect(interactions(&Rating::user, &Rating::movie, &Rating::stars, &Rating::at), ratings);
//     auto movies = fit(train::ease{}, seen);                                    // recommender<int, int>
//     for (auto [movie, score] : movies.recommend(42, 10)) …                     // what user 42 has not seen yet
//     for (auto [movie, score] : movies.recommend_for(liked, 10)) …              // for somebody new who liked these
//     for (auto [movie, score] : movies.similar(318, 5)) …
//     for (auto [movie, part]  : movies.explain(42, 318)) …                      // which of the user's movies speak for it
//     save(movies, "movies.safetensors");
//     auto again = load_recommender<int, int>(train::ease{}, "movies.safetensors");
//
// Whatever it was learned by (train/popularity.hpp, ease.hpp, ials.hpp, …), it is used in this one way.
//
// Some ways learn from attributes too (core/attributes.hpp), so that items that nobody has touched compete by them:
//
//     auto shop  = fit(by_attributes, seen, {.items = about});                   // about: attributes<int>
//     auto today = shop.with_items(newcomers);                                   // the same, with more items
//     for (auto [reason, part] : today.explain(42, 318, about)) …                // which of its attributes speak for it

#include <algorithm>
#include <bespoke/core/attributes.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/category_limit.hpp>
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>
#include <bespoke/core/ids.hpp>
#include <bespoke/core/interactions.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/recommender_model.hpp>
#include <bespoke/core/scratch.hpp>
#include <bespoke/core/top_k.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bespoke {

/// A way to learn a model from interactions: configuration only, an aggregate with defaults.
template <class S>
concept recommender_spec = std::copy_constructible<S> &&
                           requires(const S& s, const interaction_matrix& seen, const context& ctx, bundle_reader& r) {
                             { s.fit(seen, ctx) } -> std::convertible_to<std::shared_ptr<const recommender_model>>;
                             { s.load(r) } -> std::convertible_to<std::shared_ptr<const recommender_model>>;
                             { S::kind } -> std::convertible_to<std::string_view>;
                           };

/// One that learns from attributes too.
template <class S>
concept attribute_recommender_spec = recommender_spec<S> && requires(const S& s, const interaction_matrix& seen,
                                                                     const attribute_rows& about, const context& ctx) {
  { s.fit(seen, about, ctx) } -> std::convertible_to<std::shared_ptr<const recommender_model>>;
};

namespace detail {
/// Brings a history into ascending order of items, in place; of several of one item the last stays. Gives their number.
std::size_t order_history(std::span<std::uint32_t> items, std::span<float> values);
/// The parts other than 0, NaN not being one, with the largest absolute value, that one first.
std::span<scored> strongest_parts(std::span<const float> parts, std::span<scored> room);
/// Puts the model behind the section of its ids, asks golden histories of it, and writes the file.
void write_recommender(bundle_writer w, const recommender_model& model, std::size_t records,
                       const std::filesystem::path& path);
/// Opens a file, calls `read` with it, and asks its golden histories of the model that `read` gives. What is thrown names the
/// file.
void read_recommender(const std::filesystem::path& path,
                      function_ref<std::shared_ptr<const recommender_model>(bundle_reader&)> read);
/// Histories as they are in a bundle. Throws errc::bad_bundle unless they fit together.
sparse_rows saved_histories(const bundle_reader& r, std::size_t users, std::size_t items);
void save_histories(bundle_writer& w, const sparse_rows& histories);
}  // namespace detail

/// An item and its score, or its part of one. Text ids are views of the recommender's.
template <id Item>
struct recommended {
  typename id_table<Item>::view item{};
  float score = 0;
  friend bool operator==(const recommended&, const recommended&) = default;
};

/// Something that somebody did, for `recommend_for`.
template <id Item>
struct past {
  Item item{};
  float value = 1;
};

/// What `recommend` does with items that the user knows.
enum class known_items { hidden, shown };

/// Answers with items. Immutable; copies share what was learned. Thread safety: const calls from any thread.
///
/// A user who was never seen is one without a history: what suits everybody. An item that was never seen scores what is
/// expected of any, is like nothing, and is skipped in histories. `k` may be more than there are items. Filters are called
/// with the item's id, and only for items that would be among the best. At most so many of a category: `at_most`
/// (core/category_limit.hpp).
template <id User, id Item>
class recommender {
 public:
  using user_type = User;
  using item_type = Item;
  /// How ids are asked for: text as a view, anything else as it is.
  using user_view = typename id_table<User>::view;
  using item_view = typename id_table<Item>::view;

  recommender(interaction_table<User, Item> seen, std::shared_ptr<const recommender_model> model)
      : behind_(std::make_shared<const content>(
            content{std::make_shared<const people>(people{std::move(seen.users), std::move(seen.matrix.by_user)}),
                    std::move(seen.items), std::move(model)})) {}

  /// How well an item suits a user; in the unit that the model documents (stars, a probability, a preference).
  float score(const user_view& user, const item_view& item) const {
    return with_user(user, [&](const asked_user& asked, scratch& s) {
      return model().score(model().profile(asked, s), items().find(item), s);
    });
  }

  /// The `k` best items for a user, best first; fewer where fewer are left. Allocates the answer only.
  template <class Filter = any_item>
  std::vector<recommended<Item>> recommend(const user_view& user, std::size_t k, const Filter& filter = {},
                                           known_items known = known_items::hidden) const {
    return with_user(user, [&](const asked_user& asked, scratch& s) { return best(asked, k, filter, known, s); });
  }

  /// The same for somebody of whom only these interactions are known; of several with one item the last counts.
  template <class Filter = any_item>
  std::vector<recommended<Item>> recommend_for(std::span<const past<Item>> history, std::size_t k,
                                               const Filter& filter = {},
                                               known_items known = known_items::hidden) const {
    return with_history(history, [&](const asked_user& asked, scratch& s) { return best(asked, k, filter, known, s); });
  }
  /// The same with their attributes, a row of what the users' were learned from; for ways that learn from attributes.
  template <row Row, class Filter = any_item>
  std::vector<recommended<Item>> recommend_for(std::span<const past<Item>> history, const Row& attributes,
                                               std::size_t k, const Filter& filter = {},
                                               known_items known = known_items::hidden) const {
    return with_history(history, [&](const asked_user& asked, scratch& s) {
      return best({.history = asked.history, .attributes = detail::as_sparse(attributes, s)}, k, filter, known, s);
    });
  }

  /// The `k` items most like this one, without itself; none for an item that was never seen.
  std::vector<recommended<Item>> similar(const item_view& item, std::size_t k) const {
    const std::size_t number = items().find(item);
    if (number == items().size()) return {};
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto alike = s.take<float>(items().size());
    model().likeness(number, alike, s);
    return named(top_k(std::span<const float>(alike), room(k, s), [&](std::size_t i) { return i != number; }));
  }

  /// The `k` items of the user's history that moved the score of `item` most, strongest first, with their part of it.
  std::vector<recommended<Item>> explain(const user_view& user, const item_view& item, std::size_t k = 5) const {
    return with_user(user, [&](const asked_user& asked, scratch& s) { return explained(asked, item, k, s); });
  }
  std::vector<recommended<Item>> explain_for(std::span<const past<Item>> history, const item_view& item,
                                             std::size_t k = 5) const {
    return with_history(history, [&](const asked_user& asked, scratch& s) { return explained(asked, item, k, s); });
  }

  /// The `k` attributes of `item` that moved its score for the user most, strongest first, in the words of `about`, the
  /// attributes that were learned from.
  std::vector<named_reason> explain(const user_view& user, const item_view& item, const attributes<Item>& about,
                                    std::size_t k = 5) const {
    const std::size_t number = about.ids.find(item);
    if (number == about.ids.size()) return {};
    return with_user(user, [&](const asked_user& asked, scratch& s) {
      const sparse_row row = about.rows[number];
      const auto parts = s.take<float>(row.size());
      model().attribute_parts(model().profile(asked, s), row, parts);
      std::vector<named_reason> all;
      for (const scored& p : detail::strongest_parts(parts, s.take<scored>(std::min(k, parts.size()))))
        all.push_back({about.column_name(row.columns[p.index]), p.score});
      return all;
    });
  }

  /// This recommender with further items that nobody has touched, of which these attributes are known: rows of the features
  /// that it has learned from. Items that it has stay as they are. Shares users and their histories with this one.
  /// Throws errc::unsupported where it has not learned from attributes, errc::shape for rows of another width.
  [[nodiscard]] recommender with_items(const attributes<Item>& newcomers) const {
    content next = *behind_;
    id_table<Item> added;
    for (std::size_t n = 0; n < newcomers.ids.size(); ++n) {
      const Item one(newcomers.ids[n]);
      if (items().find(one) == items().size()) added.add(one), next.items.add(one);
    }
    next.model = model().with_items(row_for_each(newcomers, added));
    return recommender(std::make_shared<const content>(std::move(next)));
  }

  /// What the user did, as a row whose columns are `items()`; empty for one who was never seen.
  sparse_row history(const user_view& user) const {
    const std::size_t number = users().find(user);
    return number == users().size() ? nothing() : history_of(number);
  }

  const id_table<User>& users() const noexcept { return behind_->known->users; }
  const id_table<Item>& items() const noexcept { return behind_->items; }
  const recommender_model& model() const noexcept { return *behind_->model; }

  /// Ids and histories, in the section "recommender/1".
  void save(bundle_writer& w) const {
    users().save(w, "users");
    items().save(w, "items");
    detail::save_histories(w, behind_->known->histories);
  }
  /// What `save` wrote, with the model that was saved behind it.
  static recommender load(const bundle_reader& r, std::shared_ptr<const recommender_model> model) {
    interaction_table<User, Item> seen;
    seen.users = id_table<User>::load(r, "users");
    seen.items = id_table<Item>::load(r, "items");
    seen.matrix.by_user = detail::saved_histories(r, seen.users.size(), seen.items.size());
    if (model->items() != seen.items.size()) r.reject("the model knows another number of items");
    return recommender(std::move(seen), std::move(model));
  }

 private:
  struct people {
    id_table<User> users;
    sparse_rows histories;
  };
  struct content {
    std::shared_ptr<const people> known;
    id_table<Item> items;
    std::shared_ptr<const recommender_model> model;
  };
  explicit recommender(std::shared_ptr<const content> behind) : behind_(std::move(behind)) {}

  sparse_row nothing() const { return {{}, {}, items().size()}; }
  sparse_row history_of(std::size_t number) const {
    sparse_row history = behind_->known->histories[number];
    history.columns_in_all = items().size();
    return history;
  }

  template <class Use>
  auto with_user(const user_view& user, Use&& use) const {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const std::size_t number = users().find(user);
    return number == users().size() ? use(asked_user{.history = nothing()}, s)
                                    : use(asked_user{number, history_of(number)}, s);
  }

  template <class Use>
  auto with_history(std::span<const past<Item>> given, Use&& use) const {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto columns = s.take<std::uint32_t>(given.size());
    const auto values = s.take<float>(given.size());
    std::size_t n = 0;
    for (const past<Item>& p : given) {
      const std::size_t number = items().find(p.item);
      if (number == items().size()) continue;
      columns[n] = static_cast<std::uint32_t>(number);
      values[n++] = p.value;
    }
    n = detail::order_history(columns.first(n), values.first(n));
    return use(asked_user{.history = {columns.first(n), values.first(n), items().size()}}, s);
  }

  std::span<scored> room(std::size_t k, scratch& s) const { return s.take<scored>(std::min(k, items().size())); }

  template <class Filter>
  std::vector<recommended<Item>> best(const asked_user& asked, std::size_t k, const Filter& filter, known_items known,
                                      scratch& s) const {
    const auto& seen = asked.history.columns;
    const auto lets_through = [&](std::size_t i) {
      return (known == known_items::shown ||
              !std::binary_search(seen.begin(), seen.end(), static_cast<std::uint32_t>(i))) &&
             filter(items()[i]);
    };
    const auto kept = room(k, s);
    const profile_row profile = model().profile(asked, s);
    if constexpr (detail::limits_categories<Filter>) {
      const auto category_of = [&](std::size_t i) { return std::invoke(filter.category, items()[i]); };
      const auto ask = [&](std::span<scored> places, auto&& also) {
        return model().best(profile, places, [&](std::size_t i) { return also(i) && lets_through(i); }, s);
      };
      return named(detail::best_of_each(kept, filter.most, ask, category_of));
    } else {
      return named(model().best(profile, kept, lets_through, s));
    }
  }

  std::vector<recommended<Item>> explained(const asked_user& asked, const item_view& item, std::size_t k,
                                           scratch& s) const {
    const std::size_t number = items().find(item);
    if (number == items().size()) return {};
    const auto parts = s.take<float>(asked.history.size());
    model().parts(asked, number, parts, s);
    const auto strongest = detail::strongest_parts(parts, room(std::min(k, parts.size()), s));
    std::vector<recommended<Item>> all;
    for (const scored& p : strongest) all.push_back({items()[asked.history.columns[p.index]], p.score});
    return all;
  }

  std::vector<recommended<Item>> named(std::span<const scored> some) const {
    std::vector<recommended<Item>> all;
    all.reserve(some.size());
    for (const scored& one : some) all.push_back({items()[one.index], one.score});
    return all;
  }

  std::shared_ptr<const content> behind_;
};

/// Learns a recommender. Throws what the spec documents; errc::stopped.
template <recommender_spec Spec, id User, id Item>
[[nodiscard]] recommender<User, Item> fit(const Spec& spec, const interaction_table<User, Item>& seen,
                                          const fit_options& options = {}) {
  const context ctx(options);
  auto model = spec.fit(seen.matrix, ctx);
  return recommender<User, Item>(seen, std::move(model));
}

/// The same with attributes, of items, of users, or of both: `fit(by_attributes, seen, {.items = about})`. Who has attributes
/// and no interactions is known to the recommender too, under the numbers that follow.
template <attribute_recommender_spec Spec, id User, id Item>
[[nodiscard]] recommender<User, Item> fit(const Spec& spec, interaction_table<User, Item> seen,
                                          const known_attributes<User, Item>& about, const fit_options& options = {}) {
  const context ctx(options);
  const attribute_rows rows = detail::add_attributes(seen, about);
  auto model = spec.fit(seen.matrix, rows, ctx);
  return recommender<User, Item>(std::move(seen), std::move(model));
}

/// Writes a recommender to one file, as `save` of a chain does. The file holds the ids and histories of users: it is personal
/// data. Throws errc::io.
template <id User, id Item>
void save(const recommender<User, Item>& r, const std::filesystem::path& path) {
  bundle_writer w;
  bundle_writer ids = w.stage("recommender/1");
  r.save(ids);
  detail::write_recommender(w, r.model(), r.users().size(), path);
}

/// Reads a recommender back that was learned by such a spec. Throws errc::io, errc::bad_bundle, errc::bundle_mismatch (another
/// model or other ids), errc::golden_mismatch (it would answer differently here).
template <id User, id Item, recommender_spec Spec>
[[nodiscard]] recommender<User, Item> load_recommender(const Spec& spec, const std::filesystem::path& path) {
  std::optional<recommender<User, Item>> found;
  detail::read_recommender(path, [&](bundle_reader& file) -> std::shared_ptr<const recommender_model> {
    const bundle_reader ids = file.stage("recommender/1");
    bundle_reader section = file.stage(Spec::kind);
    std::shared_ptr<const recommender_model> model = spec.load(section);
    file.finish();
    found.emplace(recommender<User, Item>::load(ids, model));
    return model;
  });
  return *std::move(found);
}

}  // namespace bespoke
