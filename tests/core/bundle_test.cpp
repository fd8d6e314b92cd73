// SPDX-License-Identifier: Apache-2.0
#include <bespoke/core/bundle.hpp>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "catch.hpp"

using namespace bespoke;
using bespoke_test::contains;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone afterwards.
struct folder {
  fs::path path = fs::temp_directory_path() / ("bespoke_bundle_" + std::to_string(std::random_device{}()));
  folder() { fs::create_directory(path); }
  ~folder() { fs::remove_all(path); }
};

template <class T>
std::span<const T> view(const std::vector<T>& v) {
  return v;
}

template <class T>
std::vector<T> vector(std::span<const T> s) {
  return {s.begin(), s.end()};
}

bundle_reader parse(std::string_view bytes) { return bundle_reader::from_bytes(std::as_bytes(std::span(bytes)), "f"); }

const std::vector<std::string> words = {"card", "", "über", std::string("\xff\0\n", 3)};

bundle_writer two_stages() {
  bundle_writer w;
  w.put("note", "at the root");
  bundle_writer first = w.stage("tfidf/1");
  first.put("ngrams", "1-2");
  first.put("smooth", true);
  first.put("min_df", 2);
  first.put("terms", std::span<const std::string>(words));
  first.put("idf", view(std::vector<float>{1.5f, -0.0f, 3.0f, 4.0f}));
  bundle_writer second = w.stage("linear_svm/1");
  second.put("c", 0.1);
  second.put("weights", view(std::vector<double>{1, 2, 3, 4, 5, 6}), {2, 3});
  second.put("flags", view(std::vector<std::uint8_t>{7}));
  return w;
}

bundle_summary summary() {
  bundle_summary s;
  s.library = "0.1.0";
  s.label = "string";
  s.seed = std::numeric_limits<std::uint64_t>::max();
  s.records = 6000;
  s.training_digest = "00ff";
  s.vector_width = "avx2";
  s.metrics = {{"accuracy", 0.1}, {"accuracy", std::numeric_limits<double>::quiet_NaN()}};
  s.golden_source = "given by the host";
  s.golden = {{{{"body", {"a \"text\"\n"}}, {"tags", {}}, {"bytes", {"\xff", "b"}}}, "que\xfe", {0.1, -0.0, 1e-320}},
              {}};
  return s;
}

std::string small_bundle() { return two_stages().bytes(summary()); }

/// A file with this header and data, its header padded as the layout wants it.
std::string packed(const std::string& header, const std::string& data = "") {
  std::uint64_t n = (header.size() + 8 + 63) / 64 * 64 - 8;
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &n, 8);
  return bytes + header + std::string(n - header.size(), ' ') + data;
}

/// The header of a bundle as JSON: the layout read by other code than the library's.
struct opened {
  json header;
  json manifest;
  std::string data;
};

opened taken_apart(const std::string& bytes) {
  std::uint64_t n = 0;
  std::memcpy(&n, bytes.data(), 8);
  opened o{json::parse(bytes.substr(8, n)), {}, bytes.substr(8 + n)};
  o.manifest = json::parse(o.header["__metadata__"]["bespoke.manifest"].get<std::string>());
  return o;
}

std::string put_together(opened o) {
  o.header["__metadata__"]["bespoke.manifest"] = o.manifest.dump();
  return packed(o.header.dump(), o.data);
}

/// A small bundle after a change of its header, manifest or data.
template <class F>
std::string changed(F&& change) {
  opened o = taken_apart(small_bundle());
  change(o);
  return put_together(std::move(o));
}

/// A bundle whose header has these tensors beside a sound manifest of two stages.
std::string with_tensors(const std::string& tensors, const std::string& data = "") {
  const json metadata = taken_apart(small_bundle()).header["__metadata__"];
  return packed("{\"__metadata__\":" + metadata.dump() + (tensors.empty() ? "" : ",") + tensors + "}", data);
}

/// Reads everything in a bundle of `two_stages`' shape; the answer is of no interest.
std::size_t read_all(bundle_reader r) {
  std::size_t n = r.text("note").size();
  bundle_reader first = r.stage("tfidf/1");
  n += first.text("ngrams").size() + first.flag("smooth") + static_cast<std::size_t>(first.integer("min_df"));
  for (const auto& w : first.strings("terms")) n += w.size();
  for (const float x : first.tensor<float>("idf", 4)) n += x > 1;
  bundle_reader second = r.stage("linear_svm/1");
  n += second.number("c") > 0;
  for (const double x : second.tensor<double>("weights")) n += x > 1;
  n += second.shape("weights").size() + second.tensor<std::uint8_t>("flags")[0];
  r.finish();
  return n;
}

