// SPDX-License-Identifier: Apache-2.0
// Reads tables and prints how fast, one JSON object a line; peer.py runs it beside pandas.
//
//   bench_ingest generate FILE MB     writes a table of numbers
//   bench_ingest text FILE [TIMES]    reads AG News rows: class, title, description
//   bench_ingest numbers FILE [TIMES] reads a generated table
//   bench_ingest jsonl FILE [TIMES]   reads {"class": …, "title": …, "description": …} lines

#include <bespoke/ingest/csv.hpp>
#include <bespoke/ingest/jsonl.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>

using namespace bespoke;

namespace {

struct news {
  std::string label{}, title{}, description{};
};

struct numbers {
  std::int64_t id{};
  double a{}, b{}, c{}, d{}, e{};
  int count{}, level{};
};

flow<news> open_text(const std::string& file) {
  return ingest::csv<news>(file, {column(0, &news::label), column(1, &news::title), column(2, &news::description)},
                           {.header = false});
}

flow<news> open_jsonl(const std::string& file) {
  return ingest::jsonl<news>(
      file, {column("class", &news::label), column("title", &news::title), column("description", &news::description)});
}

flow<numbers> open_numbers(const std::string& file) {
  return ingest::csv<numbers>(file, {column("id", &numbers::id), column("a", &numbers::a), column("b", &numbers::b),
                                     column("c", &numbers::c), column("d", &numbers::d), column("e", &numbers::e),
                                     column("count", &numbers::count), column("level", &numbers::level)});
}

/// Random numbers of few and of many digits, the same ones each time.
void generate(const std::string& file, std::size_t megabytes) {
  std::ofstream out(file, std::ios::binary);
  out << "id,a,b,c,d,e,count,level\n";
  std::uint64_t state = 88172645463325252u;
  const auto draw = [&] { return state ^= state << 13, state ^= state >> 7, state ^= state << 17; };
  const auto real = [&] { return static_cast<double>(draw() >> 11) * 0x1p-53; };
  std::size_t written = 0;
  char line[256];
  for (unsigned id = 0; written < megabytes * 1'000'000; ++id) {
    const int n = std::snprintf(line, sizeof line, "%u,%.2f,%.4f,%.6f,%.17g,%.9e,%u,%u\n", id, real() * 1000, real(),
                                real() * 100, real(), real() * 1e6, static_cast<unsigned>(draw() % 100000),
                                static_cast<unsigned>(draw() % 5));
    out.write(line, n);
    written += static_cast<std::size_t>(n);
  }
}

/// The most memory this process has held, in MB of 10^6 bytes.
double peak_resident_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::atof(line.c_str() + 6) * 1024 / 1e6;
  return 0;
}

template <class Record>
std::size_t count_records(flow<Record> records) {
  std::vector<Record> some;
  std::size_t n = 0;
  while (records.next(some)) n += some.size();
  return n;
}

template <class Open>
void measure(const std::string& file, int times, Open open) {
  const double megabytes = static_cast<double>(std::filesystem::file_size(file)) / 1e6;
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::size_t records = count_records(open(file));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("{\"mb_per_s\": %.1f, \"records\": %zu, \"peak_resident_mb\": %.1f}\n", megabytes / seconds.count(),
                records, peak_resident_mb());
  }
}

int run(int argc, char** argv) {
  const std::string task = argc > 2 ? argv[1] : "", file = argc > 2 ? argv[2] : "";
  const int count = argc > 3 ? std::atoi(argv[3]) : 1;
  if (task == "generate") return generate(file, static_cast<std::size_t>(count)), 0;
  if (task == "text") return measure(file, count, open_text), 0;
  if (task == "numbers") return measure(file, count, open_numbers), 0;
  if (task == "jsonl") return measure(file, count, open_jsonl), 0;
  std::fprintf(stderr, "usage: bench_ingest generate|text|numbers|jsonl FILE [MB|TIMES]\n");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
