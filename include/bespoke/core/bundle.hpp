// SPDX-License-Identifier: Apache-2.0
#pragma once
// The bundle: a whole fitted chain in one file, numbers and text only, no code.
//
// Layout (safetensors): 8-byte little-endian header length, a JSON header, then the tensors. The header's `__metadata__`
// holds one JSON string, the manifest: the stages in order with kind/version and their parameters, the fields, the
// training summary and the golden records. A stage writes parameters (small, human-readable) and tensors (everything
// long, vocabularies included) under its own section:
//
//     void save(bundle_writer& w) const { w.put("mean", mean_); w.put("scale", std::span<const float>(scale_)); }
//
// and reads them back, in any order, from the section of the same position in the chain:
//
//     static fitted load(bundle_reader& r) { return {r.number("mean"), r.tensor<float>("scale")}; }
//
// A tensor's name in the file is its section's number, a dot and its own name: "3.idf"; strings are two tensors,
// "3.terms.bytes" (U8) and "3.terms.offsets" (U64). Section 0 is the bundle's own. The data begins at a multiple of 64
// bytes and every tensor is aligned to its elements. Python's `safetensors` opens the file.
//
// A file is hostile until validated: opening checks every length, offset, dtype and overlap before it allocates. What it
// does not check is whether the numbers are the ones that were saved: that is what golden records and signatures are for.

#include <bespoke/core/error.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bespoke {

/// What a tensor may hold.
template <class T>
concept tensor_element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::uint8_t> ||
                         std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
                         std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t>;

/// One made-up record and the answer the chain gave to it when it was saved; replayed at load.
struct golden_record {
  /// Field name and its value in text form: one string for a scalar, none for an absent value, n for a list.
  std::vector<std::pair<std::string, std::vector<std::string>>> fields{};
  std::string label{};           ///< the answer's label, where it has one
  std::vector<double> scores{};  ///< the answer's numbers
};

/// What a bundle says of itself beside the stages' own sections.
struct bundle_summary {
  std::string library{};              ///< the version of bespoke that wrote it
  std::vector<std::string> stages{};  ///< kinds in order: "field/1", "tfidf/1"; filled in by the file
  std::string label{};                ///< the label's kind: "string", "float", or empty
  std::uint64_t seed = 0;
  std::uint64_t records = 0;  ///< training records
  std::string
      training_digest{};       ///< BLAKE2b-256, hex, of the training data's fields; empty where records are read whole
  std::string vector_width{};  ///< of the machine that saved: "avx2"
  std::vector<std::pair<std::string, double>> metrics{};
  std::string golden_source{};  ///< "made up from the vocabulary and value ranges", "given by the host", "none"
  std::vector<golden_record> golden{};
};

namespace detail {
struct bundle_contents;
}

/// Collects a chain's sections. Copies and sections write into the same bundle. `put` copies what it is given, keeps every
/// bit of a number (also of NaN and infinities) and every byte of a text, and throws errc::invalid_argument for a name
/// that is empty, not UTF-8, or put twice in one section.
/// Thread safety: one thread at a time for a bundle and all its sections.
class bundle_writer {
 public:
  bundle_writer();  ///< an empty bundle, at its root

  /// Opens the section of the next stage: they are numbered 1, 2, … in the order of the calls, whichever section they
  /// are made on, so a stage that holds others calls it on its own section. `kind` is "name/version".
  bundle_writer stage(std::string_view kind);

  void put(std::string_view name, bool value);
  void put(std::string_view name, std::int64_t value);
  void put(std::string_view name, double value);
  void put(std::string_view name, std::string_view value);
  void put(std::string_view name, const char* value) { put(name, std::string_view(value)); }
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t>)
  void put(std::string_view name, T value) {
    put(name, static_cast<std::int64_t>(value));
  }

  /// A tensor of one dimension, or of `shape` (row-major), whose product must be `values.size()`
  /// (errc::invalid_argument).
  template <tensor_element T>
  void put(std::string_view name, std::span<const T> values, std::vector<std::size_t> shape = {}) {
    put_tensor(name, dtype<T>(), values.data(), values.size(), sizeof(T), std::move(shape));
  }
  /// Strings of any bytes, as a tensor of bytes and one of offsets.
  void put(std::string_view name, std::span<const std::string> values);

  /// Writes the file: to a temporary name beside it, synchronised, then renamed over `path`; the last complete file
  /// stays readable whatever happens, kill -9 and power cuts included. Deterministic: the same content gives the same
  /// bytes, in whatever order a section's names were put. `summary.stages` is not read: the sections say it.
  /// The temporary file is `<path>.saving`; one left by a killed process is removed by the next save of `path`. Several
  /// threads and processes may save to one path: the last to finish wins. An existing file's permissions are kept; a
  /// symbolic link is replaced, not followed.
  /// Throws errc::io with the path and the system's reason, errc::limit for parameters longer than 100 MB or more than
  /// a million values in them; the file at `path` is then as it was.
  void write(const std::filesystem::path& path, const bundle_summary& summary) const;
  /// The same bytes in memory.
  std::string bytes(const bundle_summary& summary) const;

  template <tensor_element T>
  static constexpr const char* dtype() {
    if constexpr (std::same_as<T, float>) return "F32";
    else if constexpr (std::same_as<T, double>) return "F64";
    else if constexpr (std::same_as<T, std::uint8_t>) return "U8";
    else if constexpr (std::same_as<T, std::int32_t>) return "I32";
    else if constexpr (std::same_as<T, std::uint32_t>) return "U32";
    else if constexpr (std::same_as<T, std::int64_t>) return "I64";
    else return "U64";
  }

 private:
  bundle_writer(std::shared_ptr<detail::bundle_contents> contents, std::size_t section);
  void put_tensor(std::string_view name, const char* dtype, const void* data, std::size_t n, std::size_t element_size,
                  std::vector<std::size_t> shape);

  std::shared_ptr<detail::bundle_contents> contents_;
  std::size_t section_;
};