/// The message of the error that `f` throws, which must have this code.
template <class F>
std::string message(errc code, F&& f) {
  try {
    f();
  } catch (const error& e) {
    CHECK(name(e.code()) == std::string(name(code)));
    return e.what();
  }
  FAIL_CHECK("nothing was thrown");
  return "";
}

std::string refusal(const std::string& bytes) {
  return message(errc::bad_bundle, [&] { parse(bytes); });
}

std::string contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string advice = "; the file is damaged or is no bundle: restore a copy of it, or save it again";

}  // namespace

// ---- round trips

TEST_CASE("bundle: parameters come back bit for bit") {
  const auto nan = std::bit_cast<double>(std::uint64_t{0x7ff8dead0000beef});
  const std::vector<double> numbers = {0.1,
                                       -0.0,
                                       1,
                                       1e300,
                                       5e-324,
                                       1.0 / 3,
                                       123456789.123456789,
                                       std::numeric_limits<double>::infinity(),
                                       -std::numeric_limits<double>::infinity(),
                                       nan};
  const std::vector<std::int64_t> integers = {0, -1, std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::int64_t>::max()};
  const std::vector<std::string> texts = {"", "x", "ünï", "\"\\\n\t\x01", std::string("\0", 1), "\xff\xfe", "nan"};
  bundle_writer w;
  bundle_writer s = w.stage("all/1");
  s.put("yes", true);
  s.put("no", false);
  for (std::size_t i = 0; i < numbers.size(); ++i) s.put("n" + std::to_string(i), numbers[i]);
  for (std::size_t i = 0; i < integers.size(); ++i) s.put("i" + std::to_string(i), integers[i]);
  for (std::size_t i = 0; i < texts.size(); ++i) s.put("t" + std::to_string(i), texts[i]);
  s.put("large", std::numeric_limits<std::uint64_t>::max());

  bundle_reader root = parse(w.bytes({}));
  const bundle_reader r = root.stage("all/1");
  CHECK(r.flag("yes"));
  CHECK_FALSE(r.flag("no"));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    CHECK(std::bit_cast<std::uint64_t>(r.number("n" + std::to_string(i))) == std::bit_cast<std::uint64_t>(numbers[i]));
  for (std::size_t i = 0; i < integers.size(); ++i) CHECK(r.integer("i" + std::to_string(i)) == integers[i]);
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(r.text("t" + std::to_string(i)) == texts[i]);
  CHECK(static_cast<std::uint64_t>(r.integer("large")) == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("bundle: random doubles come back bit for bit") {
  std::mt19937_64 random(7);
  bundle_writer w;
  std::vector<std::uint64_t> bits(1000);
  for (auto& b : bits) {
    b = random();
    w.put(std::to_string(b), std::bit_cast<double>(b));
  }
  const bundle_reader r = parse(w.bytes({}));
  for (const auto b : bits) CHECK(std::bit_cast<std::uint64_t>(r.number(std::to_string(b))) == b);
}

namespace {

template <class T>
void round_trip_of(const std::vector<T>& values) {
  bundle_writer w;
  w.put("odd", view(std::vector<std::uint8_t>{1, 2, 3}));
  w.put("values", view(values));
  w.put("none", std::span<const T>());
  w.put("table", view(values), {1, values.size(), 1});
  const bundle_reader r = parse(w.bytes({}));
  const auto back = r.tensor<T>("values", values.size());
  CHECK(std::memcmp(back.data(), values.data(), values.size() * sizeof(T)) == 0);
  CHECK(reinterpret_cast<std::uintptr_t>(back.data()) % alignof(T) == 0);
  CHECK(r.tensor<T>("none").empty());
  CHECK(r.shape("none") == std::vector<std::size_t>{0});
  CHECK(r.shape("table") == std::vector<std::size_t>{1, values.size(), 1});
}

template <class T>
std::vector<T> extremes() {
  using limits = std::numeric_limits<T>;
  return {T{}, T{1}, limits::min(), limits::max(), limits::lowest(), limits::infinity(), limits::quiet_NaN()};
}

}  // namespace

TEST_CASE("bundle: tensors of every type come back bit for bit, aligned") {
  round_trip_of(extremes<float>());
  round_trip_of(extremes<double>());
  round_trip_of(extremes<std::uint8_t>());
  round_trip_of(extremes<std::int32_t>());
  round_trip_of(extremes<std::uint32_t>());
  round_trip_of(extremes<std::int64_t>());
  round_trip_of(extremes<std::uint64_t>());
}

TEST_CASE("bundle: strings of any bytes come back, and no strings too") {
  bundle_writer w;
  w.put("words", std::span<const std::string>(words));
  w.put("none", std::span<const std::string>());
  const bundle_reader r = parse(w.bytes({}));
  CHECK(r.strings("words") == words);
  CHECK(r.strings("none").empty());
}

TEST_CASE("bundle: the summary comes back, with the stages the file has") {
  const bundle_reader r = parse(small_bundle());
  const bundle_summary &got = r.summary(), want = summary();
  CHECK(got.library == want.library);
  CHECK(got.stages == std::vector<std::string>{"tfidf/1", "linear_svm/1"});
  CHECK(got.label == want.label);
  CHECK(got.seed == want.seed);
  CHECK(got.records == want.records);
  CHECK(got.training_digest == want.training_digest);
  CHECK(got.vector_width == want.vector_width);
  REQUIRE(got.metrics.size() == 2);
  CHECK(got.metrics[0] == want.metrics[0]);
  CHECK(std::isnan(got.metrics[1].second));
  CHECK(got.golden_source == want.golden_source);
  REQUIRE(got.golden.size() == 2);
  CHECK(got.golden[0].fields == want.golden[0].fields);
  CHECK(got.golden[0].label == want.golden[0].label);
  CHECK(got.golden[0].scores == want.golden[0].scores);
  CHECK(std::signbit(got.golden[0].scores[1]));
  CHECK(got.golden[1].fields.empty());
}

TEST_CASE("bundle: stages inside a stage are numbered in the order of the calls") {
  bundle_writer w;
  bundle_writer outer = w.stage("fuse/1");
  outer.stage("a/1").put("x", 1);
  outer.stage("b/1").put("x", 2);
  w.stage("c/1").put("x", 3);
  bundle_reader r = parse(w.bytes({}));
  bundle_reader fuse = r.stage("fuse/1");
  CHECK(fuse.stage("a/1").integer("x") == 1);
  CHECK(fuse.stage("b/1").integer("x") == 2);
  CHECK(r.stage("c/1").integer("x") == 3);
  CHECK_NOTHROW(r.finish());
}

TEST_CASE("bundle: tensors stay valid while a section of the reader lives") {
  std::span<const float> idf;
  const auto section = [&] {
    bundle_reader root = parse(small_bundle());
    bundle_reader first = root.stage("tfidf/1");
    idf = first.tensor<float>("idf");
    return first;
  }();
  CHECK(vector(idf) == std::vector<float>{1.5f, -0.0f, 3.0f, 4.0f});
}

// ---- the layout, read by other code

TEST_CASE("bundle: the layout is safetensors', as the format is described") {
  const std::string bytes = small_bundle();
  std::uint64_t n = 0;
  std::memcpy(&n, bytes.data(), 8);
  CHECK(bytes[8] == '{');
  CHECK((8 + n) % 64 == 0);
  const opened o = taken_apart(bytes);
  CHECK(o.header["__metadata__"].size() == 1);
  const std::vector<std::string> in_order = {"1.terms.offsets", "2.weights", "1.idf", "1.terms.bytes", "2.flags"};
  CHECK(o.header.size() == 1 + in_order.size());
  std::size_t at = 0;
  for (const auto& name : in_order) {
    const json& t = o.header[name];
    CHECK(t["data_offsets"][0] == at);
    at = t["data_offsets"][1];
  }
  CHECK(at == o.data.size());
  CHECK(o.header["2.weights"] == json::parse(R"({"dtype": "F64", "shape": [2, 3], "data_offsets": [40, 88]})"));
  CHECK(o.header["1.terms.bytes"]["shape"] == json::array({12}));
  CHECK(o.data.substr(104, 12) ==
        "card\xc3\xbc"
        "ber\xff" +
            std::string("\0\n", 2));
  CHECK(o.manifest["format"] == 1);
  CHECK(o.manifest["root"] == json::parse(R"({"note": "at the root"})"));
  CHECK(o.manifest["stages"][0] ==
        json::parse(R"({"kind": "tfidf/1", "params": {"min_df": 2, "ngrams": "1-2", "smooth": true}})"));
  CHECK(o.manifest["stages"][1] == json::parse(R"({"kind": "linear_svm/1", "params": {"c": 0.1}})"));
}

TEST_CASE("bundle: the same content gives the same bytes, in whatever order it was put") {
  bundle_writer a, b;
  a.put("x", 1);
  a.put("y", view(std::vector<float>{1}));
  a.put("z", view(std::vector<float>{2}));
  b.put("z", view(std::vector<float>{2}));
  b.put("y", view(std::vector<float>{1}));
  b.put("x", 1);
  CHECK(a.bytes(summary()) == b.bytes(summary()));
  CHECK(small_bundle() == small_bundle());
}

TEST_CASE("bundle: any bundle of aligned tensors opens, whoever wrote it and however its header is ordered") {
  const std::string tensors = R"("1.b":{"data_offsets":[8,8],"shape":[3,0],"dtype":"F32"},)"
                              R"("2.a":{"dtype":"U8","shape":[],"data_offsets":[8,9]},)"
                              R"("1.a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]})";
  bundle_reader r = parse(with_tensors(tensors, std::string("\1\0\0\0\0\0\0\0\5", 9)));
  bundle_reader first = r.stage("tfidf/1"), second = r.stage("linear_svm/1");
  CHECK(first.tensor<std::int64_t>("a")[0] == 1);
  CHECK(first.tensor<float>("b").empty());
  CHECK(second.tensor<std::uint8_t>("a", 1)[0] == 5);
  CHECK(second.shape("a").empty());
}

