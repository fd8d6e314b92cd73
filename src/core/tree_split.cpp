// SPDX-License-Identifier: Apache-2.0
#include "tree_split.hpp"

#include <algorithm>
#include <cmath>

namespace bespoke::detail {

namespace {

double times_log(double x) { return x > 0 ? x * std::log2(x) : 0.0; }

// False only where a/b + c/d is less than `bar`: the same comparison without a division, and with room for what both
// round.
bool may(double a, double b, double c, double d, double bar) { return !(a * d + c * b < bar * b * d * (1 - 1e-12)); }

// Both sides of a split while records move from the right to the left. `gain` is larger for purer sides; what is the same
// for all splits of a node is left out. Records without weight change nothing.
class gini_sides {
 public:
  gini_sides(const node_records& node, std::span<double> left) : node_(node), left_(left) {}
  void restart() {
    std::fill(left_.begin(), left_.end(), 0.0);
    weight_ = left_squares_ = right_squares_ = 0;
    for (const double t : node_.totals) right_squares_ += t * t;
  }
  static void count(const node_records& node, std::size_t i, double* sums) { sums[node.labels[i]] += node.weights[i]; }
  void move(const double* sums) {
    double l = 0, r = 0, moved = 0;
    for (std::size_t k = 0; k < left_.size(); ++k) {
      const double here = left_[k] + sums[k], there = node_.totals[k] - here;
      left_[k] = here;
      moved += sums[k];
      l += here * here;
      r += there * there;
    }
    weight_ += moved, left_squares_ = l, right_squares_ = r;
  }
  void move_one(std::size_t i) {
    const std::size_t k = node_.labels[i];
    const double w = node_.weights[i], right = node_.totals[k] - left_[k];
    left_squares_ += w * (2 * left_[k] + w);
    right_squares_ += w * (w - 2 * right);
    left_[k] += w;
    weight_ += w;
  }
  double gain() const { return left_squares_ / weight_ + right_squares_ / (node_.weight - weight_); }
  bool may_reach(double bar) const { return may(left_squares_, weight_, right_squares_, node_.weight - weight_, bar); }

 private:
  const node_records& node_;
  std::span<double> left_;
  double weight_ = 0, left_squares_ = 0, right_squares_ = 0;
};

class entropy_sides {
 public:
  entropy_sides(const node_records& node, std::span<double> left) : node_(node), left_(left) {}
  void restart() {
    std::fill(left_.begin(), left_.end(), 0.0);
    weight_ = 0;
  }
  static void count(const node_records& node, std::size_t i, double* sums) { gini_sides::count(node, i, sums); }
  void move(const double* sums) {
    for (std::size_t k = 0; k < left_.size(); ++k) left_[k] += sums[k], weight_ += sums[k];
  }
  void move_one(std::size_t i) {
    left_[node_.labels[i]] += node_.weights[i];
    weight_ += node_.weights[i];
  }
  double gain() const {
    double sum = 0;
    for (std::size_t k = 0; k < left_.size(); ++k) sum += times_log(left_[k]) + times_log(node_.totals[k] - left_[k]);
    return sum - (times_log(weight_) + times_log(node_.weight - weight_));
  }
  bool may_reach(double) const { return true; }

 private:
  const node_records& node_;
  std::span<double> left_;
  double weight_ = 0;
};

class squared_sides {
 public:
  squared_sides(const node_records& node, std::span<double>) : node_(node) {}
  void restart() { weight_ = sum_ = 0; }
  static void count(const node_records& node, std::size_t i, double* sums) {
    sums[0] += node.weights[i];
    sums[1] += node.weights[i] * node.numbers[i];
  }
  void move(const double* sums) { weight_ += sums[0], sum_ += sums[1]; }
  void move_one(std::size_t i) {
    weight_ += node_.weights[i];
    sum_ += node_.weights[i] * node_.numbers[i];
  }
  double gain() const {
    const double right = node_.totals[1] - sum_;
    return sum_ * sum_ / weight_ + right * right / (node_.weight - weight_);
  }
  bool may_reach(double bar) const {
    const double right = node_.totals[1] - sum_;
    return may(sum_ * sum_, weight_, right * right, node_.weight - weight_, bar);
  }

