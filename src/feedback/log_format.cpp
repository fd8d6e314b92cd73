// SPDX-License-Identifier: Apache-2.0
#include "log_format.hpp"

#include <bespoke/core/error.hpp>

#include <fmt/format.h>

#include <array>
#include <bit>
#include <concepts>

namespace bespoke::feedback::detail {

namespace {

using crc_tables = std::array<std::array<std::uint32_t, 256>, 8>;

// tables[k][b]: the remainder of byte b followed by k zero bytes, so that eight bytes are taken at a time.
constexpr crc_tables make_tables() {
  crc_tables t{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t r = b;
    for (int bit = 0; bit < 8; ++bit) r = (r >> 1) ^ ((r & 1) != 0 ? 0x82F63B78u : 0u);
    t[0][b] = r;
  }
  for (std::size_t k = 1; k < 8; ++k)
    for (std::uint32_t b = 0; b < 256; ++b) t[k][b] = (t[k - 1][b] >> 8) ^ t[0][t[k - 1][b] & 0xFF];
  return t;
}

constexpr crc_tables tables = make_tables();

template <std::unsigned_integral T>
T get(std::string_view bytes, std::size_t at) noexcept {
  T n = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    n |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[at + i])) << (8 * i));
  return n;
}

template <std::unsigned_integral T>
void put(std::string& out, T n) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>((n >> (8 * i)) & 0xFF));
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

void put_payload(std::string& out, const event& e) {
  put(out, e.id);
  put(out, static_cast<std::uint64_t>(e.time));
  put(out, e.about);
  put(out, std::bit_cast<std::uint32_t>(e.value));
  put(out, std::bit_cast<std::uint32_t>(e.propensity));
  for (const std::string* text : {&e.kind, &e.subject, &e.item, &e.version}) put(out, std::string_view(*text));
  put(out, static_cast<std::uint32_t>(e.fields.size()));
  for (const auto& [name, text] : e.fields) {
    put(out, std::string_view(name));
    put(out, std::string_view(text));
  }
}

// Takes a payload apart. After a step beyond the end it gives zeros and empty texts, and is no longer sound.
struct parser {
  std::string_view rest;
  bool sound = true;

  std::string_view take(std::size_t n) {
    sound = sound && n <= rest.size();
    if (!sound) return {};
    const auto taken = rest.substr(0, n);
    rest.remove_prefix(n);
    return taken;
  }
  template <std::unsigned_integral T>
  T number() {
    const auto bytes = take(sizeof(T));
    return sound ? get<T>(bytes, 0) : T{0};
  }
  float real() { return std::bit_cast<float>(number<std::uint32_t>()); }
  void text(std::string& to) { to.assign(take(number<std::uint32_t>())); }
};

// Texts and vectors of `out` keep their memory from event to event.
bool get_payload(std::string_view payload, event& out) {
  parser p{payload};
  out.id = p.number<std::uint64_t>();
  out.time = static_cast<std::int64_t>(p.number<std::uint64_t>());
  out.about = p.number<std::uint64_t>();
  out.value = p.real();
  out.propensity = p.real();
  for (std::string* text : {&out.kind, &out.subject, &out.item, &out.version}) p.text(*text);
  const auto fields = p.number<std::uint32_t>();
  if (!p.sound || fields > p.rest.size() / 8) return false;
  out.fields.resize(fields);
  for (auto& [name, text] : out.fields) {
    p.text(name);
    p.text(text);
  }
  return p.sound && p.rest.empty();
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) noexcept {
  std::uint32_t r = 0xFFFFFFFFu;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const std::uint64_t n = get<std::uint64_t>(bytes, i) ^ r;
    r = 0;
    for (std::size_t k = 0; k < 8; ++k) r ^= tables[7 - k][(n >> (8 * k)) & 0xFF];
  }
  for (; i < bytes.size(); ++i) r = (r >> 8) ^ tables[0][(r ^ static_cast<unsigned char>(bytes[i])) & 0xFF];
  return ~r;
}

std::uint32_t frame_check(std::uint64_t salt, std::uint64_t offset, std::uint32_t length) noexcept {
  const auto mix = [](std::uint64_t x) {  // SplitMix64's finaliser (Steele, Lea, Flood 2014)
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
  };
  return static_cast<std::uint32_t>(mix(mix(salt + offset) ^ salt ^ length) >> 32);
}

std::string file_head(std::uint64_t salt) {
  std::string head(magic);
  put(head, format_version);
  put(head, static_cast<std::uint32_t>(head_size));
  put(head, salt);
  put(head, std::uint32_t{0});
  put(head, crc32c(head));
  return head;
}

std::optional<std::uint64_t> salt_of(std::string_view head) noexcept {
  if (head.size() < head_size || !head.starts_with(magic)) return std::nullopt;
  if (get<std::uint32_t>(head, 28) != crc32c(head.substr(0, 28))) return std::nullopt;
  return get<std::uint64_t>(head, 16);
}

std::uint32_t version_of(std::string_view head) noexcept { return get<std::uint32_t>(head, 8); }

void put_frame(std::string& out, const event& e, std::uint64_t salt, std::uint64_t offset) {
  std::string payload;
  put_payload(payload, e);
  if (payload.size() > max_payload)
    throw error(errc::limit, {.stage = "feedback::log",
                              .problem = "an event is too long",
                              .expected = fmt::format("at most {} bytes", max_payload),
                              .got = fmt::format("{} bytes", payload.size()),
                              .advice = "log a name or a digest of large values instead"});
  const auto length = static_cast<std::uint32_t>(payload.size());
  put(out, length);
  put(out, frame_check(salt, offset, length));
  put(out, crc32c(payload));
  out += payload;
}

std::optional<std::uint32_t> payload_length(std::string_view head, std::uint64_t salt, std::uint64_t offset) noexcept {
  const auto length = get<std::uint32_t>(head, 0);
  if (length > max_payload || get<std::uint32_t>(head, 4) != frame_check(salt, offset, length)) return std::nullopt;
  return length;
}

bool get_event(std::string_view frame, event& out) {
  const auto payload = frame.substr(frame_head_size);
  return get<std::uint32_t>(frame, 8) == crc32c(payload) && get_payload(payload, out);
}

}  // namespace bespoke::feedback::detail