// ---- files

TEST_CASE("bundle: written and opened, with nothing left beside it") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  two_stages().write(path, summary());
  CHECK(contents(path) == small_bundle());
  CHECK(read_all(bundle_reader::open(path)) == read_all(parse(small_bundle())));
  two_stages().write(path, {});
  CHECK(contents(path) == two_stages().bytes({}));
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 1);
}

TEST_CASE("bundle: writing keeps the file's permissions") {
  const folder dir;
  const fs::path path = dir.path / "t.safetensors";
  two_stages().write(path, summary());
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  two_stages().write(path, {});
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("bundle: a path in the working folder needs no folder name") {
  const folder dir;
  const fs::path before = fs::current_path();
  fs::current_path(dir.path);
  two_stages().write("plain.safetensors", summary());
  fs::current_path(before);
  CHECK(contents(dir.path / "plain.safetensors") == small_bundle());
}

TEST_CASE("bundle: errors of the system name the path and the reason") {
  const folder dir;
  const std::string missing = (dir.path / "no" / "t.safetensors").string();
  CHECK(message(errc::io, [&] { two_stages().write(missing, {}); }) ==
        "save: " + missing +
            ": cannot create a file beside it: No such file or directory; a file saved there before is as it was");
  CHECK(message(errc::io, [&] { bundle_reader::open(missing); }) ==
        "load: " + missing + ": cannot open: No such file or directory");
  CHECK(message(errc::io, [&] { bundle_reader::open(dir.path); }) ==
        "load: " + dir.path.string() + ": cannot read: Is a directory");
  CHECK_THAT(message(errc::io, [&] { bundle_reader::open("/dev/null"); }), contains("not a regular file"));
}

TEST_CASE("bundle: a target that cannot be replaced keeps its folder clean") {
  const folder dir;
  const fs::path target = dir.path / "taken";
  fs::create_directory(target);
  CHECK_THAT(message(errc::io, [&] { two_stages().write(target, {}); }),
             contains("taken: cannot rename the finished file to it: Is a directory"));
  CHECK(std::distance(fs::directory_iterator(dir.path), {}) == 1);
}

TEST_CASE("bundle: a file's error names the file") {
  const folder dir;
  const std::string path = (dir.path / "t.safetensors").string();
  std::ofstream(path) << "hello";
  CHECK(message(errc::bad_bundle, [&] { bundle_reader::open(path); }) ==
        path + ": the file ends inside the header's length, at byte 5" + advice);
}

// ---- misuse of the writer

TEST_CASE("bundle: a name is put once in a section") {
  bundle_writer w;
  w.put("a", 1);
  CHECK(message(errc::invalid_argument, [&] { w.put("a", 2.0); }) ==
        "bundle_writer: \"a\" is put twice in one section; give each parameter and tensor its own name");
  w.put("s", std::span<const std::string>(words));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("s.bytes", true); }), contains("put twice"));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("s", "x"); }), contains("put twice"));
  CHECK_NOTHROW(w.stage("x/1").put("a", 1));
}

