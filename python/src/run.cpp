// Sampling while Python's thread minds signals and shows progress.
#include "core.hpp"
#include "woodbury/fit/background.hpp"

namespace woodbury::python {

namespace {

/// A list of (iteration, total, warming_up, divergences).
nb::list states_of(const fit::Background& sampler) {
  nb::list result;
  for (const nuts::Progress& s : sampler.progress())
    result.append(nb::make_tuple(s.iteration, s.total, s.warming_up, s.divergences));
  return result;
}

bool is_done(const fit::Background& sampler) {
  constexpr std::chrono::milliseconds kBetweenLooks{50};
  const nb::gil_scoped_release unlocked;
  return sampler.wait(kBetweenLooks);
}

/// Handlers of signals run here, and `progress`.
void look(const fit::Background& sampler, const nb::object& progress) {
  if (PyErr_CheckSignals() != 0) throw nb::python_error();
  if (!progress.is_none()) progress(states_of(sampler));
}

}  // namespace

store::Record run(const fit::Prepared& prepared, const fit::Options& options, const nb::object& progress) {
  fit::Background sampler(prepared, options);
  bool interrupted = false;
  for (bool done = false; !done;) {
    done = is_done(sampler);
    try {
      look(sampler, interrupted ? nb::none() : progress);
    } catch (nb::python_error& error) {
      sampler.stop();
      if (interrupted || !error.matches(PyExc_KeyboardInterrupt)) {
        while (!is_done(sampler)) continue;
        throw;
      }
      interrupted = true;
    }
  }
  store::Record record = sampler.get();
  if (record.interrupted && record.draws.common_draws() == 0)
    throw base::Error("interrupted before the first draw", {}, {}, base::ErrorKind::interrupted);
  return record;
}

}  // namespace woodbury::python
