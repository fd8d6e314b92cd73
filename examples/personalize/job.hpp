// SPDX-License-Identifier: Apache-2.0
#pragma once
// The job, whatever the items are: features → rows → a profile → a list with reasons → likes → the next profile.

#include <algorithm>
#include <bespoke/bespoke.hpp>
#include <bespoke/infer/top_k.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "evaluate.hpp"
#include "print.hpp"
#include "profile.hpp"
#include "report_page.hpp"
#include "state.hpp"
#include "suggest.hpp"

/// What is known before anything is learned. An `Item` has a `name`, `about(item)` and `add_to(digest, item)`.
template <class Item>
struct task {
  std::string what{};      ///< "package"
  std::string user{};      ///< whose choices, likes and dislikes these are
  std::string protocol{};  ///< how the held-out items were chosen, in a sentence
  std::vector<Item> items{};
  indices chosen{};                 ///< by the user
  indices others{};                 ///< not chosen
  indices recommendable{};          ///< of these, what a list may hold
  std::vector<float> popularity{};  ///< the method to compare with
  std::vector<split> splits{};      ///< to measure by
  rating_split ratings{};           ///< empty where nobody gave stars
};

/// Stands for the items, the choices and the seed: a profile learned from the same needs not be learned again.
template <class Item>
std::string fingerprint(const task<Item>& t, std::uint64_t seed) {
  bespoke::digest d;
  for (const Item& item : t.items) add_to(d, item);
  for (const indices* list : {&t.chosen, &t.others}) d.add(std::as_bytes(std::span<const std::size_t>(*list)));
  d.add(seed);
  return d.hex();
}

template <class Item, class Features>
class job {
 public:
  job(task<Item> t, Features features, const arguments& args, stopwatch& clock)
      : task_(std::move(t)),
        features_(std::move(features)),
        args_(args),
        clock_(clock),
        state_(args.state, task_.user),
        open_(task_.items.size()) {
    for (std::size_t i = 0; i < task_.items.size(); ++i) row_of_.emplace(task_.items[i].name, i);
    for (const std::size_t i : task_.recommendable) open_[i] = true;
  }

  /// All of it: learn or load, measure, recommend, take opinions, keep. False where an opinion was about nothing known.
  bool run() {
    start();
    show_list(ten(), "Ten for you");
    bool known = true;
    for (const opinion& o : args_.opinions) known &= take(o);
    tell_notices();
    if (!args_.report.empty()) write_report();
    return known;
  }

  /// A like or dislike: the profile is another one from now on, and the event is kept. False for an unknown name.
  bool take(const opinion& o) {
    const auto at = row_of_.find(o.item);
    if (at == row_of_.end())
      return show_notice("There is no " + task_.what + " \"" + o.item + "\"." + suggestion(o.item)), false;
    const auto before = best(all_places);
    state_.remember(o, taste_->summary().training_digest.substr(0, 12));
    learn_from(o.like, at->second);
    show_list(ten(&before), std::string("You ") + (o.like ? "like " : "dislike ") + o.item + ". Ten for you now");
    return true;
  }

 private:
  using spec_type = decltype(std::declval<Features>() | profile_spec);
  using function = decltype(bespoke::load<float>(std::declval<const spec_type&>(), std::filesystem::path()));
  static constexpr std::size_t all_places = static_cast<std::size_t>(-1);

  bespoke::fit_options options() const {
    return {.on_progress = bespoke::progress_bar{}, .threads = args_.threads, .seed = args_.seed};
  }

  void start() {
    const std::string print = fingerprint(task_, args_.seed);
    if (auto saved = state_.saved_profile(features_ | profile_spec, print)) use(*std::move(saved));
    else learn_anew(print);
    replay();
    tell_notices();
    show(evaluation_, task_.protocol + (measured_now_ ? "" : " Measured when your profile was learned."));
  }

  /// The rows follow from the features, so the bundle needs not hold them.
  void use(function saved) {
    const bespoke::context ctx(options());
    rows_ = collect(
        applied(saved.stage().template stage<0>(), bespoke::blocks<Item>(std::span<const Item>(task_.items))), ctx);
    evaluation_ = from_figures(saved.summary().metrics);
    taste_ = std::move(saved);
    clock_.show("loaded your profile", state_.folder().string());
    if (!args_.report.empty()) measure();
  }

