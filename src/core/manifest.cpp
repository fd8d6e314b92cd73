// SPDX-License-Identifier: Apache-2.0
#include "manifest.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "safetensors.hpp"
#include "strict_json.hpp"

namespace bespoke::detail {

using nlohmann::json;

bool is_json_text(std::string_view text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::type_error&) {
    return false;
  }
}

namespace {

// ---- writing

json text_json(std::string_view text) {
  if (is_json_text(text)) return json(text);
  std::string digits;
  for (const char c : text) digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return json{{"hex", digits}};
}

json number_json(double x) {
  if (std::isfinite(x)) return json(x);
  return json{{"f64", fmt::format("{:016x}", std::bit_cast<std::uint64_t>(x))}};
}

json parameter_json(const parameter& p) {
  if (const auto* flag = std::get_if<bool>(&p)) return json(*flag);
  if (const auto* integer = std::get_if<std::int64_t>(&p)) return json(*integer);
  if (const auto* number = std::get_if<double>(&p)) return number_json(*number);
  return text_json(std::get<std::string>(p));
}

json parameters_json(const manifest_section& section) {
  json object = json::object();
  for (const auto& [name, value] : section.parameters) object[name] = parameter_json(value);
  return object;
}

json stages_json(const std::vector<manifest_section>& sections) {
  json list = json::array();
  for (std::size_t i = 1; i < sections.size(); ++i) {
    json stage = json::object();
    stage["kind"] = sections[i].kind;
    stage["params"] = parameters_json(sections[i]);
    list.push_back(std::move(stage));
  }
  return list;
}

json golden_json(const golden_record& record) {
  json fields = json::array(), scores = json::array();
  for (const auto& [name, values] : record.fields) {
    json texts = json::array();
    for (const std::string& v : values) texts.push_back(text_json(v));
    fields.push_back(json::array({text_json(name), std::move(texts)}));
  }
  for (const double s : record.scores) scores.push_back(number_json(s));
  json object = json::object();
  object["fields"] = std::move(fields);
  object["label"] = text_json(record.label);
  object["scores"] = std::move(scores);
  return object;
}

json summary_json(const bundle_summary& s) {
  json j = json::object(), metrics = json::array(), golden = json::array();
  for (const auto& [name, value] : s.metrics) metrics.push_back(json::array({text_json(name), number_json(value)}));
  for (const golden_record& g : s.golden) golden.push_back(golden_json(g));
  j["library"] = text_json(s.library);
  j["label"] = text_json(s.label);
  j["seed"] = s.seed;
  j["records"] = s.records;
  j["training_digest"] = text_json(s.training_digest);
  j["vector_width"] = text_json(s.vector_width);
  j["metrics"] = std::move(metrics);
  j["golden_source"] = text_json(s.golden_source);
  j["golden"] = std::move(golden);
  return j;
}

// ---- reading

/// The bytes of hexadecimal digits, or nothing.
std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned byte = 0;
    const char* end = digits.data() + i + 2;
    if (std::from_chars(end - 2, end, byte, 16).ptr != end) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::optional<double> from_bits(std::string_view digits) {
  std::uint64_t bits = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, bits, 16);
  if (digits.size() != 16 || stop != end || failure != std::errc{}) return std::nullopt;
  return std::bit_cast<double>(bits);
}

/// The text of an object with one member of this name, or nothing: {"hex": "ff"}.
const std::string* wrapped(const json& j, const char* key) {
  if (!j.is_object() || j.size() != 1 || j.begin().key() != key || !j.begin()->is_string()) return nullptr;
  return j.begin()->get_ptr<const std::string*>();
}

std::optional<std::string> to_text(const json& j) {
  if (j.is_string()) return j.get_ref<const std::string&>();
  const std::string* digits = wrapped(j, "hex");
  return digits ? from_hex(*digits) : std::nullopt;
}

std::optional<double> to_number(const json& j) {
  if (j.is_number_float()) return j.get<double>();
  const std::string* digits = wrapped(j, "f64");
  return digits ? from_bits(*digits) : std::nullopt;
}

std::optional<std::int64_t> to_integer(const json& j) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!j.is_number_integer() || (j.is_number_unsigned() && j.get<std::uint64_t>() > most)) return std::nullopt;
  return j.get<std::int64_t>();
}

std::optional<parameter> to_parameter(const json& j) {
  if (j.is_boolean()) return parameter(j.get<bool>());
  if (const auto integer = to_integer(j)) return parameter(*integer);
  if (const auto number = to_number(j)) return parameter(*number);
  if (auto text = to_text(j)) return parameter(std::move(*text));
  return std::nullopt;
}

class manifest_parser {
 public:
  explicit manifest_parser(const std::string& source) : source_(source) {}

