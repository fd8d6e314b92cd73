// SPDX-License-Identifier: Apache-2.0
#pragma once
// The manifest: what a bundle's header says beside its tensors, as one JSON text.
//
//   {"format": 1, "library": "0.1.0", "root": {parameters of the whole},
//    "stages": [{"kind": "tfidf/1", "params": {"ngrams": "1-2", "smooth": true}}, …],
//    "label": "string", "seed": 7, "records": 6000, "training_digest": "…", "vector_width": "avx2",
//    "metrics": [["accuracy", 0.91]], "golden_source": "…",
//    "golden": [{"fields": [["body", ["a text"]]], "label": "…", "scores": [0.5]}]}
//
// Numbers keep every bit: a double is written with as many digits as it needs, and {"f64": "7ff0000000000000"} where it
// is not finite. Text that is not UTF-8 is written as {"hex": "ff00"}.

#include <bespoke/core/bundle.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace bespoke::detail {

inline constexpr std::uint64_t bundle_format = 1;

using parameter = std::variant<bool, std::int64_t, double, std::string>;

/// A stage's name and its parameters; section 0 is the whole bundle's and has no name.
struct manifest_section {
  std::string kind{};
  std::map<std::string, parameter, std::less<>> parameters{};
};

struct manifest {
  bundle_summary summary{};
  std::vector<manifest_section> sections{};
};

/// True for text that JSON can hold as it is: UTF-8.
bool is_json_text(std::string_view text);

/// The manifest as JSON text; `summary.stages` is not read, the sections say it.
/// Throws errc::limit for more than `parse_manifest` would take.
std::string manifest_text(const bundle_summary& summary, const std::vector<manifest_section>& sections);

/// Throws errc::bundle_mismatch for another format version, errc::bad_bundle for anything else that is wrong.
manifest parse_manifest(std::string_view text, const std::string& source);

}  // namespace bespoke::detail
