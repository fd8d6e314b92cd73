// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/feedback/log.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <mutex>
#include <random>
#include <system_error>
#include <utility>

#include "core/file.hpp"
#include "log_format.hpp"

namespace bespoke::feedback {

namespace {

namespace fs = std::filesystem;
using bespoke::detail::descriptor;

error io_error(const fs::path& path, std::string_view act, int code, std::string advice = {}) {
  return error(errc::io, {.stage = "feedback::log",
                          .source = path.string(),
                          .problem = fmt::format("cannot {}: {}", act, std::generic_category().message(code)),
                          .advice = std::move(advice)});
}

error no_event_file(const fs::path& path, std::string problem) {
  return error(errc::parse, {.stage = "feedback::log", .source = path.string(), .problem = std::move(problem)});
}

template <class Call>
auto restarted(Call call) {
  decltype(call()) answer;
  do answer = call();
  while (answer == -1 && errno == EINTR);
  return answer;
}

std::uint64_t random_bits() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::int64_t microseconds_now() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

namespace detail {

/// An open event file. Reads are at given places, so any number of cursors may share it.
class log_file {
 public:
  log_file(fs::path path, int flags) : path_(std::move(path)) {
    fd_ = descriptor(restarted([&] { return ::open(path_.c_str(), flags | O_CLOEXEC, 0600); }));
    if (!fd_) throw io_error(path_, "open", errno);
    struct stat about{};
    if (::fstat(fd(), &about) != 0) throw io_error(path_, "look at", errno);
    if (!S_ISREG(about.st_mode)) throw io_error(path_, "use what is no regular file", EINVAL);
  }

  int fd() const noexcept { return fd_.get(); }
  const fs::path& path() const noexcept { return path_; }
  std::uint64_t salt() const noexcept { return salt_; }

  std::uint64_t size() const {
    struct stat about{};
    if (::fstat(fd(), &about) != 0) throw io_error(path_, "look at", errno);
    return static_cast<std::uint64_t>(about.st_size);
  }

  /// Fills `to` from byte `at`; gives fewer bytes only at the end of the file.
  std::size_t read(std::uint64_t at, char* to, std::size_t n) const {
    std::size_t got = 0;
    while (got < n) {
      const auto more = restarted([&] { return ::pread(fd(), to + got, n - got, static_cast<off_t>(at + got)); });
      if (more < 0) throw io_error(path_, "read", errno);
      if (more == 0) break;
      got += static_cast<std::size_t>(more);
    }
    return got;
  }

  /// Writes `bytes` from byte `at`; gives 0, or the system's reason.
  int write(std::uint64_t at, std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = restarted([&] { return ::pwrite(fd(), bytes.data(), bytes.size(), static_cast<off_t>(at)); });
      if (n <= 0) return n == 0 ? EIO : errno;
      bytes.remove_prefix(static_cast<std::size_t>(n));
      at += static_cast<std::uint64_t>(n);
    }
    return 0;
  }

  /// Takes the salt from the file's head. False where the file ends within the head: its making was interrupted.
  bool read_head() {
    std::string head(head_size, '\0');
    head.resize(read(0, head.data(), head.size()));
    if (!head.starts_with(magic.substr(0, head.size()))) throw no_event_file(path_, "this is no event file");
    if (head.size() < head_size) return false;
    const auto salt = salt_of(head);
    if (!salt) throw no_event_file(path_, "the file's head, its first 32 bytes, is damaged");
    if (version_of(head) != format_version)
      throw no_event_file(path_, fmt::format("the file has format version {}, and this library reads version {}",
                                             version_of(head), format_version));
    salt_ = *salt;
    return true;
  }

  void write_head() {
    salt_ = random_bits();
    if (const int code = write(0, file_head(salt_))) throw io_error(path_, "write", code);
    sync_all();
    const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
    const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0) throw io_error(folder, "synchronise the folder", errno);
  }

  void cut(std::uint64_t end) {
    if (restarted([&] { return ::ftruncate(fd(), static_cast<off_t>(end)); }) != 0)
      throw io_error(path_, "cut the unfinished end off", errno);
    sync_all();
  }

  void sync_all() const {
    if (restarted([&] { return ::fsync(fd()); }) != 0) throw io_error(path_, "synchronise", errno);
  }

 private:
  fs::path path_;
  descriptor fd_;
  std::uint64_t salt_ = 0;
};

/// The part of the file that a cursor has in memory.
struct log_cursor::window {
  static constexpr std::size_t step = std::size_t{256} << 10;

