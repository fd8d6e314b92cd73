// SPDX-License-Identifier: Apache-2.0
#include <bespoke/features/sentiment_lexicon.hpp>

#include <filesystem>
#include <fstream>
#include <limits>

#include "catch.hpp"
#include "stage_properties.hpp"

using namespace bespoke;
using namespace bespoke_test;
using features::sentiment_lexicon;
using features::word_valence;

namespace {

/// A file of a lexicon for the time of a test.
class lexicon_file {
 public:
  explicit lexicon_file(const std::string& content)
      : path_(std::filesystem::temp_directory_path() / "bespoke_sentiment_lexicon_test.txt") {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~lexicon_file() { std::filesystem::remove(path_); }
  lexicon_file(const lexicon_file&) = delete;
  lexicon_file& operator=(const lexicon_file&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

sentiment_lexicon vader(const std::string& content) { return features::read_vader(lexicon_file(content).path()); }
sentiment_lexicon afinn(const std::string& content) { return features::read_afinn(lexicon_file(content).path()); }

/// What is said of a file after its name.
template <class Read>
std::string message_of(Read&& read) {
  const std::string all = message(read);
  const std::size_t name = all.find("test.txt");
  return name == all.npos ? all : all.substr(name + 8);
}

errc code_of(const std::filesystem::path& path) {
  try {
    features::read_vader(path);
  } catch (const error& e) {
    return e.code();
  }
  return {};
}

}  // namespace

TEST_CASE("sentiment_lexicon: a value that is looked up, merged and cut") {
  const sentiment_lexicon words{{"good", 2}, {"bad", -2}, {"good", 2.5}};
  CHECK(words.size() == 2);
  CHECK(words.valence("good") == 2.5);
  CHECK_FALSE(words.valence("goo"));
  CHECK_FALSE(words.valence(""));
  const auto more = words.merged({{"bad", -3}, {"fed up", -2}});
  CHECK(more.valence("bad") == -3);
  CHECK(more.size() == 3);
  CHECK(words.valence("bad") == -2);
  const std::vector<std::string> dropped{"fed up", "unknown"};
  CHECK(more.without(dropped) == sentiment_lexicon{{"bad", -3}, {"good", 2.5}});
  CHECK(more.words()[0] == word_valence{"bad", -3});
  CHECK(sentiment_lexicon().size() == 0);
}

TEST_CASE("sentiment_lexicon: words and valences out of range are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  CHECK(message([] { sentiment_lexicon({{"", 1}}); }) ==
        "sentiment_lexicon: expected a word of 1 to 256 bytes, got an empty one");
  CHECK(message([&] { sentiment_lexicon({{"x", nan}}); }) ==
        "sentiment_lexicon: expected a valence from -100 to 100, got nan for \"x\"");
  CHECK_FALSE(message([&] { sentiment_lexicon({{"x", -infinity}}); }).empty());
  CHECK_FALSE(message([] { sentiment_lexicon({{"x", 101}}); }).empty());
  CHECK_FALSE(message([] { sentiment_lexicon({{std::string(257, 'x'), 1}}); }).empty());
  CHECK_FALSE(message([] { sentiment_lexicon({{"\xFFx", 1}}); }).empty());
}

TEST_CASE("sentiment_lexicon: our own has words of both languages and signs") {
  const auto& own = sentiment_lexicon::standard();
  CHECK(own.size() > 2400);
  for (const auto& w : own.words()) CHECK((w.valence != 0 && w.valence >= -4 && w.valence <= 4));
  CHECK(own.valence("excellent").value() > 2);
  CHECK(own.valence("fed up").value() < -1);
  CHECK(own.valence("满意").value() > 1);
  CHECK(own.valence("糟糕").value() < -1);
  CHECK(own.valence("^_^").value() > 0);
  CHECK(own.valence("😡").value() < 0);
}

TEST_CASE("read_vader and read_afinn: what the files may have") {
  const auto words = vader(
      "\xEF\xBB\xBFgood\t1.9\t0.9\t[2, 1]\r\n\n$:\t-1.5\t.8\n ( '}{' )\t1.6\nna\xC3\xAFve\t-1.1\nlol\t2.9\nlol\t1.8");
  CHECK(words == sentiment_lexicon{{"good", 1.9}, {"$:", -1.5}, {"( '}{' )", 1.6}, {"naïve", -1.1}, {"lol", 1.8}});
  CHECK(afinn("good\t3\ncan't stand\t-3\n") == sentiment_lexicon{{"good", 3}, {"can't stand", -3}});
}

TEST_CASE("read_vader and read_afinn say the line and what was expected") {
  CHECK(message_of([] { vader("good\t1.9\nbad -2.5\n"); }) ==
        ":2: expected a word, a tab and a number, got \"bad -2.5\"");
  CHECK(message_of([] { vader("good\tmuch\n"); }) == ":1: expected a word, a tab and a number, got \"good\\x09much\"");
  CHECK(message_of([] { vader("a\t1\n\nb\t\n"); }) == ":3: expected a word, a tab and a number, got \"b\"");
  CHECK(message_of([] { vader("a\tnan\n"); }) == ":1: expected a valence from -100 to 100, got nan for \"a\"");
  CHECK(message_of([] { vader("a\t1e999\n"); }) == ":1: expected a word, a tab and a number, got \"a\\x091e999\"");
  CHECK(message_of([] { vader("a\t1\n\xFF\t2\n"); }) == ":2: expected UTF-8, got \"\\xff\\x092\"");
  CHECK(message_of([] { vader(" \n\n"); }) == ": it has no words");
  CHECK(message_of([] { afinn("good\t2.5\n"); }) ==
        ":1: expected a word, a tab and a whole number, got \"good\\x092.5\"");
  CHECK(message_of([] { afinn("good\t2\t[2, 2]\n"); }) ==
        ":1: expected a word, a tab and a whole number, got \"good\\x092\\x09[2, 2]\"");
  CHECK_FALSE(message([] { vader(std::string(300, 'x') + "\t1\n"); }).empty());
  CHECK(code_of("/nowhere/lexicon.txt") == errc::io);
  CHECK(code_of(std::filesystem::temp_directory_path()) == errc::io);
  CHECK(message([] { features::read_vader("/nowhere/lexicon.txt"); }) ==
        "read_vader: /nowhere/lexicon.txt: cannot be read: No such file or directory");
}
