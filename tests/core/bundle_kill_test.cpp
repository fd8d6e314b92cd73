// SPDX-License-Identifier: Apache-2.0
// What other processes, the system's limits and kill -9 do to bundles.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <bespoke/core/bundle.hpp>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>
#include <thread>

#include "catch.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BESPOKE_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BESPOKE_TEST_SANITIZED 1
#endif
#endif

using namespace bespoke;
using bespoke_test::contains;

namespace {

namespace fs = std::filesystem;

struct folder {
  fs::path path = fs::temp_directory_path() / ("bespoke_kill_" + std::to_string(std::random_device{}()));
  folder() { fs::create_directory(path); }
  ~folder() { fs::remove_all(path); }
  auto files() const { return std::distance(fs::directory_iterator(path), {}); }
};

/// A child process that runs `work` and ends with its answer; killed, if it still runs, when this goes.
class child {
 public:
  template <class F>
  explicit child(F work) : id_(::fork()) {
    if (id_ == 0) ::_exit(work());
  }
  ~child() { finish(SIGKILL); }
  child(const child&) = delete;
  child& operator=(const child&) = delete;

  void kill() { finish(SIGKILL); }
  /// The answer of `work`, or -1 if the child did not come to its end.
  int answer() { return finish(0); }

 private:
  int finish(int signal) {
    if (id_ <= 0) return -1;
    int status = 0;
    if (signal != 0) ::kill(id_, signal);
    ::waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  pid_t id_;
};

/// Version n has n in every place, and another length than its neighbours.
void save_version(const fs::path& path, std::uint64_t n) {
  const std::vector<std::uint64_t> values(1 + (n % 7) * 9'000, n);
  bundle_writer w;
  w.put("version", n);
  w.put("values", std::span<const std::uint64_t>(values));
  bundle_summary s;
  s.seed = n;
  w.write(path, s);
}

/// The version of a file; fails unless all of it is of that version.
std::uint64_t checked_version(const fs::path& path) {
  const bundle_reader r = bundle_reader::open(path);
  const std::uint64_t n = r.summary().seed;
  CHECK(static_cast<std::uint64_t>(r.integer("version")) == n);
  const auto values = r.tensor<std::uint64_t>("values", 1 + (n % 7) * 9'000);
  CHECK(std::all_of(values.begin(), values.end(), [&](auto v) { return v == n; }));
  return n;
}

}  // namespace

TEST_CASE("bundle: killed at any moment of 200, a save leaves a complete version and at most one file beside it") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  save_version(path, 0);
  std::mt19937 random(7);
  std::uint64_t version = 0;
  for (int i = 0; i < 200; ++i) {
    child saving([&] {
      for (std::uint64_t n = version + 1;; ++n) save_version(path, n);
      return 0;
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    saving.kill();
    const std::uint64_t now = checked_version(path);
    CHECK(now >= version);
    CHECK(dir.files() <= 2);
    version = now;
  }
  CHECK(version > 0);
  save_version(path, version + 1);
  CHECK(dir.files() == 1);
}

TEST_CASE("bundle: what a killed save left is taken away by the next, whatever it is") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  std::ofstream(dir.path / "t.safetensors.saving") << "half a bundle";
  save_version(path, 1);
  CHECK(checked_version(path) == 1);
  CHECK(dir.files() == 1);
  fs::create_symlink(dir.path / "elsewhere", dir.path / "t.safetensors.saving");
  save_version(path, 2);
  CHECK(checked_version(path) == 2);
  CHECK_FALSE(fs::exists(dir.path / "elsewhere"));
}

TEST_CASE("bundle: several processes and threads save to one path") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  save_version(path, 0);
  const auto saves = [&](std::uint64_t first) {
    return [&, first] {
      try {
        for (std::uint64_t n = first; n < first + 30; ++n) save_version(path, n);
        return 0;
      } catch (const error&) {
        return 1;
      }
    };
  };
  child a(saves(100)), b(saves(200));
  int c = -1;
  std::thread thread([&] { c = saves(300)(); });
  for (int i = 0; i < 30; ++i) checked_version(path);
  thread.join();
  CHECK(a.answer() == 0);
  CHECK(b.answer() == 0);
  CHECK(c == 0);
  checked_version(path);
  CHECK(dir.files() == 1);
}

TEST_CASE("bundle: a full disk leaves the file that was there, and nothing beside it") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  save_version(path, 7);
  child full([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      save_version(path, 8);
    } catch (const error& e) {
      const std::string wanted =
          "save: " + path.string() + ": cannot write: File too large; a file saved there before is as it was";
      return e.code() == errc::io && e.what() == wanted ? 0 : 1;
    }
    return 2;
  });
  CHECK(full.answer() == 0);
  CHECK(checked_version(path) == 7);
  CHECK(dir.files() == 1);
}

