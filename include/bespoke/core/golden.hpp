// SPDX-License-Identifier: Apache-2.0
#pragma once
// Golden records: what a chain answered when it was saved, asked again when it is loaded.

#include <bespoke/core/bundle.hpp>
#include <bespoke/core/decision.hpp>
#include <bespoke/core/fields.hpp>
#include <bespoke/core/fitted.hpp>
#include <bespoke/core/text_form.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace bespoke::detail {

/// How many golden records are made up for a bundle.
inline constexpr std::size_t golden_count = 8;

std::string machine_width();
/// A well-mixed number from two: SplitMix64.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept;
/// Throws errc::golden_mismatch unless `now` answers as `then`: exactly on the same vector width, else scores to 1e-5.
void compare_golden(const bundle_reader& file, std::size_t index, const golden_record& then, const golden_record& now);
[[noreturn]] void reject_golden(const bundle_reader& file, std::size_t index, const std::string& problem);

// An answer as label and numbers.
template <class A>
  requires std::is_arithmetic_v<A>
void answer_into(golden_record& g, A value) {
  g.scores = {static_cast<double>(value)};
}
inline void answer_into(golden_record& g, std::string_view text) { g.label = text; }
template <class Label>
void answer_into(golden_record& g, const decision<Label>& d) {
  if constexpr (std::is_convertible_v<decltype(d.label()), std::string_view>) g.label = d.label();
  else g.label = scalar_to_text(d.label());
  g.scores = {static_cast<double>(d.score())};
}
template <class Label>
void answer_into(golden_record& g, const std::vector<decision<Label>>& all) {
  std::string labels;
  for (const auto& d : all) {
    golden_record one;
    answer_into(one, d);
    labels += (labels.empty() ? "" : ", ") + one.label;
    g.scores.push_back(one.scores[0]);
  }
  g.label = std::move(labels);
}
template <row R>
void answer_into(golden_record& g, const R& r) {
  for_each_value(r, [&](std::size_t c, float v) {
    g.scores.push_back(static_cast<double>(c));
    g.scores.push_back(static_cast<double>(v));
  });
}
template <class A>
concept has_answer_form = requires(golden_record& g, const A& a) { answer_into(g, a); };

// Fields of fitted stages.
template <class F>
concept fitted_field = requires(const F& f) {
  f.get;
  f.name;
} && std::is_member_object_pointer_v<decltype(F::get)>;

template <class F>
inline constexpr bool fitted_reads_fields = fitted_field<F>;
template <class In, class F, class... Rest>
inline constexpr bool fitted_reads_fields<fitted_chain<In, F, Rest...>> = fitted_reads_fields<F>;
template <class... F>
consteval bool all_fitted_read_fields(std::tuple<F...>*) {
  return (fitted_reads_fields<F> && ...);
}
template <has_parts F>
inline constexpr bool fitted_reads_fields<F> = all_fitted_read_fields(static_cast<typename F::part_types*>(nullptr));

/// Calls `f(field, chain)` for each field of a fitted stage; `chain` is the chain that it begins (or the field itself).
template <class In, class... F, class Use>
void for_each_fitted_field(const fitted_chain<In, F...>& c, Use&& use) {
  const auto& first = c.template stage<0>();
  if constexpr (!fitted_field<std::remove_cvref_t<decltype(first)>>) for_each_fitted_field(first, use);
  else use(first, c);
}
template <has_parts F, class Use>
void for_each_fitted_field(const F& f, Use&& use) {
  std::apply([&](const auto&... b) { (for_each_fitted_field(b, use), ...); }, f.parts());
}
template <fitted_field F, class Use>
void for_each_fitted_field(const F& f, Use&& use) {
  use(f, f);
}

// A value for a field of type V from one made up for a later stage; nothing where the two are of different kinds.
template <class V, class Made>
  requires std::same_as<V, Made> || std::same_as<V, std::optional<Made>>
void put_made_up(V& out, Made value) {
  out = std::move(value);
}
template <class V>
  requires std::same_as<V, std::string>
void put_made_up(V& out, const std::vector<std::string>& words) {
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
}

