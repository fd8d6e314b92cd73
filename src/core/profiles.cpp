// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/core/profiles.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

namespace bespoke {

namespace {

[[noreturn]] void refuse(const char* expected, std::string got, std::size_t record = error_details::unknown) {
  throw error(errc::invalid_argument,
              {.stage = "profiles", .record = record, .expected = expected, .got = std::move(got)});
}

void check(const profile_options& how) {
  if (!std::isfinite(how.half_life) || how.half_life < 0)
    refuse("a half_life of 0 or more seconds", fmt::format("{}", how.half_life));
  if (how.centred && !how.by_value) refuse("by_value with centred, which is about values", "false");
  if (how.centred && how.by == aggregated::most) refuse("aggregated::mean or sum with centred", "most");
}

void check_times(const profile_options& how, const interaction_matrix& seen) {
  if (how.half_life > 0 && seen.times.size() != seen.size())
    throw error(errc::invalid_argument, {.stage = "profiles",
                                         .problem = "half_life is given, but interactions have no times",
                                         .advice = "collect them with a time: interactions(user, item, value, time)"});
}

double left_after(double seconds, double half_life) { return half_life > 0 ? std::exp2(-seconds / half_life) : 1; }

float as_float(double sum, std::size_t record = error_details::unknown) {
  const auto v = static_cast<float>(sum);
  if (!std::isfinite(v)) refuse("sums that a float can hold", fmt::format("{}", sum), record);
  return v;
}

// What is kept of two where the larger one counts.
double larger(double a, double b) {
  const double x = std::fabs(a), y = std::fabs(b);
  return x > y || (!(y > x) && a > b) ? a : b;
}

/// What each interaction of each user counts: c·v, and c.
struct counted {
  std::vector<double> weights, left;
};

counted count(const interaction_matrix& seen, const profile_options& how) {
  counted all;
  const std::int64_t latest = seen.times.empty() ? 0 : *std::max_element(seen.times.begin(), seen.times.end());
  std::size_t n = 0;
  for (std::size_t u = 0; u < seen.users(); ++u) {
    const auto values = seen.by_user[u].values;
    double mean = 0;
    for (const float v : values) mean += static_cast<double>(v) / static_cast<double>(values.size());
    for (const float v : values) {
      const double age = how.half_life > 0 ? static_cast<double>(latest) - static_cast<double>(seen.times[n]) : 0;
      const double value = how.by_value ? static_cast<double>(v) - (how.centred ? mean : 0) : 1;
      all.left.push_back(left_after(age, how.half_life));
      all.weights.push_back(all.left.back() * value);
      ++n;
    }
  }
  return all;
}

/// The same in the order of the items' rows.
counted by_item(const counted& of, const interaction_matrix& seen) {
  counted all{std::vector<double>(of.weights.size()), std::vector<double>(of.left.size())};
  std::vector<std::uint64_t> next(seen.by_item.offsets().begin(), seen.by_item.offsets().end());
  for (std::size_t n = 0; n < of.weights.size(); ++n) {
    const std::uint64_t at = next[seen.by_user.columns()[n]]++;
    all.weights[at] = of.weights[n];
    all.left[at] = of.left[n];
  }
  return all;
}

/// Sums over columns of which few are touched. Its memory is in a scratch.
class column_sums {
 public:
  column_sums(std::size_t width, scratch& s)
      : sums_(s.take<double>(width)), known_(s.take<bool>(width)), touched_(s.take<std::uint32_t>(width)) {
    std::fill(known_.begin(), known_.end(), false);
  }

  template <class Combine>
  void add(const sparse_row& row, double weight, Combine&& combine) {
    for_each_value(row, [&](std::size_t c, float v) {
      const double one = weight * static_cast<double>(v);
      if (!known_[c]) known_[c] = true, sums_[c] = one, touched_[size_++] = static_cast<std::uint32_t>(c);
      else sums_[c] = combine(sums_[c], one);
    });
  }

  /// Calls `f(column, sum)` for those that were touched, ascending, and forgets them.
  template <class F>
  void take(F&& f) {
    std::sort(touched_.begin(), touched_.begin() + static_cast<std::ptrdiff_t>(size_));
    for (const std::uint32_t c : touched_.first(size_)) known_[c] = false, f(c, sums_[c]);
    size_ = 0;
  }

