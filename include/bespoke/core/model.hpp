// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one erased type: a function from the host's record to an answer, whatever chain is behind it.
//
// Put specs and `fit` in one .cpp and pass `model<Ticket, decision<std::string>>` around: this header costs <memory>,
// <span> and <vector>, and compiles as C++20 beside anything.

#include <concepts>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke {

/// A fitted chain, or any function of a record, behind one pointer. Immutable, cheap to copy; copies share it.
/// Thread safety: const calls from any thread, as far as the function behind it allows that (fitted chains do).
template <class Record, class Answer>
class model {
 public:
  using record_type = Record;
  using answer_type = Answer;

  model() = default;

  /// From a fitted chain or another callable. Its answers must convert to `Answer`.
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, model> &&
             std::is_invocable_r_v<Answer, const std::decay_t<F>&, const Record&>)
  model(F&& f) : behind_(std::make_shared<const holder<std::decay_t<F>>>(std::forward<F>(f))) {}

  /// False for a default-constructed model, which must not be called.
  explicit operator bool() const noexcept { return behind_ != nullptr; }

  Answer operator()(const Record& r) const { return behind_->one(r); }
  /// One answer a record, in order; equal to calling it on each.
  std::vector<Answer> operator()(std::span<const Record> records) const { return behind_->many(records); }

 private:
  struct function {
    virtual ~function() = default;
    virtual Answer one(const Record& r) const = 0;
    virtual std::vector<Answer> many(std::span<const Record> records) const = 0;
  };

  template <class F>
  struct holder final : function {
    explicit holder(F g) : f(std::move(g)) {}
    Answer one(const Record& r) const override { return f(r); }
    std::vector<Answer> many(std::span<const Record> records) const override {
      if constexpr (requires {
                      { f(records) } -> std::same_as<std::vector<Answer>>;
                    }) {
        return f(records);
      } else {
        std::vector<Answer> answers;
        answers.reserve(records.size());
        for (const Record& r : records) answers.push_back(f(r));
        return answers;
      }
    }
    F f;
  };

  std::shared_ptr<const function> behind_;
};

}  // namespace bespoke
