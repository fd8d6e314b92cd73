// SPDX-License-Identifier: Apache-2.0
#include "strict_json.hpp"

#include <fmt/format.h>

#include <bespoke/core/error.hpp>
#include <set>
#include <vector>

namespace bespoke::detail {

namespace {

using nlohmann::json;

class checker final : public nlohmann::json_sax<json> {
 public:
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    if (!keys_.back().insert(name).second)
      throw json_refusal(fmt::format("has the key {} twice in one object", in_quotes(name)));
    return value();
  }

  bool parse_error(std::size_t byte, const std::string&, const json::exception&) override {
    throw json_refusal(fmt::format("is not JSON at byte {}", byte));
  }

 private:
  bool value() {
    if (++values_ > json_value_limit) throw json_refusal(fmt::format("has more than {} values", json_value_limit));
    return true;
  }
  bool open() {
    keys_.emplace_back();
    if (keys_.size() > json_depth_limit)
      throw json_refusal(fmt::format("is nested deeper than {} levels", json_depth_limit));
    return value();
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> keys_;  // of the open objects; empty for arrays
  std::size_t values_ = 0;
};

}  // namespace

void check_json(std::string_view text) {
  checker c;
  json::sax_parse(text.begin(), text.end(), &c);
}

json parse_strict(std::string_view text) {
  check_json(text);
  return json::parse(text.begin(), text.end());
}

}  // namespace bespoke::detail
