#include "woodbury/fit/background.hpp"

namespace woodbury::fit {

Background::Background(const Prepared& prepared, const Options& options) : states_(options.sampler.chains) {
  const auto post = [this](const nuts::Progress& state) {
    const std::lock_guard lock(mutex_);
    states_[state.chain] = state;
  };
  record_ = std::async(std::launch::async, [&, this, post] { return run(prepared, options, post, &stop_); });
}

Background::~Background() {
  stop();
  if (record_.valid()) record_.wait();
}

bool Background::wait(std::chrono::milliseconds most) const {
  return record_.wait_for(most) == std::future_status::ready;
}

std::vector<nuts::Progress> Background::progress() const {
  const std::lock_guard lock(mutex_);
  return states_;
}

}  // namespace woodbury::fit
