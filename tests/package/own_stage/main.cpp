// SPDX-License-Identifier: Apache-2.0
// Two stages of the host's own between the library's: one that cleans a number, one that turns a text into a row.

#include <algorithm>
#include <bespoke/bespoke.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>
using namespace bespoke;

namespace {

struct Ticket {
  std::string body{};
  float amount{};
  std::string queue{};
};

/// Cuts off the smallest and the largest values, by the quantiles of the training values: float → float.
struct clip {
  float share = 0.01f;  ///< of the values, on each side

  struct fitted {
    static constexpr std::string_view kind = "clip/1";
    using output_type = float;
    float low, high;
    float operator()(float x) const { return std::clamp(x, low, high); }
    void save(bundle_writer& w) const { w.put("low", double{low}), w.put("high", double{high}); }
  };

  template <class Y>
  fitted fit(const blocks<float>& x, const blocks<Y>&, const context& ctx) const {
    std::vector<float> all(x.size());
    x.for_each(ctx, [&](const block<float>& b) { std::copy(b.begin(), b.end(), all.data() + b.first()); });
    std::sort(all.begin(), all.end());
    const auto cut = static_cast<std::size_t>(share * static_cast<float>(all.size() - 1));
    return {all[cut], all[all.size() - 1 - cut]};
  }

  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    return {static_cast<float>(r.number("low")), static_cast<float>(r.number("high"))};
  }
};

/// How long a text is beside the longest of training, and how loud it is: std::string → dense_row of 2 columns.
struct text_shape {
  struct fitted {
    static constexpr std::string_view kind = "text_shape/1";
    using output_type = dense_row;
    std::int64_t longest;

    dense_row operator()(const std::string& text, scratch& s) const {
      auto out = s.take<float>(width());  // lives as long as the record's way through the chain
      out[0] = static_cast<float>(text.size()) / static_cast<float>(longest);
      out[1] = static_cast<float>(std::count(text.begin(), text.end(), '!'));
      return {out};
    }
    std::size_t width() const { return 2; }
    std::string column_name(std::size_t column) const { return column == 0 ? "length" : "exclamation marks"; }
    std::string golden(std::uint64_t random) const { return std::string(random % 20, '!'); }
    void save(bundle_writer& w) const { w.put("longest", longest); }
  };

  template <class Y>
  fitted fit(const blocks<std::string>& x, const blocks<Y>&, const context& ctx) const {
    std::size_t longest = 1;
    const auto of_block = [](const block<std::string>& b) {
      std::size_t most = 0;
      for (const std::string& text : b) most = std::max(most, text.size());
      return most;
    };
    x.reduce(ctx, of_block, [&](std::size_t most) { longest = std::max(longest, most); });
    return {static_cast<std::int64_t>(longest)};
  }

  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    const std::int64_t longest = r.integer("longest");
    if (longest < 1) r.reject("the longest text has no length");
    return {longest};
  }
};

std::vector<Ticket> training() {
  std::vector<Ticket> tickets;
  for (int i = 0; i < 50; ++i) {
    const auto amount = static_cast<float>(i);
    tickets.push_back({"please send me a statement", amount, "calm"});
    tickets.push_back({"where is my money!!! now!!", amount, "angry"});
  }
  tickets[0].amount = 1e9f;  // a slip of the keyboard
  return tickets;
}

int failures = 0;
void expect(bool right, const char* what) {
  if (!right) std::printf("wrong: %s\n", what), ++failures;
}

}  // namespace

int main() {
  const auto tickets = training();
  const auto spec =
      fuse(field("amount", &Ticket::amount) | clip{.share = 0.05f} | features::standardize{},
           field("body", &Ticket::body) | text_shape{}, field("body", &Ticket::body) | features::tfidf{}) |
      train::linear_svm{};
  const auto route = fit(spec, tickets, &Ticket::queue);

  const Ticket loud{"give it back!!!!", 20, ""}, quiet{"thank you for the statement", 20, ""};
  expect(route(loud).label() == "angry", "a loud ticket is angry");
  expect(route(quiet).label() == "calm", "a quiet ticket is calm");
  const auto why = route.reasons(quiet, 3);
  expect(!why.empty() && why.front().name.starts_with("body"), "reasons name the columns of the stage");
  const Ticket huge{"thank you for the statement", 1e9f, ""}, large{"thank you for the statement", 49, ""};
  expect(route(huge) == route(large), "what is too large counts as the largest");

  save(route, "route.safetensors");
  const auto again = load(spec, "route.safetensors", &Ticket::queue);
  for (const Ticket& t : tickets) expect(again(t) == route(t), "what was loaded answers as what was saved");
  const auto& golden = again.summary().golden.at(0).fields;  // amount: made up by standardize, behind clip
  expect(golden.at(0).second != to_text(0.0f) && golden.at(1).first == "body", "golden records come from the stages");

  const std::vector<Ticket> asked{loud, quiet, huge};
  const auto many = route(asked);
  for (std::size_t i = 0; i < asked.size(); ++i) expect(many[i] == route(asked[i]), "one record equals many");
  for (const auto& w : why) std::printf("%s %+.3f\n", w.name.c_str(), w.contribution);
  return failures;
}