 private:
  const node_records& node_;
  double weight_ = 0, sum_ = 0;
};

// The records of a node by their values in a byte-coded column, which `record_codes` holds: sums and counts for each code.
template <class Sides>
class narrow_groups {
 public:
  narrow_groups(const coded_column& column, std::span<const std::uint8_t> record_codes, const node_records& node,
                std::size_t sums, scratch& s)
      : stride_(sums), missing_code_(column.known) {
    const std::size_t codes = column.known + (column.missing ? 1u : 0u);
    // Few codes come again at once, and an addition to the same place waits for the one before: so they have two places.
    const std::size_t copies = codes * sums <= few_places ? 2 : 1;
    sums_ = s.take<double>(codes * sums * copies);
    counts_ = s.take<std::uint32_t>(codes * copies);
    here_ = s.take<std::uint32_t>(codes);
    std::fill(sums_.begin(), sums_.end(), 0.0);
    std::fill(counts_.begin(), counts_.end(), 0u);
    for (std::size_t i = 0; i < record_codes.size(); ++i) {
      const std::size_t code = record_codes[i] + (i & (copies - 1)) * codes;
      ++counts_[code];
      Sides::count(node, i, sums_.data() + code * sums);
    }
    if (copies == 2) {
      for (std::size_t c = 0; c < codes; ++c) counts_[c] += counts_[codes + c];
      for (std::size_t c = 0; c < codes * sums; ++c) sums_[c] += sums_[codes * sums + c];
    }
    for (std::uint32_t code = 0; code < column.known; ++code) {
      here_[groups_] = code;
      groups_ += counts_[code] != 0 ? 1u : 0u;
    }
    missing_ = column.missing ? counts_[column.known] : 0;
  }
  std::size_t size() const { return groups_; }
  std::size_t missing() const { return missing_; }
  std::uint32_t code(std::size_t g) const { return here_[g]; }
  std::size_t count(std::size_t g) const { return counts_[here_[g]]; }
  void move(std::size_t g, Sides& sides) const { sides.move(sums_.data() + here_[g] * stride_); }
  void move_missing(Sides& sides) const { sides.move(sums_.data() + missing_code_ * stride_); }

 private:
  static constexpr std::size_t few_places = 256;
  std::size_t stride_, missing_code_, groups_ = 0, missing_ = 0;
  std::span<double> sums_;
  std::span<std::uint32_t> counts_, here_;
};

// The same by sorting them.
template <class Sides>
class sorted_groups {
 public:
  sorted_groups(const coded_column& column, const node_records& node, scratch& s) {
    const std::size_t n = node.records.size();
    order_ = s.take<std::uint64_t>(n);
    starts_ = s.take<std::uint32_t>(n + 1);
    for (std::size_t i = 0; i < n; ++i) order_[i] = std::uint64_t{column[node.records[i]]} << 32 | i;
    sort(column.known, s);
    std::uint32_t at = 0;
    for (; at < n && code_at(at) < column.known; ++at)
      if (at == 0 || code_at(at) != code_at(at - 1)) starts_[groups_++] = at;
    starts_[groups_] = at;
  }
  std::size_t size() const { return groups_; }
  std::size_t missing() const { return order_.size() - starts_[groups_]; }
  std::uint32_t code(std::size_t g) const { return code_at(starts_[g]); }
  std::size_t count(std::size_t g) const { return starts_[g + 1] - starts_[g]; }
  void move(std::size_t g, Sides& sides) const { move(starts_[g], starts_[g + 1], sides); }
  void move_missing(Sides& sides) const { move(starts_[groups_], order_.size(), sides); }

 private:
  std::uint32_t code_at(std::size_t at) const { return static_cast<std::uint32_t>(order_[at] >> 32); }
  void move(std::size_t from, std::size_t to, Sides& sides) const {
    for (std::size_t at = from; at < to; ++at) sides.move_one(static_cast<std::uint32_t>(order_[at]));
  }
  // By counting, where the codes are not many more than the records.
  void sort(std::size_t known, scratch& s) {
    const std::size_t n = order_.size();
    if (n < 64 || known > 8 * n) return std::sort(order_.begin(), order_.end());
    const scratch::frame temporaries(s);
    const auto sorted = s.take<std::uint64_t>(n);
    const auto place = s.take<std::uint32_t>(known + 2);
    std::fill(place.begin(), place.end(), 0u);
    for (const std::uint64_t o : order_) ++place[(o >> 32) + 1];
    for (std::size_t c = 1; c < place.size(); ++c) place[c] += place[c - 1];
    for (const std::uint64_t o : order_) sorted[place[o >> 32]++] = o;
    std::copy(sorted.begin(), sorted.end(), order_.begin());
  }

