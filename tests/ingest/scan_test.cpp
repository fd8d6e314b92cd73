// SPDX-License-Identifier: Apache-2.0
// The fast index of fields against the plain reader, for every kind of vector unit this processor has.
#include "../../src/ingest/scan.hpp"

#include "../../src/ingest/utf8.hpp"
#include "catch.hpp"

#include <cstring>
#include <random>
#include <string>
#include <vector>

using namespace bespoke::ingest::detail;

namespace {

struct rows_read {
  std::vector<std::vector<std::uint32_t>> ends;
  bool faulty = false;
};

rows_read read_plainly(const std::string& text, dialect d) {
  rows_read out;
  plain_row row;
  for (std::size_t at = 0; at < text.size(); at = row.next) {
    read_plain_row(text, at, d, row);
    if (row.fault != row_fault::none) {
      out.faulty = true;
      return out;
    }
    out.ends.push_back(row.ends);
  }
  return out;
}

rows_read read_indexed(const std::string& text, dialect d, classify_function classify) {
  field_index index;
  index_fields(text, d, classify, index);
  rows_read out;
  out.faulty = index.irregular;
  std::uint32_t first = 0;
  for (std::size_t r = 0; r < index.row_count && !out.faulty; ++r) {
    out.ends.emplace_back(index.ends.begin() + first, index.ends.begin() + index.rows[r] + 1);
    first = index.rows[r] + 1;
  }
  return out;
}

std::string random_text(std::mt19937& random, const char* alphabet, std::size_t most) {
  std::string text;
  const std::size_t n = random() % most;
  while (text.size() < n) text += alphabet[random() % std::strlen(alphabet)];
  return text;
}

/// Fields that follow the rules, quoted ones among them.
std::string random_table(std::mt19937& random) {
  std::string text;
  for (std::size_t rows = random() % 8; rows > 0; --rows) {
    for (std::size_t f = random() % 5; f > 0; --f) {
      const std::string value = random_text(random, "ab,\n\r\"", 70);
      if (random() % 2 == 0) {
        text += '"';
        for (char c : value) text += c == '"' ? std::string("\"\"") : std::string(1, c);
        text += '"';
      } else {
        text += random_text(random, "abc ", 20);
      }
      text += f > 1 ? "," : "";
    }
    text += random() % 2 == 0 ? "\n" : "\r\n";
  }
  return text;
}

}  // namespace

TEST_CASE("every vector unit finds the same fields as the plain reader") {
  std::mt19937 random(7);
  for (const auto classify : all_classify()) {
    int faulty = 0, different = 0;
    for (int i = 0; i < 20000; ++i) {
      const std::string text =
          i % 2 == 0 ? random_table(random) : random_text(random, "aa,,\n\r\"", i % 4 == 1 ? 12 : 150);
      for (const dialect d : {dialect{}, dialect{',', '\0', false}}) {
        const rows_read plain = read_plainly(text, d), indexed = read_indexed(text, d, classify);
        faulty += plain.faulty;
        different += plain.faulty != indexed.faulty || (!plain.faulty && plain.ends != indexed.ends);
      }
    }
    CHECK(different == 0);
    CHECK(faulty > 1000);
  }
}

TEST_CASE("every vector unit tells NUL bytes and bytes above ASCII") {
  for (const auto classify : all_classify())
    for (std::size_t at = 0; at < 200; ++at)
      for (const char byte : {'\0', '\x80', '\xff', 'x'}) {
        std::string text(200, 'a');
        text[at] = byte;
        field_index index;
        index_fields(text, {}, classify, index);
        const bool right = index.kinds.zero == (byte == '\0') && index.kinds.high == ((byte & 0x80) != 0);
        if (!right) CHECK(at == 200);
      }
  SUCCEED("all 800 texts a vector unit");
}

TEST_CASE("row boundaries are found the same in one piece and in many") {
  std::mt19937 random(3);
  int different = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = random_text(random, "aa,\n\"", 300);
    row_boundary whole, pieces;
    find_boundary(text.data(), 0, text.size(), {}, best_classify(), whole);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t to = std::min(text.size(), at + 1 + random() % 90);
      find_boundary(text.data(), at, to, {}, best_classify(), pieces);
      at = to;
    }
    different += whole.after != pieces.after || whole.inside != pieces.inside || whole.lines != pieces.lines ||
                 whole.lines_before != pieces.lines_before;
  }
  CHECK(different == 0);
}

TEST_CASE("UTF-8 is checked byte for byte") {
  const auto npos = std::string_view::npos;
  for (const char* good : {"", "plain text, long enough", "é", "€", "\xF0\x9F\x98\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF"})
    CHECK(find_invalid_utf8(good) == npos);
  for (const char* bad : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
                          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    CHECK(find_invalid_utf8(std::string("12345678 ") + bad) == 9);
}
