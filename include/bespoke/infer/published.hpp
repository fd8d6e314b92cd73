// SPDX-License-Identifier: Apache-2.0
#pragma once
// One value that is replaced while many threads read it: what `live` stands on.
//
// Readers neither wait for a publisher nor for each other. How it works: every version carries a stamp, drawn from one
// counter of the process and never reused. Each thread has a small fixed array of slots {busy, stamp, copy}. A read
// sets `busy` of its slot, compares the slot's stamp with the current one, uses the copy where it lies, and clears
// `busy`. `busy` is a lock that nobody waits for:
//
//   - a read inside a read finds its slot busy, and takes an owning snapshot instead;
//   - a publisher empties all slots that are not busy, so that idle threads keep nothing;
//   - a version that is still in use when it is replaced is kept on a list and destroyed by a later publish, so that
//     the reader who is last to leave a version never pays for its destruction.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::infer {

/// How versions are kept.
struct live_options {
  bool keep_previous = true;  ///< keep the version before the current one for `rollback()`; costs its memory
};

namespace detail {

/// A thread's copy of the current version of one published value. Whoever turned `busy` on may touch the rest.
struct read_slot {
  std::atomic<bool> busy{false};
  std::atomic<std::uint64_t> stamp{0};      // 0: empty; also read, as a hint, without `busy`
  std::atomic<const void*> owner{nullptr};  // the published value it belongs to; also read as a hint
  std::shared_ptr<const void> copy{};
};

/// The slots of one thread. A thread that reads more values than this in turn still gets right answers, more slowly.
struct alignas(64) thread_slots {
  static constexpr std::size_t count = 8;
  std::array<read_slot, count> at{};
};

/// This thread's slots; null before its first read and after its last.
extern constinit thread_local thread_slots* local_slots;

/// `published` without the type.
class published_base {
 public:
  published_base(std::shared_ptr<const void> first, live_options options);
  ~published_base();
  published_base(const published_base&) = delete;
  published_base& operator=(const published_base&) = delete;

  std::uint64_t version() const noexcept { return stamp_.load(std::memory_order_acquire); }
  std::uint64_t publish(std::shared_ptr<const void> next);
  bool rollback();
  std::size_t collect();
  std::pair<std::shared_ptr<const void>, std::uint64_t> snapshot() const;

 private:
  friend class pin;
  using versions = std::vector<std::shared_ptr<const void>>;

  std::uint64_t set_current(std::shared_ptr<const void> next);
  void retire(std::shared_ptr<const void> old);
  read_slot* fill(thread_slots& mine) const;
  void take_back_old() const;
  void take_back_all() const;
  versions unused_versions();

  std::atomic<std::uint64_t> stamp_;
  const std::size_t home_;  // where this value's slot is looked for first
  const live_options options_;
  mutable std::mutex mutex_;  // guards what follows, and the filling of slots; never held while a version is destroyed
  std::shared_ptr<const void> current_, previous_;
  versions retired_;  // replaced while somebody still used them
};

/// One read in progress.
class pin {
 public:
  explicit pin(const published_base& from) {
    const std::uint64_t now = from.stamp_.load(std::memory_order_acquire);
    if (local_slots == nullptr || !hold(local_slots->at[from.home_], now)) find(from, now);
  }
  ~pin() {
    if (slot_ != nullptr) slot_->busy.store(false, std::memory_order_release);
  }
  pin(const pin&) = delete;
  pin& operator=(const pin&) = delete;

  const void* get() const noexcept { return value_; }
  std::uint64_t stamp() const noexcept {
    return slot_ != nullptr ? slot_->stamp.load(std::memory_order_relaxed) : owned_stamp_;
  }

 private:
  // Stamps are unique in the process: the right stamp is the right copy, whichever value the slot served before.
  bool hold(read_slot& s, std::uint64_t now) noexcept {
    if (s.stamp.load(std::memory_order_relaxed) != now) return false;
    if (s.busy.exchange(true, std::memory_order_acquire)) return false;
    if (s.stamp.load(std::memory_order_relaxed) == now) {
      slot_ = &s;
      value_ = s.copy.get();
      return true;
    }
    s.busy.store(false, std::memory_order_release);
    return false;
  }
  void find(const published_base& from, std::uint64_t now);

  read_slot* slot_ = nullptr;
  const void* value_ = nullptr;
  std::shared_ptr<const void> owned_{};  // instead of a slot
  std::uint64_t owned_stamp_ = 0;
};

}  // namespace detail

/// Holds the current immutable version of a `T`; readers use it while others publish new ones.
///
/// Thread safety: every call from any thread, except construction and destruction: the object must outlive the reads.
/// Cost: a read is about 6 ns, allocates nothing and takes no lock; the first read of a thread after a publish takes
/// one lock for the time of copying a pointer.
template <class T>
class published {
 public:
  /// Starts with a version; it must not be null.
  explicit published(std::shared_ptr<const T> first, live_options options = {}) : base_(std::move(first), options) {}

  /// `f(const T&)`, or `f(const T&, std::uint64_t stamp)`, with the version current now, which stays alive during the call.
  /// Reads may nest. What `f` gives back must not view the version; take a `snapshot()` for that.
  template <class F>
  decltype(auto) read(F&& f) const {
    const detail::pin pin(base_);
    const T& value = *static_cast<const T*>(pin.get());
    if constexpr (std::is_invocable_v<F, const T&, std::uint64_t>) return std::forward<F>(f)(value, pin.stamp());
    else return std::forward<F>(f)(value);
  }

  /// The version current now, owned: may be kept and moved to other threads.
  std::shared_ptr<const T> snapshot() const { return std::static_pointer_cast<const T>(base_.snapshot().first); }

  /// The stamp of the current version: larger for a later publish, and different for each publish in this process.
  std::uint64_t version() const noexcept { return base_.version(); }

  /// Makes `next` the current version and gives its stamp. Reads that begin after it has returned use it. Destroys,
  /// here, old versions that nobody uses any more.
  std::uint64_t publish(std::shared_ptr<const T> next) { return base_.publish(std::move(next)); }

  /// Publishes the version before the current one again, under a new stamp, once: the current one is forgotten, so that
  /// a second call in a row finds nothing. False where there is none.
  bool rollback() { return base_.rollback(); }

  /// Destroys old versions that were in use when they were replaced and are no more; `publish` does so too.
  /// Gives the number that is still in use.
  std::size_t collect() { return base_.collect(); }

 private:
  detail::published_base base_;
};

}  // namespace bespoke::infer