  void learn_anew(const std::string& print) {
    auto [features, rows] = fit_rows(features_, task_.items, options());
    rows_ = std::move(rows);
    clock_.show("features", thousands(rows_.width()) + " columns, " + thousands(rows_.stored()) + " values");
    const bespoke::context ctx(options());
    taste_ = bespoke::followed_by<float>(features,
                                         learn(lesson_from(rows_, task_.chosen, task_.others, args_.seed), ctx), print);
    clock_.show("your profile", "from " + thousands(task_.chosen.size()) + " " + task_.what + "s you chose");
    measure();
    state_.keep_profile(*taste_, figures(evaluation_));
    clock_.show("saved", state_.folder().string());
  }

  void measure() {
    measured_now_ = true;
    const bespoke::context ctx(options());
    evaluation_ = evaluate(rows_, task_.others, task_.popularity, task_.splits, args_.seed, ctx);
    if (!task_.ratings.held_out.empty()) evaluation_.rmse = rating_errors(rows_, task_.ratings, ctx);
    clock_.show("measured",
                task_.splits.size() == 1 ? "with the latest choices held out" : "with each choice held out once");
  }

  void replay() {
    std::size_t known = 0;
    for (const opinion& o : state_.opinions())
      if (const auto at = row_of_.find(o.item); at != row_of_.end()) learn_from(o.like, at->second), ++known;
    if (known != 0) clock_.show("your likes so far", thousands(known) + " from earlier runs");
  }

  /// What is said counts for more than what is done: 2 for a like, where 1 is for what was chosen; −1 for a dislike, where
  /// 0 means no more than that it was not chosen.
  void learn_from(bool like, std::size_t item) {
    const std::span<const Item> one(&task_.items[item], 1);
    taste_ = updated(*taste_, one, [like](const Item&) { return like ? 2.0f : -1.0f; }, {.threads = 1});
    open_[item] = false;  // it is known what the user thinks of it
  }

  std::vector<bespoke::scored> best(std::size_t k) const {
    return bespoke::infer::top_k(taste_->stage().last(), rows_, k, [&](std::size_t i) { return open_[i]; });
  }

  std::vector<recommendation> ten(const std::vector<bespoke::scored>* before = nullptr) const {
    std::vector<recommendation> list;
    for (const bespoke::scored& s : best(list_length)) {
      const Item& item = task_.items[s.index];
      const std::string was = before ? place_in(*before, s.index, list.size()) : "";
      list.push_back({item.name, about(item), taste_->reasons(item, 5), was});
    }
    return list;
  }

  /// "was 43" for what stood at the 43rd place, "same" for what stands where it stood.
  static std::string place_in(const std::vector<bespoke::scored>& list, std::size_t item, std::size_t now) {
    const auto at = std::find_if(list.begin(), list.end(), [=](const auto& s) { return s.index == item; });
    const auto place = static_cast<std::size_t>(at - list.begin());
    return place == now ? "same" : "was " + thousands(place + 1);
  }

  void show_list(std::vector<recommendation> list, const std::string& title) {
    show_title(title);
    show(list);
    if (list.empty()) show("Nothing is left to recommend.");
    lists_.emplace_back(title, std::move(list));
  }

  void tell_notices() {
    for (const std::string& notice : state_.take_notices()) show_notice(notice);
  }

  std::string suggestion(const std::string& name) const {
    const auto near = near_names(name, task_.items, [](const Item& i) -> std::string_view { return i.name; });
    return near.empty() ? "" : " Did you mean " + near + "?";
  }

  void write_report() {
    write_page(args_.report, {task_.what, task_.protocol, evaluation_, lists_});
    show_notice("The report is in " + args_.report.string());
  }

  task<Item> task_;
  Features features_;
  const arguments& args_;
  stopwatch& clock_;
  state state_;
  std::vector<char> open_;  ///< what can still be recommended
  std::unordered_map<std::string_view, std::size_t> row_of_;
  std::optional<function> taste_;
  bespoke::sparse_rows rows_;
  evaluation evaluation_;
  bool measured_now_ = false;
  std::vector<std::pair<std::string, std::vector<recommendation>>> lists_;
};

template <class Item, class Features>
job(task<Item>, Features, const arguments&, stopwatch&) -> job<Item, Features>;
