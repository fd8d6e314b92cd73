// SPDX-License-Identifier: Apache-2.0
// Factors by iALS and what is asked of them, on the interactions of made_up.hpp. With 64 factors but where it says so.
//
//   bench_recommend als FACTORS THREADS ITERATIONS   prints the seconds of an iteration, the median
//   bench_recommend objective ITERATIONS FILE        prints the objective after so many iterations; writes the interactions
//   bench_recommend topk ROUNDS FILE                 prints the median microseconds of a user's best 10 of all items and the
//                                                    allocations of an answer; writes factors and answers
//   bench_recommend topk_all THREADS ROUNDS FILE     prints users a second, for the best 10 of all of them; writes the same
//   bench_recommend fold_in GROUPS FILE              prints the median microseconds in which a user is folded in, and the share
//                                                    of the best 10 unseen items of a model that was learned with the user that
//                                                    one gives, too, that was not; writes items, histories and rows
//
// Files are for the questions' peer.py: arrays, each behind its number of values.

#include <bespoke/core/interactions.hpp>
#include <bespoke/train/ials.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "counted_allocations.hpp"
#include "made_up.hpp"

namespace {

using namespace bespoke;

using made_up_interactions::items, made_up_interactions::made_up, made_up_interactions::users;

constexpr std::size_t k = 10;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> all) {
  std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2), all.end());
  return all[all.size() / 2];
}

void als(std::size_t factors, unsigned threads, std::size_t iterations) {
  std::vector<double> ends;
  const context ctx({.on_progress = [&](const progress&) { ends.push_back(seconds()); }, .threads = threads});
  train::ials{.factors = factors, .iterations = iterations + 1}.fit(made_up(), ctx);
  std::vector<double> taken;
  for (std::size_t i = 1; i < ends.size(); ++i) taken.push_back(ends[i] - ends[i - 1]);
  std::printf("%.4f\n", median(taken));
}

template <class T>
void write(std::ofstream& out, std::span<const T> values) {
  const std::uint64_t n = values.size();
  out.write(reinterpret_cast<const char*>(&n), sizeof n);
  out.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size_bytes()));
}

void objective(std::size_t iterations, const std::string& file) {
  const auto seen = made_up();
  const context ctx;
  std::ofstream out(file, std::ios::binary);
  write(out, seen.by_user.offsets());
  write(out, seen.by_user.columns());
  std::printf("%.2f\n", train::ials{.iterations = iterations}.fit(seen, ctx)->objective(seen, ctx));
}

void write(const std::string& file, const train::user_item_factors& factors, const std::vector<std::uint32_t>& best) {
  std::ofstream out(file, std::ios::binary);
  write(out, factors.users().values());
  write(out, factors.items().rows().values());
  write(out, std::span<const std::uint32_t>(best));
}

void topk(int rounds, const std::string& file) {
  const auto model = train::ials{.iterations = 4}.fit(made_up(), context());
  scored room[k];
  std::vector<std::uint32_t> all(users * k);
  std::vector<double> taken;
  const auto answer = [&](std::size_t u) {
    scratch& s = scratch::local();
    const scratch::frame temporaries(s);
    const auto best = model->best(model->profile({.number = u}, s), room, any_index{}, s);
    for (std::size_t i = 0; i < best.size(); ++i) all[u * k + i] = static_cast<std::uint32_t>(best[i].index);
  };
  for (std::size_t u = 0; u < users; ++u) answer(u);
  counting = true;
  for (std::size_t u = 0; u < users; ++u) answer(u);
  counting = false;
  for (int round = 0; round < rounds; ++round)
    for (std::size_t u = 0; u < users; ++u) {
      const double start = seconds();
      answer(u);
      taken.push_back(1e6 * (seconds() - start));
    }
  write(file, model->factors(), all);
  std::printf("%.2f %.4f\n", median(taken), static_cast<double>(counted.load()) / users);
}

