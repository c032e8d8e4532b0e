// Bytes of a table, from a file or from memory, plain or gzip by their first bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "woodbury/frame/digest.hpp"

namespace woodbury::frame {

/// Bytes as they are stored.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  virtual ~Bytes() = default;
  /// Fills `into` unless the end comes first; returns how many bytes it got.
  virtual std::size_t read(char* into, std::size_t size) = 0;
  /// Back to the first byte; false where that cannot be done (a pipe).
  virtual bool rewind() = 0;
};

/// Throws base::Error where there is no such file (naming the nearest one beside it), or it is a folder or unreadable.
[[nodiscard]] std::unique_ptr<Bytes> open_file(const std::string& path);
/// The text must outlive the result.
[[nodiscard]] std::unique_ptr<Bytes> open_text(std::string_view text);

/// The content of stored bytes: inflated where they start with gzip's magic number (any number of members).
class Input {
 public:
  /// `name` stands for the file in errors.
  Input(std::unique_ptr<Bytes> bytes, std::string name);
  ~Input();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Fills `into` unless the end comes first; returns how many bytes it got.
  std::size_t read(char* into, std::size_t size);
  /// Back to the start for another pass; false where that cannot be done.
  bool rewind();
  /// Of the bytes as stored; to be asked once, after a first pass to the end.
  [[nodiscard]] std::string sha256() { return digest_.finish(); }

 private:
  struct Inflater;
  bool fill();
  std::size_t copy(char* into, std::size_t size);
  std::size_t inflate(char* into, std::size_t size);
  void next_member();

  std::unique_ptr<Bytes> bytes_;
  std::string name_;
  Sha256 digest_;
  bool first_pass_ = true;
  bool started_ = false;
  std::vector<char> buffer_;  ///< stored bytes; those of [at_, filled_) are still to be decoded
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  std::unique_ptr<Inflater> inflater_;  ///< null where the bytes are plain
};

}  // namespace woodbury::frame
