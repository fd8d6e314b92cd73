// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two tables: patients examined for heart disease, and masses of the breast.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A patient of one of four hospitals (UCI Heart Disease). What is missing is an empty optional.
struct patient {
  std::string hospital{};
  std::optional<float> age{}, pressure{}, cholesterol{}, rate{}, depression{}, vessels{};
  std::optional<std::string> sex{}, pain{}, sugar{}, ecg{}, angina{}, slope{}, defect{};
  bool diseased = false;  ///< a vessel is narrowed by more than half
};

/// A mass whose cells were measured under the microscope (UCI Breast Cancer Wisconsin, diagnostic).
struct mass {
  std::string id{};
  std::vector<float> measures{};  ///< of `measure_names`
  bool malignant = false;
};
inline constexpr std::size_t measures_of_a_mass = 30;
std::string measure_name(std::size_t column);  ///< "largest radius"

/// Reads processed.{cleveland,hungarian,switzerland,va}.data. Throws bespoke::error.
std::vector<patient> read_patients(const std::filesystem::path& folder);
/// Reads wdbc.data. Throws bespoke::error.
std::vector<mass> read_masses(const std::filesystem::path& folder);

/// "63 years, male, asymptomatic": who this is, in a line.
std::string in_words(const patient& p);
std::string in_words(const mass& m);