/// Reads a validated bundle. Errors name the stage: `stage 2 (tfidf/1): …`. Copies and sections share the file's memory
/// and the place that `stage` has come to: to read a chain again, open the file again.
/// Thread safety: one thread at a time for a bundle and all its sections.
class bundle_reader {
 public:
  /// Reads and validates a file, once, into 64-byte aligned memory; nothing is allocated for lengths that the file's size
  /// does not bear out. Throws errc::io; errc::bad_bundle with what is wrong and at which byte or tensor;
  /// errc::bundle_mismatch for a later format; errc::limit when there is no memory for the data.
  static bundle_reader open(const std::filesystem::path& path);
  /// The same for bytes in memory, which are copied; `name` is used in messages.
  static bundle_reader from_bytes(std::span<const std::byte> bytes, std::string name = "bundle");

  const bundle_summary& summary() const;

  /// The section of the next stage, in the order of the calls as in `bundle_writer::stage`. Throws errc::bundle_mismatch
  /// unless it is of this kind: `stage 2: the file has "standardize/1", this chain has "one_hot/1"`, or
  /// `stage 3: the file has no stage 3, this chain has "linear_svm/1"`.
  bundle_reader stage(std::string_view kind);
  /// Throws errc::bundle_mismatch if the file has stages that were not asked for:
  /// `stage 3: the file has "linear_svm/1", this chain has no stage 3`.
  void finish() const;

  /// A parameter of this section. Throws errc::bad_bundle if it is missing or of another type.
  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  std::string text(std::string_view name) const;

  /// A tensor's values, valid while any copy of this reader lives. Throws errc::bad_bundle if it is missing, has another
  /// dtype, or another number of elements than `expected` (where given).
  template <tensor_element T>
  std::span<const T> tensor(std::string_view name, std::size_t expected = any_size) const {
    const auto [data, n] = tensor_bytes(name, bundle_writer::dtype<T>(), expected);
    return {static_cast<const T*>(data), n};
  }
  /// A tensor's dimensions; their product is its number of values. Throws errc::bad_bundle if it is missing.
  std::vector<std::size_t> shape(std::string_view name) const;
  /// Strings that were put as such. Throws errc::bad_bundle unless both tensors are there and the offsets ascend in them.
  std::vector<std::string> strings(std::string_view name) const;

  /// For a parameter that changes answers: throws errc::bundle_mismatch unless the file has the value this chain has:
  /// `stage 2 (tfidf/1): the file has ngrams "1-2", this chain has "1-1"`; errc::bad_bundle if the file has no such
  /// parameter or one of another type. NaN equals NaN.
  void must_equal(std::string_view name, bool here) const;
  void must_equal(std::string_view name, std::int64_t here) const;
  void must_equal(std::string_view name, double here) const;
  void must_equal(std::string_view name, std::string_view here) const;
  void must_equal(std::string_view name, const char* here) const { must_equal(name, std::string_view(here)); }
  template <std::integral T>
    requires(!std::same_as<T, bool> && !std::same_as<T, std::int64_t>)
  void must_equal(std::string_view name, T here) const {
    must_equal(name, static_cast<std::int64_t>(here));
  }

  /// For a stage's own checks of what it read: throws errc::bad_bundle with the stage and `problem`.
  [[noreturn]] void reject(std::string problem) const;

  static constexpr std::size_t any_size = static_cast<std::size_t>(-1);

 private:
  struct file;
  bundle_reader(std::shared_ptr<file> f, std::size_t section);
  std::pair<const void*, std::size_t> tensor_bytes(std::string_view name, const char* dtype,
                                                   std::size_t expected) const;

  std::shared_ptr<file> file_;
  std::size_t section_;
};

}  // namespace bespoke