TEST_CASE("bundle: the writer refuses names and shapes that no reader would take") {
  bundle_writer w;
  const std::vector<float> four(4);
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("", 1); }), contains("empty or not UTF-8"));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("\xff", 1); }), contains("empty or not UTF-8"));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.stage(""); }), contains("the kind"));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("x", view(four), {2, 3}); }),
             contains("\"x\": the shape is of 6 values, the tensor has 4"));
  CHECK_THAT(message(errc::invalid_argument, [&] { w.put("x", view(four), {std::size_t{1} << 63, 4}); }),
             contains("too large"));
}

TEST_CASE("bundle: the writer refuses what the reader would") {
  bundle_summary many;
  many.golden.resize(1);
  many.golden[0].scores.resize(1'000'001);
  CHECK_THAT(message(errc::limit, [&] { bundle_writer().bytes(many); }), contains("more than 1000000 values"));
  bundle_writer w;
  w.put("text", std::string(100'000'000, 'x'));
  CHECK_THAT(message(errc::limit, [&] { w.bytes({}); }), contains("at most 100000000 bytes"));
}

// ---- other chains

TEST_CASE("bundle: a file of another chain is refused with the stage") {
  const auto read = [](auto... kinds) {
    return message(errc::bundle_mismatch, [&] {
      bundle_reader r = parse(small_bundle());
      (r.stage(kinds), ...);
      r.finish();
    });
  };
  CHECK(read("tfidf/1", "one_hot/1") == "stage 2: the file has \"linear_svm/1\", this chain has \"one_hot/1\"");
  CHECK(read("tfidf/2") == "stage 1: the file has \"tfidf/1\", this chain has \"tfidf/2\"");
  CHECK(read("tfidf/1") == "stage 2: the file has \"linear_svm/1\", this chain has no stage 2");
  CHECK(read("tfidf/1", "linear_svm/1", "x/1") == "stage 3: the file has no stage 3, this chain has \"x/1\"");
}

