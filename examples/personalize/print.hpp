// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the terminal shows, at most 80 columns wide.

#include <bespoke/core/reasons.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "evaluate.hpp"

/// 63666 as "63,666".
std::string thousands(std::size_t n);
/// 0.125 as "0.13" for two digits.
std::string fixed(double value, int digits);

/// 0.00000031 as "3e-07".
std::string scientific(double value);

/// Times the stages of the job, and shows a line for each when it is done.
class stopwatch {
 public:
  /// "  learned your profile     from 134 packages of yours            0.42 s"
  void show(std::string_view stage, const std::string& detail);
  double total() const;

 private:
  using clock = std::chrono::steady_clock;
  static double seconds_since(clock::time_point then);
  clock::time_point start_ = clock::now(), last_ = start_;
};

/// One recommended item.
struct recommendation {
  std::string name, about;
  std::vector<bespoke::named_reason> reasons;
  std::string was;  ///< where it stood before a like or dislike; empty where nothing is compared
};

/// {"tag: game::board", "section: games", "tag: game::strategy"} as "tag game::board, game::strategy; section games": the
/// strongest ones, as many as `width` columns hold.
std::string why(const std::vector<bespoke::named_reason>& reasons, std::size_t width);

void show(const evaluation& e, const std::string& protocol);
void show(const std::vector<recommendation>& list);
/// One paragraph, broken into lines.
void show(const std::string& paragraph);
void show_title(const std::string& title);
/// A paragraph after an empty line.
void show_notice(const std::string& notice);
