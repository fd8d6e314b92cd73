// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <bespoke/core/error.hpp>
#include <bespoke/feedback/log.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "../catch.hpp"

using namespace bespoke;
using bespoke_test::contains;
using feedback::durability;
using feedback::event;
namespace fs = std::filesystem;

namespace {

// A folder of its own for each test, removed at its end.
struct folder {
  folder() {
    std::string name = (fs::temp_directory_path() / "bespoke-log-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path = name;
  }
  ~folder() { fs::remove_all(path); }
  fs::path operator/(const char* name) const { return path / name; }
  fs::path path;
};

std::string bytes_of(const fs::path& p) {
  std::ifstream in(p, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void write_bytes(const fs::path& p, const std::string& bytes) {
  std::ofstream(p, std::ios::binary | std::ios::trunc) << bytes;
}

template <class Log>
std::vector<event> all(const Log& l) {
  std::vector<event> out;
  for (const event& e : l.events()) out.push_back(e);
  return out;
}

event rich() {
  return {.kind = "impression",
          .subject = "user 7",
          .time = 1'700'000'000'123'456,
          .item = std::string("line\nbreak, NUL \0 and no UTF-8 \xff", 33),
          .about = 42,
          .value = 0.25f,
          .version = "triage@17",
          .propensity = 0.125f,
          .fields = {{"body", "card was swallowed"}, {"empty", ""}, {"", "nameless"}}};
}

event numbered(long n, std::size_t padding = 0) {
  return {.kind = "like", .item = std::to_string(n), .fields = {{"padding", std::string(padding, 'x')}}};
}

constexpr feedback::log_options quick{.durability = durability::by_system};

// Three events of different lengths; gives the offsets at which they begin, and where the last ends.
std::vector<std::uint64_t> three_events(const fs::path& p) {
  feedback::log l(p, quick);
  std::vector<std::uint64_t> at{l.offset()};
  for (long n = 1; n <= 3; ++n) {
    l.append(numbered(n, static_cast<std::size_t>(n) * 10));
    at.push_back(l.offset());
  }
  return at;
}

std::uint32_t crc32c_bit_by_bit(std::string_view bytes) {
  std::uint32_t r = ~0u;
  for (const char c : bytes) {
    r ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1) != 0 ? 0x82F63B78u : 0u);
  }
  return ~r;
}

std::uint32_t u32(const std::string& bytes, std::size_t at) {
  std::uint32_t n = 0;
  for (std::size_t i = 4; i-- > 0;) n = n << 8 | static_cast<unsigned char>(bytes[at + i]);
  return n;
}

std::string message_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}

}  // namespace

TEST_CASE("events come back as they were appended, in order, in this and in the next life of the log") {
  const folder dir;
  std::vector<std::uint64_t> ids;
  {
    feedback::log l(dir / "events");
    CHECK(all(l).empty());
    ids.push_back(l.append(rich()));
    ids.push_back(l.append({.kind = "outcome", .about = ids[0], .value = std::numeric_limits<float>::infinity()}));
    CHECK(all(l).size() == 2);
  }
  feedback::log l(dir / "events");
  CHECK(l.recovered().bytes == 0);
  CHECK(l.recovered().offset == l.offset());
  ids.push_back(l.append({.kind = "like"}));
  const auto events = all(l);
  REQUIRE(events.size() == 3);
  auto expected = rich();
  expected.id = ids[0];
  CHECK(events[0] == expected);
  CHECK(events[1].about == ids[0]);
  CHECK(std::isinf(events[1].value));
  CHECK(ids[0] < ids[1]);
  CHECK(ids[1] < ids[2]);
  CHECK(events[2].id == ids[2]);
}

TEST_CASE("append takes the time of the call where none is given") {
  const folder dir;
  feedback::log l(dir / "events", quick);
  const auto now = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  const auto before = now();
  l.append({.kind = "like"});
  const auto time = all(l).at(0).time;
  CHECK(time >= before);
  CHECK(time <= now());
}

TEST_CASE("several events are appended in one go, with ids and times set") {
  const folder dir;
  feedback::log l(dir / "events");
  std::vector<event> several{numbered(1), numbered(2), numbered(3)};
  l.append(std::span<event>(several));
  CHECK(all(l) == several);
  CHECK(several[0].id < several[2].id);
  CHECK(several[1].time > 0);
  l.append(std::span<event>());
  CHECK(all(l).size() == 3);
}

