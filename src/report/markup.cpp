// SPDX-License-Identifier: Apache-2.0
#include "markup.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bespoke::report::detail {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// The bytes of the character that begins `text` (Unicode 15, table 3-7), 0 where there is none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const unsigned a = byte(0), b = byte(1);
  if (a < 0x80) return 1;
  if (a >= 0xC2 && a <= 0xDF) return follows(1) ? 2 : 0;
  if ((a == 0xE0 && b < 0xA0) || (a == 0xED && b > 0x9F) || (a == 0xF0 && b < 0x90) || (a == 0xF4 && b > 0x8F))
    return 0;
  if (a >= 0xE0 && a <= 0xEF) return follows(1) && follows(2) ? 3 : 0;
  if (a >= 0xF0 && a <= 0xF4) return follows(1) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

std::string_view escape_of(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F; }

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t n = character_size(text);
    const auto escape = escape_of(text[0]);
    if (n == 0 || is_control(text[0])) out += replacement;
    else if (!escape.empty()) out += escape;
    else out += text.substr(0, n);
    text.remove_prefix(n == 0 ? 1 : n);
  }
  return out;
}

std::string shown(double value) {
  if (value == 0) return "0";
  const int whole =
      std::isfinite(value) && std::abs(value) >= 1 ? static_cast<int>(std::log10(std::abs(value))) + 1 : 0;
  return fmt::format("{:.{}g}", value, whole > 12 ? 6 : std::max(4, whole + 2));
}

std::string length(double value) {
  auto text = fmt::format("{:.2f}", value);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace bespoke::report::detail
