// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/rows.hpp>
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

#include "file.hpp"
#include "manifest.hpp"
#include "safetensors.hpp"

namespace bespoke {

using detail::element_size;
using detail::manifest_section;
using detail::parameter;

namespace {

constexpr const char* manifest_key = "bespoke.manifest";

/// "3.idf": the tensor of section 3.
std::string tensor_name(std::size_t section, std::string_view name) { return fmt::format("{}.{}", section, name); }

[[noreturn]] void misuse(std::string problem, std::string advice) {
  throw error(errc::invalid_argument,
              {.stage = "bundle_writer", .problem = std::move(problem), .advice = std::move(advice)});
}

void check_name(std::string_view name, const char* what) {
  if (name.empty() || !detail::is_json_text(name))
    misuse(fmt::format("{} {} is empty or not UTF-8", what, in_quotes(name)), "give it a short name in ASCII");
}

}  // namespace

// ---- writing

struct detail::bundle_contents {
  struct tensor {
    tensor_entry entry{};
    std::string bytes{};
  };
  /// What goes into the file, in order. The pieces after the first view the tensors.
  struct encoded {
    std::string header{};
    std::vector<std::string_view> pieces{};
  };

  std::vector<manifest_section> sections{1};
  std::vector<std::set<std::string, std::less<>>> taken{1};  // names, by section
  std::map<std::string, tensor, std::less<>> tensors{};

  void claim(std::size_t section, std::string_view name) {
    check_name(name, "the name");
    if (!taken[section].emplace(name).second)
      misuse(fmt::format("{} is put twice in one section", in_quotes(name)),
             "give each parameter and tensor its own name");
  }

  void put(std::size_t section, std::string_view name, parameter value) {
    claim(section, name);
    sections[section].parameters.emplace(name, std::move(value));
  }

  encoded encode(const bundle_summary& summary) const {
    safetensors_header header;
    for (const auto& [name, t] : tensors) header.tensors.emplace(name, t.entry);
    const auto order = place(header.tensors);
    header.metadata.emplace(manifest_key, manifest_text(summary, sections));
    encoded out{header_bytes(header), {}};
    for (const std::string& name : order) out.pieces.push_back(tensors.at(name).bytes);
    return out;
  }
};

bundle_writer::bundle_writer() : bundle_writer(std::make_shared<detail::bundle_contents>(), 0) {}
bundle_writer::bundle_writer(std::shared_ptr<detail::bundle_contents> contents, std::size_t section)
    : contents_(std::move(contents)), section_(section) {}

bundle_writer bundle_writer::stage(std::string_view kind) {
  check_name(kind, "the kind");
  contents_->sections.push_back({std::string(kind), {}});
  contents_->taken.emplace_back();
  return {contents_, contents_->sections.size() - 1};
}

void bundle_writer::put(std::string_view name, bool value) { contents_->put(section_, name, value); }
void bundle_writer::put(std::string_view name, std::int64_t value) { contents_->put(section_, name, value); }
void bundle_writer::put(std::string_view name, double value) { contents_->put(section_, name, value); }
void bundle_writer::put(std::string_view name, std::string_view value) {
  contents_->put(section_, name, std::string(value));
}

void bundle_writer::put(std::string_view name, std::span<const std::string> values) {
  contents_->claim(section_, name);
  std::string bytes;
  std::vector<std::uint64_t> offsets{0};
  offsets.reserve(values.size() + 1);
  for (const std::string& v : values) offsets.push_back(bytes.append(v).size());
  put_tensor(std::string(name) + ".bytes", dtype<std::uint8_t>(), bytes.data(), bytes.size(), 1, {});
  put(std::string(name) + ".offsets", std::span<const std::uint64_t>(offsets));
}

void bundle_writer::put_tensor(std::string_view name, const char* dtype, const void* data, std::size_t n,
                               std::size_t element_size, std::vector<std::size_t> shape) {
  if (shape.empty()) shape.push_back(n);
  std::size_t product = 1;
  for (const std::size_t d : shape)
    if (!detail::multiply(product, d, product))
      misuse(fmt::format("{}: the shape's product is too large", in_quotes(name)), "");
  if (product != n)
    misuse(fmt::format("{}: the shape is of {} values, the tensor has {}", in_quotes(name), product, n),
           "give a shape whose product is the number of values");
  contents_->claim(section_, name);
  auto& t = contents_->tensors[tensor_name(section_, name)];
  t.entry = {.dtype = dtype, .shape = std::move(shape), .count = n};
  if (n > 0) t.bytes.assign(static_cast<const char*>(data), n * element_size);
}

void bundle_writer::write(const std::filesystem::path& path, const bundle_summary& summary) const {
  auto encoded = contents_->encode(summary);
  encoded.pieces.insert(encoded.pieces.begin(), encoded.header);
  detail::replace_file(path, encoded.pieces);
}

std::string bundle_writer::bytes(const bundle_summary& summary) const {
  auto encoded = contents_->encode(summary);
  std::string all = std::move(encoded.header);
  for (const std::string_view piece : encoded.pieces) all += piece;
  return all;
}

// ---- reading

namespace {

struct release {
  void operator()(std::byte* p) const noexcept { detail::aligned_release(p); }
};
using aligned_bytes = std::unique_ptr<std::byte[], release>;

/// Not a vector: its memory would be written twice.
aligned_bytes allocate(std::size_t bytes, const std::string& source) {
  try {
    return aligned_bytes(static_cast<std::byte*>(detail::aligned_allocate(bytes)));
  } catch (const std::bad_alloc&) {
    throw error(errc::limit, {.stage = "load",
                              .source = source,
                              .problem = fmt::format("there is no memory for the file's {} bytes", bytes),
                              .advice = "load it on a machine with more memory"});
  }
}

std::string value_text(bool x) { return x ? "true" : "false"; }
std::string value_text(std::int64_t x) { return fmt::format("{}", x); }
std::string value_text(double x) { return fmt::format("{}", x); }
std::string value_text(const std::string& x) { return in_quotes(x, 200); }

/// NaN is the same as NaN: it is the same setting.
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}

template <class T>
constexpr const char* type_name() {
  if constexpr (std::same_as<T, bool>) return "true or false";
  else if constexpr (std::same_as<T, std::int64_t>) return "a whole number";
  else if constexpr (std::same_as<T, double>) return "a number";
  else return "text";
}

}  // namespace