TEST_CASE("replay goes on where it stopped, for the writer and for readers") {
  const folder dir;
  feedback::log l(dir / "events", quick);
  l.append(numbered(1));
  const feedback::log_reader reader(dir / "events");
  std::vector<std::string> seen;
  const auto note = [&](const event& e) { seen.push_back(e.item); };
  auto at = reader.replay(0, note);
  CHECK(at == l.offset());
  CHECK(reader.replay(at, note) == at);
  l.append(numbered(2));
  l.append(numbered(3));
  at = reader.replay(at, note);
  CHECK(at == l.offset());
  CHECK(seen == std::vector<std::string>{"1", "2", "3"});
  CHECK(l.replay(at, note) == at);
  CHECK_THROWS_AS(reader.replay(at + 1, note), error);
  CHECK_THROWS_AS(reader.replay(3, note), error);
  CHECK_THAT(message_of([&] { reader.replay(33, note); }), contains("no sound event begins at byte 33"));
}

TEST_CASE("a second writer is refused while the first one lives; readers are not") {
  const folder dir;
  const auto path = dir / "events";
  {
    feedback::log first(path, quick);
    CHECK_THAT(message_of([&] { feedback::log second(path); }), contains("another writer"));
    CHECK(all(feedback::log_reader(path)).empty());
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        feedback::log second(path);
        ::_exit(0);
      } catch (const error& e) {
        ::_exit(e.code() == errc::io ? 7 : 1);
      }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WEXITSTATUS(status) == 7);
    feedback::log moved = std::move(first);
    moved.append(numbered(1));
  }
  CHECK(all(feedback::log(path, quick)).size() == 1);
}

TEST_CASE("the file is as its header describes it") {
  REQUIRE(crc32c_bit_by_bit("123456789") == 0xE3069283u);  // the check value of CRC-32C
  const folder dir;
  three_events(dir / "events");
  const auto bytes = bytes_of(dir / "events");
  CHECK(bytes.substr(0, 8) == "BSPKEVT\n");
  CHECK(u32(bytes, 8) == 1);
  CHECK(u32(bytes, 28) == crc32c_bit_by_bit(std::string_view(bytes).substr(0, 28)));
  CHECK(u32(bytes, 40) == crc32c_bit_by_bit(std::string_view(bytes).substr(44, u32(bytes, 32))));
  CHECK((fs::status(dir / "events").permissions() & fs::perms::all) ==
        (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a file of format version 1 is readable for ever") {
  const auto events = all(feedback::log_reader(fs::path(BESPOKE_TEST_DATA) / "logs/v1/events"));
  REQUIRE(events.size() == 2);
  auto expected = rich();
  expected.id = events[0].id;
  CHECK(events[0] == expected);
  CHECK(events[1].about == events[0].id);
  CHECK(events[1].kind == "outcome");
}

TEST_CASE("a file cut at any byte opens, keeps its whole events and takes new ones") {
  const folder dir;
  const auto at = three_events(dir / "events");
  const auto bytes = bytes_of(dir / "events");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CAPTURE(n);
    const auto path = dir / "cut";
    write_bytes(path, bytes.substr(0, n));
    std::size_t whole = 0;
    while (whole < 3 && at[whole + 1] <= n) ++whole;
    if (n >= at[0]) REQUIRE(all(feedback::log_reader(path)).size() == whole);
    else REQUIRE_THROWS_AS(feedback::log_reader(path), error);
    feedback::log l(path, quick);
    REQUIRE(l.recovered().bytes == (n >= at[0] ? n - at[whole] : n));
    REQUIRE(l.recovered().offset == at[whole]);
    l.append(numbered(99));
    const auto events = all(l);
    REQUIRE(events.size() == whole + 1);
    REQUIRE(events.back().item == "99");
  }
}

TEST_CASE("damage before the end is an error that names file and byte, and changes nothing") {
  const folder dir;
  const auto at = three_events(dir / "events");
  const auto sound = bytes_of(dir / "events");
  for (std::size_t n = 0; n < at[2]; ++n)
    for (const char flip : {'\x01', '\x80'}) {
      CAPTURE(n);
      auto bytes = sound;
      bytes[n] = static_cast<char>(bytes[n] ^ flip);
      write_bytes(dir / "events", bytes);
      const auto message = message_of([&] { feedback::log l(dir / "events"); });
      REQUIRE_THAT(message, contains((dir / "events").string()));
      if (n >= at[0]) {
        REQUIRE_THAT(message, contains("byte " + std::to_string(n < at[1] ? at[0] : at[1])));
        REQUIRE_THROWS_AS(all(feedback::log_reader(dir / "events")), error);
      }
      REQUIRE(bytes_of(dir / "events") == bytes);
    }
}

TEST_CASE("random damage is an error or a shorter log, never anything else") {
  const folder dir;
  three_events(dir / "events");
  const auto sound = bytes_of(dir / "events");
  std::minstd_rand random(3);
  for (int round = 0; round < 1000; ++round) {
    auto bytes = sound;
    for (auto flips = 1 + random() % 8; flips > 0; --flips)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % bytes.size());
    write_bytes(dir / "events", bytes);
    try {
      feedback::log l(dir / "events", quick);
      long expected = 0;
      for (const event& e : l.events()) REQUIRE(e.item == std::to_string(++expected));
      REQUIRE(expected <= 3);
    } catch (const error& e) {
      REQUIRE((e.code() == errc::parse));
    }
  }
}