 private:
  std::span<double> sums_;
  std::span<bool> known_;
  std::span<std::uint32_t> touched_;
  std::size_t size_ = 0;
};

void add_profile(const sparse_row& touched, std::size_t first, const counted& of, const sparse_rows& about,
                 const profile_options& how, column_sums& sums) {
  for (std::size_t i = 0; i < touched.size(); ++i) {
    const sparse_row row = about[touched.columns[i]];
    const double weight = of.weights[first + i];
    if (how.by == aggregated::most) sums.add(row, weight, larger);
    else sums.add(row, weight, std::plus<>());
  }
}

/// A row for each row of `touched`, whose columns are rows of `about`.
sparse_rows aggregate(const sparse_rows& touched, const counted& of, const sparse_rows& about,
                      const profile_options& how, const context& ctx) {
  constexpr std::size_t unit = 64;
  sparse_rows all(about.width());
  const auto make = [&](std::size_t u, scratch& s) {
    column_sums sums(about.width(), s);
    sparse_rows some(about.width());
    std::vector<std::uint32_t> columns;
    std::vector<float> values;
    for (std::size_t n = u * unit; n < std::min(touched.size(), (u + 1) * unit); ++n) {
      const std::size_t first = touched.offsets()[n], end = touched.offsets()[n + 1];
      add_profile(touched[n], first, of, about, how, sums);
      double whole = 0;
      for (std::size_t i = first; i < end; ++i) whole += of.left[i];
      columns.clear(), values.clear();
      sums.take([&](std::uint32_t c, double sum) {
        if (how.by == aggregated::mean) sum = whole > 0 ? sum / whole : 0;
        const float v = as_float(sum, n);
        if (v != 0) columns.push_back(c), values.push_back(v);
      });
      some.append({columns, values, about.width()});
    }
    return some;
  };
  ctx.reduce((touched.size() + unit - 1) / unit, make, [&](const sparse_rows& some) {
    for (std::size_t n = 0; n < some.size(); ++n) all.append(some[n]);
    ctx.report("profiles", all.size(), touched.size());
  });
  return all;
}

}  // namespace

namespace detail {

sparse_rows profiles_of_users(const interaction_matrix& seen, const sparse_rows& items, const profile_options& how,
                              const context& ctx) {
  check(how);
  check_times(how, seen);
  return aggregate(seen.by_user, count(seen, how), items, how, ctx);
}

sparse_rows profiles_of_items(const interaction_matrix& seen, const sparse_rows& users, const profile_options& how,
                              const context& ctx) {
  check(how);
  check_times(how, seen);
  return aggregate(seen.by_item, by_item(count(seen, how), seen), users, how, ctx);
}

sparse_rows side_by_side(const sparse_rows& a, const sparse_rows& b) {
  const std::size_t width = a.width() + b.width();
  if (width > std::size_t{std::numeric_limits<std::uint32_t>::max()} + 1)
    throw error(errc::limit, {.stage = "profiles", .problem = fmt::format("{} columns are too many", width)});
  sparse_rows all(width);
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  for (std::size_t n = 0; n < a.size(); ++n) {
    columns.assign(a[n].columns.begin(), a[n].columns.end());
    values.assign(a[n].values.begin(), a[n].values.end());
    for_each_value(b[n], [&](std::size_t c, float v) {
      columns.push_back(static_cast<std::uint32_t>(a.width() + c));
      values.push_back(v);
    });
    all.append({columns, values, width});
  }
  return all;
}

std::vector<std::string> names_side_by_side(const sparse_rows& a, const std::vector<std::string>& names_of_a,
                                            const sparse_rows& b, const std::vector<std::string>& names_of_b) {
  if (names_of_a.empty() && names_of_b.empty()) return {};
  std::vector<std::string> all = names_of_a;
  for (std::size_t c = all.size(); c < a.width(); ++c) all.push_back(fmt::format("column {}", c));
  all.insert(all.end(), names_of_b.begin(), names_of_b.end());
  for (std::size_t c = all.size() - a.width(); c < b.width(); ++c) all.push_back(fmt::format("column {}", c));
  return all;
}

}  // namespace detail

growing_profile::growing_profile(const profile_options& how, std::size_t width) : how_(how), width_(width) {
  check(how);
}

double growing_profile::left(std::int64_t from, std::int64_t to) const {
  return left_after(static_cast<double>(to) - static_cast<double>(from), how_.half_life);
}

// Columns that are new come in with 0, all in one pass from behind.
void growing_profile::make_room(const sparse_row& about) {
  const auto known = [&](std::uint32_t c) { return std::binary_search(columns_.begin(), columns_.end(), c); };
  const auto more = static_cast<std::size_t>(
      std::count_if(about.columns.begin(), about.columns.end(), [&](std::uint32_t c) { return !known(c); }));
  std::size_t from = columns_.size(), next = about.size();
  for (auto* sums : {&weighted_, &plain_}) sums->resize(from + more);
  columns_.resize(from + more);
  for (std::size_t to = columns_.size(); to > from;) {
    const bool here = from > 0 && (next == 0 || columns_[from - 1] >= about.columns[next - 1]);
    if (here && next > 0 && columns_[from - 1] == about.columns[next - 1]) --next;
    --to;
    columns_[to] = here ? columns_[from - 1] : about.columns[next - 1];
    weighted_[to] = here ? weighted_[from - 1] : 0;
    plain_[to] = here ? plain_[from - 1] : 0;
    here ? --from : --next;
  }
}

void growing_profile::add(const sparse_row& about, float value, std::int64_t at) {
  if (about.width() != width_)
    throw error(errc::shape, {.stage = "profiles",
                              .expected = fmt::format("a row of {} columns", width_),
                              .got = fmt::format("{}", about.width())});
  const auto is_finite = [](float v) { return std::isfinite(v); };
  if (!is_finite(value)) refuse("a finite value", fmt::format("{}", value));
  if (!std::all_of(about.values.begin(), about.values.end(), is_finite)) refuse("finite numbers in the row", "others");
  make_room(about);
  if (size_ == 0) latest_ = at;
  if (at > latest_) {
    const double less = left(latest_, at);
    for (auto* sums : {&weighted_, &plain_})
      for (double& v : *sums) v *= less;
    weight_ *= less;
    latest_ = at;
  }
  const double c = left(at, latest_), v = how_.by_value ? static_cast<double>(value) : 1;
  std::size_t n = 0;
  for_each_value(about, [&](std::size_t column, float x) {
    while (columns_[n] != column) ++n;
    const double one = c * v * static_cast<double>(x);
    weighted_[n] = how_.by == aggregated::most ? larger(weighted_[n], one) : weighted_[n] + one;
    plain_[n] += c * static_cast<double>(x);
  });
  weight_ += c;
  values_ += static_cast<double>(value);
  ++size_;
}

sparse_rows growing_profile::row(std::int64_t now) const {
  const double mean = how_.centred && size_ > 0 ? values_ / static_cast<double>(size_) : 0;
  double factor = left(latest_, std::max(now, latest_));
  if (how_.by == aggregated::mean) factor = weight_ > 0 ? 1 / weight_ : 0;
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
  for (std::size_t n = 0; n < columns_.size(); ++n) {
    const float v = as_float((weighted_[n] - mean * plain_[n]) * factor);
    if (v != 0) columns.push_back(columns_[n]), values.push_back(v);
  }
  sparse_rows one(width_);
  one.append({columns, values, width_});
  return one;
}

void growing_profile::save(bundle_writer& w) const {
  w.put("by", static_cast<std::int64_t>(how_.by));
  w.put("half_life", how_.half_life);
  w.put("by_value", how_.by_value);
  w.put("centred", how_.centred);
  w.put("width", width_);
  w.put("size", size_);
  w.put("weight", weight_);
  w.put("values", values_);
  w.put("latest", latest_);
  w.put("columns", std::span<const std::uint32_t>(columns_));
  w.put("weighted", std::span<const double>(weighted_));
  w.put("plain", std::span<const double>(plain_));
}

growing_profile growing_profile::load(const bundle_reader& r, const profile_options& how) {
  r.must_equal("by", static_cast<std::int64_t>(how.by));
  r.must_equal("half_life", how.half_life);
  r.must_equal("by_value", how.by_value);
  r.must_equal("centred", how.centred);
  const std::int64_t width = r.integer("width"), size = r.integer("size");
  if (width < 0 || size < 0) r.reject("the width or the number of interactions is negative");
  growing_profile p(how, static_cast<std::size_t>(width));
  p.size_ = static_cast<std::size_t>(size);
  p.weight_ = r.number("weight");
  p.values_ = r.number("values");
  p.latest_ = r.integer("latest");
  const auto columns = r.tensor<std::uint32_t>("columns");
  const auto weighted = r.tensor<double>("weighted", columns.size());
  const auto plain = r.tensor<double>("plain", columns.size());
  if (std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>()) != columns.end() ||
      (!columns.empty() && columns.back() >= p.width_))
    r.reject("the columns are not in ascending order, or there are too many");
  const auto is_finite = [](double v) { return std::isfinite(v); };
  if (!std::all_of(weighted.begin(), weighted.end(), is_finite) ||
      !std::all_of(plain.begin(), plain.end(), is_finite) || !is_finite(p.weight_) || !is_finite(p.values_) ||
      p.weight_ < 0)
    r.reject("a sum is not finite");
  p.columns_.assign(columns.begin(), columns.end());
  p.weighted_.assign(weighted.begin(), weighted.end());
  p.plain_.assign(plain.begin(), plain.end());
  return p;
}

}  // namespace bespoke
