// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a fit is given beside its data: threads, seed, progress, stop; and the two loops that run work on those threads.
//
// Results never depend on the number of threads: work is cut into units by the data alone, and partial results are
// combined in the order of the units.

#include <bespoke/core/progress.hpp>
#include <bespoke/core/scratch.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// A non-owning reference to something callable, as std::function_ref of C++26: valid while the callable lives.
template <class Signature>
class function_ref;
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, function_ref> && std::is_invocable_r_v<R, F&, Args...>)
  function_ref(F&& f) noexcept
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))), call_([](void* o, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(o))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

/// How to fit. All have defaults: `fit(spec, records, target, {.threads = 2, .seed = 7})`.
struct fit_options {
  progress_callback on_progress{};  ///< called with reports; none by default
  std::stop_token stop{};           ///< a requested stop ends the fit with errc::stopped, within one block or step
  unsigned threads = 0;             ///< 0: as many as the machine has, which is also the most that are used
  std::uint64_t seed = 1;           ///< all that is random follows from it
};

/// A fit in progress. Stages use it; hosts pass `fit_options`.
/// Thread safety: `parallel`, `reduce`, `check` and `seed` may be called from units of work; `report` from any thread.
class context {
 public:
  explicit context(fit_options options = {});
  ~context();
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  std::uint64_t seed() const noexcept { return options_.seed; }
  unsigned threads() const noexcept { return threads_; }

  /// Throws errc::stopped once a stop was requested. `parallel` and `reduce` check before each unit.
  void check() const;
  /// Passes a report on, unless nobody listens. Calls are serialised.
  void report(std::string_view stage, std::size_t done, std::size_t total) const;

  /// Runs `body(unit, scratch)` for every unit from 0 to `units - 1`, on all threads, in no particular order.
  /// Each call has the scratch of its thread inside a frame. The first exception thrown is rethrown here.
  void parallel(std::size_t units, function_ref<void(std::size_t, scratch&)> body) const;

  /// `combine(compute(unit, scratch))` for every unit: computed on all threads, combined one at a time in unit order.
  /// At most 8 results a thread wait to be combined.
  template <class Compute, class Combine>
  void reduce(std::size_t units, Compute&& compute, Combine&& combine) const {
    using partial = std::decay_t<std::invoke_result_t<Compute&, std::size_t, scratch&>>;
    const std::size_t wave = std::size_t{8} * threads_;
    std::vector<std::optional<partial>> waiting(units < wave ? units : wave);
    for (std::size_t first = 0; first < units; first += wave) {
      const std::size_t n = units - first < wave ? units - first : wave;
      parallel(n, [&](std::size_t i, scratch& s) { waiting[i].emplace(compute(first + i, s)); });
      for (std::size_t i = 0; i < n; ++i) {
        combine(std::move(*waiting[i]));
        waiting[i].reset();
      }
    }
  }

 private:
  struct pool;
  fit_options options_;
  unsigned threads_;
  std::unique_ptr<pool> pool_;
};

}  // namespace bespoke
