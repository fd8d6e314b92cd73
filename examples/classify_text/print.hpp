// SPDX-License-Identifier: Apache-2.0
#pragma once
// What was learned, on the terminal and as a page.

#include <filesystem>
#include <string>

#include "classifier.hpp"

void print(const learned& l, const parts& p);
/// The answer to one text, in a line.
std::string answer_line(const text_classifier& c, const std::string& text);
/// Writes the page. Throws bespoke::error.
void write_report(const learned& l, const parts& p, const std::filesystem::path& file);
