// SPDX-License-Identifier: Apache-2.0
// Any bytes as the bundle of any way to recommend: an `error`, or a model that answers.
#include <bespoke/core/error.hpp>

#include "../recommender_ways.hpp"
#include "bundle_mutator.hpp"

using namespace bespoke;
using namespace bespoke_test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for_each_way([&](const auto& spec) {
    try {
      bundle_reader r = bundle_reader::from_bytes(std::as_bytes(std::span(data, size)));
      bundle_reader section = r.stage(spec.kind);
      ask_everything(*spec.load(section));
    } catch (const error&) {
    }
  });
  return 0;
}

/// Now and then it begins anew from a sound bundle of one of them: no other becomes one by chance.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned random) {
  static const std::vector<std::string> seeds = [] {
    std::vector<std::string> all;
    for_each_way([&](const auto& spec) { all.push_back(sound_bundle(spec)); });
    return all;
  }();
  if (random % 31 == 0) size = 0;
  return bespoke_fuzz::mutate_bundle(data, size, most, random, seeds[random / 2 % seeds.size()]);
}
