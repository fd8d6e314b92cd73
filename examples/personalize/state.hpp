// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stays when the program ends: the profile as a bundle, and every like and dislike as an event.

#include <bespoke/core/save.hpp>
#include <bespoke/feedback/log.hpp>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"

/// A folder with `profile.safetensors` and `events`. A damaged file is kept under another name, and a notice says so.
class state {
 public:
  /// `user` is the subject of all events. Throws bespoke::error where the folder cannot be made.
  state(std::filesystem::path folder, std::string user);

  const std::filesystem::path& folder() const { return folder_; }
  /// What is to be told to the user, since the last call.
  std::vector<std::string> take_notices();

  /// The saved function, if there is one, it is sound, and it was learned from what `fingerprint` stands for.
  template <class Spec>
  auto saved_profile(const Spec& spec, const std::string& fingerprint)
      -> std::optional<decltype(bespoke::load<float>(spec, std::filesystem::path()))> {
    if (!std::filesystem::exists(bundle())) return std::nullopt;
    auto found = bespoke::try_load<float>(spec, bundle());
    if (!found) set_aside_bundle(*found.failure());
    else if (found->summary().training_digest == fingerprint) return *std::move(found);
    return std::nullopt;
  }

  /// Keeps a function and its figures. Where that cannot be done, a notice says so.
  template <class Function>
  void keep_profile(const Function& f, std::vector<std::pair<std::string, double>> figures) {
    const auto done =
        bespoke::try_save(f, bundle(), bespoke::save_options<typename Function::record_type>{{}, std::move(figures)});
    if (!done.has_value()) notices_.push_back(std::string("Your profile was not kept: ") + done.failure()->what());
  }

  /// All likes and dislikes of the user so far, oldest first. Of a damaged file those before the damage, which a new file keeps.
  std::vector<opinion> opinions();
  /// Adds one; it is in the file when this returns. Throws bespoke::error where that cannot be done.
  void remember(const opinion& o, const std::string& version);

 private:
  std::filesystem::path bundle() const { return folder_ / "profile.safetensors"; }
  std::filesystem::path events() const { return folder_ / "events"; }
  void set_aside_bundle(const bespoke::error& why);
  std::filesystem::path set_aside(const std::filesystem::path& file);
  std::vector<bespoke::feedback::event> readable_events();

  std::filesystem::path folder_;
  std::string user_;
  std::optional<bespoke::feedback::log> log_;
  std::vector<std::string> notices_;
};