void topk_all(unsigned threads, int rounds, const std::string& file) {
  const auto seen = made_up();
  const context ctx({.threads = threads});
  const auto model = train::ials{.iterations = 4}.fit(seen, ctx);
  std::vector<scored> room(users * k);
  std::vector<std::size_t> found(users);
  std::vector<double> taken;
  for (int round = 0; round < rounds; ++round) {
    const double start = seconds();
    model->factors().items().top_k_of_all(
        model->factors().users(), k, [](std::size_t, std::size_t) { return true; }, room, found, ctx);
    taken.push_back(seconds() - start);
  }
  std::vector<std::uint32_t> best;
  for (const scored& one : room) best.push_back(static_cast<std::uint32_t>(one.index));
  write(file, model->factors(), best);
  std::printf("%.0f\n", users / median(taken));
}

// The interactions without those of every `groups`-th user from `first` on.
interaction_matrix without(const interaction_matrix& seen, std::size_t first, std::size_t step) {
  sparse_rows rows(items);
  for (std::size_t u = 0; u < users; ++u) rows.append(u % step != first ? seen.by_user[u] : sparse_row{{}, {}, items});
  return matrix_of(std::move(rows));
}

std::vector<std::size_t> best_unseen(const train::ials::model& model, const asked_user& user) {
  scratch& s = scratch::local();
  const scratch::frame temporaries(s);
  const auto& known = user.history.columns;
  scored room[k];
  std::vector<std::size_t> all;
  for (const scored& one : model.best(
           model.profile(user, s), room,
           [&](std::size_t i) { return !std::binary_search(known.begin(), known.end(), std::uint32_t(i)); }, s))
    all.push_back(one.index);
  return all;
}

// Each group leaves out one user of 302, whom nothing was learned from.
void fold_in(std::size_t groups, const std::string& file) {
  constexpr std::size_t step = 302;
  const auto seen = made_up();
  const context ctx;
  const auto all = train::ials{}.fit(seen, ctx);
  std::ofstream out(file, std::ios::binary);
  std::vector<double> taken;
  std::size_t same = 0, asked = 0;
  std::vector<float> row(64);
  for (std::size_t g = 0; g < groups; ++g) {
    const auto fewer = train::ials{}.fit(without(seen, g, step), ctx);
    write(out, fewer->factors().items().rows().values());
    std::vector<float> rows;
    for (std::size_t u = g; u < users; u += step) {
      const double start = seconds();
      fewer->fold_in(seen.by_user[u], row, scratch::local());
      taken.push_back(1e6 * (seconds() - start));
      rows.insert(rows.end(), row.begin(), row.end());
      write(out, seen.by_user[u].columns);
      const auto ours = best_unseen(*fewer, {.history = seen.by_user[u]});
      for (const std::size_t i : best_unseen(*all, {u, seen.by_user[u]}))
        same += static_cast<std::size_t>(std::count(ours.begin(), ours.end(), i));
      asked += k;
    }
    write(out, std::span<const float>(rows));
  }
  std::printf("%.2f %.4f\n", median(taken), static_cast<double>(same) / static_cast<double>(asked));
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> a(argv + 1, argv + argc);
  const std::string what = a.empty() ? "" : a[0];
  if (what == "als" && argc == 5) als(std::stoul(a[1]), static_cast<unsigned>(std::stoul(a[2])), std::stoul(a[3]));
  else if (what == "objective" && argc == 4) objective(std::stoul(a[1]), a[2]);
  else if (what == "topk" && argc == 4) topk(std::stoi(a[1]), a[2]);
  else if (what == "topk_all" && argc == 5) topk_all(static_cast<unsigned>(std::stoul(a[1])), std::stoi(a[2]), a[3]);
  else if (what == "fold_in" && argc == 4) fold_in(std::stoul(a[1]), a[2]);
  else return std::fprintf(stderr, "usage: see the head of benchmarks/recommend/bench.cpp\n"), 2;
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "bench_recommend: %s\n", e.what());
  return 1;
}
