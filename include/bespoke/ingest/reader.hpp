// SPDX-License-Identifier: Apache-2.0
#pragma once
// The seam between the typed columns of a header and the compiled readers of csv and jsonl. Hosts do not need it.
//
// The compiled side cuts a text into chunks of whole rows, finds the cells of each row, and calls a `record_maker` once a
// row, from several threads, one chunk each. Batches come back in the order of the text.

#include <bespoke/core/flow.hpp>
#include <bespoke/ingest/column.hpp>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bespoke::ingest::detail {

/// Where text comes from: a file, or memory under a name for messages.
struct text_place {
  std::filesystem::path file{};
  std::optional<std::string> text{};
};

/// The records of one chunk.
class batch {
 public:
  virtual ~batch() = default;
  virtual std::size_t size() const = 0;
  virtual void truncate(std::size_t size) = 0;  // keeps the first `size`
};

/// Makes records of cells. Thread-safe: each batch is used by one thread at a time.
class record_maker {
 public:
  static constexpr std::size_t made = static_cast<std::size_t>(-1);

  virtual ~record_maker() = default;
  /// An empty batch that will hold about `rows` records.
  virtual std::unique_ptr<batch> start(std::size_t rows) const = 0;
  /// Adds the record of `cells` (one a column), or returns the first column that cannot read its cell and adds nothing.
  virtual std::size_t add(batch& to, const cell* cells) const = 0;
};

/// Gives batches in order: null at the end. Throws the error of the first row that cannot be read, after the rows before.
class batch_reader {
 public:
  virtual ~batch_reader() = default;
  virtual std::unique_ptr<batch> next() = 0;
  virtual bool rewind() = 0;
};

template <class Record>
class typed_batch final : public batch {
 public:
  explicit typed_batch(std::size_t rows) : expected_(rows) {}

  std::size_t size() const override {
    return blocks.empty() ? 0 : (blocks.size() - 1) * block_size + blocks.back().size();
  }
  void truncate(std::size_t size) override {
    blocks.resize((size + block_size - 1) / block_size);
    if (!blocks.empty()) blocks.back().resize(size - (blocks.size() - 1) * block_size);
  }
  Record& add() {
    if (blocks.empty() || blocks.back().size() == block_size) open_block();
    return blocks.back().emplace_back();
  }
  void drop_last() {
    blocks.back().pop_back();
    if (blocks.back().empty()) blocks.pop_back();
  }

  std::vector<std::vector<Record>> blocks;

 private:
  void open_block() {
    const std::size_t n = expected_ < block_size ? expected_ : block_size;
    blocks.emplace_back().reserve(n);
    expected_ -= n;
  }

  std::size_t expected_;
};

template <class Record>
class typed_maker final : public record_maker {
 public:
  explicit typed_maker(std::vector<record_column<Record>> columns) : columns_(std::move(columns)) {}

  std::unique_ptr<batch> start(std::size_t rows) const override { return std::make_unique<typed_batch<Record>>(rows); }

  std::size_t add(batch& to, const cell* cells) const override {
    auto& records = static_cast<typed_batch<Record>&>(to);
    Record& record = records.add();
    for (std::size_t c = 0; c < columns_.size(); ++c)
      if (!columns_[c].read(record, cells[c])) {
        records.drop_last();
        return c;
      }
    return made;
  }

  std::vector<column_info> infos() const { return {columns_.begin(), columns_.end()}; }

 private:
  std::vector<record_column<Record>> columns_;
};

/// A flow's source over a batch reader: hands out one block after another.
template <class Record>
class text_records final : public flow_source<Record> {
 public:
  explicit text_records(std::unique_ptr<batch_reader> reader) : reader_(std::move(reader)) {}

  bool next(std::vector<Record>& out) override {
    while (at_ == blocks_.size())
      if (!refill()) return out.clear(), false;
    out = std::move(blocks_[at_++]);
    return true;
  }

  bool rewind() override {
    blocks_.clear();
    at_ = 0;
    return reader_->rewind();
  }

 private:
  bool refill() {
    blocks_.clear();
    at_ = 0;
    const std::unique_ptr<batch> next = reader_->next();
    if (next) blocks_ = std::move(static_cast<typed_batch<Record>&>(*next).blocks);
    return next != nullptr;
  }

  std::unique_ptr<batch_reader> reader_;
  std::vector<std::vector<Record>> blocks_;
  std::size_t at_ = 0;
};

/// Opens a place and gives its records: `open(place, columns, options, maker)` is the compiled reader of a format.
template <class Record, class Open, class Options>
flow<Record> read_records(Open open, text_place place, std::vector<record_column<Record>> columns, Options options) {
  auto maker = std::make_shared<typed_maker<Record>>(std::move(columns));
  auto reader = open(std::move(place), maker->infos(), std::move(options), maker);
  return flow<Record>(
      std::static_pointer_cast<flow_source<Record>>(std::make_shared<text_records<Record>>(std::move(reader))));
}

}  // namespace bespoke::ingest::detail
