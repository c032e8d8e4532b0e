"""What is wrong is said as an exception of a documented type, with the command line's words."""

import _thread
import pickle
import signal
import subprocess
import threading
import warnings

import numpy as np
import pytest
from conftest import BARLEY

import woodbury


def error_of(formula, data, **options):
    with pytest.raises(woodbury.Error) as caught:
        woodbury.fit(formula, data, **options)
    return caught.value


def test_a_formula_shows_where(barley):
    error = error_of("yield ~ year + (year | site", barley)
    assert isinstance(error, woodbury.InputError) and isinstance(error, ValueError)
    assert error.message == "this bracket is never closed"
    assert error.suggestion == "add `)`"
    assert error.place == woodbury.Place("yield ~ year + (year | site", 15, 16)
    assert str(error).splitlines()[-1].index("^") == 2 + 15


def test_a_column_names_the_nearest(barley):
    error = error_of("yield ~ yearr", barley)
    assert error.suggestion == "did you mean `year`?"
    assert error.place.text[error.place.begin : error.place.end] == "yearr"


def test_the_words_are_the_command_lines(barley, program):
    formula, prior = "yield ~ year", "b(yeer) ~ normal(0, 1)"
    words = [program, "fit", formula, "--data", BARLEY, "--prior", prior]
    said = subprocess.run(words, capture_output=True, text=True)
    assert said.returncode == 1
    error = error_of(formula, barley, priors={"b(yeer)": "normal(0, 1)"})
    assert said.stderr == f"error: {error}\n"


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"chains": 0}, woodbury.InputError, "chains must be at least 1; it is 0"),
        ({"chains": 1.5}, woodbury.UsageError, "chains takes a whole number"),
        ({"warmup": "none"}, woodbury.UsageError, "warmup takes a whole number"),
        ({"seed": -1}, woodbury.UsageError, "seed takes a whole number, not `-1`"),
        ({"target_accept": 1}, woodbury.InputError, "between 0 and 1"),
        ({"target_accept": float("nan")}, woodbury.UsageError, "target_accept takes a number, not `nan`"),
        ({"family": "gausian"}, woodbury.InputError, "did you mean `gaussian`"),
        ({"na": "keep"}, woodbury.InputError, "`drop`, `error`"),
        ({"chians": 2}, woodbury.UsageError, "did you mean `chains`"),
        ({"priors": "normal(0, 1)"}, woodbury.UsageError, "priors takes a dict"),
        ({"parametrisation": {"g": "centered"}}, woodbury.InputError, "did you mean `centred`"),
        ({"integrate": "site"}, woodbury.InputError, "site"),
        ({"priors": {"sigma": "normal(0)"}}, woodbury.InputError, "normal"),
        ({"reduce": "all"}, woodbury.InputError, "`auto`, `none`"),
        ({"keep": "some"}, woodbury.InputError, "keep has no `some`"),
        ({"init": -1}, woodbury.InputError, "init must be at least 0"),
        ({"without": "cell"}, woodbury.InputError, "cells"),
        ({"plan": "no-such.json"}, woodbury.InputError, "cannot read the plan `no-such.json`"),
        ({"plan": "no-such.json", "integrate": "all"}, woodbury.UsageError, "plan excludes integrate"),
    ],
)
def test_options_are_checked(barley, options, kind, words):
    error = error_of("yield ~ 1", barley, **options)
    assert type(error) is kind
    assert words in str(error)


def test_data_are_checked(barley):
    assert "cannot be read" in str(error_of("y ~ 1", 3))
    assert "there is no file" in str(error_of("y ~ 1", "no-such.csv"))
    assert "2 rows where the others have 3" in str(error_of("y ~ x", {"y": np.zeros(3), "x": np.zeros(2)}))
    assert "cannot be read" in str(error_of("y ~ 1", {"y": np.zeros((3, 2))}))
    dates = barley.assign(date=np.datetime64("2024-01-01"))
    assert "datetime64" in str(error_of("yield ~ date", dates))
    assert "is missing" in str(error_of("y ~ 1", {"y": [1.0, None, 2.0]}, na="error"))


def test_sampling_that_cannot_start_is_an_error_of_its_own():
    values = {"y": np.array([1.0, 2.0, 3.0, 4.0])}
    error = error_of("y ~ 1", values, priors={"sigma": "uniform(1e-320, 2e-320)"})
    assert type(error) is woodbury.SamplingError and isinstance(error, RuntimeError)
    assert "no start with a finite log density" in error.message


def test_errors_can_be_pickled(barley):
    error = error_of("yield ~ yearr", barley)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.place) == (type(error), str(error), error.place)


def test_dubious_models_and_draws_warn(barley):
    years = barley.assign(year=barley["year"].astype(float))
    with pytest.warns(woodbury.FitWarning, match="center"):
        woodbury.explain("yield ~ year + (year | site)", years)
    with pytest.warns(woodbury.FitWarning):
        fit = woodbury.fit("yield ~ 1", barley, draws=10, seed=1)
    assert fit.warnings
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not woodbury.fit("yield ~ 1", barley, seed=1).warnings


class Seen:
    """A view of progress that says when the first chain has 200 iterations."""

    def __init__(self):
        self.event = threading.Event()

    def update(self, chains):
        if chains[0][0] > 200:
            self.event.set()

    def close(self):
        pass


def test_ctrl_c_returns_the_draws_so_far(barley, monkeypatch):
    """That the other thread runs at all also shows that the interpreter's lock is free while sampling."""
    wanted, seen = 5_000_000, Seen()
    monkeypatch.setattr("woodbury._api.progress_view", lambda chains, wanted: seen)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background starts without one

    def interrupt():
        seen.event.wait(60)
        _thread.interrupt_main()

    other = threading.Thread(target=interrupt)
    other.start()
    fit = woodbury.fit("yield ~ (1 | site)", barley, chains=1, draws=wanted, seed=1, keep="hyper", warmup=100)
    other.join()
    signal.signal(signal.SIGINT, before)
    drawn = fit.draws["sigma"].size
    assert fit.interrupted and 100 <= drawn < wanted
    assert np.isfinite(fit.summary()["mean"]).all()


def test_an_error_in_progress_ends_the_fit(barley, monkeypatch):
    class Broken:
        def update(self, chains):
            raise ZeroDivisionError(len(chains))

        def close(self):
            pass

    monkeypatch.setattr("woodbury._api.progress_view", lambda chains, wanted: Broken())
    with pytest.raises(ZeroDivisionError, match="2"):
        woodbury.fit("yield ~ (1 | site)", barley, chains=2, draws=200_000, seed=1, keep="hyper")
