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

std::size_t utf8_length(unsigned char lead) { return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4; }

}  // namespace

error::error(errc code, error_details details)
    : code_(code), details_(std::move(details)), text_(sentence(code_, details_)) {}

std::string quoted(std::string_view text, std::size_t limit) {
  std::string out = "\"";
  std::size_t i = 0;
  while (i < text.size() && i < limit) {
    const auto c = static_cast<unsigned char>(text[i]);
    const std::size_t n = utf8_length(c);
    if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xC2) || i + n > text.size()) {
      out += fmt::format("\\x{:02x}", c);
      ++i;
    } else {
      out.append(text.substr(i, n));
      i += n;
    }
  }
  return out + (i < text.size() ? "…\"" : "\"");
}

}  // namespace bespoke
