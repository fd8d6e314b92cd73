// SPDX-License-Identifier: Apache-2.0
// libFuzzer: any bytes as an event file. Reading and opening for writing give events or an `error`; after a successful
// open, what was appended is there, behind the same events.

#include <unistd.h>

#include <bespoke/core/error.hpp>
#include <bespoke/feedback/log.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

namespace {

namespace fs = std::filesystem;
using namespace bespoke;

fs::path file_of_this_process() {
  return fs::temp_directory_path() / ("bespoke-log-fuzz-" + std::to_string(::getpid()));
}

std::optional<std::size_t> events_read(const fs::path& path) {
  try {
    std::size_t n = 0;
    for (const auto& e : feedback::log_reader(path).events()) n += e.id != ~std::uint64_t{0};
    return n;
  } catch (const error&) {
    return std::nullopt;
  }
}

std::optional<std::size_t> events_after_append(const fs::path& path) {
  try {
    feedback::log l(path, {.durability = feedback::durability::by_system});
    l.append({.kind = "like", .item = "appended"});
    std::size_t n = 0;
    for (const auto& e : l.events()) n += e.id != ~std::uint64_t{0};
    return n;
  } catch (const error&) {
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fs::path path = file_of_this_process();
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto before = events_read(path);
  const auto after = events_after_append(path);
  fs::remove(path);
  if (before && (!after || *after != *before + 1)) std::abort();
  return 0;
}
