// SPDX-License-Identifier: Apache-2.0
#include "bytes.hpp"

#if BESPOKE_WITH_ICU

#include <fmt/format.h>
#include <unicode/ucnv.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace bespoke::ingest::detail {

namespace {

constexpr std::size_t piece = 16 << 10;  // bytes decoded at a time

struct close_converter {
  void operator()(UConverter* c) const { ucnv_close(c); }
};

/// Decodes piece by piece; a piece's text waits until it is read.
class decoded_bytes final : public byte_source {
 public:
  decoded_bytes(std::unique_ptr<byte_source> bytes, const std::string& encoding, std::string stage, std::string source)
      : bytes_(std::move(bytes)),
        stage_(std::move(stage)),
        source_(std::move(source)),
        encoding_(encoding),
        raw_(piece) {
    UErrorCode status = U_ZERO_ERROR;
    converter_.reset(ucnv_open(encoding.c_str(), &status));
    if (U_FAILURE(status) || encoding.empty()) throw unknown_encoding();
    ucnv_setToUCallBack(converter_.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
  }

  std::size_t read(char* to, std::size_t size) override {
    while (at_ == text_.size() && !ended_ && !failure_) decode_piece();
    if (at_ == text_.size() && failure_) throw *failure_;
    const std::size_t n = std::min(size, text_.size() - at_);
    std::memcpy(to, text_.data() + at_, n);
    at_ += n;
    return n;
  }

  bool rewind() override {
    if (!bytes_->rewind()) return false;
    ucnv_reset(converter_.get());
    text_.clear();
    units_.clear();
    at_ = 0;
    line_ = 1;
    ended_ = false;
    failure_.reset();
    return true;
  }

 private:
  void decode_piece() {
    const std::size_t n = bytes_->read(raw_.data(), raw_.size());
    ended_ = n == 0;
    const char *from = raw_.data(), *end = from + n;
    text_.clear();
    at_ = 0;
    UErrorCode status = U_BUFFER_OVERFLOW_ERROR;
    while (status == U_BUFFER_OVERFLOW_ERROR) {
      status = U_ZERO_ERROR;
      to_units(from, end, status);
      append_text();
    }
    line_ += static_cast<std::size_t>(std::count(text_.begin(), text_.end(), '\n'));
    if (U_FAILURE(status)) failure_ = invalid_bytes();
  }

  void to_units(const char*& from, const char* end, UErrorCode& status) {
    const std::size_t kept = units_.size();
    units_.resize(kept + piece);
    UChar* to = units_.data() + kept;
    ucnv_toUnicode(converter_.get(), &to, units_.data() + units_.size(), &from, end, nullptr, ended_, &status);
    units_.resize(static_cast<std::size_t>(to - units_.data()));
  }

  /// Units to UTF-8; half a surrogate pair waits for its other half.
  void append_text() {
    const bool half = !units_.empty() && U16_IS_LEAD(units_.back()) && !ended_;
    const UChar lead = half ? units_.back() : UChar{0};
    if (half) units_.pop_back();
    const std::size_t before = text_.size();
    text_.resize(before + units_.size() * 3);
    int32_t written = 0;
    UErrorCode status = U_ZERO_ERROR;
    u_strToUTF8WithSub(text_.data() + before, static_cast<int32_t>(text_.size() - before), &written, units_.data(),
                       static_cast<int32_t>(units_.size()), 0xFFFD, nullptr, &status);
    text_.resize(before + static_cast<std::size_t>(written));
    units_.clear();
    if (half) units_.push_back(lead);
  }

  error unknown_encoding() const {
    return error(
        errc::invalid_argument,
        {.stage = stage_,
         .expected = "the name of an encoding in .encoding",
         .got = in_quotes(encoding_),
         .advice = "names are those of ICU, for example \"utf-8\", \"iso-8859-1\", \"windows-1252\", \"gb18030\""});
  }

  error invalid_bytes() const {
    char bad[16];
    int8_t n = sizeof bad;
    UErrorCode status = U_ZERO_ERROR;
    ucnv_getInvalidChars(converter_.get(), bad, &n, &status);
    std::string got;
    for (int8_t i = 0; U_SUCCESS(status) && i < n; ++i)
      got += fmt::format("\\x{:02x}", static_cast<unsigned char>(bad[i]));
    return error(errc::encoding, {.stage = stage_,
                                  .source = source_,
                                  .line = line_,
                                  .expected = "text in " + encoding_,
                                  .got = "the bytes " + got,
                                  .advice = "pass the .encoding the file is written in"});
  }

  std::unique_ptr<byte_source> bytes_;
  std::string stage_, source_, encoding_;
  std::unique_ptr<UConverter, close_converter> converter_;
  std::vector<char> raw_;
  std::vector<UChar> units_;
  std::string text_;
  std::size_t at_ = 0, line_ = 1;
  bool ended_ = false;
  std::optional<error> failure_;  // thrown once the text before it was read
};

}  // namespace

std::unique_ptr<byte_source> decoded(std::unique_ptr<byte_source> bytes, const std::string& encoding,
                                     const std::string& stage, const std::string& source) {
  return std::make_unique<decoded_bytes>(std::move(bytes), encoding, stage, source);
}

}  // namespace bespoke::ingest::detail

#else

namespace bespoke::ingest::detail {

std::unique_ptr<byte_source> decoded(std::unique_ptr<byte_source>, const std::string& encoding,
                                     const std::string& stage, const std::string& source) {
  throw error(errc::unsupported, {.stage = stage,
                                  .source = source,
                                  .expected = ".encoding = \"utf-8\" in a build without ICU",
                                  .got = in_quotes(encoding),
                                  .advice = "build bespoke with BESPOKE_WITH_ICU, or convert the file"});
}

}  // namespace bespoke::ingest::detail

#endif
