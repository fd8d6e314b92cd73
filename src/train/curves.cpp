// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/train/curves.hpp>

namespace bespoke {

std::vector<double> means(const std::vector<estimate>& all) {
  std::vector<double> values;
  for (const estimate& e : all) values.push_back(e.mean);
  return values;
}

namespace detail {

void check_shares(const std::vector<double>& shares) {
  if (shares.empty())
    throw error(errc::invalid_argument, {.stage = "learning_curve", .expected = "a share or more", .got = "none"});
  for (const double s : shares)
    if (!(s > 0 && s <= 1))
      throw error(errc::invalid_argument,
                  {.stage = "learning_curve", .expected = "shares above 0 and at most 1", .got = scalar_to_text(s)});
}

std::vector<fold> with_share(const std::vector<fold>& folds, label_numbers labels, double share, std::uint64_t seed) {
  auto some = share_of(folds, labels, share, seed);
  for (std::size_t f = 0; f < folds.size(); ++f) some[f].test = folds[f].test;
  return some;
}

void add_point(curve& c, double x, const trial_board& board, std::size_t candidate) {
  const trial t = board.of(candidate);
  c.x.push_back(x);
  c.test.push_back(t.score);
  c.errors.push_back(t.error);
  if (board.failure(candidate) != nullptr) {
    c.train.push_back(t.score);
    return;
  }
  std::size_t train = 0, test = 0;
  for (const fold& f : board.folds()) {
    train += f.train.size();
    test += f.test.size();
  }
  c.train.push_back(
      mean_of_folds(board.train_scores(candidate), static_cast<double>(test) / static_cast<double>(train)));
}

}  // namespace detail
}  // namespace bespoke
