// SPDX-License-Identifier: Apache-2.0
// Chunks are read by the thread that wants records, parsed by it and by the workers of an arena, and delivered in order.
// While the chunk that is due is in other hands, the reading thread parses another one instead of waiting.
#include "parse.hpp"

#include <oneapi/tbb/info.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

namespace bespoke::ingest::detail {

namespace {

struct job {
  enum class state { waiting, taken, done };

  chunk text;
  parsed_chunk result;
  std::exception_ptr failure;
  state is = state::waiting;
};

/// Jobs in the order of the text. The owner adds and removes them; workers take those that wait.
class job_line {
 public:
  explicit job_line(std::shared_ptr<const chunk_parser> parser) : parser_(std::move(parser)) {}

  void add(std::unique_ptr<job> j) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(j));
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
  }

  /// Counts one helper more, unless there are `most`; each must then call `help`.
  bool wants_help(unsigned most) {
    const std::lock_guard lock(mutex_);
    return helpers_ < most && ++helpers_ != 0;
  }
  /// Parses jobs as long as any waits.
  void help() {
    std::unique_lock lock(mutex_);
    while (work(lock)) {
    }
    --helpers_;
  }

  /// Removes the first job, once it is done, helping until then.
  std::unique_ptr<job> take_first() {
    std::unique_lock lock(mutex_);
    while (jobs_.front()->is != job::state::done)
      if (!work(lock)) changed_.wait(lock, [&] { return jobs_.front()->is == job::state::done; });
    auto first = std::move(jobs_.front());
    jobs_.pop_front();
    return first;
  }

  /// Removes all jobs, once nobody works on one.
  std::deque<std::unique_ptr<job>> take_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      for (const auto& j : jobs_)
        if (j->is == job::state::taken) return false;
      return true;
    });
    return std::exchange(jobs_, {});
  }

 private:
  /// Parses the first job that waits; false if none does.
  bool work(std::unique_lock<std::mutex>& lock) {
    for (auto& j : jobs_) {
      if (j->is != job::state::waiting) continue;
      job& mine = *j;
      mine.is = job::state::taken;
      lock.unlock();
      parse(mine);
      lock.lock();
      mine.is = job::state::done;
      changed_.notify_all();
      return true;
    }
    return false;
  }

  void parse(job& j) const noexcept {
    try {
      j.result = parser_->parse(j.text);
    } catch (...) {
      j.failure = std::current_exception();
    }
  }

  std::shared_ptr<const chunk_parser> parser_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<job>> jobs_;
  unsigned helpers_ = 0;
};

/// No more threads than the machine has: more would not help, and TBB would say so on standard error.
unsigned usable(unsigned threads) {
  const auto most = static_cast<unsigned>(tbb::info::default_concurrency());
  return threads == 0 ? most : std::min(threads, most);
}

class ordered_reader final : public batch_reader {
 public:
  ordered_reader(std::unique_ptr<byte_source> bytes, chunk_rules rules, bad_rows_policy policy, unsigned threads,
                 std::shared_ptr<chunk_parser> parser)
      : rules_(rules),
        policy_(std::move(policy)),
        chunks_(std::move(bytes), std::move(rules)),
        parser_(parser),
        jobs_(std::move(parser)),
        threads_(usable(threads)) {
    if (threads_ > 1) arena_.initialize(static_cast<int>(threads_), 1);
    begin();
  }
  ~ordered_reader() noexcept override {
    jobs_.take_all();
    if (threads_ > 1) arena_.execute([&] { helpers_.wait(); });
  }
  ordered_reader(const ordered_reader&) = delete;
  ordered_reader& operator=(const ordered_reader&) = delete;

  std::unique_ptr<batch> next() override {
    while (true) {
      if (failure_) std::rethrow_exception(failure_);
      read_ahead();
      if (jobs_.size() == 0) return nullptr;
      auto records = deliver(jobs_.take_first());
      if (records && records->size() != 0) return records;
    }
  }

