// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/error.hpp>
#include <bespoke/features/one_hot.hpp>

#include <bit>
#include <cstring>

namespace bespoke::features {

namespace detail {

namespace {

// Eight bytes a step, mixed by multiply and shift. Only the place in the table depends on it, never an answer.
std::uint64_t hash(std::string_view text) noexcept {
  constexpr std::uint64_t k = 0x9E3779B97F4A7C15u;
  std::uint64_t h = text.size() * k;
  const auto mix = [&](std::uint64_t word) {
    h = (h ^ word) * k;
    h ^= h >> 29;
  };
  std::size_t i = 0;
  for (std::uint64_t word; i + 8 <= text.size(); i += 8) {
    std::memcpy(&word, text.data() + i, 8);
    mix(word);
  }
  std::uint64_t rest = 0;
  if (i < text.size()) std::memcpy(&rest, text.data() + i, text.size() - i);
  mix(rest);
  return h ^ (h >> 32);
}

template <class Key>
std::vector<Key> kept_of(std::vector<counted<Key>> all, std::size_t min_count, std::size_t max_categories) {
  std::erase_if(all, [&](const counted<Key>& c) { return c.second < min_count; });
  const auto by_frequency = [](const counted<Key>& a, const counted<Key>& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  if (max_categories != 0 && all.size() > max_categories) {
    const auto cut = all.begin() + static_cast<std::ptrdiff_t>(max_categories);
    std::nth_element(all.begin(), cut, all.end(), by_frequency);
    all.erase(cut, all.end());
  }
  std::vector<Key> keys;
  keys.reserve(all.size());
  for (auto& c : all) keys.push_back(std::move(c.first));
  std::sort(keys.begin(), keys.end());
  return keys;
}

template <class Key>
void must_ascend(const std::vector<Key>& keys, const bundle_reader& r) {
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (!(keys[i - 1] < keys[i])) r.reject("the categories are not in ascending order");
}

}  // namespace

text_categories::text_categories(const std::vector<std::string>& sorted) : offsets_{0} {
  for (const std::string& text : sorted) {
    bytes_ += text;
    offsets_.push_back(bytes_.size());
  }
  slots_.resize(std::bit_ceil(2 * sorted.size() + 1));
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    std::size_t at = hash(sorted[i]) & (slots_.size() - 1);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::size_t text_categories::find(std::string_view text) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash(text) & mask; slots_[at] != 0; at = (at + 1) & mask)
    if ((*this)[slots_[at] - 1] == text) return slots_[at] - 1;
  return size();
}

void text_categories::save(bundle_writer& w) const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < size(); ++i) texts.emplace_back((*this)[i]);
  w.put("categories", std::span<const std::string>(texts));
}

text_categories text_categories::load(const bundle_reader& r) {
  const auto texts = r.strings("categories");
  must_ascend(texts, r);
  return text_categories(texts);
}

void number_categories::save(bundle_writer& w) const { w.put("categories", std::span<const std::int64_t>(sorted_)); }

number_categories number_categories::load(const bundle_reader& r) {
  const auto stored = r.tensor<std::int64_t>("categories");
  std::vector<std::int64_t> numbers(stored.begin(), stored.end());
  must_ascend(numbers, r);
  return number_categories(std::move(numbers));
}

std::vector<std::string> kept(std::vector<counted<std::string>> all, std::size_t min_count,
                              std::size_t max_categories) {
  return kept_of(std::move(all), min_count, max_categories);
}
std::vector<std::int64_t> kept(std::vector<counted<std::int64_t>> all, std::size_t min_count,
                               std::size_t max_categories) {
  return kept_of(std::move(all), min_count, max_categories);
}

std::size_t distinct(std::span<std::uint32_t> columns) noexcept {
  if (columns.size() < 2) return columns.size();
  std::sort(columns.begin(), columns.end());
  return static_cast<std::size_t>(std::unique(columns.begin(), columns.end()) - columns.begin());
}

}  // namespace detail

void one_hot::check(std::size_t records) const {
  if (min_count == 0)
    throw error(
        errc::invalid_argument,
        {.stage = "one_hot", .expected = "min_count of 1 or more", .got = "0", .advice = "1 keeps every category"});
  if (records == 0)
    throw error(errc::empty_input, {.stage = "one_hot", .problem = "there are no records to learn from"});
}

}  // namespace bespoke::features
