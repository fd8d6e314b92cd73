// SPDX-License-Identifier: Apache-2.0
#pragma once
// Long work reports itself and can be stopped. C++17-clean.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bespoke {

/// One report of long work. Views are valid only during the callback.
struct progress {
  std::string_view stage{};  ///< what is at work: "tfidf", "linear_svm"
  std::size_t done = 0;      ///< units finished: records, blocks or epochs
  std::size_t total = 0;     ///< units in all, 0 where that is not known yet
};

/// Called from one thread at a time, in order of `done` within a stage; keep it short.
using progress_callback = std::function<void(const progress&)>;

/// A progress bar for a terminal: one line on standard error, redrawn at most ten times a second, cleared at the end.
/// Prints nothing where standard error is no terminal. Pass it as `.on_progress = progress_bar{}`.
/// Thread safety: as progress_callback, calls come one at a time; copies share one line.
class progress_bar {
 public:
  progress_bar();
  void operator()(const progress& p) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bespoke