struct bundle_reader::file {
  std::string source{};
  detail::manifest manifest{};
  detail::tensor_table tensors{};
  aligned_bytes data{};
  std::size_t next = 1;  // the section that `stage` gives next

  /// Checks the header; `data` is still to be filled with as many bytes as returned.
  void parse(std::string_view header, std::uint64_t data_bytes) {
    auto parsed = detail::parse_header(header, data_bytes, source);
    const auto text = parsed.metadata.find(manifest_key);
    if (text == parsed.metadata.end())
      detail::refuse_bundle(source, fmt::format("the header has no {}: bespoke did not save this file", manifest_key));
    manifest = detail::parse_manifest(text->second, source);
    tensors = std::move(parsed.tensors);
    for (const auto& t : tensors) check_owner(t.first);
  }

  /// A tensor that belongs to no stage is one that nobody would ever look at.
  void check_owner(const std::string& name) const {
    std::size_t section = 0;
    const char *begin = name.data(), *end = begin + name.size();
    const char* dot = std::from_chars(begin, end, section).ptr;
    const auto own = static_cast<std::size_t>(dot - begin) + 1;  // where its own name begins
    if (section < manifest.sections.size() && own < name.size() && name.compare(0, own, tensor_name(section, "")) == 0)
      return;
    detail::refuse_bundle(source, fmt::format("tensor {} belongs to no stage", in_quotes(name)));
  }

  std::string label(std::size_t section) const {
    return section == 0 ? "" : fmt::format("stage {} ({})", section, manifest.sections[section].kind);
  }

  [[noreturn]] void reject(std::size_t section, std::string problem) const {
    detail::refuse_bundle(source, std::move(problem), label(section));
  }

  const detail::tensor_entry& tensor(std::size_t section, std::string_view name) const {
    const auto at = tensors.find(tensor_name(section, name));
    if (at == tensors.end()) reject(section, fmt::format("there is no tensor {}", in_quotes(name)));
    return at->second;
  }

  template <class T>
  const T& value(std::size_t section, std::string_view name) const {
    const auto& parameters = manifest.sections[section].parameters;
    const auto at = parameters.find(name);
    if (at == parameters.end()) reject(section, fmt::format("there is no parameter {}", in_quotes(name)));
    if (const T* value = std::get_if<T>(&at->second)) return *value;
    reject(section, fmt::format("the parameter {} is not {}", in_quotes(name), type_name<T>()));
  }

  template <class T>
  void must_equal(std::size_t section, std::string_view name, const T& here) const {
    const T& there = value<T>(section, name);
    if (same(there, here)) return;
    throw error(errc::bundle_mismatch, {.stage = label(section),
                                        .problem = fmt::format("the file has {} {}, this chain has {}", name,
                                                               value_text(there), value_text(here))});
  }
};

bundle_reader::bundle_reader(std::shared_ptr<file> f, std::size_t section) : file_(std::move(f)), section_(section) {}

bundle_reader bundle_reader::open(const std::filesystem::path& path) {
  auto f = std::make_shared<file>();
  f->source = path.string();
  detail::input_file input(path);
  std::byte prefix[detail::safetensors_prefix];
  const auto available = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), sizeof prefix));
  input.read(prefix, available);
  std::string header(detail::header_length({prefix, available}, input.size(), f->source), '\0');
  input.read(reinterpret_cast<std::byte*>(header.data()), header.size());
  const std::uint64_t data_bytes = input.size() - sizeof prefix - header.size();
  f->parse(header, data_bytes);
  f->data = allocate(static_cast<std::size_t>(data_bytes), f->source);
  input.read(f->data.get(), static_cast<std::size_t>(data_bytes));
  return {std::move(f), 0};
}

