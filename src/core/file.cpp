// SPDX-License-Identifier: Apache-2.0
#include "file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bespoke/core/error.hpp>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace bespoke::detail {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const char* stage, std::string_view act, int code,
                       std::string advice = {}) {
  throw error(errc::io, {.stage = stage,
                         .source = path.string(),
                         .problem = fmt::format("cannot {}: {}", act, std::generic_category().message(code)),
                         .advice = std::move(advice)});
}

[[noreturn]] void fail_save(const fs::path& path, std::string_view act, int code) {
  fail(path, "save", act, code, "a file saved there before is as it was");
}

/// A system call, again when a signal interrupted it.
template <class Call>
auto restarted(Call call) {
  decltype(call()) answer;
  do answer = call();
  while (answer == -1 && errno == EINTR);
  return answer;
}

int open_file(const fs::path& path, int flags) {
  return restarted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0666); });
}

void write_all(int fd, std::string_view bytes, const fs::path& path) {
  constexpr std::size_t most = std::size_t{1} << 30;  // one call takes less than 2 GiB
  while (!bytes.empty()) {
    const auto n = restarted([&] { return ::write(fd, bytes.data(), std::min(bytes.size(), most)); });
    if (n < 0) fail_save(path, "write", errno);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// True while `name` is the very file that is open.
bool still_named(int fd, const fs::path& name) {
  struct stat open_one{}, named{};
  return ::fstat(fd, &open_one) == 0 && ::lstat(name.c_str(), &named) == 0 && open_one.st_ino == named.st_ino &&
         open_one.st_dev == named.st_dev;
}

/// Removes a temporary file that nobody is writing. False if somebody is, or nobody can tell.
bool remove_abandoned(const fs::path& name) {
  const descriptor fd(open_file(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (!fd) return errno == ENOENT;
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return false;
  // A writer that had the lock when we opened the file may have renamed it since: then the name is free.
  return !still_named(fd.get(), name) || ::unlink(name.c_str()) == 0 || errno == ENOENT;
}

/// The file that becomes `path`; removed unless it did.
class temporary_file {
 public:
  explicit temporary_file(const fs::path& path) : path_(path) {
    for (unsigned attempt = 0, slot = 0; attempt < 1000; ++attempt) {
      name_ = path;
      name_ += slot == 0 ? std::string(".saving") : fmt::format(".saving-{}", slot);
      if (create()) return;
      if (!remove_abandoned(name_)) ++slot;
    }
    fail_save(path, "create a file beside it: others (.saving) are in the way", EEXIST);
  }
  ~temporary_file() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;

  int get() const noexcept { return fd_.get(); }

  void rename() {
    if (::rename(name_.c_str(), path_.c_str()) != 0) fail_save(path_, "rename the finished file to it", errno);
    name_.clear();
  }

 private:
  /// False if the name is taken.
  bool create() {
    descriptor fd(open_file(name_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW));
    if (!fd && errno == EEXIST) return false;
    if (!fd) fail_save(path_, "create a file beside it", errno);
    // Where there are no locks (some network file systems) nobody removes what is not theirs either.
    (void)restarted([&] { return ::flock(fd.get(), LOCK_EX); });
    if (!still_named(fd.get(), name_)) return false;  // taken for abandoned before we had the lock
    fd_ = std::move(fd);
    return true;
  }

  fs::path path_, name_;
  descriptor fd_;
};

void keep_permissions(int fd, const fs::path& path) {
  struct stat old{};
  if (::stat(path.c_str(), &old) != 0) return;
  if (::fchmod(fd, old.st_mode & 07777) != 0) fail_save(path, "give the new file the old one's permissions", errno);
}

void synchronise_folder(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const descriptor fd(open_file(folder, O_RDONLY | O_DIRECTORY));
  if (!fd)
    return;  // a folder that may be written but not read: the rename is done, its time of arrival is the system's
  if (restarted([&] { return ::fsync(fd.get()); }) != 0 && errno != EINVAL)
    fail(path, "save", "synchronise its folder", errno, "the new file is there, and may not survive a power cut");
}

}  // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

descriptor::~descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

input_file::input_file(fs::path path) : path_(std::move(path)), fd_(open_file(path_, O_RDONLY | O_NONBLOCK)) {
  struct stat facts{};
  if (!fd_ || ::fstat(fd_.get(), &facts) != 0) fail(path_, "load", "open", errno);
  if (S_ISDIR(facts.st_mode)) fail(path_, "load", "read", EISDIR);
  if (!S_ISREG(facts.st_mode)) fail(path_, "load", "read what is not a regular file", EINVAL);
  size_ = static_cast<std::uint64_t>(facts.st_size);
}

void input_file::read(std::byte* to, std::size_t n) {
  constexpr std::size_t most = std::size_t{1} << 30;
  while (n > 0) {
    const auto got = restarted([&] { return ::read(fd_.get(), to, std::min(n, most)); });
    if (got < 0) fail(path_, "load", "read", errno);
    if (got == 0)
      throw error(errc::io, {.stage = "load",
                             .source = path_.string(),
                             .problem = "the file became shorter while it was read",
                             .advice = "write such files under another name and rename them when they are complete"});
    to += got;
    n -= static_cast<std::size_t>(got);
  }
}

void replace_file(const fs::path& path, std::span<const std::string_view> pieces) {
  temporary_file temporary(path);
  keep_permissions(temporary.get(), path);
  for (const std::string_view piece : pieces) write_all(temporary.get(), piece, path);
  if (restarted([&] { return ::fsync(temporary.get()); }) != 0) fail_save(path, "synchronise", errno);
  temporary.rename();
  synchronise_folder(path);
}

}  // namespace bespoke::detail
