// SPDX-License-Identifier: Apache-2.0
#include "records.hpp"

#include <bespoke/ingest/csv.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

using namespace bespoke;

namespace {

/// A line of the file: fourteen numbers, some of which are "?".
struct line {
  std::optional<float> age{}, sex{}, pain{}, pressure{}, cholesterol{}, sugar{}, ecg{}, rate{}, angina{}, depression{},
      slope{}, vessels{}, defect{};
  float narrowed = 0;
};

using code = std::pair<int, std::string_view>;

std::optional<std::string> word(const std::optional<float>& number, std::initializer_list<code> codes) {
  if (number)
    for (const auto& [n, text] : codes)
      if (static_cast<int>(std::lround(*number)) == n) return std::string(text);
  return {};
}

/// Two of the hospitals wrote 0 for a pressure or a cholesterol that was not measured.
std::optional<float> measured(const std::optional<float>& number) {
  return number && *number > 0 ? number : std::nullopt;
}

patient patient_of(const line& l, const std::string& hospital) {
  return {.hospital = hospital,
          .age = l.age,
          .pressure = measured(l.pressure),
          .cholesterol = measured(l.cholesterol),
          .rate = l.rate,
          .depression = l.depression,
          .vessels = l.vessels,
          .sex = word(l.sex, {{0, "female"}, {1, "male"}}),
          .pain = word(l.pain, {{1, "typical angina"}, {2, "atypical angina"}, {3, "other pain"}, {4, "no pain"}}),
          .sugar = word(l.sugar, {{0, "normal"}, {1, "high"}}),
          .ecg = word(l.ecg, {{0, "normal"}, {1, "ST-T abnormal"}, {2, "hypertrophy"}}),
          .angina = word(l.angina, {{0, "no"}, {1, "yes"}}),
          .slope = word(l.slope, {{1, "rising"}, {2, "flat"}, {3, "falling"}}),
          .defect = word(l.defect, {{3, "none"}, {6, "fixed"}, {7, "reversible"}}),
          .diseased = l.narrowed > 0};
}

constexpr std::array<std::string_view, 10> measured_things = {
    "radius",      "texture",   "perimeter",      "area",     "smoothness",
    "compactness", "concavity", "concave points", "symmetry", "fractal dimension"};
constexpr std::array<std::string_view, 3> figures = {"mean", "error of", "largest"};

/// One more of the numbers of a line, which come in their order.
bool add_measure(std::string_view text, std::vector<float>& out) {
  float value = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), value);
  out.push_back(value);
  return bad == std::errc{} && end == text.data() + text.size();
}

std::string with_unit(const std::optional<float>& value, std::string_view unit) {
  return value ? fmt::format("{:g} {}", *value, unit) : std::string();
}

}  // namespace

std::vector<patient> read_patients(const std::filesystem::path& folder) {
  std::vector<patient> all;
  for (const std::string hospital : {"cleveland", "hungarian", "switzerland", "va"})
    for (const line& l :
         ingest::csv<line>(folder / ("processed." + hospital + ".data"),
                           {column(std::size_t{0}, &line::age), column(std::size_t{1}, &line::sex),
                            column(std::size_t{2}, &line::pain), column(std::size_t{3}, &line::pressure),
                            column(std::size_t{4}, &line::cholesterol), column(std::size_t{5}, &line::sugar),
                            column(std::size_t{6}, &line::ecg), column(std::size_t{7}, &line::rate),
                            column(std::size_t{8}, &line::angina), column(std::size_t{9}, &line::depression),
                            column(std::size_t{10}, &line::slope), column(std::size_t{11}, &line::vessels),
                            column(std::size_t{12}, &line::defect), column(std::size_t{13}, &line::narrowed)},
                           {.header = false, .missing = {"?"}}))
      all.push_back(patient_of(l, hospital));
  return all;
}

std::vector<mass> read_masses(const std::filesystem::path& folder) {
  std::vector<ingest::record_column<mass>> columns = {
      column(std::size_t{0}, &mass::id), column(std::size_t{1}, &mass::malignant, {{"M", true}, {"B", false}})};
  for (std::size_t i = 0; i < measures_of_a_mass; ++i)
    columns.push_back(column(i + 2, &mass::measures, add_measure, "a number"));
  std::vector<mass> all;
  for (const mass& m : ingest::csv<mass>(folder / "wdbc.data", columns, {.header = false})) all.push_back(m);
  return all;
}

std::string measure_name(std::size_t column) {
  return fmt::format("{} {}", figures.at(column / 10), measured_things.at(column % 10));
}

std::string in_words(const patient& p) {
  std::string all;
  for (const std::string& part :
       {with_unit(p.age, "years"), p.sex.value_or(""), p.pain.value_or(""), with_unit(p.rate, "beats a minute")})
    if (!part.empty()) all += (all.empty() ? "" : ", ") + part;
  return all + " (" + p.hospital + ")";
}

std::string in_words(const mass& m) { return fmt::format("mass {}, mean radius {:g}", m.id, m.measures.front()); }
