// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where bytes come from: a file, text in memory, and either of them decoded to UTF-8.

#include <bespoke/core/error.hpp>
#include <bespoke/ingest/reader.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace bespoke::ingest::detail {

/// One thread at a time.
class byte_source {
 public:
  virtual ~byte_source() = default;
  /// Reads up to `size` bytes; 0 at the end only. Throws errc::io or errc::encoding.
  virtual std::size_t read(char* to, std::size_t size) = 0;
  /// Starts again, or returns false.
  virtual bool rewind() = 0;
};

/// Opens a place. `stage` and the place's name are used in messages. Throws errc::io.
std::unique_ptr<byte_source> open_bytes(const text_place& place, const std::string& stage);

/// The same in UTF-8, from an encoding ICU knows. Throws errc::invalid_argument for an unknown name.
std::unique_ptr<byte_source> decoded(std::unique_ptr<byte_source> bytes, const std::string& encoding,
                                     const std::string& stage, const std::string& source);

/// True for "utf-8", "UTF8" and the like.
bool names_utf8(std::string_view encoding);

}  // namespace bespoke::ingest::detail