TEST_CASE("bundle: a setting that changes answers must be the file's") {
  bundle_reader root = parse(small_bundle());
  bundle_reader r = root.stage("tfidf/1"), s = root.stage("linear_svm/1");
  r.must_equal("ngrams", "1-2");
  r.must_equal("smooth", true);
  r.must_equal("min_df", 2u);
  s.must_equal("c", 0.1);
  const auto mismatch = [](auto&& f) { return message(errc::bundle_mismatch, f); };
  CHECK(mismatch([&] { r.must_equal("ngrams", "1-1"); }) ==
        "stage 1 (tfidf/1): the file has ngrams \"1-2\", this chain has \"1-1\"");
  CHECK(mismatch([&] { r.must_equal("smooth", false); }) ==
        "stage 1 (tfidf/1): the file has smooth true, this chain has false");
  CHECK(mismatch([&] { r.must_equal("min_df", 3); }) == "stage 1 (tfidf/1): the file has min_df 2, this chain has 3");
  CHECK(mismatch([&] { s.must_equal("c", 1.5); }) == "stage 2 (linear_svm/1): the file has c 0.1, this chain has 1.5");
  CHECK_THAT(mismatch([&] { root.must_equal("note", ""); }), contains("the file has note \"at the root\""));
}

TEST_CASE("bundle: NaN is the same setting as NaN") {
  bundle_writer w;
  w.put("missing", std::numeric_limits<double>::quiet_NaN());
  const bundle_reader r = parse(w.bytes({}));
  CHECK_NOTHROW(r.must_equal("missing", -std::numeric_limits<double>::quiet_NaN()));
  CHECK_THROWS_AS(r.must_equal("missing", 0.0), error);
}

TEST_CASE("bundle: a missing parameter or tensor, or one of another type, is refused with stage and file") {
  bundle_reader root = parse(small_bundle());
  bundle_reader r = root.stage("tfidf/1");
  const auto bad = [](auto&& f) { return message(errc::bad_bundle, f); };
  CHECK(bad([&] { r.flag("no"); }) == "stage 1 (tfidf/1): f: there is no parameter \"no\"" + advice);
  CHECK(bad([&] { r.integer("smooth"); }) ==
        "stage 1 (tfidf/1): f: the parameter \"smooth\" is not a whole number" + advice);
  CHECK_THAT(bad([&] { r.flag("min_df"); }), contains("\"min_df\" is not true or false"));
  CHECK_THAT(bad([&] { r.number("min_df"); }), contains("\"min_df\" is not a number"));
  CHECK_THAT(bad([&] { r.text("min_df"); }), contains("\"min_df\" is not text"));
  CHECK_THAT(bad([&] { r.must_equal("no", 1); }), contains("there is no parameter \"no\""));
  CHECK_THAT(bad([&] { r.tensor<float>("no"); }), contains("there is no tensor \"no\""));
  CHECK_THAT(bad([&] { r.shape("no"); }), contains("there is no tensor \"no\""));
  CHECK_THAT(bad([&] { r.strings("idf"); }), contains("there is no tensor \"idf.bytes\""));
  CHECK(bad([&] { r.tensor<double>("idf"); }) ==
        "stage 1 (tfidf/1): f: tensor \"idf\" has dtype F32, expected F64" + advice);
  CHECK_THAT(bad([&] { r.tensor<float>("idf", 5); }), contains("tensor \"idf\" has 4 values, expected 5"));
  CHECK(bad([&] { r.reject("weights are not finite"); }) == "stage 1 (tfidf/1): f: weights are not finite" + advice);
  CHECK_THAT(bad([&] { root.reject("no"); }), contains("f: no"));
}