TEST_CASE("a text that holds a copy of an event does not pass for one") {
  const folder dir;
  const auto at = three_events(dir / "events");
  const auto bytes = bytes_of(dir / "events");
  {
    feedback::log l(dir / "events", quick);
    l.append({.kind = "upload", .item = bytes.substr(at[0])});
  }
  const auto longer = bytes_of(dir / "events");
  write_bytes(dir / "events", longer.substr(0, longer.size() - 1));
  feedback::log l(dir / "events", quick);
  CHECK(all(l).size() == 3);
  CHECK(l.recovered().bytes == longer.size() - 1 - at[3]);
}

TEST_CASE("what is no event file is refused and left alone") {
  const folder dir;
  const auto path = dir / "notes.txt";
  for (const std::string text : {"hello", "a much longer text that has more bytes than an event file's head"}) {
    write_bytes(path, text);
    CHECK_THAT(message_of([&] { feedback::log l(path); }), contains("no event file"));
    CHECK_THAT(message_of([&] { feedback::log_reader l(path); }), contains("no event file"));
    CHECK(bytes_of(path) == text);
  }
  CHECK_THAT(message_of([&] { feedback::log l(dir.path); }), contains("cannot open"));
  CHECK_THAT(message_of([&] { feedback::log l("/dev/full"); }), contains("no regular file"));
  CHECK_THAT(message_of([&] { feedback::log l(dir / "missing" / "events"); }), contains("cannot open"));
  CHECK_THAT(message_of([&] { feedback::log_reader l(dir / "missing"); }), contains("No such file"));
}

TEST_CASE("a newer format version is refused with both versions named") {
  const folder dir;
  three_events(dir / "events");
  auto bytes = bytes_of(dir / "events");
  bytes[8] = 2;
  const auto crc = crc32c_bit_by_bit(std::string_view(bytes).substr(0, 28));
  for (std::size_t i = 0; i < 4; ++i) bytes[28 + i] = static_cast<char>(crc >> (8 * i));
  write_bytes(dir / "events", bytes);
  CHECK_THAT(message_of([&] { feedback::log l(dir / "events"); }), contains("format version 2"));
}

TEST_CASE("a propensity that is no probability is refused, and nothing of its batch is written") {
  const folder dir;
  feedback::log l(dir / "events", quick);
  std::vector<event> several{numbered(1, 10), numbered(2, 10)};
  for (const float wrong : {0.0f, -0.5f, 1.5f, std::numeric_limits<float>::quiet_NaN()}) {
    several[1].propensity = wrong;
    CHECK_THAT(message_of([&] { l.append(several); }), contains("expected a propensity above 0 and at most 1, got"));
  }
  CHECK(all(l).empty());
}

TEST_CASE("an event beyond the limit is refused, and the log goes on") {
  const folder dir;
  feedback::log l(dir / "events", quick);
  CHECK_THAT(message_of([&] { l.append(numbered(1, 17u << 20)); }), contains("too long"));
  l.append(numbered(2, 15u << 20));
  CHECK(all(l).size() == 1);
  CHECK(all(l)[0].fields[0].second.size() == (15u << 20));
}

