"""A fit: its draws and summary, saved and loaded, the same from every door."""

import csv
import json
import subprocess

import numpy as np
import pandas as pd
import pytest
from conftest import BARLEY, FORMULA

import woodbury


def same_draws(one, two):
    np.testing.assert_array_equal(one.draws.array, two.draws.array)
    assert one.draws.columns == two.draws.columns


def test_draws_have_the_variables_dims_and_labels(fit):
    assert fit.draws["b_Intercept"].shape == (4, 1000)
    assert fit.draws["r_site"].shape == (4, 1000, 6, 2)
    site = fit.draws.variable("r_site")
    assert site.dims == ("site", "site__coef")
    assert site.coords[0][:3] == ("Crookston", "Duluth", "Grand Rapids")
    assert site.coords[1] == ("Intercept", "year1932")
    at = fit.draws.columns.index("r_site[Duluth,year1932]")
    np.testing.assert_array_equal(fit.draws.array[:, :, at], fit.draws["r_site"][:, :, 1, 1])


def test_draws_are_views_that_cannot_be_written(fit):
    whole = fit.draws.array
    for name in fit.draws:
        assert np.shares_memory(whole, fit.draws[name])
        with pytest.raises(ValueError):
            fit.draws[name][:] = 0


def test_draws_outlive_their_fit(barley):
    draws = woodbury.fit("yield ~ 1", barley, seed=3, draws=20).draws["sigma"]
    copy = draws.copy()
    woodbury.fit("yield ~ 1", barley, seed=4, draws=20)
    np.testing.assert_array_equal(draws, copy)
    assert (draws > 0).all()


def test_unknown_variable_names_the_nearest(fit):
    with pytest.raises(KeyError, match="did you mean `b_year1932`"):
        fit.draws["b_year1931"]


def test_summary_is_that_of_the_draws(fit):
    summary = fit.summary(prob=0.9, effects=True)
    assert list(summary.columns[:4]) == ["mean", "sd", "eti90_lb", "eti90_ub"]
    draws = fit.draws.array.reshape(4000, -1)
    assert list(summary.index) == fit.draws.columns
    # Of integrated effects the mean and sd are those of the exact conditionals: near the draws', but for noise.
    mean, sd = draws.mean(axis=0), draws.std(axis=0, ddof=1)
    sampled = [not name.startswith(("b_", "r_")) for name in summary.index]
    np.testing.assert_allclose(summary["mean"][sampled], mean[sampled], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(summary["sd"][sampled], sd[sampled], rtol=1e-10)
    assert (np.abs(summary["mean"] - mean) < 5 * sd / np.sqrt(len(draws))).all()
    np.testing.assert_allclose(summary["sd"], sd, rtol=0.1)
    np.testing.assert_allclose(summary["eti90_ub"], np.quantile(draws, 0.95, axis=0), rtol=1e-12)
    np.testing.assert_allclose(summary["median"], np.median(draws, axis=0), rtol=1e-10, atol=1e-12)
    assert (summary["rhat"] < 1.02).all() and (summary["ess_bulk"] > 400).all()


def test_summary_without_effects_has_only_scalars(fit):
    assert list(fit.summary().index) == [v.name for v in fit.draws.variables if not v.dims]
    assert "eti95_lb" in fit.summary() and "eti99.5_ub" in fit.summary(prob=0.995)
    with pytest.raises(woodbury.InputError, match="between 0 and 1"):
        fit.summary(prob=95)


def test_posterior_is_near_the_least_squares_fit(barley):
    """With weak priors and no group effects: Gaussian theory, computed by NumPy."""
    x = np.column_stack([np.ones(len(barley)), barley["year"] == 1932])
    y = barley["yield"].to_numpy()
    beta, rss = np.linalg.lstsq(x, y)[:2]
    fit = woodbury.fit("yield ~ year", barley, factor="year", defaults="brms", seed=2)
    means = fit.summary()["mean"]
    errors = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * rss / (len(y) - 2))
    assert abs(means["b_Intercept"] - beta[0]) < 0.1 * errors[0]
    assert abs(means["b_year1932"] - beta[1]) < 0.1 * errors[1]
    assert means["sigma"] == pytest.approx(np.sqrt(rss[0] / (len(y) - 2)), rel=0.02)


def test_same_seed_same_draws_for_any_number_of_threads(barley, fit):
    same_draws(woodbury.fit(FORMULA, barley, factor="year", seed=1, threads=1), fit)
    other = woodbury.fit(FORMULA, barley, factor="year", seed=2)
    assert not np.array_equal(other.draws.array, fit.draws.array)
    assert other.seed == 2


def test_a_drawn_seed_is_told_and_can_be_used_again(barley):
    first = woodbury.fit("yield ~ 1", barley, draws=10)
    same_draws(woodbury.fit("yield ~ 1", barley, draws=10, seed=first.seed), first)