TEST_CASE("bundle: another format version is said to be one") {
  const std::string later = changed([](opened& o) { o.manifest = {{"format", 2}, {"new", true}}; });
  CHECK(message(errc::bundle_mismatch, [&] { parse(later); }) ==
        "f: the file has bundle format 2, this library reads format 1; "
        "load it with the version of bespoke that saved it, or a later one");
}

TEST_CASE("bundle: safetensors of other programs are said not to be bundles") {
  CHECK(refusal(packed("{}")) == "f: the header has no bespoke.manifest: bespoke did not save this file" + advice);
  CHECK_THAT(refusal(packed(R"({"__metadata__":{"format":"pt"}})")), contains("bespoke did not save this file"));
}

// ---- damage

TEST_CASE("bundle: every truncation of a file is refused") {
  const std::string bytes = small_bundle();
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    INFO("cut to " << n << " bytes");
    CHECK_THROWS_AS(parse(std::string_view(bytes).substr(0, n)), error);
  }
  CHECK_THROWS_AS(parse(bytes + " "), error);
}

TEST_CASE("bundle: every truncation of a file on disk is refused") {
  const folder dir;
  const fs::path path = dir.path / "t";
  two_stages().write(path, summary());
  for (auto n = fs::file_size(path); n-- > 0;) {
    fs::resize_file(path, n);
    INFO("cut to " << n << " bytes");
    CHECK_THROWS_AS(bundle_reader::open(path), error);
  }
}

TEST_CASE("bundle: 10,000 damaged files open with sound contents or are refused") {
  const std::string bytes = small_bundle();
  std::mt19937_64 random(20240607);
  std::size_t refused = 0, read = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string damaged = bytes;
    for (std::size_t flips = 1 + random() % 4; flips > 0; --flips)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      read += read_all(parse(damaged)) > 0;
    } catch (const error& e) {
      REQUIRE(std::strlen(e.what()) > 10);
      REQUIRE((e.code() == errc::bad_bundle || e.code() == errc::bundle_mismatch));
      ++refused;
    }
  }
  CHECK(refused + read == 10'000);
  CHECK(refused > 5'000);
  CHECK(read > 100);
}

TEST_CASE("bundle: a header's length is not believed") {
  const auto with_length = [](std::uint64_t n, std::string rest) {
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &n, 8);
    return bytes + rest;
  };
  CHECK(refusal(with_length(std::uint64_t{1} << 63, "{}")) ==
        "f: the header says it is 9223372036854775808 bytes long, more than the 100000000 allowed" + advice);
  CHECK_THAT(refusal(with_length(100'000'001, "{}")), contains("100000001 bytes long"));
  CHECK_THAT(refusal(with_length(~std::uint64_t{0}, "{}")), contains("bytes long"));
  CHECK_THAT(refusal(with_length(100'000'000, "{}")),
             contains("ends inside the header: it has 10 bytes, the header needs 100000008"));
  CHECK_THAT(refusal(with_length(0, "")), contains("does not begin with {"));
  CHECK_THAT(refusal(with_length(3, " {}")), contains("does not begin with {"));
  CHECK_THAT(refusal(with_length(2, "{}x")), contains("the tensors take 0 bytes, the file has 1 after the header"));
}

TEST_CASE("bundle: a header that is not sound JSON is refused") {
  CHECK(refusal(packed("{\"a\"")) == "f: the header is not JSON at byte 57" + advice);
  CHECK_THAT(refusal(packed("{} {}")), contains("not JSON at byte 4"));
  CHECK_THAT(refusal(packed("{\"\xff\":1}")), contains("not JSON at byte 3"));
  CHECK_THAT(refusal(packed("{\"a\":1e999}")), contains("not JSON"));
  CHECK_THAT(refusal(packed("{\"a\":NaN}")), contains("not JSON"));
  CHECK_THAT(refusal(packed("{\"a\":" + std::string(1'000'000, '['))), contains("nested deeper than 16 levels"));
  std::string many = "{\"a\":[0";
  for (int i = 0; i < 1'000'000; ++i) many += ",0";
  CHECK_THAT(refusal(packed(many + "]}")), contains("more than 1000000 values"));
}

