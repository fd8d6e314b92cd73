// SPDX-License-Identifier: Apache-2.0
// Any bytes: `bundle_reader` gives sound contents or throws `error`, and nothing else.
#include <bespoke/core/bundle.hpp>
#include <string>

#include "bundle_mutator.hpp"

using namespace bespoke;

namespace {

/// Touches every value: a span that leaves the file's memory is what the sanitizer looks for.
template <class T>
void touch(const bundle_reader& r, const char* name) {
  try {
    volatile T last{};
    for (const T x : r.tensor<T>(name)) last = x;
    std::size_t product = 1;
    for (const std::size_t n : r.shape(name)) product *= n;
    if (product != r.tensor<T>(name).size()) __builtin_trap();
  } catch (const error&) {
  }
}

template <class F>
void attempt(F&& f) {
  try {
    f();
  } catch (const error&) {
  }
}

void read_section(const bundle_reader& r) {
  for (const char* name : {"a", "b", "c", "s.bytes", "s.offsets"}) {
    touch<float>(r, name);
    touch<double>(r, name);
    touch<std::uint8_t>(r, name);
    touch<std::int32_t>(r, name);
    touch<std::uint32_t>(r, name);
    touch<std::int64_t>(r, name);
    touch<std::uint64_t>(r, name);
    attempt([&] { r.strings("s"); });
    attempt([&] { r.flag(name); });
    attempt([&] { r.integer(name); });
    attempt([&] { r.number(name); });
    attempt([&] { r.text(name); });
    attempt([&] { r.must_equal(name, 1); });
    attempt([&] { r.must_equal(name, "1"); });
  }
}

void read_all(bundle_reader r) {
  read_section(r);
  const auto kinds = r.summary().stages;
  for (const std::string& kind : kinds) read_section(r.stage(kind));
  r.finish();
  attempt([&] { r.stage("one/1"); });
}

/// A sound bundle to begin with.
std::string seed() {
  const std::vector<float> numbers = {1, 2, 3, 4};
  const std::vector<std::uint64_t> large = {5};
  const std::vector<std::string> words = {"card", "", "x"};
  bundle_writer w;
  w.put("a", 0.5);
  bundle_writer one = w.stage("one/1");
  one.put("a", true);
  one.put("b", std::span<const float>(numbers), {2, 2});
  one.put("s", std::span<const std::string>(words));
  bundle_writer two = w.stage("two/1");
  two.put("b", "text\xff");
  two.put("c", std::span<const std::uint64_t>(large));
  bundle_summary s;
  s.metrics = {{"accuracy", 0.5}};
  s.golden = {{{{"body", {"a"}}}, "label", {0.25}}};
  return w.bytes(s);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    read_all(bundle_reader::from_bytes(std::as_bytes(std::span(data, size))));
  } catch (const error&) {
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned random) {
  return bespoke_fuzz::mutate_bundle(data, size, most, random, seed());
}
