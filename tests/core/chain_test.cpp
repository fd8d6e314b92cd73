// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"

#include <bespoke/core/fit.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace bespoke;

namespace {

struct Word {
  std::string text{};
  float price{};
};
const std::vector<Word> some{{"a", 1}, {"bb", 2}, {"ccc", 6}};

std::vector<std::string> fitted_in_order;

/// Subtracts the mean of its training values.
struct centre {
  struct fitted {
    static constexpr std::string_view kind = "centre/1";
    using output_type = float;
    double mean = 0;
    float operator()(float x) const { return static_cast<float>(x - mean); }
    void save(bundle_writer& w) const { w.put("mean", mean); }
  };
  template <class Y>
  fitted fit(const blocks<float>& x, const blocks<Y>&, const context& ctx) const {
    fitted_in_order.push_back("centre");
    double sum = 0;
    x.reduce(
        ctx,
        [](const block<float>& b) {
          double part = 0;
          for (const float v : b) part += v;
          return part;
        },
        [&](double part) { sum += part; });
    return {sum / static_cast<double>(x.size())};
  }
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    return {r.number("mean")};
  }
};

/// Both numbers and their reasons: the sign of a row of two.
struct pair_row {
  struct fitted {
    static constexpr std::string_view kind = "pair/1";
    using output_type = dense_row;
    dense_row operator()(float x, scratch& s) const {
      auto out = s.take<float>(2);
      out[0] = x;
      out[1] = 10;
      return {out};
    }
    std::size_t width() const { return 2; }
    std::string column_name(std::size_t c) const { return c == 0 ? "value" : "ten"; }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<float>&, const blocks<Y>&, const context&) const {
    fitted_in_order.push_back("pair");
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

/// A learner whose answer is the sum of the row and of the mean target.
struct sum_of_row {
  static constexpr bool supervised = true;
  template <class In>
  static constexpr bool accepts = is_row<In>;
  struct fitted {
    static constexpr std::string_view kind = "sum/1";
    using output_type = float;
    double mean = 0;
    float operator()(const dense_row& r) const {
      double sum = mean;
      for (const float v : r.values) sum += v;
      return static_cast<float>(sum);
    }
    std::vector<reason> reasons(const dense_row& r, std::size_t k) const {
      return top_contributions(r, [](std::size_t) { return 1.0f; }, k);
    }
    template <class Y>
    fitted updated(const blocks<dense_row>&, const blocks<Y>& y, const context& ctx) && {
      double sum = 0;
      y.reduce(
          ctx,
          [](const block<Y>& b) {
            double part = 0;
            for (const Y& v : b) part += static_cast<double>(v);
            return part;
          },
          [&](double part) { sum += part; });
      return {mean + sum};
    }
    void save(bundle_writer& w) const { w.put("mean", mean); }
  };
  template <class Y>
  fitted fit(const blocks<dense_row>& x, const blocks<Y>& y, const context& ctx) const {
    fitted_in_order.push_back("sum");
    const double n = static_cast<double>(x.size());
    return {fitted{}.updated(x, y, ctx).mean / n};
  }
  template <class In, class Y>
  fitted load(bundle_reader& r) const {
    return {r.number("mean")};
  }
};

/// A last stage whose reasons are no columns.
struct first_of_row {
  struct fitted {
    static constexpr std::string_view kind = "first/1";
    using output_type = float;
    float operator()(const dense_row& r) const { return r[0]; }
    std::vector<named_reason> reasons(const dense_row& r, std::size_t k, scratch& s) const {
      const auto parts = s.take<float>(1);
      parts[0] = r[0];
      return k == 0 ? std::vector<named_reason>{} : std::vector<named_reason>{{"itself", parts[0]}};
    }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<dense_row>&, const blocks<Y>&, const context&) const {
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

auto spec() { return field("price", &Word::price) | centre{} | pair_row{} | sum_of_row{}; }

}  // namespace

TEST_CASE("stages are fitted from left to right, each to what the one before gives") {
  fitted_in_order.clear();
  const auto f = fit(spec(), some, &Word::price);
  CHECK(fitted_in_order == std::vector<std::string>{"centre", "pair", "sum"});
  CHECK(f.stage().stage<1>().mean == 3);
  CHECK(f(Word{"x", 5}) == 15);  // 5 - 3, 10, and the mean target 3
  CHECK(f(some) == std::vector<float>{11, 12, 16});
}

TEST_CASE("| is associative") {
  const auto left = (field("price", &Word::price) | centre{}) | (pair_row{} | sum_of_row{});
  static_assert(std::is_same_v<decltype(left), const decltype(spec())>);
  CHECK(fit(left, some, &Word::price)(some) == fit(spec(), some, &Word::price)(some));
}

TEST_CASE("generic stages are checked when it is known what they read") {
  const std::vector<float> numbers{1, 2, 6};
  const auto f = fit(centre{} | pair_row{}, numbers);
  CHECK(f(numbers).width() == 2);
  CHECK(f(2.0f)[0][0] == -1);
}

TEST_CASE("reasons come with the names of the columns") {
  const auto f = fit(spec(), some, &Word::price);
  const auto why = f.reasons(Word{"x", 5}, 2);
  REQUIRE(why.size() == 2);
  CHECK(why[0].name == "ten");
  CHECK(why[0].contribution == 10);
  CHECK(why[1].name == "value");
  CHECK(why[1].contribution == 2);
}

TEST_CASE("a last stage may name its reasons itself, in a chain of any length") {
  const auto f = fit(field("price", &Word::price) | centre{} | pair_row{} | first_of_row{}, some);
  const auto why = f.reasons(Word{"x", 5}, 2);
  REQUIRE(why.size() == 1);
  CHECK(why[0].name == "itself");
  CHECK(why[0].contribution == 2);
  CHECK(f.reasons(Word{"x", 5}, 0).empty());
  const fitted_chain<dense_row, first_of_row::fitted> alone(first_of_row::fitted{});
  scratch s;
  CHECK(alone.reasons(dense_row{std::vector<float>{7, 1}}, 1, s).at(0).contribution == 7);
}

TEST_CASE("a chain whose stages need no scratch needs none") {
  const auto plain = field("price", &Word::price) | centre{} | map("half/1", [](float x) { return x / 2; });
  const auto f = fit(plain, some);
  static_assert(!needs_scratch<std::remove_cvref_t<decltype(f.stage())>, Word>);
  CHECK(f(Word{"x", 5}) == 1);
  static_assert(needs_scratch<std::remove_cvref_t<decltype(fit(spec(), some, &Word::price).stage())>, Word>);
}

TEST_CASE("a chain learns more at its last stage, its features stay") {
  const auto f = fit(spec(), some, &Word::price);
  const auto next = updated(f, std::span<const Word>(some), &Word::price);
  CHECK(next.stage().stage<1>().mean == 3);
  CHECK(next(Word{"x", 5}) == 15 + 9);
  CHECK(f(Word{"x", 5}) == 15);
}
