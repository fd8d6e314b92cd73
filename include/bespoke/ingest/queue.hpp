// SPDX-License-Identifier: Apache-2.0
#pragma once
// A queue between the host and a flow: what users upload, pushed from any thread, read as records.
//
//     ingest::queue<Ticket> uploads{.capacity = 10'000};
//     uploads.push(ticket);                        // from the host's threads; waits while the queue is full
//     uploads.close();                             // what was pushed is still delivered, then the flow ends
//     for (const Ticket& t : uploads.records()) …  // from one thread

#include <algorithm>
#include <bespoke/core/flow.hpp>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace bespoke::ingest {

namespace detail {
template <class Record>
class channel final : public flow_source<Record> {
 public:
  explicit channel(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}

  bool push(Record& r, bool wait) {
    std::unique_lock lock(mutex_);
    if (wait) room_.wait(lock, [&] { return closed_ || waiting_.size() < capacity_; });
    if (closed_ || waiting_.size() >= capacity_) return false;
    waiting_.push_back(std::move(r));
    lock.unlock();
    filled_.notify_one();
    return true;
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    room_.notify_all();
    filled_.notify_all();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

  bool next(std::vector<Record>& out) override {
    out.clear();
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    const auto n = static_cast<std::ptrdiff_t>(std::min(block_size, waiting_.size()));
    out.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + n));
    waiting_.erase(waiting_.begin(), waiting_.begin() + n);
    lock.unlock();
    room_.notify_all();
    return n != 0;
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable room_, filled_;
  std::deque<Record> waiting_;
  bool closed_ = false;
};
}  // namespace detail

/// Holds up to `capacity` records. Copies share the queue, and the flow keeps it alive.
/// Thread safety: every member from any thread. Each call O(1).
template <class Record>
struct queue {
  std::size_t capacity = block_size;  ///< at least 1
  std::shared_ptr<detail::channel<Record>> shared =
      std::make_shared<detail::channel<Record>>(capacity);  ///< leave as it is

  /// Waits while the queue is full. False, and the record is dropped, where the queue was closed.
  bool push(Record r) { return shared->push(r, true); }
  /// False at once where the queue is full or closed.
  bool try_push(Record r) { return shared->push(r, false); }
  /// No more pushes; records that wait are still delivered. May be called more than once.
  void close() { shared->close(); }
  /// Records that wait to be read.
  std::size_t size() const { return shared->size(); }

  /// What was pushed, up to 1,024 records at a time, waiting for the next one; ends once the queue is closed and empty.
  /// Cannot rewind. Several flows of one queue share it: each record goes to one of them.
  flow<Record> records() const { return flow<Record>(std::static_pointer_cast<flow_source<Record>>(shared)); }
};

}  // namespace bespoke::ingest
