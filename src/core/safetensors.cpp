// SPDX-License-Identifier: Apache-2.0
#include "safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bespoke/core/error.hpp>
#include <bit>
#include <cstring>
#include <limits>

#include "strict_json.hpp"

namespace bespoke::detail {

static_assert(std::endian::native == std::endian::little, "bundles are read and written as they lie in memory");

using nlohmann::json;

std::size_t element_size(std::string_view dtype) noexcept {
  if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
  if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
  return dtype == "U8" ? 1 : 0;
}

bool multiply(std::size_t a, std::size_t b, std::size_t& product) noexcept {
  if (b != 0 && a > std::numeric_limits<std::size_t>::max() / b) return false;
  product = a * b;
  return true;
}

void refuse_bundle(const std::string& source, std::string problem, std::string stage) {
  throw error(errc::bad_bundle,
              {.stage = std::move(stage),
               .source = source,
               .problem = std::move(problem),
               .advice = "the file is damaged or is no bundle: restore a copy of it, or save it again"});
}

std::size_t header_length(std::span<const std::byte> prefix, std::uint64_t file_size, const std::string& source) {
  if (prefix.size() < safetensors_prefix)
    refuse_bundle(source, fmt::format("the file ends inside the header's length, at byte {}", prefix.size()));
  std::uint64_t length = 0;
  std::memcpy(&length, prefix.data(), safetensors_prefix);
  if (length > safetensors_header_limit)
    refuse_bundle(source, fmt::format("the header says it is {} bytes long, more than the {} allowed", length,
                                      safetensors_header_limit));
  if (length > file_size - safetensors_prefix)
    refuse_bundle(source, fmt::format("the file ends inside the header: it has {} bytes, the header needs {}",
                                      file_size, length + safetensors_prefix));
  return static_cast<std::size_t>(length);
}

namespace {

/// Reads one tensor's entry.
class entry_parser {
 public:
  entry_parser(const std::string& source, const std::string& name) : source_(source), name_(name) {}

  tensor_entry parse(const json& j) const {
    if (!j.is_object() || j.size() != 3) refuse("has not exactly dtype, shape and data_offsets");
    tensor_entry entry;
    entry.dtype = dtype(member(j, "dtype"));
    entry.shape = sizes(member(j, "shape"), "shape");
    const auto offsets = sizes(member(j, "data_offsets"), "data_offsets");
    if (offsets.size() != 2) refuse("has data_offsets that are not two numbers");
    entry.begin = offsets[0];
    entry.end = offsets[1];
    measure(entry);
    return entry;
  }

  [[noreturn]] void refuse(std::string_view problem) const {
    refuse_bundle(source_, fmt::format("tensor {} {}", in_quotes(name_), problem));
  }

 private:
  const json& member(const json& j, const char* key) const {
    const auto at = j.find(key);
    if (at == j.end()) refuse(fmt::format("has no {}", key));
    return *at;
  }

  std::string dtype(const json& j) const {
    if (!j.is_string()) refuse("has a dtype that is not text");
    const auto& text = j.get_ref<const std::string&>();
    if (element_size(text) == 0)
      refuse(fmt::format("has dtype {}, expected F64, F32, I64, I32, U64, U32 or U8", in_quotes(text)));
    return text;
  }

  std::vector<std::size_t> sizes(const json& j, const char* what) const {
    if (!j.is_array()) refuse(fmt::format("has {} that is not a list", what));
    std::vector<std::size_t> numbers;
    for (const json& n : j) {
      if (!n.is_number_unsigned()) refuse(fmt::format("has {} with something else than a whole number ≥ 0", what));
      numbers.push_back(n.get<std::size_t>());
    }
    return numbers;
  }

  void measure(tensor_entry& entry) const {
    std::size_t bytes = 0;
    entry.count = 1;
    for (const std::size_t n : entry.shape)
      if (!multiply(entry.count, n, entry.count)) refuse("has a shape whose product is too large");
    const std::size_t element = element_size(entry.dtype);
    if (!multiply(entry.count, element, bytes)) refuse("has a shape whose product is too large");
    if (entry.begin > entry.end) refuse(fmt::format("begins at byte {} and ends at {}", entry.begin, entry.end));
    if (entry.end - entry.begin != bytes)
      refuse(fmt::format("has {} bytes of data, its shape needs {}", entry.end - entry.begin, bytes));
    if (entry.begin % element != 0)
      refuse(fmt::format("begins at byte {}, which is not aligned to its elements of {} bytes", entry.begin, element));
  }

