// SPDX-License-Identifier: Apache-2.0
#pragma once
// Branches: specs side by side that read the same record. What `fuse`, `vote` and `stack` have in common: one record,
// one place in errors, one order of fitting and of sections in a bundle; and the fields of all branches are those of
// the whole (core/fields.hpp, core/golden.hpp).

#include <array>
#include <bespoke/core/chain.hpp>
#include <bespoke/core/error.hpp>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace bespoke {

namespace detail {

/// What a branch is called in reasons and errors: its field's name; empty where it begins with none.
template <class F>
std::string branch_name(const F& f) {
  if constexpr (requires { f.name; }) return f.name;
  else if constexpr (requires { f.template stage<0>(); }) return branch_name(f.template stage<0>());
  else if constexpr (requires { f.stages(); }) return branch_name(std::get<0>(f.stages()));
  else return "";
}

/// `f()`, whose errors say which branch they come from: "body/tfidf: …".
template <class F>
auto within_branch(const std::string& name, F&& f) {
  try {
    return f();
  } catch (const error& e) {
    if (name.empty()) throw;
    throw e.within(name);
  }
}

template <class... B>
struct first_record {
  using type = void;
};
template <class First, class... B>
struct first_record<First, B...> {
  using type = record_of<First>;
};

/// A stage that answers with a number.
template <class F>
concept answers_number = std::is_arithmetic_v<std::remove_cvref_t<typename F::output_type>>;

/// A branch as a chain: a stage alone is a chain of one.
template <class S>
using as_chain = decltype(chain(stages_of(std::declval<S>())));

/// The specs of branches, and how they are fitted and loaded. Base of `fuse_stage` and its like.
template <class... B>
class branched_spec {
 public:
  using branch_types = std::tuple<B...>;
  using record_type = typename first_record<B...>::type;
  static constexpr bool supervised = (is_supervised<B> || ...);

  template <class In>
  static constexpr bool accepts = (takes<typename as_chain<B>::first_stage, In> && ...);

  explicit branched_spec(B... branches) : branches_(std::move(branches)...) {}

  const std::tuple<B...>& branches() const noexcept { return branches_; }

 protected:
  /// `f(chain)` for each branch, in the order they are written, as a tuple.
  template <class F>
  auto for_each_branch(F&& f) const {
    return std::apply(
        [&](const auto&... b) {
          // Braces: in this order.
          return std::tuple<decltype(f(chain(stages_of(b))))...>{
              within_branch(branch_name(b), [&] { return f(chain(stages_of(b))); })...};
        },
        branches_);
  }

  template <class In, class Y>
  auto fit_branches(const blocks<In>& x, const blocks<Y>& y, const context& ctx) const {
    return for_each_branch([&](const auto& b) { return b.fit(x, y, ctx); });
  }

  template <class In, class Y>
  auto load_branches(bundle_reader& r) const {
    r.must_equal("branches", sizeof...(B));
    return std::apply([&](const auto&... b) { return std::tuple{chain(stages_of(b)).template load<In, Y>(r)...}; },
                      branches_);
  }

 private:
  std::tuple<B...> branches_;
};

/// Fitted branches. Base of `fitted_fuse` and its like.
template <class... F>
class branched {
 public:
  using part_types = std::tuple<F...>;
  static constexpr std::size_t branches = sizeof...(F);

  explicit branched(std::tuple<F...> parts) : parts_(std::move(parts)) {}

  const std::tuple<F...>& parts() const noexcept { return parts_; }

  /// What a part is called in the names of columns and of reasons: its field; without one, or with the field of another
  /// part, its place: "member 2".
  std::string member_name(std::size_t i) const {
    const auto names =
        std::apply([](const auto&... b) { return std::array<std::string, branches>{branch_name(b)...}; }, parts_);
    std::size_t same = 0;
    for (const auto& n : names) same += n == names[i] ? 1 : 0;
    return names[i].empty() || same > 1 ? "member " + std::to_string(i + 1) : names[i];
  }

 protected:
  void save_parts(bundle_writer& w) const {
    w.put("branches", branches);
    std::apply([&](const auto&... b) { (b.save(w), ...); }, parts_);
  }

 private:
  std::tuple<F...> parts_;
};

template <class S>
concept has_branches = requires(const S& s) {
  typename S::branch_types;
  s.branches();
};
template <class F>
concept has_parts = requires(const F& f) {
  typename F::part_types;
  f.parts();
};

template <has_branches S>
inline constexpr bool is_part<S> = true;

/// Whether all branches read the same record, or none says which.
template <class First, class... B>
consteval bool same_record() {
  return (std::is_same_v<record_of<First>, record_of<B>> && ...);
}

template <class In, class Y, class... B>
consteval bool all_fit_through(std::tuple<B...>*) {
  return (fits_through<B, In, Y> && ...);
}
template <has_branches S, class In, class Y>
inline constexpr bool fits_through<S, In, Y> = all_fit_through<In, Y>(static_cast<typename S::branch_types*>(nullptr));

}  // namespace detail

}  // namespace bespoke
