// SPDX-License-Identifier: Apache-2.0
#include "state.hpp"

#include <utility>

using namespace bespoke;

namespace {

const char* kind_of(const opinion& o) { return o.like ? "like" : "dislike"; }

}  // namespace

state::state(std::filesystem::path folder, std::string user) : folder_(std::move(folder)), user_(std::move(user)) {
  std::error_code failed;
  std::filesystem::create_directories(folder_, failed);
  if (failed)
    throw error(errc::io, {.stage = "state",
                           .source = folder_.string(),
                           .problem = "the folder cannot be made: " + failed.message(),
                           .advice = "choose another one with --state DIR"});
}

std::vector<std::string> state::take_notices() { return std::exchange(notices_, {}); }

/// A bundle of another chain is sound: it belongs to another version of this program, and is simply learned anew.
void state::set_aside_bundle(const error& why) {
  if (why.code() == errc::bundle_mismatch) return;
  std::string notice = std::string("Your saved profile cannot be used, so it is learned anew: ") + why.what() + ".";
  if (why.code() != errc::io) notice += " It is kept as " + set_aside(bundle()).string() + ".";
  notices_.push_back(std::move(notice));
}

std::filesystem::path state::set_aside(const std::filesystem::path& file) {
  for (int n = 1;; ++n) {
    std::filesystem::path to = file;
    to += ".damaged-" + std::to_string(n);
    if (std::filesystem::exists(to)) continue;
    std::filesystem::rename(file, to);
    return to;
  }
}

/// Calls that fail at the damage have handed over what stands before it.
std::vector<feedback::event> state::readable_events() {
  std::vector<feedback::event> all;
  try {
    feedback::log_reader(events()).replay(0, [&](const feedback::event& e) { all.push_back(e); });
  } catch (const error& e) {
    if (e.code() != errc::parse) throw;
    const auto kept = set_aside(events());
    log_.emplace(events());
    log_->append(std::span(all));
    notices_.push_back("Your likes are damaged: " + std::string(e.what()) + ". " +
                       (all.empty() ? "None" : std::to_string(all.size()) + " before the damage") +
                       " can be used. The file is kept as " + kept.string() + ".");
  }
  return all;
}

std::vector<opinion> state::opinions() {
  std::vector<opinion> all;
  if (!std::filesystem::exists(events())) return all;
  for (const feedback::event& e : readable_events())
    if (e.subject == user_ && (e.kind == "like" || e.kind == "dislike")) all.push_back({e.kind == "like", e.item});
  return all;
}

void state::remember(const opinion& o, const std::string& version) {
  if (!log_) log_.emplace(events());
  log_->append(
      {.kind = kind_of(o), .subject = user_, .item = o.item, .value = o.like ? 1.0f : -1.0f, .version = version});
}