TEST_CASE("bundle: a key twice is refused, in the header and in the manifest") {
  const std::string empty = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  CHECK(refusal(with_tensors("\"1.a\":" + empty + ",\"1.a\":" + empty)) ==
        "f: the header has the key \"1.a\" twice in one object" + advice);
  CHECK_THAT(refusal(with_tensors(R"("1.a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]})")),
             contains("the key \"dtype\" twice"));
  CHECK_THAT(refusal(with_tensors("\"1.a\":" + empty + ",\"1.\\u0061\":" + empty)), contains("the key \"1.a\" twice"));
  const std::string manifest = R"({\"format\":1,\"format\":1})";
  CHECK(refusal(packed("{\"__metadata__\":{\"bespoke.manifest\":\"" + manifest + "\"}}")) ==
        "f: the manifest has the key \"format\" twice in one object" + advice);
}

TEST_CASE("bundle: tensors must cover the data once, in range") {
  const std::string sixteen(16, '\0');
  const auto two = [&](const std::string& first, const std::string& second) {
    return refusal(with_tensors("\"1.a\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":" + first +
                                    "},\"1.b\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":" + second + "}",
                                sixteen));
  };
  CHECK(two("[0,8]", "[0,8]") == "f: tensor \"1.b\" overlaps the one before it: begins at byte 0, before 8" + advice);
  CHECK_THAT(two("[8,16]", "[8,16]"), contains("tensor \"1.a\" leaves a hole: begins at byte 8, after 0"));
  CHECK_THAT(two("[0,8]", "[16,24]"), contains("tensor \"1.b\" leaves a hole: begins at byte 16, after 8"));
  CHECK_THAT(two("[0,8]", "[16,8]"), contains("tensor \"1.b\" begins at byte 16 and ends at 8"));
  CHECK_THAT(two("[0,8]", "[8,17]"), contains("tensor \"1.b\" has 9 bytes of data, its shape needs 8"));
  CHECK_THAT(two("[0,8]", "[18446744073709551608,18446744073709551615]"), contains("has 7 bytes"));
  CHECK_THAT(two("[0,8]", "[8,18446744073709551616]"), contains("data_offsets with something else"));
  CHECK_THAT(two("[0,8]", "[8,-16]"), contains("data_offsets with something else"));
  CHECK_THAT(two("[0,8]", "[8,16.0]"), contains("data_offsets with something else"));
  CHECK_THAT(two("[0,8]", "[8]"), contains("data_offsets that are not two numbers"));
  CHECK_THAT(two("[0,8]", "[8,16,24]"), contains("data_offsets that are not two numbers"));
  CHECK_THAT(two("[0,8]", "7"), contains("data_offsets that is not a list"));
  CHECK_THAT(two("[1,9]", "[9,17]"), contains("not aligned to its elements of 8 bytes"));
  CHECK_THAT(refusal(with_tensors("", sixteen)), contains("the tensors take 0 bytes, the file has 16"));
}

TEST_CASE("bundle: a tensor's shape and dtype are not believed") {
  const auto one = [](const std::string& entry) { return refusal(with_tensors("\"1.a\":" + entry)); };
  CHECK_THAT(one(R"({"dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0]})"), contains("too large"));
  CHECK_THAT(one(R"({"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]})"), contains("too large"));
  CHECK_THAT(one(R"({"dtype":"F64","shape":[1000000000000],"data_offsets":[0,8000000000000]})"),
             contains("the tensors take 8000000000000 bytes, the file has 0"));
  CHECK(one(R"({"dtype":"BF16","shape":[0],"data_offsets":[0,0]})") ==
        "f: tensor \"1.a\" has dtype \"BF16\", expected F64, F32, I64, I32, U64, U32 or U8" + advice);
  CHECK_THAT(one(R"({"dtype":8,"shape":[0],"data_offsets":[0,0]})"), contains("dtype that is not text"));
  CHECK_THAT(one(R"({"dtype":"U8","shape":{},"data_offsets":[0,0]})"), contains("shape that is not a list"));
  CHECK_THAT(one(R"({"dtype":"U8","shape":["0"],"data_offsets":[0,0]})"), contains("shape with something else"));
  CHECK_THAT(one(R"({"dtype":"U8","shape":[0]})"), contains("not exactly dtype, shape and data_offsets"));
  CHECK_THAT(one(R"({"dtype":"U8","shape":[0],"data_offset":[0,0]})"), contains("has no data_offsets"));
  CHECK_THAT(one("[]"), contains("not exactly dtype, shape and data_offsets"));
}

TEST_CASE("bundle: a tensor belongs to a stage of the file") {
  for (const char* name : {"3.a", "01.a", "1", "1.", ".a", "", "-1.a", "x.a", "18446744073709551617.a"}) {
    const std::string entry = R"({"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    CHECK_THAT(refusal(with_tensors("\"" + std::string(name) + "\":" + entry)),
               contains("tensor \"" + std::string(name) + "\" belongs to no stage"));
  }
}

