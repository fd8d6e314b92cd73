// SPDX-License-Identifier: Apache-2.0
#pragma once
// A function in service: it answers on many threads while newer versions of it are published.
//
//     infer::live desk{fit(spec, tickets, &Ticket::queue)};   // infer::live<Ticket, decision<std::string>>
//     auto answer = desk(ticket);                             // the version of now, without waiting for anybody
//     desk.publish(fit(spec, more, &Ticket::queue));          // from any thread; running answers finish with the old one
//     desk.rollback();                                        // the one before it again

#include <bespoke/core/error.hpp>
#include <bespoke/core/model.hpp>
#include <bespoke/core/wiring.hpp>
#include <bespoke/infer/published.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::infer {

/// An answer and the version that gave it.
template <class Answer>
struct versioned {
  Answer answer{};
  std::uint64_t version = 0;  ///< as `live::version()`: means something in this process only
};

/// Holds the current version of a `model<Record, Answer>`. Made from what `fit` or `load` returned, or from a model; or,
/// with its types written out, from any function: `live<Ticket, float> desk{[](const Ticket& t) { return t.amount; }}`.
///
/// Thread safety: every call from any thread, except construction and destruction, and the object must outlive the calls.
/// Cost: about 6 ns beside the model's own work; no lock, no allocation. One old version is kept for `rollback()` unless
/// `.keep_previous = false`; versions older than that die when a publisher finds that nobody uses them any more.
template <class Record, class Answer>
class live {
 public:
  using record_type = Record;
  using answer_type = Answer;
  using model_type = model<Record, Answer>;

  /// Starts with a first version. Throws errc::invalid_argument for a default-constructed model, as `publish` does.
  explicit live(model_type first, live_options options = {}) : versions_(shared(std::move(first)), options) {}

  /// The current version's answer.
  Answer operator()(const Record& r) const {
    return versions_.read([&](const model_type& m) { return m(r); });
  }
  /// One answer a record, in order, all from the same version.
  std::vector<Answer> operator()(std::span<const Record> records) const {
    return versions_.read([&](const model_type& m) { return m(records); });
  }
  /// The current version's answer, and which version it was.
  versioned<Answer> ask(const Record& r) const {
    return versions_.read([&](const model_type& m, std::uint64_t stamp) { return versioned<Answer>{m(r), stamp}; });
  }

  /// The current version, owned: for a whole request, and on whatever thread.
  model_type snapshot() const { return *versions_.snapshot(); }
  /// The current version's stamp: larger for a later publish, different for each publish in this process.
  std::uint64_t version() const noexcept { return versions_.version(); }

  /// Makes `next` current and gives its stamp: calls that begin after this has returned are answered by it.
  std::uint64_t publish(model_type next) { return versions_.publish(shared(std::move(next))); }
  /// Publishes the version before the current one again, under a new stamp, and forgets the current one. False where
  /// there is none: after the first version, after another rollback, and with `.keep_previous = false`.
  bool rollback() { return versions_.rollback(); }

 private:
  static std::shared_ptr<const model_type> shared(model_type m) {
    if (!m)
      throw error(
          errc::invalid_argument,
          {.stage = "infer::live", .problem = "the model is empty", .advice = "pass what fit or load returned"});
    return std::make_shared<const model_type>(std::move(m));
  }

  published<model_type> versions_;
};

/// What `live{spec}` becomes: one sentence from the compiler, and silence afterwards.
template <>
class live<bespoke::detail::poison, bespoke::detail::poison> {
 public:
  template <class T, class... Options>
  explicit live(const T&, const Options&...) {
    constexpr bool can_answer = bespoke::detail::is_poison<T>;
    static_assert(can_answer,
                  "bespoke: live takes what fit returned, and this is a spec: call fit(spec, records, target) first");
  }
  template <class... Args>
  bespoke::detail::poison operator()(const Args&...) const {
    return {};
  }
  template <class... Args>
  bespoke::detail::poison ask(const Args&...) const {
    return {};
  }
  template <class... Args>
  std::uint64_t publish(const Args&...) {
    return 0;
  }
  bespoke::detail::poison snapshot() const { return {}; }
  std::uint64_t version() const noexcept { return 0; }
  bool rollback() { return false; }
};

template <class T, class... Options>
live(T, Options...) -> live<bespoke::detail::poison, bespoke::detail::poison>;
template <class F>
  requires requires {
    typename F::record_type;
    typename F::answer_type;
  }
live(F) -> live<typename F::record_type, typename F::answer_type>;
template <class F>
  requires requires {
    typename F::record_type;
    typename F::answer_type;
  }
live(F, live_options) -> live<typename F::record_type, typename F::answer_type>;

}  // namespace bespoke::infer