/// Fills a field from the first stage behind it that makes up values of its kind: stages in between, such as `fold`, `words`
/// or a host's without `golden`, take such values too. Without any the field stays as it is.
template <std::size_t I = 1, class V, class In, class... F>
void make_up(V& out, const fitted_chain<In, F...>& c, std::uint64_t random) {
  if constexpr (I < sizeof...(F)) {
    const auto& stage = c.template stage<I>();
    if constexpr (requires {
                    { stage.golden(random) } -> std::convertible_to<V>;
                    requires I == 1;
                  })
      out = stage.golden(random);
    else if constexpr (requires { put_made_up(out, stage.golden(random)); }) put_made_up(out, stage.golden(random));
    else make_up<I + 1>(out, c, random);
  }
}
template <class V, fitted_field F>
void make_up(V&, const F&, std::uint64_t) {}

/// The golden records of one kind of fitted chain.
template <class Record, class Stage>
struct golden_set {
  using output = std::remove_cvref_t<typename Stage::output_type>;
  static constexpr bool by_fields = fitted_reads_fields<Stage> && std::is_default_constructible_v<Record>;
  static constexpr bool by_value = !by_fields && has_text_form<Record> && requires(const Stage& f) {
    { f.golden(std::uint64_t{}) } -> std::convertible_to<Record>;
  };

  /// Puts records and answers into `summary`: the host's, or else made-up ones where the chain allows that.
  static void ask(const fitted<Record, Stage>& f, std::span<const Record> given, bundle_summary& summary) {
    summary.golden.clear();
    summary.golden_source = "none";
    if constexpr (has_answer_form<output>) {
      if (!given.empty()) {
        summary.golden_source = "given by the host";
        for (const Record& r : given) summary.golden.push_back(asked(f, r));
      } else if constexpr (by_fields || by_value) {
        summary.golden_source = "made up from the vocabulary and the value ranges";
        for (std::size_t i = 0; i < golden_count; ++i)
          summary.golden.push_back(asked(f, made_up(f.stage(), mix(summary.seed, i))));
      }
    }
  }

  /// Asks every golden record of the file again.
  static void check(const fitted<Record, Stage>& f, std::span<const Record> given, const bundle_reader& file) {
    const auto& all = file.summary().golden;
    if constexpr (has_answer_form<output>) {
      for (std::size_t i = 0; i < all.size(); ++i) {
        if constexpr (by_fields || by_value) compare_golden(file, i, all[i], asked(f, read_back(f.stage(), file, i)));
        else if (!given.empty()) {
          if (given.size() != all.size())
            reject_golden(file, i, "another number of golden records was given at load than at save");
          compare_golden(file, i, all[i], asked(f, given[i]));
        }
      }
    }
  }

 private:
  static Record made_up(const Stage& stage, std::uint64_t random) {
    if constexpr (by_value) {
      return stage.golden(random);
    } else {
      Record r{};
      for_each_fitted_field(stage, [&](const auto& field, const auto& chain) {
        make_up(r.*(field.get), chain, random);
        random = mix(random, 1);
      });
      return r;
    }
  }

  static golden_record asked(const fitted<Record, Stage>& f, const Record& r) {
    golden_record g;
    if constexpr (by_value) {
      g.fields.emplace_back("record", to_text(r));
    } else if constexpr (by_fields) {
      for_each_fitted_field(f.stage(), [&](const auto& field, const auto&) {
        if constexpr (has_text_form<std::remove_cvref_t<decltype(r.*(field.get))>>)
          g.fields.emplace_back(field.name, to_text(r.*(field.get)));
      });
    }
    scratch& s = scratch::local();
    const scratch::frame frame(s);
    answer_into(g, f(r, s));
    return g;
  }

  static Record read_back(const Stage& stage, const bundle_reader& file, std::size_t index) {
    const auto& fields = file.summary().golden[index].fields;
    Record r{};
    std::size_t i = 0;
    const auto take = [&](std::string_view name, auto& value) {
      if (i >= fields.size() || fields[i].first != name || !from_text(fields[i].second, value))
        reject_golden(file, index, "its field \"" + std::string(name) + "\" is missing or malformed");
      ++i;
    };
    if constexpr (by_value) {
      take("record", r);
    } else {
      for_each_fitted_field(stage, [&](const auto& field, const auto&) {
        if constexpr (has_text_form<std::remove_cvref_t<decltype(r.*(field.get))>>) take(field.name, r.*(field.get));
      });
    }
    return r;
  }
};

}  // namespace bespoke::detail
