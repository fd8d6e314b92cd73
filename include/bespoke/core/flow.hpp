// SPDX-License-Identifier: Apache-2.0
#pragma once
// A flow: records of the host's type that stream from a source through preprocess stages, in bounded memory.
//
// A source of one's own is a struct with `bool next(Record&)`, false at the end:
//
//     struct countdown {
//       int left = 3;
//       bool next(int& out) { return left > 0 ? (out = left--, true) : false; }
//     };
//     for (int n : flow(countdown{})) …
//
// A source that can start again also has `void rewind()`. It is moved into the flow; what it throws comes out of the
// loop or of `fit`. What it lacks, the compiler says after `static_assert(record_source<countdown>);`.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/error.hpp>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// What a flow reads from, in blocks. One thread at a time.
template <class Record>
class flow_source {
 public:
  virtual ~flow_source() = default;
  /// Replaces `out` with the next records, in order: at least one, and no more than a few blocks. False at the end.
  virtual bool next(std::vector<Record>& out) = 0;
  /// Starts again from the first record; false where that cannot be done (a queue).
  virtual bool rewind() { return false; }
};

template <class Record>
class flow;

namespace detail {
template <class S>
inline constexpr bool already_flow = false;
template <class Record>
inline constexpr bool already_flow<flow<Record>> = true;

template <class S>
struct record_of_next;
template <class S, class R>
struct record_of_next<bool (S::*)(R&)> {
  using type = R;
};
template <class S, class R>
struct record_of_next<bool (S::*)(R&) noexcept> {
  using type = R;
};
}  // namespace detail

/// A source written by the host: one record at a time. (A flow is none, though it has a `next`: that one gives many.)
template <class S>
concept record_source = !detail::already_flow<S> && std::movable<S> &&
                        requires { typename detail::record_of_next<decltype(&S::next)>::type; };

/// Records from a source. Copies share the source and read on from where it stands: a flow that was read to its end, by a
/// loop or by `fit`, gives nothing more until `rewind()`. One thread at a time.
template <class Record>
class flow {
 public:
  using record_type = Record;

  explicit flow(std::shared_ptr<flow_source<Record>> source) : source_(std::move(source)) {}

  /// From a host's own source.
  template <record_source S>
    requires std::same_as<typename detail::record_of_next<decltype(&S::next)>::type, Record>
  explicit flow(S source) : source_(std::make_shared<adapted<S>>(std::move(source))) {}

  /// The next records, in order; false at the end.
  bool next(std::vector<Record>& out) { return source_->next(out); }
  /// Starts again; false where the source cannot.
  bool rewind() { return source_->rewind(); }

  /// For `for (const Record& r : flow)`: reads on from where the flow stands.
  class iterator {
   public:
    using value_type = Record;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(flow& f) : flow_(&f) { refill(); }
    const Record& operator*() const { return block_[at_]; }
    iterator& operator++() {
      if (++at_ == block_.size()) refill();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& a, std::default_sentinel_t) { return a.flow_ == nullptr; }

   private:
    void refill() {
      at_ = 0;
      block_.clear();
      while (block_.empty())
        if (!flow_->next(block_)) {
          flow_ = nullptr;
          return;
        }
    }
    flow* flow_ = nullptr;
    std::vector<Record> block_;
    std::size_t at_ = 0;
  };
  iterator begin() { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  template <class S>
  struct adapted final : flow_source<Record> {
    explicit adapted(S s) : source(std::move(s)) {}
    bool next(std::vector<Record>& out) override {
      out.clear();
      Record r{};
      while (out.size() < block_size && source.next(r)) {
        out.push_back(std::move(r));
        r = Record{};
      }
      return !out.empty();
    }
    bool rewind() override {
      if constexpr (requires { source.rewind(); }) {
        source.rewind();
        return true;
      } else {
        return false;
      }
    }
    S source;
  };

  std::shared_ptr<flow_source<Record>> source_;
};

template <record_source S>
flow(S) -> flow<typename detail::record_of_next<decltype(&S::next)>::type>;
template <class Record>
flow(std::shared_ptr<flow_source<Record>>) -> flow<Record>;

/// All records of a flow, in memory.
template <class Record>
std::vector<Record> to_vector(flow<Record> records) {
  std::vector<Record> all, some;
  while (records.next(some))
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  return all;
}

/// A record stage of a flow: called with each block in order, it changes, drops or adds records in place.
/// `distinct` and `filter` are such stages; a host's own struct with this call and `reset` is one too.
template <class S, class Record>
concept flow_stage = std::copy_constructible<S> && requires(S s, std::vector<Record>& records) {
  s(records);
  s.reset();
};

/// A flow and a record stage after it.
template <class Record, flow_stage<Record> S>
flow<Record> through(flow<Record> records, S stage) {
  struct staged final : flow_source<Record> {
    staged(flow<Record> r, S s) : records(std::move(r)), stage(std::move(s)) {}
    bool next(std::vector<Record>& out) override {
      do {
        if (!records.next(out)) return false;
        stage(out);
      } while (out.empty());
      return true;
    }
    bool rewind() override {
      if (!records.rewind()) return false;
      stage.reset();
      return true;
    }
    flow<Record> records;
    S stage;
  };
  return flow<Record>(
      std::static_pointer_cast<flow_source<Record>>(std::make_shared<staged>(std::move(records), std::move(stage))));
}

}  // namespace bespoke
