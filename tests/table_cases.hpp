// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of stages for numbers share: tables of the oracles, fits, and files that were tampered with.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch.hpp"
#include "oracle.hpp"
#include "stage_properties.hpp"

namespace bespoke_test {

inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
inline constexpr float infinity = std::numeric_limits<float>::infinity();

using table = std::vector<std::vector<float>>;

/// A table of an oracle, where null is NaN.
inline table table_of(const nlohmann::json& j) {
  table t;
  for (const auto& row : j) {
    t.emplace_back();
    for (const auto& v : row) t.back().push_back(v.is_null() ? not_a_number : v.get<float>());
  }
  return t;
}

template <class In, class S>
auto fitted_to(const S& spec, const bespoke::blocks<In>& x, unsigned threads = 2) {
  return spec.fit(x, no_targets(x.size()), bespoke::context({.threads = threads}));
}
template <class T, class S>
auto fitted_to_values(const S& spec, std::vector<T> values, unsigned threads = 2) {
  return fitted_to(spec, bespoke::own(std::move(values)), threads);
}
template <class S>
auto fitted_to_table(const S& spec, const table& t, unsigned threads = 2) {
  return fitted_to<bespoke::dense_row>(spec, dense_blocks(t), threads);
}

/// The largest |difference| / max(1, |expected|) between what a stage gives for the rows of `x` and what is expected;
/// an expected NaN is not compared.
template <class F>
double largest_difference(const F& f, const table& x, const nlohmann::json& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto out = row_of(f, bespoke::dense_row{x[i]});
    REQUIRE(out.size() == expected[i].size());
    for (std::size_t c = 0; c < out.size(); ++c) {
      if (expected[i][c].is_null()) continue;
      const double e = expected[i][c].get<double>();
      largest = std::max(largest, std::fabs(out[c] - e) / std::max(1.0, std::fabs(e)));
    }
  }
  return largest;
}

/// Numbers that vary, the same in every run.
inline table sample_table(std::size_t rows, std::size_t width) {
  table t(rows, std::vector<float>(width));
  std::uint32_t state = 12345;
  for (auto& row : t)
    for (float& v : row) {
      state = state * 1664525u + 1013904223u;
      v = static_cast<float>(state >> 8) / 65536.0f - 100.0f;
    }
  return t;
}
inline std::vector<float> sample_numbers(std::size_t n) {
  std::vector<float> all;
  for (const auto& row : sample_table(n, 1)) all.push_back(row[0]);
  return all;
}

/// Loads the file with each byte changed in turn, and cut off at each: every time it loads and answers, or throws
/// bespoke::error. Gives how often it threw.
template <class In, class Y = bespoke::none, class S>
std::size_t refused_when_damaged(const S& spec, const std::string& bytes, const In& asked) {
  std::size_t refused = 0;
  const auto attempt = [&](const std::string& damaged) {
    try {
      const auto f = loaded<In, Y>(spec, damaged);
      bespoke::scratch& s = bespoke::scratch::local();
      const bespoke::scratch::frame frame(s);
      (void)bespoke::apply(f, asked, s);
    } catch (const bespoke::error&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string damaged = bytes;
      damaged[i] = static_cast<char>(damaged[i] ^ change);
      attempt(damaged);
    }
    attempt(bytes.substr(0, i));
  }
  return refused;
}

}  // namespace bespoke_test