  bool rewind() override {
    jobs_.take_all();
    if (!chunks_.rewind()) return false;
    failure_ = nullptr;
    ended_ = false;
    skipped_ = 0;
    begin();
    return true;
  }

 private:
  /// Reads chunks until the parser has found where the rows begin.
  void begin() {
    auto first = std::make_unique<job>();
    do {
      if (chunks_.next(first->text)) continue;
      throw error(errc::empty_input, {.stage = rules_.stage, .source = rules_.source, .problem = "the input is empty"});
    } while (!parser_->begin(first->text));
    jobs_.add(std::move(first));
  }

  void read_ahead() {
    while (!ended_ && jobs_.size() < std::size_t{2} * threads_) {
      auto j = spare_ ? std::move(spare_) : std::make_unique<job>();
      if (!read_next(*j)) return;
      jobs_.add(std::move(j));
      if (jobs_.wants_help(threads_ - 1)) arena_.execute([&] { helpers_.run([&] { jobs_.help(); }); });
    }
  }

  /// A chunk that cannot be read fails in its turn, after the rows before it.
  bool read_next(job& j) {
    try {
      ended_ = !chunks_.next(j.text);
      return !ended_;
    } catch (...) {
      ended_ = true;
      j.failure = std::current_exception();
      j.is = job::state::done;
      return true;
    }
  }

  std::unique_ptr<batch> deliver(std::unique_ptr<job> j) {
    if (j->failure) std::rethrow_exception(failure_ = j->failure);
    parsed_chunk result = std::exchange(j->result, {});
    report_skipped(result);
    if (result.failure) failure_ = std::make_exception_ptr(*result.failure);
    else if (!failure_ && result.consumed < j->text.text.size()) cut_again(*j, result.consumed);
    j->is = job::state::waiting;
    spare_ = std::move(j);
    return std::move(result.records);
  }

  /// Tells the host of skipped rows; one too many fails after the records before it.
  void report_skipped(parsed_chunk& result) {
    for (noted_row& noted : result.skipped) {
      if (skipped_++ == policy_.rule.limit) return too_many(noted, result);
      if (policy_.rule.on_row) policy_.rule.on_row(noted.row);
    }
  }

  void too_many(const noted_row& last, parsed_chunk& result) {
    error_details d = last.row.why.details();
    d.problem = "one bad row more than .bad_rows allows to skip (" + std::to_string(policy_.rule.limit) + ")" +
                (d.problem.empty() ? "" : ": " + d.problem);
    result.records->truncate(last.records_before);
    result.failure = error(errc::limit, std::move(d));
  }

  /// The quotes of a skipped row misled the cutting of what comes after: that is put together and cut again.
  void cut_again(job& j, std::size_t consumed) {
    drop_front(j.text, consumed);
    text_buffer rest = std::move(j.text.text);
    for (const auto& later : jobs_.take_all()) rest.append(later->text.text.view());
    rest.append(chunks_.left_over());
    chunks_.put_back(std::move(rest), j.text.first_line);
    ended_ = false;
  }

  chunk_rules rules_;
  bad_rows_policy policy_;
  chunker chunks_;
  std::shared_ptr<chunk_parser> parser_;
  job_line jobs_;
  std::unique_ptr<job> spare_;
  unsigned threads_;
  tbb::task_arena arena_;
  tbb::task_group helpers_;
  std::exception_ptr failure_;
  std::size_t skipped_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<batch_reader> read_in_order(std::unique_ptr<byte_source> bytes, chunk_rules rules,
                                            bad_rows_policy policy, unsigned threads,
                                            std::shared_ptr<chunk_parser> parser) {
  check_sizes(rules);
  return std::make_unique<ordered_reader>(std::move(bytes), std::move(rules), std::move(policy), threads,
                                          std::move(parser));
}

}  // namespace bespoke::ingest::detail
