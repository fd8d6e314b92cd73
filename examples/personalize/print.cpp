// SPDX-License-Identifier: Apache-2.0
#include "print.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>

namespace {

constexpr std::size_t page_width = 80, longest_name = 40;

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

/// Columns of a terminal, where each character takes one.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

/// Control bytes would reach into the terminal.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return out;
}

/// At most `width` columns, the end replaced by "..." where it is longer.
std::string shortened(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return printable(text);
  std::size_t bytes = 0, taken = 0;
  while (taken < width - 3 || !starts_character(text[bytes])) taken += starts_character(text[bytes++]);
  return printable(text.substr(0, bytes)) + "...";
}

std::string left(std::string_view text, std::size_t width) {
  std::string out = shortened(text, width);
  return out + std::string(width - columns(out), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  const std::size_t n = columns(text);
  return std::string(width > n ? width - n : 0, ' ') + std::string(text);
}

std::string with_interval(const bespoke::estimate& e) {
  return fixed(e.mean, 2) + " (" + fixed(e.low, 2) + " to " + fixed(e.high, 2) + ")";
}

/// What an interval around a difference allows to say.
const char* lead(const bespoke::estimate& ahead) {
  if (ahead.low > 0) return "";
  return ahead.high < 0 ? ": behind it" : ": no clear lead";
}

/// Breaks text into lines at spaces, each after `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out, line;
  const auto end_line = [&] {
    out += std::string(indent, ' ') + line + '\n';
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && indent + columns(line) + 1 + columns(word) > page_width) end_line();
    line += (line.empty() ? "" : " ") + printable(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) end_line();
  return out;
}

}  // namespace

std::string thousands(std::size_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string fixed(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string scientific(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.0e", value);
  return text;
}

double stopwatch::seconds_since(clock::time_point then) {
  return std::chrono::duration<double>(clock::now() - then).count();
}

void stopwatch::show(std::string_view stage, const std::string& detail) {
  std::cout << "  " << left(stage, 20) << left(detail, 48) << right(fixed(seconds_since(last_), 2), 6) << " s"
            << std::endl;
  last_ = clock::now();
}

double stopwatch::total() const { return seconds_since(start_); }

std::string why(const std::vector<bespoke::named_reason>& reasons, std::size_t width) {
  std::vector<std::string> order;
  std::map<std::string, std::string> terms;
  std::string out;
  for (const auto& r : reasons) {
    const std::size_t colon = r.name.find(": ");
    const std::string field = r.name.substr(0, colon);
    if (!terms.contains(field)) order.push_back(field);
    auto& all = terms[field];
    if (colon != std::string::npos) all += (all.empty() ? " " : ", ") + r.name.substr(colon + 2);
    std::string now;
    for (const std::string& f : order) now += (now.empty() ? "" : "; ") + f + terms[f];
    if (columns(now) > width) break;
    out = std::move(now);
  }
  return out;
}

void show(const evaluation& e, const std::string& protocol) {
  std::cout << "\nHow well the list is made\n" << wrapped(protocol, 2) << '\n';
  std::cout << "  " << left("", 18) << left("hit rate@10", 26) << "NDCG@10\n";
  for (const method& m : e.methods)
    std::cout << "  " << left(m.name, 18) << left(with_interval(m.hit_rate), 26) << with_interval(m.ndcg) << '\n';
  if (!e.rmse.empty()) std::cout << "\n  " << left("predicted by", 18) << "RMSE of the stars\n";
  for (const auto& [name, value] : e.rmse) std::cout << "  " << left(name, 18) << fixed(value, 3) << '\n';
  std::cout << "\n  Ahead of popularity by a hit rate of " << with_interval(e.ahead) << lead(e.ahead) << '\n'
            << "  Gradient steps and closed form differ by at most " << scientific(e.closed_form_difference) << '\n';
}

void show(const std::vector<recommendation>& list) {
  std::size_t place = 0, name_width = 24;
  for (const recommendation& r : list) name_width = std::clamp(columns(r.name), name_width, longest_name);
  const std::size_t about_width = page_width - 7 - name_width;
  for (const recommendation& r : list) {
    std::cout << right(std::to_string(++place), 4) << "  " << left(r.name, name_width) << ' ';
    if (r.was.empty()) std::cout << shortened(r.about, about_width) << '\n';
    else std::cout << left(r.about, about_width - 10) << right(r.was, 10) << '\n';
    std::cout << "      because of " << printable(why(r.reasons, page_width - 17)) << '\n';
  }
}

void show(const std::string& paragraph) { std::cout << wrapped(paragraph, 0); }

void show_title(const std::string& title) { std::cout << '\n' << title << '\n'; }

void show_notice(const std::string& notice) { std::cout << '\n' << wrapped(notice, 0); }
