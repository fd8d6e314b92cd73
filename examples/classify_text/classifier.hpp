// SPDX-License-Identifier: Apache-2.0
#pragma once
// A classifier of texts, whatever learner is behind it: the chain and its templates stay in classifier.cpp.

#include <bespoke/core/bootstrap.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/metrics.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/train/curves.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "documents.hpp"

struct text_classifier {
  std::function<bespoke::decision<std::string>(const labelled_text&)> answer{};
  std::function<std::vector<bespoke::named_reason>(const labelled_text&, std::size_t)> reasons{};
  std::function<void(const std::filesystem::path&)> save{};
};

/// One learner with one setting, and its accuracy in cross-validation.
struct tried {
  std::string settings{};
  bespoke::estimate accuracy{};
  bool chosen = false;
};

/// A word and how much it speaks for a label: the sum of its parts in the answers to the held-out texts.
struct speaking_word {
  std::string word{};
  double weight = 0;
};

struct learned {
  text_classifier function{};
  std::vector<tried> evidence{};
  std::vector<std::string> labels{};
  bespoke::confusion_matrix confusion{};            ///< of the held-out texts
  bespoke::estimate accuracy{};                     ///< on them
  std::vector<std::vector<speaking_word>> words{};  ///< for each label
  bespoke::curve curve{};                           ///< accuracy after learning from fewer texts, if asked for
  double seconds = 0;                               ///< of choosing and learning
};

struct learning_options {
  std::uint64_t seed = 1;
  bool progress = false;  ///< show a bar on the terminal
  bool curve = false;     ///< learn from fewer texts too
};

/// Chooses by cross-validation on `p.learn`, learns from all of it, and judges on `p.judge`. Throws bespoke::error.
learned learn(const parts& p, const learning_options& options);
/// A classifier that was saved. Throws bespoke::error.
text_classifier load_classifier(const std::filesystem::path& file);