TEST_CASE("bundle: metadata and manifest must have the right types") {
  CHECK_THAT(refusal(packed(R"({"__metadata__":[]})")), contains("__metadata__ is not an object"));
  CHECK_THAT(refusal(packed(R"({"__metadata__":{"a":1}})")), contains("\"a\" that is not text"));
  CHECK_THAT(refusal(packed(R"({"__metadata__":{"bespoke.manifest":"{"}})")), contains("the manifest is not JSON"));
  CHECK_THAT(refusal(packed(R"({"__metadata__":{"bespoke.manifest":"[]"}})")), contains("the manifest has no format"));
  const auto manifest = [](auto change) { return refusal(changed([&](opened& o) { change(o.manifest); })); };
  for (const char* key : {"format", "library", "root", "stages", "label", "seed", "records", "training_digest",
                          "vector_width", "metrics", "golden_source", "golden"}) {
    INFO(key);
    CHECK_THAT(manifest([&](json& m) { m.erase(key); }), contains("the manifest has no " + std::string(key)));
    CHECK_THAT(manifest([&](json& m) { m[key] = nullptr; }), contains("the manifest has "));
  }
  CHECK_THAT(manifest([](json& m) { m["seed"] = -1; }), contains("has seed that is not a whole number ≥ 0"));
  CHECK_THAT(manifest([](json& m) { m["stages"][0] = 1; }), contains("has no kind"));
  CHECK_THAT(manifest([](json& m) { m["stages"][0]["params"] = json::array(); }), contains("not an object"));
  for (const char* value : {"null", "[1]", "{}", "9223372036854775808", R"({"f64":"7ff"})", R"({"f64":1})",
                            R"({"hex":"f"})", R"({"hex":"0g"})", R"({"f64":"7ff000000000000g"})", R"({"x":"00"})"}) {
    INFO(value);
    CHECK_THAT(manifest([&](json& m) { m["stages"][0]["params"]["p"] = json::parse(value); }),
               contains("a value of the wrong type: \"p\""));
  }
  CHECK_THAT(manifest([](json& m) { m["metrics"][0] = json::array({"a"}); }), contains("not pairs"));
  CHECK_THAT(manifest([](json& m) { m["metrics"][0][1] = "a"; }), contains("wrong type: metrics"));
  CHECK_THAT(manifest([](json& m) { m["golden"][0]["fields"][0][1] = "a"; }), contains("fields that is not a list"));
  CHECK_THAT(manifest([](json& m) { m["golden"][0]["scores"][0] = "a"; }), contains("wrong type: scores"));
}

TEST_CASE("bundle: the offsets of strings are not believed") {
  const auto strings = [](const std::string& offsets_dtype, std::vector<std::uint64_t> offsets) {
    const std::size_t n = offsets.size() * 8;
    std::string data(n + 4, 'x');
    if (n > 0) std::memcpy(data.data(), offsets.data(), n);
    const json bytes = {{"dtype", "U8"}, {"shape", {4}}, {"data_offsets", {n, n + 4}}};
    const json o = {{"dtype", offsets_dtype}, {"shape", {offsets.size()}}, {"data_offsets", {0, n}}};
    bundle_reader r = parse(with_tensors("\"1.s.bytes\":" + bytes.dump() + ",\"1.s.offsets\":" + o.dump(), data));
    return r.stage("tfidf/1").strings("s");
  };
  const auto bad = [&](std::vector<std::uint64_t> offsets) {
    return message(errc::bad_bundle, [&] { strings("U64", offsets); });
  };
  CHECK(strings("U64", {0, 1, 1, 4}) == std::vector<std::string>{"x", "", "xxx"});
  CHECK_THAT(bad({}), contains("the offsets of \"s\" do not lead from 0 to its 4 bytes"));
  CHECK_THAT(bad({0}), contains("do not lead"));
  CHECK_THAT(bad({1, 4}), contains("do not lead"));
  CHECK_THAT(bad({0, 3}), contains("do not lead"));
  CHECK_THAT(bad({0, 5}), contains("do not lead"));
  CHECK_THAT(bad({0, 3, 2, 4}), contains("the offsets of \"s\" descend or leave its bytes at string 1"));
  CHECK_THAT(bad({0, 1000, 4}), contains("at string 0"));
  CHECK_THAT(bad({0, ~std::uint64_t{0}, 4}), contains("at string 0"));
  CHECK_THAT(message(errc::bad_bundle, [&] { strings("I64", {0, 4}); }), contains("has dtype I64, expected U64"));
}
