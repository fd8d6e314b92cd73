// SPDX-License-Identifier: Apache-2.0
#include <bespoke/train/cross_validate.hpp>

#include <algorithm>
#include <numeric>

namespace bespoke::detail {

fit_options fitting(const validation_options& o) {
  return {.on_progress = o.on_progress, .stop = o.stop, .threads = o.threads, .seed = o.seed};
}

cross_validated only_candidate(const trial_board& board, const truth& actual, const std::string& metric_name) {
  if (const error* e = board.failure(0)) throw e->within("cross_validate");
  const trial t = board.of(0);
  cross_validated found{.metric = metric_name, .score = t.score, .fold_scores = t.fold_scores};
  found.folds.assign(board.folds().begin(), board.folds().end());
  found.label_names = actual.names;
  std::vector<std::size_t> records;
  predictions all;
  for (std::size_t f = 0; f < found.folds.size(); ++f) {
    all.append(board.kept(0, f));
    records.insert(records.end(), found.folds[f].test.begin(), found.folds[f].test.end());
  }
  std::vector<std::size_t> order(records.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return records[a] < records[b]; });
  found.predicted = all.part(order);
  for (const std::size_t o : order) found.records.push_back(records[o]);
  return found;
}

}  // namespace bespoke::detail
