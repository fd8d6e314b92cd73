// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `fit` returns: a function of the host's record. It answers for one record or for many, and cannot change.

#include <bespoke/core/blocks.hpp>
#include <bespoke/core/bundle.hpp>
#include <bespoke/core/classifier.hpp>
#include <bespoke/core/model.hpp>
#include <bespoke/core/reasons.hpp>
#include <bespoke/core/stage.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

namespace detail {

/// What is kept of an answer after its scratch is gone: rows become matrices of one row, views become values.
template <class Output>
struct kept {
  using value = std::remove_cvref_t<Output>;
  using type = std::conditional_t<std::is_same_v<value, std::string_view>, std::string, value>;
};
template <class Output>
  requires is_row<std::remove_cvref_t<Output>>
struct kept<Output> {
  using type = bespoke::rows_of<std::remove_cvref_t<Output>>;
};

inline dense_rows keep(const dense_row& r) {
  dense_rows one(1, r.width());
  for (std::size_t c = 0; c < r.width(); ++c) one.writable(0)[c] = r[c];
  return one;
}
inline sparse_rows keep(const sparse_row& r) {
  sparse_rows one(r.width());
  one.append(r);
  return one;
}

/// Answers of many records: a matrix for rows, a vector otherwise (of bytes for bool, which vector would pack).
template <class Output>
struct kept_many {
  using one = typename kept<Output>::type;
  using type = std::vector<std::conditional_t<std::is_same_v<one, bool>, unsigned char, one>>;
};
template <class Output>
  requires is_row<std::remove_cvref_t<Output>>
struct kept_many<Output> {
  using type = bespoke::rows_of<std::remove_cvref_t<Output>>;
};

}  // namespace detail

/// A fitted chain as a function. `Record` is the host's struct, `Stage` the fitted stage behind it.
/// Immutable and cheap to copy: copies share what was learned. Thread safety: const calls from any thread.
template <class Record, class Stage>
class fitted {
 public:
  using record_type = Record;
  using stage_type = Stage;
  using answer_type = typename detail::kept<typename Stage::output_type>::type;
  using answers_type = typename detail::kept_many<typename Stage::output_type>::type;

  fitted(Stage stage, bundle_summary summary)
      : behind_(std::make_shared<const content>(content{std::move(stage), std::move(summary)})) {}

  /// One record. Takes no lock; allocates nothing in steady state, unless the answer itself owns memory (a row).
  answer_type operator()(const Record& r) const {
    if constexpr (needs_scratch<Stage, Record>) {
      scratch& s = scratch::local();
      const scratch::frame frame(s);
      if constexpr (is_row<std::remove_cvref_t<typename Stage::output_type>>) return detail::keep(behind_->stage(r, s));
      else return answer_type(behind_->stage(r, s));
    } else {
      return answer_type(behind_->stage(r));
    }
  }

  /// One record with the caller's scratch: the answer may view it, and is valid until the caller's frame ends.
  typename Stage::output_type operator()(const Record& r, scratch& s) const { return apply(behind_->stage, r, s); }

  /// Many records, on `threads` threads (0: all): row or element i is the answer to `records[i]`, bit for bit.
  answers_type operator()(std::span<const Record> records, unsigned threads = 0) const {
    const context ctx({.threads = threads});
    if constexpr (is_row<std::remove_cvref_t<typename Stage::output_type>>) {
      return collect(applied(behind_->stage, blocks<Record>(records)), ctx);
    } else {
      answers_type answers(records.size());
      blocks<Record>(records).for_each(ctx, [&](const block<Record>& b) {
        for (std::size_t i = 0; i < b.size(); ++i) answers[b.first() + i] = (*this)(b[i]);
      });
      return answers;
    }
  }
  answers_type operator()(const std::vector<Record>& records, unsigned threads = 0) const {
    return (*this)(std::span<const Record>(records), threads);
  }

  /// The `k` columns, or members of a vote, that moved the answer to `r` most, by name, strongest first. O(values of the
  /// row), or one more answer of each member.
  std::vector<named_reason> reasons(const Record& r, std::size_t k = 5) const
    requires requires(const Stage& f, scratch& s) { f.reasons(r, k, s); }
  {
    scratch& s = scratch::local();
    const scratch::frame frame(s);
    return behind_->stage.reasons(r, k, s);
  }

  /// A decision for every label, in label order, with its score (a probability where the learner gives such).
  auto scores(const Record& r) const
    requires classifier<Stage, Record>
  {
    return all_decisions(behind_->stage, r, scratch::local());
  }

  /// The fitted stage itself: `f.stage().last().weights()`.
  const Stage& stage() const noexcept { return behind_->stage; }
  /// What is known of the training: records, seed, digest; and after `load`, what the file says.
  const bundle_summary& summary() const noexcept { return behind_->summary; }

 private:
  struct content {
    Stage stage;
    bundle_summary summary;
  };
  std::shared_ptr<const content> behind_;
};

template <class Record, class Stage>
model(fitted<Record, Stage>) -> model<Record, typename fitted<Record, Stage>::answer_type>;

}  // namespace bespoke
