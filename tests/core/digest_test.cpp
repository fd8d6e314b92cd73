// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/digest.hpp>
#include <cstdint>
#include <string>

#include "catch.hpp"

using bespoke::digest;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string of_bytes(std::string_view text) {
  digest d;
  d.add(bytes_of(text));
  return d.hex();
}

template <class... T>
std::string of(const T&... values) {
  digest d;
  (d.add(values), ...);
  return d.hex();
}

}  // namespace

TEST_CASE("digest: BLAKE2b-256, as Python's hashlib.blake2b(…, digest_size=32) has it") {
  CHECK(of_bytes("") == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
  CHECK(of_bytes("abc") == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
  CHECK(of_bytes(std::string(1000, 'a')) == "e00b0ddbf1e2cdaf5c898e1a5e8826ea3a2c339bcf2a478da2e5fca9ff126672");
}

TEST_CASE("digest: bytes count as one stream, however they are cut") {
  digest d;
  d.add(bytes_of("a"));
  d.add(bytes_of(""));
  d.add(bytes_of("bc"));
  CHECK(d.hex() == of_bytes("abc"));
}

TEST_CASE("digest: texts keep their borders") {
  CHECK(of(std::string("ab"), "c") != of("a", std::string_view("bc")));
  CHECK(of(std::string("abc")) == of("abc"));
  CHECK(of("") != of());
  CHECK(of("abc") == of_bytes(std::string("\3\0\0\0\0\0\0\0abc", 11)));
}

TEST_CASE("digest: a number is its bytes") {
  CHECK(of(std::uint32_t{0x64636261}) == of_bytes("abcd"));
  CHECK(of(1.0f) == of_bytes(std::string("\0\0\x80\x3f", 4)));
  CHECK(of(0.0) != of(-0.0));
  CHECK(of(std::int8_t{1}) == of(true));
  CHECK(of(std::int32_t{1}) != of(std::int64_t{1}));
}

TEST_CASE("digest: goes on after hex, and copies go their own ways") {
  digest a;
  a.add("one");
  digest b = a;
  CHECK(a.hex() == a.hex());
  CHECK(a.hex() == b.hex());
  b.add("two");
  CHECK(a.hex() == of("one"));
  CHECK(b.hex() == of("one", "two"));
}
