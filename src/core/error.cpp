// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>

#include <fmt/format.h>

namespace bespoke {

const char* name(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::io: return "io";
    case errc::parse: return "parse";
    case errc::encoding: return "encoding";
    case errc::missing_column: return "missing_column";
    case errc::limit: return "limit";
    case errc::empty_input: return "empty_input";
    case errc::shape: return "shape";
    case errc::bad_bundle: return "bad_bundle";
    case errc::bundle_mismatch: return "bundle_mismatch";
    case errc::golden_mismatch: return "golden_mismatch";
    case errc::stopped: return "stopped";
    case errc::unsupported: return "unsupported";
  }
  return "unknown";
}

namespace {

bool known(std::size_t n) { return n != error_details::unknown; }

std::string place(const error_details& d) {
  std::string text = d.source;
  if (known(d.line)) text += fmt::format(":{}", d.line);
  if (known(d.column)) text += fmt::format(":{}", d.column);
  if (known(d.record)) text += fmt::format("{}record {}", text.empty() ? "" : ", ", d.record);
  return text;
}

std::string finding(const error_details& d) {
  std::string text = d.problem;
  if (!d.expected.empty()) text += fmt::format("{}expected {}", text.empty() ? "" : ": ", d.expected);
  if (!d.got.empty()) text += fmt::format("{}got {}", text.empty() ? "" : ", ", d.got);
  return text;
}

std::string sentence(errc code, const error_details& d) {
  std::string text;
  const auto add = [&](const std::string& part, const char* separator) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  add(d.stage, "");
  add(place(d), ": ");
  add(finding(d), ": ");
  if (text.empty()) text = name(code);
  add(d.advice, "; ");
  return text;
}

/// Bytes of the UTF-8 character at the start of `text`, 0 where there is no valid one.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = byte(0), second = byte(1);
  if (lead < 0x80) return 1;
  const std::size_t n = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool no_character = (lead == 0xED && second > 0x9F) || (lead == 0xF4 && second > 0x8F);
  return overlong || no_character ? 0 : n;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

error::error(errc code, error_details details)
    : code_(code), details_(std::move(details)), text_(sentence(code_, details_)) {}

error error::within(std::string_view outer) const {
  error_details inner = details_;
  inner.stage = std::string(outer) + (inner.stage.empty() ? "" : "/") + inner.stage;
  return {code_, std::move(inner)};
}

std::string in_quotes(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t valid = is_control(text[i]) ? 0 : utf8_length(text.substr(i));
    const std::size_t n = valid == 0 ? 1 : valid;
    if (i + n > limit) break;
    out += valid == 0 ? fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i])) : std::string(text.substr(i, n));
    i += n;
  }
  return out + (i < text.size() ? "…\"" : "\"");
}

}  // namespace bespoke
