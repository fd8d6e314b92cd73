// SPDX-License-Identifier: Apache-2.0
// diagnose: from a table of examinations to a calibrated probability, a threshold chosen for a wanted sensitivity, and
// reasons for each answer; on heart disease and on masses of the breast.
//
// This is an example of a library. It is no medical device, and nothing it prints is advice on anybody's health.

#include <bespoke/core/error.hpp>
#include <bespoke/core/fuse.hpp>
#include <bespoke/features/dense.hpp>
#include <bespoke/features/impute.hpp>
#include <bespoke/features/one_hot.hpp>
#include <bespoke/features/standardize.hpp>
#include <bespoke/train/calibrated.hpp>
#include <bespoke/train/logistic.hpp>
#include <bespoke/train/random_forest.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "examine.hpp"
#include "findings.hpp"
#include "records.hpp"

using namespace bespoke;

namespace {

constexpr std::string_view no_device =
    "An example of a library, no medical device: learned from a few hundred records of the 1980s and 1990s, checked on "
    "no "
    "patient of today. Nothing here is advice on anybody's health.";

constexpr const char* help =
    "diagnose heart|breast [--data FOLDER] [--sensitivity 0.95] [--report FILE.html] [--save FILE] [--seed N]\n"
    "\n"
    "  heart    UCI Heart Disease: processed.{cleveland,hungarian,switzerland,va}.data in FOLDER/heart_disease\n"
    "           from https://archive.ics.uci.edu/dataset/45/heart+disease\n"
    "  breast   UCI Breast Cancer Wisconsin (Diagnostic): wdbc.data in FOLDER/breast_cancer_wdbc\n"
    "           from https://archive.ics.uci.edu/dataset/17/breast+cancer+wisconsin+diagnostic\n"
    "\n"
    "FOLDER is $BESPOKE_DATA unless given. --sensitivity: the share of cases that the threshold is to find.\n";

struct arguments {
  std::string table{};
  std::filesystem::path data{}, report{};
  study_options study{};
};

[[noreturn]] void refuse(std::string expected, std::string_view got) {
  throw error(
      errc::invalid_argument,
      {.stage = "arguments", .expected = std::move(expected), .got = in_quotes(got), .advice = "see diagnose --help"});
}

double share_of(const std::string& text) {
  const double share = std::atof(text.c_str());
  if (!(share > 0 && share <= 1)) refuse("a share above 0 and up to 1 after --sensitivity", text);
  return share;
}

void set(arguments& a, std::string_view option, const std::string& value) {
  if (option == "--data") a.data = value;
  else if (option == "--report") a.report = value;
  else if (option == "--save") a.study.model = value;
  else if (option == "--sensitivity") a.study.sensitivity = share_of(value);
  else if (option == "--seed") a.study.seed = std::strtoull(value.c_str(), nullptr, 10);
  else refuse("an option", option);
}

arguments parse(const std::vector<std::string>& words) {
  arguments a;
  if (const char* data = std::getenv("BESPOKE_DATA")) a.data = data;
  a.table = words.empty() ? "" : words.front();
  if (a.table != "heart" && a.table != "breast") refuse("heart or breast", a.table);
  for (std::size_t i = 1; i < words.size(); i += 2) {
    if (i + 1 == words.size()) refuse("a value after the option", words[i]);
    set(a, words[i], words[i + 1]);
  }
  if (a.data.empty())
    throw error(errc::invalid_argument, {.stage = "arguments",
                                         .problem = "there is no data",
                                         .advice = "download it (diagnose --help says where) and give --data FOLDER"});
  return a;
}

template <class... Value>
std::size_t absent(const std::optional<Value>&... value) {
  return (std::size_t{0} + ... + (value ? 0 : 1));
}

findings examine_hearts(const arguments& a) {
  const auto all = read_patients(a.data / "heart_disease");
  findings f{.title = "Heart disease", .cases = "diseased"};
  for (const patient& p : all)
    f.missing_values += absent(p.age, p.pressure, p.cholesterol, p.rate, p.depression, p.vessels) +
                        absent(p.sex, p.pain, p.sugar, p.ecg, p.angina, p.slope, p.defect);
  const auto number = [](const char* name, std::optional<float> patient::* member) {
    return field(name, member) | features::impute{.with = features::replacement::median} | features::standardize{};
  };
  const auto category = [](const char* name, std::optional<std::string> patient::* member) {
    return field(name, member) | features::one_hot{};
  };
  const auto features =
      fuse(number("age", &patient::age), number("pressure", &patient::pressure),
           number("cholesterol", &patient::cholesterol), number("heart rate", &patient::rate),
           number("ST depression", &patient::depression), number("vessels seen", &patient::vessels),
           category("sex", &patient::sex), category("pain", &patient::pain), category("sugar", &patient::sugar),
           category("ECG", &patient::ecg), category("angina on exercise", &patient::angina),
           category("ST slope", &patient::slope), category("thallium defect", &patient::defect));
  const auto linear = features | train::logistic{.c = 0.1f};
  const auto groups = grouped_folds(numbered(all, &patient::hospital), 4);
  f.notes.push_back(fmt::format(
      "A hospital that was not learned from: AUC {:.2f} (each of the four judged by a logistic regression on the "
      "others).",
      cross_validate(linear, all, &patient::diseased, {.folds = groups, .metric = metric::roc_auc()}).score.mean));
  return examine(std::move(f), all, &patient::diseased, a.study, study::way{"logistic regression", linear},
                 study::way{"random forest, calibrated",
                            features | features::dense{} | train::calibrated(train::random_forest{})});
}

/// A stage of this program's own: the measures of a mass are a row already, and their columns have names.
struct measures {
  struct fitted {
    static constexpr std::string_view kind = "measures/1";
    using output_type = dense_row;
    dense_row operator()(const mass& m) const { return {m.measures}; }
    std::size_t width() const { return measures_of_a_mass; }
    std::string column_name(std::size_t column) const { return measure_name(column); }
    void save(bundle_writer&) const {}
  };
  template <class Y>
  fitted fit(const blocks<mass>&, const blocks<Y>&, const context&) const {
    return {};
  }
  template <class In, class Y>
  fitted load(bundle_reader&) const {
    return {};
  }
};

findings examine_masses(const arguments& a) {
  const auto all = read_masses(a.data / "breast_cancer_wdbc");
  return examine(findings{.title = "Breast masses", .cases = "malignant"}, all, &mass::malignant, a.study,
                 study::way{"logistic regression", measures{} | features::standardize{} | train::logistic{}},
                 study::way{"random forest, calibrated", measures{} | train::calibrated(train::random_forest{})});
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words.front() == "--help") return fmt::print("{}\n{}\n", help, no_device), words.empty() ? 2 : 0;
  const arguments a = parse(words);
  findings f = a.table == "heart" ? examine_hearts(a) : examine_masses(a);
  f.notes.emplace_back(no_device);
  print(f);
  if (!a.report.empty()) {
    write_report(f, a.report);
    fmt::print("\nThe same as a page: {}\n", a.report.string());
  }
  return 0;
} catch (const std::exception& e) {
  std::fprintf(stderr, "diagnose: %s\n", e.what());
  return 1;
}