// In a process of its own: the limit on the size of files is the process's.
TEST_CASE("when no more can be written, the event is refused whole and nothing before it is lost") {
  const folder dir;
  const auto path = dir / "events";
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{10'000, 10'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int failures = 0;
    try {
      feedback::log l(path, quick);
      for (long n = 1; n <= 9; ++n) l.append(numbered(n, 1000));
      for (const std::size_t padding : {5000u, 2000u}) try {
          l.append(numbered(0, padding));
        } catch (const error& e) {
          failures +=
              e.code() == errc::io && std::string_view(e.what()).find("File too large") != std::string_view::npos;
        }
      l.append(numbered(10, 10));
    } catch (const error&) {
      ::_exit(100);
    }
    ::_exit(failures);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 2);
  feedback::log l(path, quick);
  CHECK(l.recovered().bytes == 0);
  const auto events = all(l);
  REQUIRE(events.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(events[i].item == std::to_string(i + 1));
}

TEST_CASE("threads append and read at once") {
  const folder dir;
  feedback::log l(dir / "events", quick);
  const feedback::log_reader reader(dir / "events");
  constexpr int threads = 3, each = 300;
  std::atomic<int> writing{threads};
  std::vector<std::thread> crowd;
  for (int t = 0; t < threads; ++t)
    crowd.emplace_back([&, t] {
      for (long n = 0; n < each; ++n) l.append(numbered(t * 1000 + n, static_cast<std::size_t>(n)));
      --writing;
    });
  std::uint64_t at = 0, last = 0;
  std::size_t read = 0;
  bool ascending = true;
  const auto note = [&](const event& e) {
    ascending = ascending && e.id > last;
    last = e.id;
    ++read;
  };
  while (writing > 0) {
    at = reader.replay(at, note);
    for (const event& e : l.events()) ascending = ascending && e.id > 0;
  }
  for (auto& t : crowd) t.join();
  at = reader.replay(at, note);
  CHECK(ascending);
  CHECK(read == threads * each);
  std::set<std::string> items;
  for (const event& e : l.events()) items.insert(e.item);
  CHECK(items.size() == threads * each);
}

namespace {

// Appends numbered events, some of a megabyte, and tells each number through the pipe once `append` has returned.
[[noreturn]] void append_until_killed(const fs::path& path, durability wanted, int tell) {
  try {
    feedback::log l(path, {.durability = wanted});
    long n = 0;
    for (const event& e : l.events()) n = std::stol(e.item);
    for (;;) {
      ++n;
      l.append(numbered(n, n % 3 == 0 ? 300'000 : 20));
      if (::write(tell, &n, sizeof n) != static_cast<ssize_t>(sizeof n)) ::_exit(3);
    }
  } catch (const std::exception&) {
    ::_exit(2);
  }
}

}  // namespace

TEST_CASE("kill -9 at any moment loses no acknowledged event and tears none") {
  const folder dir;
  std::minstd_rand random(11);
  long acknowledged = 0, in_file = 0;
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    if (round % 10 == 0) acknowledged = 0, in_file = 0, fs::remove(dir / "events");
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    // The system keeps what a killed process wrote; without the wait for the storage more kills fall into a write.
    const auto wanted = round % 2 == 0 ? durability::every_event : durability::by_system;
    if (child == 0) append_until_killed(dir / "events", wanted, ends[1]);
    ::close(ends[1]);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % (round % 2 == 0 ? 20'000 : 5'000)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    for (long n = 0; ::read(ends[0], &n, sizeof n) == static_cast<ssize_t>(sizeof n);) acknowledged = n;
    ::close(ends[0]);

    feedback::log l(dir / "events", quick);
    long n = 0;
    for (const event& e : l.events()) {
      REQUIRE(e.item == std::to_string(++n));
      REQUIRE(e.fields[0].second.size() == (n % 3 == 0 ? 300'000u : 20u));
    }
    REQUIRE(n >= acknowledged);
    REQUIRE(n <= acknowledged + 1);
    REQUIRE(n >= in_file);
    in_file = acknowledged = n;
  }
  CHECK(in_file > 0);
}
