// SPDX-License-Identifier: Apache-2.0
#include <bespoke/preprocess/foreign_characters.hpp>

#include <algorithm>
#include <bespoke/core/error.hpp>
#include <span>

#include "characters.hpp"
#include "unicode.hpp"

namespace bespoke::preprocess::detail {
namespace {

constexpr char32_t most_direct = 0x10000;  // below it a bit says what is at home

}  // namespace

/// The scripts that are at home, and characters of others that are.
class home_characters {
 public:
  home_characters(const foreign_characters& spec, std::vector<std::uint32_t> scripts,
                  std::vector<std::uint32_t> characters)
      : spec_(spec), scripts_(std::move(scripts)), characters_(std::move(characters)), direct_(most_direct) {
    const bool none = scripts_.empty() && characters_.empty();
    for (char32_t c = 0; c < most_direct; ++c) direct_[c] = c < 0x80 || (!none && look_up(c));
  }

  bool has(char32_t c) const { return c < most_direct ? direct_[c] : look_up(c); }
  const std::vector<std::uint32_t>& scripts() const { return scripts_; }

  void save(bundle_writer& w) const {
    std::vector<std::string> names;
    for (const std::uint32_t s : scripts_) names.push_back(unicode::script_name(s));
    w.put("min_share", spec_.min_share);
    w.put("min_script_share", spec_.min_script_share);
    w.put("scripts", std::span<const std::string>(names));
    w.put("characters", std::span<const std::uint32_t>(characters_));
  }

 private:
  bool look_up(char32_t c) const {
    return std::binary_search(characters_.begin(), characters_.end(), c) ||
           (!scripts_.empty() && std::binary_search(scripts_.begin(), scripts_.end(), unicode::script_of(c)));
  }

  foreign_characters spec_;
  std::vector<std::uint32_t> scripts_, characters_;  // ascending
  std::vector<bool> direct_;
};

void character_counts::add(std::string_view document) {
  ++documents_;
  for (std::size_t at = 0; at < document.size();) {
    if (static_cast<unsigned char>(document[at]) < 0x80) {
      ++at;
      continue;
    }
    const char32_t c = next_character(document, at);
    entry& of = characters_[c];
    if (of.last == documents_) continue;
    if (of.documents == 0) of.script = unicode::script_of(c);
    ++of.documents;
    of.last = documents_;
    entry& script = scripts_[of.script];
    script.documents += script.last != documents_;
    script.last = documents_;
  }
}

void character_counts::add(const character_counts& others) {
  documents_ += others.documents_;
  for (const auto& [c, e] : others.characters_) {
    characters_[c].documents += e.documents;
    characters_[c].script = e.script;
  }
  for (const auto& [s, e] : others.scripts_) scripts_[s].documents += e.documents;
}

std::shared_ptr<const home_characters> character_counts::at_home(const foreign_characters& spec) const {
  const auto often = [&](const entry& e, double share) {
    return static_cast<double>(e.documents) >= share * static_cast<double>(documents_);
  };
  std::vector<std::uint32_t> scripts, characters;
  for (const auto& [s, e] : scripts_)
    if (often(e, spec.min_script_share)) scripts.push_back(s);
  std::sort(scripts.begin(), scripts.end());
  for (const auto& [c, e] : characters_)
    if (often(e, spec.min_share) && !std::binary_search(scripts.begin(), scripts.end(), e.script))
      characters.push_back(c);
  std::sort(characters.begin(), characters.end());
  return std::make_shared<const home_characters>(spec, std::move(scripts), std::move(characters));
}

bool fitted_foreign_characters::foreign(char32_t character) const { return !home_->has(character); }

std::string_view fitted_foreign_characters::operator()(std::string_view text, scratch& s) const {
  char* out = nullptr;
  std::size_t n = 0, copied = 0;
  bool in_run = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80 ? (++at, true) : home_->has(next_character(text, at))) {
      in_run = false;
      continue;
    }
    if (out == nullptr) out = s.take<char>(text.size()).data();
    n += text.copy(out + n, begin - copied, copied);
    if (!in_run) out[n++] = ' ';
    copied = at;
    in_run = true;
  }
  if (out == nullptr) return text;
  n += text.copy(out + n, text.size() - copied, copied);
  return {out, n};
}

std::vector<std::string> fitted_foreign_characters::scripts() const {
  std::vector<std::string> names;
  for (const std::uint32_t s : home_->scripts()) names.push_back(unicode::script_name(s));
  return names;
}

void fitted_foreign_characters::save(bundle_writer& w) const { home_->save(w); }

void check(const foreign_characters& spec) {
  const auto refuse = [](const char* field, double got) {
    throw error(errc::invalid_argument, {.stage = "foreign_characters",
                                         .problem = field,
                                         .expected = "a share of the documents, from 0 to 1",
                                         .got = std::to_string(got)});
  };
  if (!(spec.min_share >= 0 && spec.min_share <= 1)) refuse("min_share", spec.min_share);
  if (!(spec.min_script_share >= 0 && spec.min_script_share <= 1)) refuse("min_script_share", spec.min_script_share);
}

std::shared_ptr<const home_characters> load_home_characters(const foreign_characters& spec, bundle_reader& r) {
  foreign_characters as_trained = spec;
  as_trained.min_share = r.number("min_share");
  as_trained.min_script_share = r.number("min_script_share");
  std::vector<std::uint32_t> scripts;
  for (const std::string& name : r.strings("scripts")) {
    const auto script = unicode::script_by_name(name);
    if (!script) r.reject("it names a script that is not known here: " + name);
    scripts.push_back(*script);
  }
  std::sort(scripts.begin(), scripts.end());
  const auto characters = r.tensor<std::uint32_t>("characters");
  for (std::size_t i = 0; i < characters.size(); ++i)
    if (characters[i] > 0x10FFFF || (i > 0 && characters[i] <= characters[i - 1]))
      r.reject("its characters are not in order");
  return std::make_shared<const home_characters>(as_trained, std::move(scripts),
                                                 std::vector<std::uint32_t>(characters.begin(), characters.end()));
}

}  // namespace bespoke::preprocess::detail