  /// The `n` bytes from `at`, or as many as there are before `end`.
  std::string_view bytes(const log_file& file, std::uint64_t at, std::uint64_t n, std::uint64_t end) {
    n = std::min(n, end - at);
    if (at < begin_ || at + n > begin_ + held_) load(file, at, std::min(std::max<std::uint64_t>(n, step), end - at));
    const std::uint64_t from = std::min<std::uint64_t>(at - begin_, held_);
    return std::string_view(memory_.data(), held_).substr(from, n);
  }
  void forget() noexcept { held_ = 0; }

 private:
  void load(const log_file& file, std::uint64_t at, std::uint64_t n) {
    if (memory_.size() < n) memory_.resize(n);
    begin_ = at;
    held_ = 0;
    held_ = file.read(at, memory_.data(), n);
  }

  std::string memory_;
  std::uint64_t begin_ = 0;
  std::size_t held_ = 0;
};

log_cursor::log_cursor(std::shared_ptr<const log_file> file, std::uint64_t from, std::uint64_t end)
    : file_(std::move(file)), at_(std::max<std::uint64_t>(from, head_size)), end_(end), window_(new window) {
  if (from > end || (from != 0 && from < head_size))
    throw error(errc::invalid_argument, {.stage = "feedback::log",
                                         .source = file_->path().string(),
                                         .problem = fmt::format("no event begins at byte {}", from),
                                         .expected = fmt::format("0 or what replay gave back, up to {}", end)});
  end_ = std::max(end_, at_);
}

log_cursor::~log_cursor() = default;
log_cursor::log_cursor(log_cursor&&) noexcept = default;

bool log_cursor::next(event& out) {
  if (at_ == end_) return false;
  if (read(out)) return true;
  if (!sound_event_follows()) return false;
  window_->forget();  // its writer may have finished it since, as what follows is finished
  if (read(out)) return true;
  throw error(errc::parse,
              {.stage = "feedback::log",
               .source = file_->path().string(),
               .problem = fmt::format("no sound event begins at byte {}, and sound events follow", at_),
               .advice = fmt::format("restore the file from a copy, or lose what follows: truncate -s {} FILE", at_)});
}

// False where no whole, sound event begins here.
bool log_cursor::read(event& out) {
  const auto head = window_->bytes(*file_, at_, frame_head_size, end_);
  if (head.size() < frame_head_size) return false;
  const auto length = payload_length(head, file_->salt(), at_);
  if (!length || end_ - at_ < frame_head_size + *length) return false;
  const auto frame = window_->bytes(*file_, at_, frame_head_size + *length, end_);
  if (frame.size() < frame_head_size + *length || !get_event(frame, out)) return false;
  at_ += frame.size();
  return true;
}

// Whether the trouble at this place is damage in the middle, and not the unfinished end. Linear: the check of a head
// holds at a wrong place only once in four billion bytes.
bool log_cursor::sound_event_follows() {
  log_cursor probe(file_, 0, end_);
  event ignored;
  for (probe.at_ = at_ + 1; probe.at_ + frame_head_size <= end_; ++probe.at_)
    if (probe.read(ignored)) return true;
  return false;
}

}  // namespace detail

namespace {

std::shared_ptr<detail::log_file> open_to_read(const fs::path& path) {
  auto file = std::make_shared<detail::log_file>(path, O_RDONLY);
  if (!file->read_head()) throw no_event_file(path, "the file ends within its head: no log was finished making it");
  return file;
}

event_range range(std::shared_ptr<const detail::log_file> file, std::uint64_t end) {
  return event_range(detail::log_cursor(std::move(file), 0, end));
}

std::uint64_t replay_to(std::shared_ptr<const detail::log_file> file, std::uint64_t from, std::uint64_t end,
                        function_ref<void(const event&)> f) {
  detail::log_cursor cursor(std::move(file), from, end);
  event e;
  while (cursor.next(e)) f(e);
  return cursor.offset();
}

}  // namespace

log_reader::log_reader(const fs::path& path) : file_(open_to_read(path)) {}

event_range log_reader::events() const { return range(file_, file_->size()); }

std::uint64_t log_reader::replay(std::uint64_t from, function_ref<void(const event&)> f) const {
  return replay_to(file_, from, file_->size(), f);
}

