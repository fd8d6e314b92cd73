// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/infer/published.hpp>

#include <algorithm>
#include <thread>
#include <tuple>

namespace bespoke::infer::detail {

constinit thread_local thread_slots* local_slots = nullptr;

namespace {

std::atomic<std::uint64_t> stamps{0};
std::atomic<std::size_t> values_made{0};

std::uint64_t next_stamp() { return stamps.fetch_add(1, std::memory_order_relaxed) + 1; }

// The slots of all threads that ever read something and still run.
struct registry {
  std::mutex mutex;
  std::vector<thread_slots*> threads;

  // Never destroyed: threads may end after the last static object.
  static registry& instance() {
    static registry* const all = new registry;
    return *all;
  }
};

// Empties a slot that the caller holds. The copy goes before the owner's name does: an owner that no longer finds its
// name on any slot knows that no slot has a copy left.
void empty(read_slot& s) {
  s.copy.reset();
  s.stamp.store(0, std::memory_order_relaxed);
  s.owner.store(nullptr, std::memory_order_release);
}

// Enters and leaves a thread. Leaving drops the thread's copies under the lock of the registry, that is, before or
// after any publisher's round and never in the middle of one.
struct membership {
  thread_slots slots;

  membership() {
    auto& all = registry::instance();
    const std::lock_guard lock(all.mutex);
    all.threads.push_back(&slots);
    local_slots = &slots;
  }
  ~membership() {
    local_slots = nullptr;
    auto& all = registry::instance();
    const std::lock_guard lock(all.mutex);
    std::erase(all.threads, &slots);
    for (read_slot& s : slots.at) empty(s);
  }
};

// False at the very end of a thread, when its slots are gone but destructors of other thread-locals still read.
bool enter_thread() {
  thread_local bool entered = false;
  if (entered) return false;
  entered = true;
  thread_local membership member;
  return local_slots != nullptr;
}

bool try_hold(read_slot& s) { return !s.busy.exchange(true, std::memory_order_acquire); }
void let_go(read_slot& s) { s.busy.store(false, std::memory_order_release); }

// Holds the slot that `owner` has already, an empty one, or another value's; null where that is impossible, and where
// the owner's slot is busy: then this is a read inside a read.
read_slot* slot_to_fill(thread_slots& mine, const void* owner, std::size_t home) {
  const void* const wanted[] = {owner, nullptr};
  for (const void* const name : wanted)
    for (std::size_t i = 0; i < thread_slots::count; ++i) {
      read_slot& s = mine.at[(home + i) % thread_slots::count];
      if (s.owner.load(std::memory_order_relaxed) != name) continue;
      if (try_hold(s)) return &s;
      if (name == owner) return nullptr;
    }
  for (std::size_t i = 0; i < thread_slots::count; ++i)
    if (try_hold(mine.at[(home + i) % thread_slots::count])) return &mine.at[(home + i) % thread_slots::count];
  return nullptr;
}

}  // namespace

void pin::find(const published_base& from, std::uint64_t now) {
  if (local_slots != nullptr || enter_thread()) {
    for (read_slot& s : local_slots->at)
      if (hold(s, now)) return;
    if (read_slot* const s = from.fill(*local_slots)) {
      slot_ = s;
      value_ = s->copy.get();
      return;
    }
  }
  std::tie(owned_, owned_stamp_) = from.snapshot();
  value_ = owned_.get();
}

published_base::published_base(std::shared_ptr<const void> first, live_options options)
    : stamp_(next_stamp()),
      home_(values_made.fetch_add(1, std::memory_order_relaxed) % thread_slots::count),
      options_(options),
      current_(std::move(first)) {
  if (!current_) throw error(errc::invalid_argument, {.stage = "infer::live", .problem = "the first version is null"});
}

published_base::~published_base() { take_back_all(); }

std::pair<std::shared_ptr<const void>, std::uint64_t> published_base::snapshot() const {
  const std::lock_guard lock(mutex_);
  return {current_, stamp_.load(std::memory_order_relaxed)};
}

read_slot* published_base::fill(thread_slots& mine) const {
  read_slot* const s = slot_to_fill(mine, this, home_);
  if (s == nullptr) return nullptr;
  empty(*s);
  // Under the lock, so that a publisher who has replaced this version finds the slot afterwards.
  const std::lock_guard lock(mutex_);
  s->copy = current_;
  s->stamp.store(stamp_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  s->owner.store(this, std::memory_order_relaxed);
  return s;
}

std::uint64_t published_base::publish(std::shared_ptr<const void> next) {
  if (!next) throw error(errc::invalid_argument, {.stage = "infer::live", .problem = "the version to publish is null"});
  std::uint64_t stamp;
  {
    const std::lock_guard lock(mutex_);
    retired_.reserve(retired_.size() + 2);
    retire(std::move(previous_));
    if (options_.keep_previous) previous_ = std::move(current_);
    else retire(std::move(current_));
    stamp = set_current(std::move(next));
  }
  collect();
  return stamp;
}

bool published_base::rollback() {
  {
    const std::lock_guard lock(mutex_);
    if (!previous_) return false;
    retired_.reserve(retired_.size() + 1);
    retire(std::move(current_));
    set_current(std::move(previous_));
    previous_.reset();
  }
  collect();
  return true;
}

// Two publishers at once each look for unused versions after they have emptied slots, so that one of them finds the
// last.
std::size_t published_base::collect() {
  take_back_old();
  const versions destroyed_at_the_end = unused_versions();
  const std::lock_guard lock(mutex_);
  return retired_.size();
}

std::uint64_t published_base::set_current(std::shared_ptr<const void> next) {
  current_ = std::move(next);
  const std::uint64_t stamp = next_stamp();
  stamp_.store(stamp, std::memory_order_release);
  return stamp;
}

void published_base::retire(std::shared_ptr<const void> old) {
  if (old) retired_.push_back(std::move(old));
}

// Empties the slots that hold replaced versions, in all threads, except busy ones. `retired_` still has those versions.
void published_base::take_back_old() const {
  const std::uint64_t now = version();
  auto& all = registry::instance();
  const std::lock_guard lock(all.mutex);
  for (thread_slots* t : all.threads)
    for (read_slot& s : t->at) {
      if (s.owner.load(std::memory_order_relaxed) != this || s.stamp.load(std::memory_order_relaxed) >= now) continue;
      if (!try_hold(s)) continue;
      if (s.owner.load(std::memory_order_relaxed) == this) empty(s);
      let_go(s);
    }
}

// At the end of this value's life: waits for a thread that is just now emptying a slot for another value, so that the
// last use of a version is never that thread's.
void published_base::take_back_all() const {
  auto& all = registry::instance();
  const std::lock_guard lock(all.mutex);
  for (thread_slots* t : all.threads)
    for (read_slot& s : t->at)
      while (s.owner.load(std::memory_order_acquire) == this) {
        if (!try_hold(s)) {
          if (t == local_slots) break;  // destroyed inside a read of its own: not allowed, but no reason to hang
          std::this_thread::yield();
          continue;
        }
        if (s.owner.load(std::memory_order_relaxed) == this) empty(s);
        let_go(s);
      }
}

// Only the list itself holds a version that counts one use: nobody can begin to use it any more.
published_base::versions published_base::unused_versions() {
  const std::lock_guard lock(mutex_);
  const auto unused = std::partition(retired_.begin(), retired_.end(), [](const auto& v) { return v.use_count() > 1; });
  versions out(std::make_move_iterator(unused), std::make_move_iterator(retired_.end()));
  retired_.erase(unused, retired_.end());
  return out;
}

}  // namespace bespoke::infer::detail