bundle_reader bundle_reader::from_bytes(std::span<const std::byte> bytes, std::string name) {
  auto f = std::make_shared<file>();
  f->source = std::move(name);
  const auto prefix = bytes.first(std::min(bytes.size(), detail::safetensors_prefix));
  const auto header = bytes.subspan(prefix.size(), detail::header_length(prefix, bytes.size(), f->source));
  const auto data = bytes.subspan(prefix.size() + header.size());
  f->parse({reinterpret_cast<const char*>(header.data()), header.size()}, data.size());
  f->data = allocate(data.size(), f->source);
  if (!data.empty()) std::memcpy(f->data.get(), data.data(), data.size());
  return {std::move(f), 0};
}

const bundle_summary& bundle_reader::summary() const { return file_->manifest.summary; }

namespace {

[[noreturn]] void stage_mismatch(std::size_t number, const std::string& there, const std::string& here) {
  throw error(errc::bundle_mismatch, {.stage = fmt::format("stage {}", number),
                                      .problem = fmt::format("the file has {}, this chain has {}", there, here)});
}

}  // namespace

bundle_reader bundle_reader::stage(std::string_view kind) {
  const auto& sections = file_->manifest.sections;
  const std::size_t number = file_->next;
  if (number >= sections.size()) stage_mismatch(number, fmt::format("no stage {}", number), in_quotes(kind, 200));
  if (sections[number].kind != kind)
    stage_mismatch(number, in_quotes(sections[number].kind, 200), in_quotes(kind, 200));
  ++file_->next;
  return {file_, number};
}

void bundle_reader::finish() const {
  const auto& sections = file_->manifest.sections;
  const std::size_t number = file_->next;
  if (number < sections.size())
    stage_mismatch(number, in_quotes(sections[number].kind, 200), fmt::format("no stage {}", number));
}

bool bundle_reader::flag(std::string_view name) const { return file_->value<bool>(section_, name); }
std::int64_t bundle_reader::integer(std::string_view name) const { return file_->value<std::int64_t>(section_, name); }
double bundle_reader::number(std::string_view name) const { return file_->value<double>(section_, name); }
std::string bundle_reader::text(std::string_view name) const { return file_->value<std::string>(section_, name); }

std::pair<const void*, std::size_t> bundle_reader::tensor_bytes(std::string_view name, const char* dtype,
                                                                std::size_t expected) const {
  const auto& t = file_->tensor(section_, name);
  if (t.dtype != dtype) reject(fmt::format("tensor {} has dtype {}, expected {}", in_quotes(name), t.dtype, dtype));
  if (expected != any_size && t.count != expected)
    reject(fmt::format("tensor {} has {} values, expected {}", in_quotes(name), t.count, expected));
  return {file_->data.get() + t.begin, t.count};
}

std::vector<std::size_t> bundle_reader::shape(std::string_view name) const {
  return file_->tensor(section_, name).shape;
}

std::vector<std::string> bundle_reader::strings(std::string_view name) const {
  const auto bytes = tensor<std::uint8_t>(std::string(name) + ".bytes");
  const auto offsets = tensor<std::uint64_t>(std::string(name) + ".offsets");
  if (offsets.empty() || offsets.front() != 0 || offsets.back() != bytes.size())
    reject(fmt::format("the offsets of {} do not lead from 0 to its {} bytes", in_quotes(name), bytes.size()));
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  std::vector<std::string> values;
  values.reserve(offsets.size() - 1);
  for (std::size_t i = 1; i < offsets.size(); ++i) {
    // All are checked one by one before use: with the last one in range and none descending, none is out of range.
    if (offsets[i] < offsets[i - 1] || offsets[i] > bytes.size())
      reject(fmt::format("the offsets of {} descend or leave its bytes at string {}", in_quotes(name), i - 1));
    values.emplace_back(text + offsets[i - 1], offsets[i] - offsets[i - 1]);
  }
  return values;
}

void bundle_reader::must_equal(std::string_view name, bool here) const { file_->must_equal(section_, name, here); }
void bundle_reader::must_equal(std::string_view name, std::int64_t here) const {
  file_->must_equal(section_, name, here);
}
void bundle_reader::must_equal(std::string_view name, double here) const { file_->must_equal(section_, name, here); }
void bundle_reader::must_equal(std::string_view name, std::string_view here) const {
  file_->must_equal(section_, name, std::string(here));
}

void bundle_reader::reject(std::string problem) const { file_->reject(section_, std::move(problem)); }

}  // namespace bespoke