struct log::writer {
  writer(const fs::path& path, log_options wanted)
      : options(wanted), file(std::make_shared<detail::log_file>(path, O_RDWR | O_CREAT)), random(random_bits()) {
    lock();
    const std::uint64_t size = file->size();
    if (file->read_head()) {
      find_end();
    } else {
      file->cut(0);
      file->write_head();
      end = detail::head_size;
      recovered = {end, size};
    }
    if (end < size) {
      file->cut(end);
      recovered = {end, size - end};
    }
  }

  void lock() const {
    if (restarted([&] { return ::flock(file->fd(), LOCK_EX | LOCK_NB); }) == 0) return;
    if (errno != EWOULDBLOCK) throw io_error(file->path(), "lock", errno);
    throw error(errc::io, {.stage = "feedback::log",
                           .source = file->path().string(),
                           .problem = "another writer, in this or another process, has this log open",
                           .advice = "close it there, or read with log_reader"});
  }

  void find_end() {
    end = replay_to(file, 0, file->size(), [&](const event& e) { last_id = std::max(last_id, e.id); });
  }

  // Ascending, and hardly ever the same in two files: the time in microseconds, then 12 random bits.
  std::uint64_t next_id(std::int64_t now) {
    if (last_id == ~std::uint64_t{0})
      throw error(errc::limit, {.stage = "feedback::log", .problem = "the log has the last possible id already"});
    const std::uint64_t drawn = (static_cast<std::uint64_t>(now) << 12) | (random() & 0xFFF);
    return last_id = std::max(last_id + 1, drawn);
  }

  static void check_propensity(const event& e) {
    if (e.propensity > 0 && e.propensity <= 1) return;
    throw error(errc::invalid_argument,
                {.stage = "feedback::log",
                 .expected = "a propensity above 0 and at most 1",
                 .got = fmt::format("{}", e.propensity),
                 .advice = "pass the probability with which the item was chosen, or leave it at 1"});
  }

  void append(std::span<event> several) {
    for (const event& e : several) check_propensity(e);
    const std::lock_guard held(mutex);
    refuse_after_failure();
    frames.clear();
    const std::int64_t now = microseconds_now();
    for (event& e : several) {
      e.id = next_id(now);
      if (e.time == 0) e.time = now;
      detail::put_frame(frames, e, file->salt(), end + frames.size());
    }
    write();
    end += frames.size();
  }

  void write() {
    if (const int code = file->write(end, frames)) {
      take_back();
      throw io_error(file->path(), "append", code, "earlier events are safe");
    }
    if (options.durability == durability::every_event) sync_data();
  }

  // Nobody knows what the storage has after a failed synchronisation, and a second one would not tell.
  void sync_data() {
    if (restarted([&] { return ::fdatasync(file->fd()); }) == 0) return;
    const int code = errno;
    take_back();
    failed = true;
    throw io_error(file->path(), "synchronise", code, "open the log anew; events acknowledged before are safe");
  }

  void take_back() {
    if (restarted([&] { return ::ftruncate(file->fd(), static_cast<off_t>(end)); }) != 0) failed = true;
  }

  void refuse_after_failure() const {
    if (failed)
      throw error(errc::io, {.stage = "feedback::log",
                             .source = file->path().string(),
                             .problem = "an earlier append failed and could not be undone",
                             .advice = "open the log anew"});
  }

  std::uint64_t end_now() const {
    const std::lock_guard held(mutex);
    return end;
  }

  mutable std::mutex mutex;
  log_options options;
  std::shared_ptr<detail::log_file> file;
  std::minstd_rand random;
  std::uint64_t end = 0, last_id = 0;
  recovery recovered{};
  std::string frames;
  bool failed = false;
};

log::log(const fs::path& path, log_options options) : writer_(std::make_unique<writer>(path, options)) {
  if (writer_->recovered.offset == 0) writer_->recovered.offset = writer_->end;
}
log::~log() = default;
log::log(log&&) noexcept = default;
log& log::operator=(log&&) noexcept = default;

std::uint64_t log::append(event e) {
  writer_->append({&e, 1});
  return e.id;
}

void log::append(std::span<event> several) { writer_->append(several); }

void log::sync() {
  const std::lock_guard held(writer_->mutex);
  writer_->refuse_after_failure();
  writer_->sync_data();
}

recovery log::recovered() const noexcept { return writer_->recovered; }
std::uint64_t log::offset() const { return writer_->end_now(); }
event_range log::events() const { return range(writer_->file, writer_->end_now()); }

std::uint64_t log::replay(std::uint64_t from, function_ref<void(const event&)> f) const {
  return replay_to(writer_->file, from, writer_->end_now(), f);
}

}  // namespace bespoke::feedback
