// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/context.hpp>
#include <bespoke/core/error.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <mutex>

namespace bespoke {

namespace {

/// TBB prints a warning where an arena asks for more threads than the process may use, and gives no more.
int allowed(unsigned threads) {
  const auto most = tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism);
  return static_cast<int>(std::min<std::size_t>(threads, most));
}

/// What came before a loop is seen by its units, and what they did by what comes after: oneTBB sees to that. It is said
/// again here for ThreadSanitizer, which cannot look into libtbb; beside a block of records it costs nothing.
class loop_order {
 public:
  ~loop_order() { ended_.load(std::memory_order_acquire); }

  class unit {
   public:
    explicit unit(loop_order& o) : order_(o) { order_.ended_.load(std::memory_order_acquire); }
    ~unit() { order_.ended_.fetch_add(1, std::memory_order_acq_rel); }
    unit(const unit&) = delete;
    unit& operator=(const unit&) = delete;

   private:
    loop_order& order_;
  };

  loop_order() { ended_.store(0, std::memory_order_release); }

 private:
  std::atomic<std::size_t> ended_;
};

}  // namespace

struct context::pool {
  explicit pool(unsigned threads) : arena(allowed(threads)) {}
  tbb::task_arena arena;
  std::mutex reporting;
};

context::context(fit_options options)
    : options_(std::move(options)),
      threads_(options_.threads != 0 ? options_.threads : static_cast<unsigned>(tbb::info::default_concurrency())),
      pool_(std::make_unique<pool>(threads_)) {}

context::~context() = default;

void context::check() const {
  if (options_.stop.stop_requested())
    throw error(errc::stopped, {.stage = "fit", .problem = "a stop was requested", .advice = "nothing was changed"});
}

void context::report(std::string_view stage, std::size_t done, std::size_t total) const {
  if (!options_.on_progress) return;
  const std::lock_guard lock(pool_->reporting);
  options_.on_progress({stage, done, total});
}

void context::parallel(std::size_t units, function_ref<void(std::size_t, scratch&)> body) const {
  loop_order order;
  const auto one = [&](std::size_t i) {
    const loop_order::unit unit(order);
    check();
    scratch& s = scratch::local();
    const scratch::frame frame(s);
    body(i, s);
  };
  if (threads_ == 1 || units == 1) {
    for (std::size_t i = 0; i < units; ++i) one(i);
    return;
  }
  // Isolated, so that a thread waiting inside a unit does not begin another unit of the same loop.
  pool_->arena.execute([&] {
    tbb::this_task_arena::isolate(
        [&] { tbb::parallel_for(std::size_t{0}, units, std::size_t{1}, one, tbb::simple_partitioner{}); });
  });
}

}  // namespace bespoke