  const std::string& source_;
  const std::string& name_;
};

std::map<std::string, std::string, std::less<>> parse_metadata(const json& j, const std::string& source) {
  if (!j.is_object()) refuse_bundle(source, "__metadata__ is not an object");
  std::map<std::string, std::string, std::less<>> metadata;
  for (const auto& [key, value] : j.items()) {
    if (!value.is_string()) refuse_bundle(source, fmt::format("__metadata__ has {} that is not text", in_quotes(key)));
    metadata.emplace(key, value.get_ref<const std::string&>());
  }
  return metadata;
}

/// Walks the tensors in the order of their data: each must begin where the one before it ended.
void check_cover(const tensor_table& tensors, std::uint64_t data_bytes, const std::string& source) {
  std::vector<tensor_table::const_pointer> order;
  for (const auto& t : tensors) order.push_back(&t);
  std::sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::size_t covered = 0;
  for (const auto* t : order) {
    const entry_parser at(source, t->first);
    const auto [begin, end] = std::pair(t->second.begin, t->second.end);
    if (begin < covered)
      at.refuse(fmt::format("overlaps the one before it: begins at byte {}, before {}", begin, covered));
    if (begin > covered) at.refuse(fmt::format("leaves a hole: begins at byte {}, after {}", begin, covered));
    covered = end;
  }
  if (covered != data_bytes)
    refuse_bundle(source,
                  fmt::format("the tensors take {} bytes, the file has {} after the header", covered, data_bytes));
}

json parse_object(std::string_view text, const std::string& source) {
  if (text.empty() || text.front() != '{') refuse_bundle(source, "the header does not begin with {");
  try {
    return parse_strict(text);
  } catch (const json_refusal& e) {
    refuse_bundle(source, fmt::format("the header {}", e.what()));
  }
}

std::uint64_t rounded_up(std::uint64_t n, std::uint64_t to) { return (n + to - 1) / to * to; }

}  // namespace

safetensors_header parse_header(std::string_view text, std::uint64_t data_bytes, const std::string& source) {
  safetensors_header header;
  const json j = parse_object(text, source);
  for (const auto& [name, value] : j.items()) {
    if (name == "__metadata__") header.metadata = parse_metadata(value, source);
    else header.tensors.emplace(name, entry_parser(source, name).parse(value));
  }
  check_cover(header.tensors, data_bytes, source);
  return header;
}

std::vector<std::string> place(tensor_table& tensors) {
  std::vector<std::string> order;
  for (const auto& t : tensors) order.push_back(t.first);
  std::stable_sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    return element_size(tensors.at(a).dtype) > element_size(tensors.at(b).dtype);
  });
  std::size_t at = 0;
  for (const std::string& name : order) {
    tensor_entry& t = tensors.at(name);
    t.begin = at;
    at = t.end = at + t.count * element_size(t.dtype);
  }
  return order;
}

std::string header_bytes(const safetensors_header& header) {
  json j = json::object();
  j["__metadata__"] = header.metadata;
  for (const auto& [name, t] : header.tensors)
    j[name] = {{"dtype", t.dtype}, {"shape", t.shape}, {"data_offsets", {t.begin, t.end}}};
  const std::string text = j.dump();
  const std::uint64_t length = rounded_up(safetensors_prefix + text.size(), 64) - safetensors_prefix;
  if (length > safetensors_header_limit)
    throw error(errc::limit, {.stage = "save",
                              .problem = "the bundle's parameters and tensor names are too long",
                              .expected = fmt::format("at most {} bytes", safetensors_header_limit),
                              .got = fmt::format("{}", length),
                              .advice = "put long parameters into tensors"});
  std::string bytes(safetensors_prefix + static_cast<std::size_t>(length), ' ');
  std::memcpy(bytes.data(), &length, safetensors_prefix);
  text.copy(bytes.data() + safetensors_prefix, text.size());
  return bytes;
}

}  // namespace bespoke::detail