def test_the_command_line_gives_the_same_draws(program, fit, tmp_path):
    subprocess.run(
        [program, "fit", FORMULA, "--data", BARLEY, "--factor", "year", "--seed", "1", "--out", tmp_path / "fit", "-q"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    same_draws(woodbury.load(tmp_path / "fit"), fit)


def test_saved_and_loaded(fit, tmp_path):
    fit.save(tmp_path / "fit")
    again = woodbury.load(tmp_path / "fit")
    same_draws(again, fit)
    pd.testing.assert_frame_equal(again.summary(), fit.summary())
    assert (again.formula, again.seed, again.model) == (fit.formula, fit.seed, fit.model)
    assert str(again.explain()) == str(fit.explain())
    for name, values in fit.sample_stats.items():
        np.testing.assert_array_equal(again.sample_stats[name], values)
    with open(tmp_path / "fit" / "chain-3.csv") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    np.testing.assert_array_equal([float(row["sigma"]) for row in rows], fit.draws["sigma"][2])


def test_a_folder_is_overwritten_only_when_asked(fit, tmp_path):
    fit.save(tmp_path / "fit")
    with pytest.raises(woodbury.InputError, match="exists"):
        fit.save(tmp_path / "fit")
    fit.save(tmp_path / "fit", overwrite=True)
    with pytest.raises(woodbury.InputError, match="no-such"):
        woodbury.load(tmp_path / "no-such")


def test_keep_hyper_leaves_the_effects_out(barley):
    fit = woodbury.fit(FORMULA, barley, factor="year", seed=1, draws=50, keep="hyper")
    assert "r_site" not in fit.draws and "sigma" in fit.draws


@pytest.mark.parametrize("keep", ["all", "hyper"])
def test_repr_is_the_command_lines_summary(keep, fit, barley, program, tmp_path):
    if keep == "hyper":
        fit = woodbury.fit(FORMULA, barley, factor="year", seed=1, draws=50, keep=keep)
    fit.save(tmp_path / "fit")
    shown = subprocess.run([program, "summary", tmp_path / "fit"], check=True, capture_output=True, text=True).stdout
    lines = [line for line in shown.splitlines() if "Seconds" not in line]
    assert lines == [line for line in repr(fit).splitlines() if "Seconds" not in line]
    page = fit._repr_html_()
    assert "sd_site__Intercept" in page and "<table" in page and "eti95_lb" in page


def test_options_reach_the_engine(barley):
    fit = woodbury.fit(
        "yield ~ year + (1 | site)",
        barley,
        factor=["year"],
        priors={"b(year1932)": "normal(0, 0.001)", "sd(site)": "exponential(1)"},
        integrate=["site"],
        parametrisation={"site": "centred"},
        chains=2,
        draws=100,
        warmup=200,
        seed=5,
        target_accept=0.9,
        max_depth=8,
    )
    assert abs(fit.summary().loc["b_year1932", "mean"]) < 0.01
    assert fit.draws.array.shape[:2] == (2, 100)
    used = fit.run["options"]
    assert (used["warmup"], used["target_accept"], used["max_depth"], used["integrate"]) == (200, 0.9, 8, "site")
    assert used["parametrisation"] == {"site": "centred"}
    assert fit.sample_stats["tree_depth"].max() <= 8
    own = fit.priors().set_index("target")["prior"]
    assert own["sd(site, Intercept)"] == "exponential(1)"


def test_contrasts_by_name_and_by_map(barley):
    """Half-difference coding: its coefficient is the difference of the means, whatever the weak priors."""
    two = barley[barley["site"].isin(["Crookston", "Duluth"])]
    means = two.groupby("site")["yield"].mean()
    assert "b_site1" in woodbury.fit("yield ~ site", two, contrasts={"site": "sum"}, draws=20).draws
    codes = {"Crookston": 0.5, "Duluth": -0.5}
    mapped = woodbury.fit("yield ~ site", two, contrasts={"site": codes}, seed=1).summary()
    (difference,) = (name for name in mapped.index if name.startswith("b_site"))
    assert mapped.loc[difference, "mean"] == pytest.approx(means["Crookston"] - means["Duluth"], abs=0.3)
    codes = {"Crookston": [1, 0], "Duluth": [0, 1]}
    with pytest.raises(woodbury.InputError, match="column"):
        woodbury.fit("yield ~ site", two, contrasts={"site": codes})


def test_sigma_weights_and_known_errors(barley):
    data = barley.assign(w=1.0 + (barley["year"] == 1932), s=2.0)
    assert "b_sigma_year1932" in woodbury.fit("yield ~ 1", data, factor="year", sigma="~ year", draws=20).draws
    assert "sigma" not in woodbury.fit("yield ~ 1", data, se="s", draws=20).draws
    weighted = woodbury.fit("yield ~ 1", data, weights="w", seed=1, draws=20)
    plain = woodbury.fit("yield ~ 1", data, seed=1, draws=20)
    assert not np.array_equal(weighted.draws["sigma"], plain.draws["sigma"])


def test_explain_and_priors(barley, program):
    plan = woodbury.explain(FORMULA, barley, factor="year")
    words = [program, "explain", FORMULA, "--data", BARLEY, "--factor", "year"]
    assert str(plan) == subprocess.run(words, check=True, capture_output=True, text=True).stdout
    assert (plan.declared_dims, plan.sampled_dims) == (29, 5)
    assert "Plan: 29" in plan._repr_html_()
    table = woodbury.priors(FORMULA, barley, factor="year")
    assert table.loc[table["parameter"] == "sigma", "prior"].item().startswith("half_student_t(3, 0, 10.33")


def test_plans_are_made_without_rules_replayed_and_timed(barley, tmp_path):
    formula = "yield ~ (1 | site) + (1 | variety)"
    wanted = woodbury.explain(formula, barley, integrate="site", without="equal-levels")
    assert "switched off: equal-levels" in str(wanted)
    (tmp_path / "plan.json").write_text(json.dumps(wanted.data))
    for plan in (wanted, tmp_path / "plan.json", str(tmp_path / "plan.json")):
        assert woodbury.explain(formula, barley, plan=plan).data["decisions"] == wanted.data["decisions"]
    one = woodbury.fit(formula, barley, plan=wanted, seed=1, draws=20)
    two = woodbury.fit(formula, barley, integrate="site", without=["equal-levels"], seed=1, draws=20)
    same_draws(one, two)
    same_draws(one, woodbury.fit(formula, barley, plan=one.explain(), seed=1, draws=20))
    assert "timed on this machine" in str(woodbury.explain(formula, barley, tune=True))
