// SPDX-License-Identifier: Apache-2.0
// A source of the host's own: letters in a file, one after another, each with a head, an empty line and a text.
//
//     From: ann@shop.example
//     Folder: orders
//
//     Where is my parcel?
//     .

#include <bespoke/bespoke.hpp>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>
using namespace bespoke;

namespace {

struct Letter {
  std::string from{};
  std::string folder{};
  std::string text{};
};

/// Reads letters. Throws errc::io for a file that does not open, errc::parse for one that ends in a letter.
class letters {
 public:
  explicit letters(std::string path) : path_(std::move(path)), in_(path_) {
    if (!in_) throw error(errc::io, {.stage = "letters", .source = path_, .problem = "the file does not open"});
  }

  bool next(Letter& out) {
    bool head = true, begun = false;
    for (std::string line; std::getline(in_, line); begun = true) {
      ++line_;
      if (line == ".") return true;
      if (line.empty()) head = false;
      else if (!head) out.text += line + "\n";
      else if (line.starts_with("From: ")) out.from = line.substr(6);
      else if (line.starts_with("Folder: ")) out.folder = line.substr(8);
    }
    if (begun)
      throw error(errc::parse, {.stage = "letters",
                                .source = path_,
                                .line = line_,
                                .problem = "the last letter has no end",
                                .advice = "end it with a line of one dot"});
    return false;
  }

  void rewind() {
    in_.clear();
    in_.seekg(0);
    line_ = 0;
  }

 private:
  std::string path_;
  std::ifstream in_;
  std::size_t line_ = 0;
};

void write(const char* path, const char* end) {
  std::ofstream out(path);
  for (int copy = 0; copy < 2; ++copy)  // every letter arrived twice
    for (int i = 0; i < 3000; ++i) {
      const bool order = i % 2 == 0;
      out << "From: user" << i << "@shop.example\nFolder: " << (order ? "orders" : "refunds") << "\n\n"
          << (order ? "Where is my parcel, number " : "Please pay me back my order ") << i << "?\n.\n";
    }
  out << end;
}

int failures = 0;
void expect(bool right, const char* what) {
  if (!right) std::printf("wrong: %s\n", what), ++failures;
}

}  // namespace

int main() {
  write("letters.txt", "");
  auto once = flow(letters("letters.txt")) | preprocess::distinct(&Letter::from, &Letter::text);
  expect(to_vector(once).size() == 3000, "a letter that arrived twice is one");
  expect(once.rewind(), "the source starts again");

  const auto spec = field("text", &Letter::text) | features::tfidf{} | train::linear_svm{};
  const auto sort = fit(spec, once, &Letter::folder);
  expect(sort.summary().records == 3000, "fit reads the flow to its end");
  expect(sort({"", "", "my parcel is late"}).label() == "orders", "parcels belong to orders");
  expect(sort({"", "", "pay back what I paid"}).label() == "refunds", "paying back belongs to refunds");

  write("torn.txt", "From: x@shop.example\n\nI was cut off");
  const auto torn = try_fit(spec, flow(letters("torn.txt")), &Letter::folder);
  expect(torn.failure() != nullptr && torn.failure()->code() == errc::parse, "an error of the source comes out of fit");
  if (torn.failure() != nullptr) std::puts(torn.failure()->what());
  return failures;
}
