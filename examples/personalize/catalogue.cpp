// SPDX-License-Identifier: Apache-2.0
#include "catalogue.hpp"

#include <bespoke/core/error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <unordered_map>
#include <utility>

namespace {

using bespoke::errc;
using bespoke::error;

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Calls `use` with each part of `text` between the characters in `separators`.
template <class Use>
void for_each_part(std::string_view text, const char* separators, Use use) {
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = trimmed(text.substr(0, end)); !part.empty()) use(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

/// "libc6:any (>= 2.34)" is about libc6.
std::string package_of(std::string_view dependency) {
  return std::string(dependency.substr(0, dependency.find_first_of(" (:")));
}

[[noreturn]] void no_catalogue(const std::string& problem) {
  throw error(errc::io,
              {.stage = "catalogue",
               .source = "apt-cache dumpavail",
               .problem = problem,
               .advice = "on Debian and Ubuntu run apt-get update first; elsewhere save the output of that command on "
                         "such a system, and pass it with --catalogue FILE"});
}

void close_command(std::FILE* in) {
  if (in != nullptr) pclose(in);
}

bool command_exists(const char* name) {
  return std::system(("command -v " + std::string(name) + " >/dev/null 2>&1").c_str()) == 0;
}

std::shared_ptr<std::FILE> open_command() {
  if (!command_exists("apt-cache")) no_catalogue("there is no apt-cache on this computer");
  std::FILE* in = popen("apt-cache dumpavail 2>/dev/null", "r");
  if (in == nullptr) no_catalogue(std::strerror(errno));
  return {in, close_command};
}

std::shared_ptr<std::FILE> open_file(const std::filesystem::path& file) {
  std::FILE* in = std::filesystem::is_directory(file) ? nullptr : std::fopen(file.c_str(), "r");
  if (in == nullptr)
    throw error(errc::io, {.stage = "catalogue",
                           .source = file.string(),
                           .problem = "it cannot be read",
                           .advice = "pass a file with the output of apt-cache dumpavail"});
  return {in, [](std::FILE* f) { std::fclose(f); }};
}

}  // namespace

std::string about(const package& p) { return p.description; }

std::string words_of_name(const std::string& name) {
  constexpr const char* words[] = {"one word", "two words", "three words"};
  std::size_t parts = 0;
  for_each_part(name, "-.+", [&](std::string_view) { ++parts; });
  return parts >= 1 && parts <= 3 ? words[parts - 1] : "many words";
}

bool is_empty_shell(const package& p) {
  return p.description.find("ransitional") != std::string::npos ||
         std::find(p.tags.begin(), p.tags.end(), "role::dummy") != p.tags.end();
}

void add_to(bespoke::digest& d, const package& p) {
  for (const auto* text : {&p.name, &p.description, &p.section}) d.add(*text);
  for (const auto* list : {&p.tags, &p.id}) {
    d.add(list->size());
    for (const auto& text : *list) d.add(text);
  }
  d.add(p.size);
}

catalogue_source::catalogue_source(const std::filesystem::path& saved)
    : in_(saved.empty() ? open_command() : open_file(saved)) {}

bool catalogue_source::next(package& out) {
  out = {};
  while (read_line())
    if (!take_line(out) && !out.name.empty()) return true;
  return !out.name.empty();
}

bool catalogue_source::read_line() {
  buffer_.resize(std::max<std::size_t>(buffer_.size(), 4096));
  std::size_t used = 0;
  while (std::fgets(buffer_.data() + used, static_cast<int>(buffer_.size() - used), in_.get()) != nullptr) {
    used += std::strlen(buffer_.data() + used);
    if (used + 1 < buffer_.size() || buffer_[used - 1] == '\n') break;
    buffer_.resize(2 * buffer_.size());
  }
  line_ = std::string_view(buffer_).substr(0, used);
  return used != 0;
}

/// False at the empty line that ends a paragraph.
bool catalogue_source::take_line(package& out) {
  if (trimmed(line_).empty()) return false;
  const bool continued = line_[0] == ' ' || line_[0] == '\t';
  const auto colon = continued ? std::string_view::npos : line_.find(':');
  if (!continued) key_ = line_.substr(0, std::min(colon, line_.size()));
  if (continued && key_ == "Description") return true;  // its first line is enough
  take_field(out, key_, trimmed(continued || colon == std::string_view::npos ? line_ : line_.substr(colon + 1)));
  return true;
}

void catalogue_source::take_field(package& out, std::string_view key, std::string_view value) {
  if (key == "Package") out.name = value;
  else if (key == "Description" || key == "Description-en") out.description = value;
  else if (key == "Section") out.section = value;
  else if (key == "Installed-Size") std::from_chars(value.data(), value.data() + value.size(), out.size);
  else if (key == "Tag") for_each_part(value, ",", [&](std::string_view tag) { out.tags.emplace_back(tag); });
  else if (key == "Depends" || key == "Pre-Depends" || key == "Recommends")
    for_each_part(value, ",|", [&](std::string_view other) { out.depends_on.push_back(package_of(other)); });
}

name_set installed_packages(const std::filesystem::path& status) {
  std::ifstream in(status);
  name_set all;
  std::string line, name;
  while (std::getline(in, line)) {
    if (line.starts_with("Package: ")) name = line.substr(9);
    else if (line.starts_with("Status: ") && line.ends_with(" installed")) all.insert(name);
  }
  return all;
}

name_set marked_packages() {
  name_set all;
  const std::shared_ptr<std::FILE> in(popen("apt-mark showmanual 2>/dev/null", "r"), close_command);
  char line[512];
  while (in && std::fgets(line, sizeof line, in.get()) != nullptr) all.emplace(trimmed(line));
  return all;
}

name_set names_in(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw error(errc::io, {.stage = "history", .source = file.string(), .problem = "it cannot be read"});
  name_set all;
  for (std::string line; std::getline(in, line);)
    if (const auto name = trimmed(line); !name.empty()) all.emplace(name);
  return all;
}

std::vector<float> dependents(const std::vector<package>& packages) {
  std::unordered_map<std::string_view, std::size_t> row;
  for (std::size_t i = 0; i < packages.size(); ++i) row.emplace(packages[i].name, i);
  std::vector<float> count(packages.size());
  std::vector<std::size_t> last(packages.size(),
                                packages.size());  // who was counted last: an alternative may stand twice
  for (std::size_t i = 0; i < packages.size(); ++i)
    for (const std::string& other : packages[i].depends_on)
      if (const auto at = row.find(other); at != row.end() && std::exchange(last[at->second], i) != i)
        ++count[at->second];
  return count;
}
