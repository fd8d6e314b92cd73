// SPDX-License-Identifier: Apache-2.0
#pragma once
// The event file: what was shown to whom and what came of it, kept for learning, for audits and for erasure.
//
//     feedback::log events("events");
//     auto shown = events.append({.kind = "impression", .subject = "user 7", .item = "gimp", .propensity = 0.25f});
//     events.append({.kind = "like", .subject = "user 7", .item = "gimp", .about = shown, .value = 1});
//     for (const feedback::event& e : events.events()) …
//
// It only grows, it survives the process, and it is read while it is written. Under `durability::every_event`, an
// event whose `append` has returned is there after kill -9 and after a power failure. What such an end left unfinished
// is cut off when the file is next opened for writing, and `recovered()` tells how much. Damage before the end is an
// error, never skipped.
//
// The file, little-endian: a head of 32 bytes {"BSPKEVT\n", u32 version = 1, u32 32, u64 salt, u32 0, u32 CRC-32C of the
// 28 bytes before}, then for each event {u32 length, u32 check of salt, offset and length, u32 CRC-32C of the payload,
// payload}. Binary, because texts may hold anything (line ends, NUL, no valid UTF-8), numbers stay exact, and a torn end
// is told from damage by checksums alone; salt and offset in the check keep a text that imitates an event from being
// taken for one.

#include <bespoke/core/context.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace bespoke::feedback {

/// One thing that happened. Only `kind` should be set always; what does not apply stays empty.
struct event {
  std::uint64_t id = 0;   ///< assigned by `append`: ascending in a file; JavaScript's numbers cannot hold it, pass text
  std::string kind{};     ///< "impression", "outcome", or the host's own: "like"
  std::string subject{};  ///< whose event it is: what a request for erasure names
  std::int64_t time = 0;  ///< microseconds since 1970-01-01 UTC; 0: `append` takes the time of the call
  std::string item{};     ///< what was shown or chosen, or the answer given
  std::uint64_t about = 0;  ///< an outcome's impression: its id
  float value = 0;          ///< how good: 1 for a like, 0 for none, seconds, stars
  std::string version{};    ///< of the model that answered, as the host names it
  float propensity = 1;     ///< the probability with which the item was chosen, in (0, 1]
  std::vector<std::pair<std::string, std::string>> fields{};  ///< the record's field names and values, as text

  friend bool operator==(const event&, const event&) = default;
};

/// What `append` waits for.
enum class durability {
  every_event,  ///< until the storage has the event (fdatasync): survives a power failure; 0.1 to 10 ms
  by_system,    ///< until the system has it: survives the process, not the machine; about a microsecond
};

/// How a log is written.
struct log_options {
  feedback::durability durability = feedback::durability::every_event;
};

/// What opening a log for writing cut off its end: an append that never finished.
struct recovery {
  std::uint64_t offset = 0;  ///< where the file ends now
  std::uint64_t bytes = 0;   ///< how many bytes were cut; 0 where the file was whole
};

namespace detail {

class log_file;

/// Reads one event after the other, up to where the file ended when the cursor was made.
class log_cursor {
 public:
  log_cursor(std::shared_ptr<const log_file> file, std::uint64_t from, std::uint64_t end);
  ~log_cursor();
  log_cursor(log_cursor&&) noexcept;

  bool next(event& out);
  std::uint64_t offset() const noexcept { return at_; }

 private:
  struct window;
  bool read(event& out);
  bool sound_event_follows();

  std::shared_ptr<const log_file> file_;
  std::uint64_t at_, end_;
  std::unique_ptr<window> window_;
};

}  // namespace detail

/// The events of a log, oldest first, for one `for` loop at a time. Holds the file open.
class event_range {
 public:
  explicit event_range(detail::log_cursor cursor) : cursor_(std::move(cursor)) {}

  class iterator {
   public:
    using value_type = event;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(event_range& range) : range_(&range) { ++*this; }
    const event& operator*() const noexcept { return range_->now_; }
    const event* operator->() const noexcept { return &range_->now_; }
    iterator& operator++() {
      if (!range_->cursor_.next(range_->now_)) range_ = nullptr;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const iterator& a, std::default_sentinel_t) { return a.range_ == nullptr; }

   private:
    event_range* range_ = nullptr;
  };
  iterator begin() { return iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  detail::log_cursor cursor_;
  event now_{};
};

/// Reads a log that this or another process may be writing; never changes the file.
/// Thread safety: const calls from any thread.
class log_reader {
 public:
  /// Throws errc::io, or errc::parse where the file is no event file of a known version.
  explicit log_reader(const std::filesystem::path& path);

  /// The events that are complete now. Throws errc::parse at damage, naming file and byte.
  event_range events() const;
  /// `f(const event&)` for each event from byte `from` on; 0, or what an earlier call gave back. Gives the byte after the
  /// last complete event: where to go on later. Throws as `events`, also where no event begins at `from`.
  std::uint64_t replay(std::uint64_t from, function_ref<void(const event&)> f) const;

 private:
  std::shared_ptr<const detail::log_file> file_;
};

/// Writes a log, and reads it. One writer a file: a second one, in whatever process, is refused.
/// Thread safety: every call from any thread; appends take turns. Movable.
class log {
 public:
  /// Opens a file, or makes it (readable for its owner only: it holds what people did). Reads all of it, 1 GB/s or so,
  /// and cuts off an unfinished end. Throws errc::io (with the system's reason, or when another writer has it), or
  /// errc::parse where the file is damaged before its end or is no event file.
  explicit log(const std::filesystem::path& path, log_options options = {});
  ~log();
  log(log&&) noexcept;
  log& operator=(log&&) noexcept;

  /// Adds an event and gives the id it was assigned. When this throws (errc::io: disk full), the event is not in the
  /// file and all earlier ones are. After a failed fdatasync the log takes no more: open it anew. Throws
  /// errc::invalid_argument for a propensity that is no probability, errc::limit for an event of more than 16 MiB.
  std::uint64_t append(event e);
  /// Adds several, waits for the storage once, and sets their ids and times. Throws as above, none added; but after a
  /// power failure the first ones alone may be there.
  void append(std::span<event> several);
  /// Waits until the storage has everything: for `durability::by_system`.
  void sync();

  /// What was cut off when this log was opened.
  recovery recovered() const noexcept;
  /// Where the next event will begin: the file's size.
  std::uint64_t offset() const;

  event_range events() const;                                                          ///< as log_reader's
  std::uint64_t replay(std::uint64_t from, function_ref<void(const event&)> f) const;  ///< as log_reader's

 private:
  struct writer;
  std::unique_ptr<writer> writer_;
};

}  // namespace bespoke::feedback
