// Sampling on a thread of its own while Python's thread minds signals and shows progress.
#include <chrono>
#include <future>
#include <mutex>

#include "core.hpp"

namespace woodbury::python {

namespace {

/// The chains' latest states: written from their threads, read from Python's.
class Board {
 public:
  explicit Board(std::size_t chains) : states_(chains) {}

  void post(const nuts::Progress& state) {
    const std::lock_guard lock(mutex_);
    states_[state.chain] = state;
  }
  [[nodiscard]] nb::list read() {
    const std::lock_guard lock(mutex_);
    nb::list result;
    for (const nuts::Progress& s : states_)
      result.append(nb::make_tuple(s.iteration, s.total, s.warming_up, s.divergences));
    return result;
  }

 private:
  std::mutex mutex_;
  std::vector<nuts::Progress> states_;
};

/// Interrupts and errors of Python that come while the sampler runs.
class Watch {
 public:
  /// Handlers of signals run here, and `progress`; what they raise stops the sampler.
  void look(const nb::object& progress, Board& board) {
    try {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (!progress.is_none() && !stop) progress(board.read());
    } catch (nb::python_error& error) {
      const bool first_interrupt = !stop && error.matches(PyExc_KeyboardInterrupt);
      stop = true;
      if (!first_interrupt) raised_ = std::make_unique<nb::python_error>(std::move(error));
    }
  }
  void rethrow() const {
    if (raised_) throw nb::python_error(*raised_);
  }

  std::atomic<bool> stop{false};

 private:
  std::unique_ptr<nb::python_error> raised_;
};

bool is_ready(const std::future<store::Record>& record) {
  constexpr std::chrono::milliseconds kBetweenLooks{50};
  const nb::gil_scoped_release unlocked;
  return record.wait_for(kBetweenLooks) == std::future_status::ready;
}

bool has_draws(const store::Record& record) { return record.draws.common_draws() > 0; }

}  // namespace

store::Record run(const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress) {
  Board board(options.sampler.chains);
  Watch watch;
  auto pending = std::async(std::launch::async, [&] {
    return fit::run(
        prepared, options, [&](const nuts::Progress& state) { board.post(state); }, &watch.stop);
  });
  while (!is_ready(pending)) watch.look(progress, board);
  watch.look(progress, board);
  watch.rethrow();
  store::Record record = pending.get();
  if (record.interrupted && !has_draws(record))
    throw base::Error("interrupted before the first draw", {}, {}, base::ErrorKind::interrupted);
  return record;
}

}  // namespace woodbury::python
