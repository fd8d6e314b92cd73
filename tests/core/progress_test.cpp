// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/progress.hpp>

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "../catch.hpp"

using bespoke::progress_bar;
using bespoke_test::contains;

namespace {

// Everything that is written to `fd` until its last writer is gone.
std::string read_all(int fd) {
  std::string out;
  char some[4096];
  for (ssize_t n; (n = ::read(fd, some, sizeof some)) > 0;) out.append(some, static_cast<std::size_t>(n));
  return out;
}

// Some minimal systems, a bare chroot for one, have no pseudo-terminals: said aloud, and an error in continuous integration.
bool has_terminals() {
  int master = -1, slave = -1;
  const bool opened = ::openpty(&master, &slave, nullptr, nullptr, nullptr) == 0;
  if (opened) ::close(master), ::close(slave);
  const std::string missing = "no pseudo-terminals here (is /dev/pts mounted?): what terminals show is not tested";
  if (!opened && std::getenv("CI") != nullptr) FAIL(missing);
  if (!opened) WARN(missing);
  return opened;
}

// What `work` writes to standard error, in a process of its own whose standard error is a terminal of that width.
std::string on_terminal(const std::function<void()>& work, unsigned short columns = 80) {
  const winsize size{24, columns, 0, 0};
  int master = -1;
  const pid_t child = ::forkpty(&master, nullptr, nullptr, &size);
  REQUIRE(child >= 0);
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    work();
    ::_exit(0);
  }
  const auto seen = read_all(master);
  ::close(master);
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(status == 0);
  return seen;
}

std::string on_pipe(const std::function<void()>& work) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::setenv("TERM", "xterm", 1);
    ::dup2(ends[1], STDERR_FILENO);
    work();
    ::_exit(0);
  }
  ::close(ends[1]);
  const auto seen = read_all(ends[0]);
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return seen;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

const std::string clear_line = "\r\033[K";

}  // namespace

TEST_CASE("the progress bar draws stage, bar, percent and time left, and clears the line at the total") {
  if (!has_terminals()) return;
  const auto seen = on_terminal([] {
    const progress_bar bar;
    bar({"tfidf", 1, 4});
    bar({"tfidf", 4, 4});
  });
  CHECK(seen.rfind(clear_line + "tfidf [##########..............................]  25 % ", 0) == 0);
  CHECK_THAT(seen, contains(" left"));
  CHECK(seen.substr(seen.size() - clear_line.size()) == clear_line);
  CHECK(count(seen, clear_line) == 2);
  CHECK(count(seen, "\n") == 0);
}

TEST_CASE("the progress bar clears the line when its last copy goes") {
  if (!has_terminals()) return;
  const auto seen = on_terminal([] {
    auto first = std::make_optional<progress_bar>();
    const auto second = std::make_unique<progress_bar>(*first);
    (*second)({"linear_svm", 3, 10});
    first.reset();
    if (::write(STDERR_FILENO, "|", 1) != 1) ::_exit(1);
  });
  CHECK_THAT(seen, contains("linear_svm ["));
  CHECK(seen.substr(seen.size() - 1 - clear_line.size()) == "|" + clear_line);
}

TEST_CASE("the progress bar redraws at most ten times a second") {
  if (!has_terminals()) return;
  const auto begun = std::chrono::steady_clock::now();
  const auto seen = on_terminal([] {
    const progress_bar bar;
    for (std::size_t i = 0; i < 100'000; ++i) bar({i % 2 == 0 ? "one" : "two", i, 1'000'000});
    std::this_thread::sleep_for(std::chrono::milliseconds(110));
    bar({"one", 100'000, 1'000'000});
  });
  CHECK(count(seen, " %") >= 2);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  CHECK(static_cast<double>(count(seen, " %")) <= took.count() * 10 + 1);
}

TEST_CASE("the progress bar counts where the total is not known, and fits a narrow terminal") {
  if (!has_terminals()) return;
  CHECK_THAT(on_terminal([] { progress_bar()({"csv", 12'345, 0}); }), contains("csv 12345 done in "));
  const auto narrow = on_terminal([] { progress_bar()({"a stage with a long name", 1, 2}); }, 20);
  CHECK(narrow == clear_line + "a stage with a long" + clear_line);
  const auto hostile = on_terminal([] { progress_bar()({"a\033[2Jb\n", 1, 2}); });
  CHECK_THAT(hostile, contains("a [2Jb  ["));
}

TEST_CASE("the progress bar prints nothing where standard error is no terminal") {
  CHECK(on_pipe([] {
          const progress_bar bar;
          bar({"tfidf", 1, 4});
          bar({"tfidf", 4, 4});
        }).empty());
}

TEST_CASE("the progress bar prints nothing on a terminal that cannot clear a line") {
  if (!has_terminals()) return;
  CHECK(on_terminal([] {
          ::setenv("TERM", "dumb", 1);
          progress_bar()({"tfidf", 1, 4});
        }).empty());
}
