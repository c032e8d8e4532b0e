// Content from stored bytes: passed on, or inflated; hashed on the way.
#include "woodbury/frame/input.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>

#include "woodbury/base/base.hpp"

namespace woodbury::frame {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

}  // namespace

struct Input::Inflater {
  z_stream stream{};
  bool inside = true;  // between a member's header and its end

  Inflater() {
    constexpr int kGzip = 16;
    WOODBURY_ASSERT(inflateInit2(&stream, kGzip + MAX_WBITS) == Z_OK);
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream); }
};

Input::Input(std::unique_ptr<Bytes> bytes, std::string name)
    : bytes_(std::move(bytes)), name_(std::move(name)), buffer_(kBlock) {}

Input::~Input() = default;

// Reads the next block of stored bytes once all of the last are decoded; false at the end.
bool Input::fill() {
  if (at_ < filled_) return true;
  at_ = 0;
  filled_ = bytes_->read(buffer_.data(), buffer_.size());
  if (first_pass_) digest_.update({buffer_.data(), filled_});
  return filled_ > 0;
}

std::size_t Input::read(char* into, std::size_t size) {
  if (!started_) {
    started_ = true;
    const bool is_gzip = fill() && filled_ >= 2 && std::memcmp(buffer_.data(), "\x1f\x8b", 2) == 0;
    if (is_gzip) inflater_ = std::make_unique<Inflater>();
  }
  std::size_t count = 0;
  while (count < size && fill()) {
    count += inflater_ ? inflate(into + count, size - count) : copy(into + count, size - count);
  }
  if (count < size && inflater_ && inflater_->inside) {
    throw base::Error(fmt::format("`{}` is cut short: its gzip data do not come to an end", name_));
  }
  return count;
}

std::size_t Input::copy(char* into, std::size_t size) {
  const std::size_t count = std::min(size, filled_ - at_);
  std::memcpy(into, buffer_.data() + at_, count);
  at_ += count;
  return count;
}

std::size_t Input::inflate(char* into, std::size_t size) {
  if (!inflater_->inside) next_member();
  if (at_ == filled_) return 0;
  constexpr std::size_t kMost = std::size_t{1} << 30;  // zlib counts in 32 bits
  const auto room = static_cast<uInt>(std::min(size, kMost));
  z_stream& stream = inflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(buffer_.data() + at_);
  stream.avail_in = static_cast<uInt>(filled_ - at_);
  stream.next_out = reinterpret_cast<Bytef*>(into);
  stream.avail_out = room;
  const int status = ::inflate(&stream, Z_NO_FLUSH);
  at_ = filled_ - stream.avail_in;
  if (status == Z_STREAM_END) {
    inflater_->inside = false;
  } else if (status != Z_OK && status != Z_BUF_ERROR) {
    throw base::Error(fmt::format("the gzip data of `{}` are damaged ({})", name_,
                                  stream.msg != nullptr ? stream.msg : "wrong checksum"));
  }
  return room - stream.avail_out;
}

// After a member: another one, or zeros (padding of block devices) to the end.
void Input::next_member() {
  while (at_ < filled_ && buffer_[at_] == 0) ++at_;
  if (at_ == filled_) return;
  WOODBURY_ASSERT(inflateReset(&inflater_->stream) == Z_OK);
  inflater_->inside = true;
}

bool Input::rewind() {
  if (!bytes_->rewind()) return false;
  first_pass_ = started_ = false;
  at_ = filled_ = 0;
  inflater_.reset();
  return true;
}

}  // namespace woodbury::frame
