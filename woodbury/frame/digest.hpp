// SHA-256 of bytes as they pass by, so that a run record can name the very file it was fitted to.
#pragma once

#include <memory>
#include <span>
#include <string>

namespace woodbury::frame {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::span<const char> bytes);
  /// The digest in hexadecimal; nothing may be added afterwards.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace woodbury::frame