  std::span<std::uint64_t> order_;  // code and number in the node
  std::span<std::uint32_t> starts_;
  std::size_t groups_ = 0;
};

// Moves group after group to the left and keeps the best place, where it gains as much as `bar`.
template <class Sides, class Groups>
void sweep(const Groups& groups, Sides& sides, std::size_t records, std::size_t least, bool missing_left, double bar,
           split& best) {
  sides.restart();
  std::size_t left = 0;
  if (missing_left) groups.move_missing(sides), left = groups.missing();
  for (std::size_t g = 0; g < groups.size(); ++g) {
    groups.move(g, sides);
    left += groups.count(g);
    if (left < least || left == records || records - left < least) continue;
    if (!sides.may_reach(bar)) continue;
    const double gain = sides.gain();
    if (best.found && !(gain > best.gain)) continue;
    bar = std::max(bar, gain);
    const std::uint32_t above = g + 1 < groups.size() ? groups.code(g + 1) : split::nothing_above;
    best = {gain, best.column, groups.code(g), above, missing_left, true};
  }
}

template <class Sides, class Groups>
void search(const Groups& groups, const node_records& node, std::size_t sums, const split_rules& rules,
            std::uint32_t column, scratch& s, split& best) {
  Sides sides(node, s.take<double>(sums));
  split here{.column = column};
  const std::size_t n = node.records.size(), least = rules.min_samples_leaf;
  const double bar = best.found ? best.gain : -std::numeric_limits<double>::infinity();
  sweep(groups, sides, n, least, false, bar, here);
  if (groups.missing() != 0) sweep(groups, sides, n, least, true, std::max(bar, here.gain), here);
  if (here.better_than(best)) best = here;
}

bool all_equal(const coded_column& column, std::span<const std::uint32_t> records) {
  const std::uint32_t first = column[records[0]];
  return std::all_of(records.begin() + 1, records.end(), [&](std::uint32_t r) { return column[r] == first; });
}

// The codes of some records of a byte-coded column side by side. False where they are all the same.
bool gather(const coded_column& column, std::span<const std::uint32_t> records, std::span<std::uint8_t> codes) {
  const std::uint8_t first = column.narrow[records[0] * column.step];
  std::uint8_t differs = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    codes[i] = column.narrow[records[i] * column.step];
    differs |= static_cast<std::uint8_t>(codes[i] ^ first);
  }
  return differs != 0;
}

// Below this many records sorting them costs less than clearing sums for every code, unless these are fewer still.
constexpr std::size_t few_records = 32;

template <class Sides>
bool best_with(const tree_sample& sample, const node_records& node, std::uint32_t c, const split_rules& rules,
               scratch& s, split& best) {
  const std::size_t sums = sample.sums(), n = node.records.size();
  const coded_column column = sample.codes.column_for(c, n);
  const scratch::frame temporaries(s);
  if (column.narrow != nullptr && n >= std::min<std::size_t>(few_records, 2 * column.known)) {
    const auto codes = s.take<std::uint8_t>(n);
    if (!gather(column, node.records, codes)) return false;
    search<Sides>(narrow_groups<Sides>(column, codes, node, sums, s), node, sums, rules, c, s, best);
  } else {
    if (all_equal(column, node.records)) return false;
    search<Sides>(sorted_groups<Sides>(column, node, s), node, sums, rules, c, s, best);
  }
  return true;
}

}  // namespace

node_records::node_records(const tree_sample& sample, std::span<const std::uint32_t> of, scratch& s)
    : records(of), weights(s.take<double>(of.size())), totals(s.take<double>(sample.sums())) {
  std::fill(totals.begin(), totals.end(), 0.0);
  for (std::size_t i = 0; i < of.size(); ++i) weights[i] = sample.weight(of[i]);
  if (sample.label_count != 0) {
    labels = s.take<std::uint32_t>(of.size());
    for (std::size_t i = 0; i < of.size(); ++i) totals[labels[i] = sample.labels[of[i]]] += weights[i];
    pure = std::all_of(labels.begin(), labels.end(), [&](std::uint32_t l) { return l == labels[0]; });
    for (const double t : totals) weight += t;
    return;
  }
  numbers = s.take<double>(of.size());
  for (std::size_t i = 0; i < of.size(); ++i) {
    numbers[i] = sample.numbers[of[i]];
    totals[0] += weights[i];
    totals[1] += weights[i] * numbers[i];
  }
  pure = std::all_of(numbers.begin(), numbers.end(), [&](double y) { return y == numbers[0]; });
  weight = totals[0];
}

double impurity(split_measure measure, const node_records& node) {
  double sum = 0;
  if (measure == split_measure::squared_error) {
    const double mean = node.totals[1] / node.weight;
    for (std::size_t i = 0; i < node.numbers.size(); ++i)
      sum += node.weights[i] * (node.numbers[i] - mean) * (node.numbers[i] - mean);
    return sum / node.weight;
  }
  for (const double t : node.totals) {
    const double share = t / node.weight;
    sum += measure == split_measure::gini ? share * share : times_log(share);
  }
  return measure == split_measure::gini ? 1 - sum : -sum;
}

bool best_split(const tree_sample& sample, const node_records& node, std::uint32_t column, const split_rules& rules,
                scratch& s, split& best) {
  switch (rules.measure) {
    case split_measure::gini: return best_with<gini_sides>(sample, node, column, rules, s, best);
    case split_measure::entropy: return best_with<entropy_sides>(sample, node, column, rules, s, best);
    case split_measure::squared_error: break;
  }
  return best_with<squared_sides>(sample, node, column, rules, s, best);
}

}  // namespace bespoke::detail
