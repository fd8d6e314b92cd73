// SPDX-License-Identifier: Apache-2.0
#pragma once
// A decision: what a classifier answers. A label, the score that chose it, and its number.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace bespoke {

/// The answer of a classifier whose targets were of type `Label`: a number, a bool or an enum, held by value.
/// For std::string see below. Equal when label and score are. Cheap to copy, never allocates.
/// Thread safety: as a plain value.
template <class Label>
class decision {
 public:
  decision() = default;
  decision(Label label, float score, std::size_t index)
      : label_(label), score_(score), index_(static_cast<std::uint32_t>(index)) {}

  Label label() const noexcept { return label_; }
  /// How strongly the label was chosen, in the learner's own unit: for linear_svm the margin of the chosen label.
  float score() const noexcept { return score_; }
  /// The label's number among the sorted labels of the training targets, from 0.
  std::size_t index() const noexcept { return index_; }

  friend bool operator==(const decision& a, const decision& b) { return a.label_ == b.label_ && a.score_ == b.score_; }

 private:
  Label label_{};
  float score_ = 0;
  std::uint32_t index_ = 0;
};

/// The same for text labels: the label is a view into the version that answered, which the decision keeps alive. A label
/// of any length so costs no allocation, and stays readable after a newer version went live.
template <>
class decision<std::string> {
 public:
  decision() = default;
  /// `label` must live as long as `owner`.
  decision(std::string_view label, float score, std::size_t index, std::shared_ptr<const void> owner) noexcept
      : owner_(std::move(owner)), label_(label), score_(score), index_(static_cast<std::uint32_t>(index)) {}

  /// Valid while this decision, or a copy of it, lives.
  std::string_view label() const noexcept { return label_; }
  float score() const noexcept { return score_; }        ///< as above
  std::size_t index() const noexcept { return index_; }  ///< as above

  friend bool operator==(const decision& a, const decision& b) { return a.label_ == b.label_ && a.score_ == b.score_; }

 private:
  std::shared_ptr<const void> owner_;
  std::string_view label_;
  float score_ = 0;
  std::uint32_t index_ = 0;
};

}  // namespace bespoke