#ifndef BESPOKE_TEST_SANITIZED  // a sanitizer's own memory does not fit the limit

namespace {

std::string sized(std::uint64_t length, const std::string& header) {
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header;
}

std::string one_tensor(const std::string& entry) {
  const std::string header = "{\"0.a\":" + entry + "}";
  return sized(header.size(), header);
}

/// The manifest of a bundle with nothing in it, as it stands inside the header's quotes.
std::string empty_manifest() {
  const std::string bytes = bundle_writer().bytes({});
  const std::size_t begin = bytes.find("{\\\""), end = bytes.rfind("}\"}}");
  return bytes.substr(begin, end + 1 - begin);
}

std::size_t address_space() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// 0 if opening the file is refused as it should be with 8 MB of memory at most.
int refused_within_8_mb(const fs::path& path) {
  const auto most = address_space() + (std::size_t{8} << 20);
  const rlimit limit{most, most};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return 3;
  try {
    bundle_reader::open(path);
    return 2;
  } catch (const error& e) {
    return e.code() == errc::bad_bundle ? 0 : 4;
  } catch (...) {
    return 1;
  }
}

}  // namespace

TEST_CASE("bundle: nothing large is allocated for what a file only says") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  for (const std::string& bytes : {
           sized(std::uint64_t{1} << 63, "{}"),
           sized(100'000'000, "{}"),
           one_tensor(R"({"dtype":"F64","shape":[1000000000],"data_offsets":[0,8000000000]})"),
           one_tensor(R"({"dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,18446744073709551615]})"),
       }) {
    std::ofstream(path, std::ios::binary) << bytes;
    child opening([&] { return refused_within_8_mb(path); });
    CHECK(opening.answer() == 0);
  }
}

TEST_CASE("bundle: a file full of holes is refused by its header before memory is taken for it") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  std::ofstream(path, std::ios::binary) << sized(2, "{}");
  fs::resize_file(path, std::uintmax_t{1} << 40);
  child opening([&] { return refused_within_8_mb(path); });
  CHECK(opening.answer() == 0);
}

TEST_CASE("bundle: a file that does not fit in memory says so") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  const std::string header = R"({"__metadata__":{"bespoke.manifest":")" + empty_manifest() +
                             R"("},"0.a":{"dtype":"U8","shape":[1073741824],"data_offsets":[0,1073741824]}})";
  std::ofstream(path, std::ios::binary) << sized(header.size(), header);
  fs::resize_file(path, 8 + header.size() + (std::uintmax_t{1} << 30));
  child opening([&] {
    const auto most = address_space() + (std::size_t{8} << 20);
    const rlimit limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
    try {
      bundle_reader::open(path);
      return 2;
    } catch (const error& e) {
      return e.code() == errc::limit && std::strstr(e.what(), "no memory for the file's 1073741824 bytes") ? 0 : 1;
    }
  });
  CHECK(opening.answer() == 0);
}

#endif
