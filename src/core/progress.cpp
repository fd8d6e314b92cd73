// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/progress.hpp>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>

namespace bespoke {

namespace {

using steady = std::chrono::steady_clock;

constexpr auto redraw_after = std::chrono::milliseconds(100);
constexpr std::string_view clear_line = "\r\033[K";

// A terminal that can clear a line.
bool can_draw() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

std::size_t line_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// A terminal that is gone or full is no reason to stop the work.
void put(std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(STDERR_FILENO, text.data(), text.size());
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string duration(double seconds) {
  const auto s = static_cast<long>(std::ceil(std::min(seconds, 359'999.0)));
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// Names come from the host: no control bytes to the terminal.
std::string printable(std::string_view name) {
  std::string out(name);
  std::replace_if(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return out;
}

std::string known_total(std::string_view stage, double fraction, double seconds, std::size_t width) {
  const auto left = fraction > 0 ? duration(seconds * (1 - fraction) / fraction) + " left" : std::string();
  const auto end = fmt::format("] {:3.0f} % {}", std::floor(fraction * 100), left);
  const std::size_t used = stage.size() + end.size() + 3;
  const std::size_t cells = width > used ? std::min<std::size_t>(width - used, 40) : 0;
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(cells));
  return fmt::format("{} [{}{}{}", stage, std::string(full, '#'), std::string(cells - full, '.'), end);
}

std::string line(const progress& p, double seconds, std::size_t width) {
  const auto stage = printable(p.stage);
  const double fraction = p.total == 0 ? 0 : std::min(1.0, static_cast<double>(p.done) / static_cast<double>(p.total));
  auto text = p.total == 0 ? fmt::format("{} {} done in {}", stage, p.done, duration(seconds))
                           : known_total(stage, fraction, seconds, width);
  if (text.size() >= width) text.resize(width - 1);  // a full line would wrap, and could not be cleared
  return text;
}

}  // namespace

struct progress_bar::state {
  ~state() { clear(); }

  void report(const progress& p) {
    const auto now = steady::now();
    if (p.stage != stage) {
      stage = p.stage;
      begun = now;
    }
    if (p.total != 0 && p.done >= p.total) return clear();
    if (drawn && now - last < redraw_after) return;
    put(std::string(clear_line) + line(p, std::chrono::duration<double>(now - begun).count(), line_width()));
    last = now;
    drawn = shown = true;
  }

  void clear() {
    if (shown) put(clear_line);
    shown = false;
  }

  const bool draws = can_draw();
  std::string stage;
  steady::time_point begun{}, last{};
  bool drawn = false;  // ever: `last` means something
  bool shown = false;  // the line is on the terminal now
};

progress_bar::progress_bar() : state_(std::make_shared<state>()) {}

void progress_bar::operator()(const progress& p) const {
  if (state_->draws) state_->report(p);
}

}  // namespace bespoke