  manifest parse(const json& j) const {
    check_format(j);
    manifest m;
    m.sections.push_back({"", parameters(member(j, "root"))});
    for (const json& stage : list(member(j, "stages"), "stages"))
      m.sections.push_back({text(stage, "kind"), parameters(member(stage, "params"))});
    m.summary = summary(j);
    for (std::size_t i = 1; i < m.sections.size(); ++i) m.summary.stages.push_back(m.sections[i].kind);
    return m;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem) const {
    refuse_bundle(source_, fmt::format("the manifest {}", problem));
  }

  void check_format(const json& j) const {
    const std::uint64_t format = natural(j, "format");
    if (format == bundle_format) return;
    throw error(
        errc::bundle_mismatch,
        {.source = source_,
         .problem = fmt::format("the file has bundle format {}, this library reads format {}", format, bundle_format),
         .advice = "load it with the version of bespoke that saved it, or a later one"});
  }

  bundle_summary summary(const json& j) const {
    bundle_summary s;
    s.library = text(j, "library");
    s.label = text(j, "label");
    s.seed = natural(j, "seed");
    s.records = natural(j, "records");
    s.training_digest = text(j, "training_digest");
    s.vector_width = text(j, "vector_width");
    s.metrics = metrics(member(j, "metrics"));
    s.golden_source = text(j, "golden_source");
    for (const json& record : list(member(j, "golden"), "golden")) s.golden.push_back(golden(record));
    return s;
  }

  std::vector<std::pair<std::string, double>> metrics(const json& j) const {
    std::vector<std::pair<std::string, double>> out;
    for (const json& m : list(j, "metrics")) {
      const json& pair = pair_of(m, "metrics");
      out.emplace_back(checked(to_text(pair[0]), "metrics"), checked(to_number(pair[1]), "metrics"));
    }
    return out;
  }

  golden_record golden(const json& j) const {
    golden_record record;
    for (const json& field : list(member(j, "fields"), "fields")) {
      const json& pair = pair_of(field, "fields");
      auto& [name, values] = record.fields.emplace_back();
      name = checked(to_text(pair[0]), "fields");
      for (const json& v : list(pair[1], "fields")) values.push_back(checked(to_text(v), "fields"));
    }
    record.label = text(j, "label");
    for (const json& score : list(member(j, "scores"), "scores"))
      record.scores.push_back(checked(to_number(score), "scores"));
    return record;
  }

  std::map<std::string, parameter, std::less<>> parameters(const json& j) const {
    if (!j.is_object()) refuse("has parameters that are not an object");
    std::map<std::string, parameter, std::less<>> out;
    for (const auto& [name, value] : j.items()) out.emplace(name, checked(to_parameter(value), in_quotes(name)));
    return out;
  }

  const json& member(const json& j, const char* key) const {
    if (!j.is_object() || !j.contains(key)) refuse(fmt::format("has no {}", key));
    return j[key];
  }
  const json& list(const json& j, const char* what) const {
    if (!j.is_array()) refuse(fmt::format("has {} that is not a list", what));
    return j;
  }
  const json& pair_of(const json& j, const char* what) const {
    if (!j.is_array() || j.size() != 2) refuse(fmt::format("has {} that are not pairs", what));
    return j;
  }
  std::string text(const json& j, const char* key) const { return checked(to_text(member(j, key)), key); }
  std::uint64_t natural(const json& j, const char* key) const {
    const json& n = member(j, key);
    if (!n.is_number_unsigned()) refuse(fmt::format("has {} that is not a whole number ≥ 0", key));
    return n.get<std::uint64_t>();
  }
  template <class T>
  T checked(std::optional<T> value, std::string_view what) const {
    if (!value) refuse(fmt::format("has a value of the wrong type: {}", what));
    return std::move(*value);
  }

  const std::string& source_;
};

}  // namespace

std::string manifest_text(const bundle_summary& summary, const std::vector<manifest_section>& sections) {
  json j = summary_json(summary);
  j["format"] = bundle_format;
  j["root"] = parameters_json(sections.front());
  j["stages"] = stages_json(sections);
  std::string text = j.dump();
  try {
    check_json(text);
  } catch (const json_refusal& e) {
    throw error(errc::limit, {.stage = "save",
                              .problem = fmt::format("the manifest {}", e.what()),
                              .advice = "put long parameters into tensors, or save fewer golden records"});
  }
  return text;
}

manifest parse_manifest(std::string_view text, const std::string& source) {
  try {
    return manifest_parser(source).parse(parse_strict(text));
  } catch (const json_refusal& e) {
    refuse_bundle(source, fmt::format("the manifest {}", e.what()));
  }
}

}  // namespace bespoke::detail
