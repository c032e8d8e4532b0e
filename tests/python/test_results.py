"""What a fit is asked for: tables of effects, ArviZ's object, Arrow's table, plots."""

import arviz as az
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import xarray as xr
from scipy import integrate, stats

import woodbury
from woodbury import plots
from woodbury._densities import prior_density

NEW_ARVIZ = int(az.__version__.partition(".")[0]) > 0


def dataset(group):
    """A group of either ArviZ."""
    return group.to_dataset() if NEW_ARVIZ else group


def flat(fit, name):
    return fit.draws[name].reshape(4000, *fit.draws[name].shape[2:])


def test_fixef_and_ranef_are_rows_of_the_summary(fit):
    summary = fit.summary(0.8, effects=True)
    fixed = fit.fixef(0.8)
    assert list(fixed.index) == ["Intercept", "year1932"]
    rows = summary.loc[["b_Intercept", "b_year1932"]]
    pd.testing.assert_frame_equal(fixed.reset_index(drop=True), rows.reset_index(drop=True))
    effects = fit.ranef(prob=0.8)
    assert effects.index.names == ["group", "level", "coef"] and len(effects) == 6 * 2 + 10
    row = effects.loc[("site", "Duluth", "year1932")]
    shown = ["mean", "sd", "eti80_lb", "eti80_ub"]
    np.testing.assert_allclose(row[shown], summary.loc["r_site[Duluth,year1932]", shown], rtol=1e-12)
    assert set(fit.ranef("variety").index.get_level_values("group")) == {"variety"}
    with pytest.raises(woodbury.InputError, match="no effects of `year`; there are: site, variety"):
        fit.ranef("year")


def test_coef_adds_the_fixed_effect_draw_by_draw(fit):
    total = flat(fit, "r_site")[:, 3, 1] + flat(fit, "b_year1932")
    row = fit.coef("site", prob=0.5).loc[("site", "Morris", "year1932")]
    np.testing.assert_allclose(row, [total.mean(), total.std(ddof=1), *np.quantile(total, [0.25, 0.75])], rtol=1e-12)
    assert len(fit.coef()) == len(fit.ranef())


def test_coef_without_the_fixed_effect_is_the_effect(barley):
    fit = woodbury.fit("yield ~ 0 + (1 | site)", barley, seed=1, draws=50)
    effects = fit.draws["r_site"].reshape(200, -1)
    np.testing.assert_allclose(fit.coef()["mean"], effects.mean(axis=0), rtol=1e-12)


def test_varcorr_has_scales_correlations_and_shares(fit):
    table = fit.varcorr()
    assert table.index.names == ["kind", "group", "coef"]
    scales = [("site", "Intercept"), ("site", "year1932"), ("variety", "Intercept"), ("residual", "")]
    assert list(table.index[:9]) == [(k, *s) for k in ("sd", "variance") for s in scales] + [
        ("cor", "site", "Intercept, year1932")
    ]
    mean = fit.summary().loc["cor_site__Intercept__year1932", "mean"]
    assert table["mean"].iloc[8] == pytest.approx(mean, rel=1e-12)
    sd, sigma = flat(fit, "sd_variety__Intercept"), flat(fit, "sigma")
    assert table.loc[("variance", "variety", "Intercept"), "mean"] == pytest.approx((sd**2).mean(), rel=1e-12)
    assert 0 < table.loc["icc"]["mean"].sum() < 1 and (sigma > 0).all()
    assert list(table.loc["r2"].index.get_level_values("group")) == ["marginal", "conditional"]


def test_effects_that_were_not_kept_are_drawn_again(fit, barley):
    hyper = woodbury.fit("yield ~ year + (year | site) + (1 | variety)", barley, factor="year", seed=1, keep="hyper")
    assert "r_site" not in hyper.draws
    pd.testing.assert_frame_equal(hyper.ranef("variety"), fit.ranef("variety"))
    for effects in (False, True):
        pd.testing.assert_frame_equal(hyper.summary(effects=effects), fit.summary(effects=effects))
    pd.testing.assert_frame_equal(hyper.fixef(), fit.fixef())
    with pytest.raises(woodbury.InputError, match="no group effects"):
        woodbury.fit("yield ~ year", barley, seed=1, draws=20).coef()


def test_effects_of_log_sigma_stand_apart(barley):
    fit = woodbury.fit("yield ~ (1 | site)", barley, sigma="~ (1 | site)", seed=1, draws=20, warmup=200)
    assert set(fit.ranef().index.get_level_values("coef")) == {"Intercept", "sigma_Intercept"}
    assert ("sd", "site", "sigma_Intercept") in fit.varcorr().index
    at = fit.coef().loc[("site", "Duluth", "sigma_Intercept"), "mean"]
    assert at == pytest.approx(float((fit.draws["b_sigma_Intercept"] + fit.draws["r_site__sigma"][:, :, 1, 0]).mean()))


def test_to_arviz_is_what_arviz_reads_from_the_folder(fit, tmp_path):
    fit.save(tmp_path / "fit")
    read = az.from_netcdf(tmp_path / "fit" / "posterior.nc")
    made = fit.to_arviz()
    assert isinstance(made, xr.DataTree if NEW_ARVIZ else az.InferenceData)
    for group in ["posterior", "sample_stats", "observed_data", "constant_data"]:
        ours, theirs = dataset(made[group]), dataset(read[group])
        xr.testing.assert_equal(ours, theirs)
        assert {n: v.dims for n, v in ours.items()} == {n: v.dims for n, v in theirs.items()}
        numbers = {"warmup_seconds", "sampling_seconds", "warmup_gradients", "gradients"}  # of chains; the file's own
        assert {k: v for k, v in theirs.attrs.items() if k not in numbers} == ours.attrs
    assert np.shares_memory(made.posterior["r_site"].values, fit.draws.array)


def test_arvizs_summary_and_diagnostics_agree_with_ours(fit):
    made = fit.to_arviz()
    theirs = az.summary(made, round_to="none")
    ours = fit.summary(effects=True)
    theirs = theirs.rename(index={name.replace(",", ", "): name for name in ours.index})
    assert set(theirs.index) == set(ours.index)
    both = theirs.loc[ours.index].astype(float)
    for name, its in {"ess_bulk": "ess_bulk", "r_hat": "rhat"}.items():
        np.testing.assert_allclose(both[name], ours[its], rtol=1e-6, err_msg=name)
    # By default ArviZ 1.x takes other quantiles for the tails than 0.x and posterior do, the 5 % and the 95 %.
    tail = az.ess(made, method="tail", prob=(0.05, 0.95))
    assert float(tail["sigma"]) == pytest.approx(ours.loc["sigma", "ess_tail"], rel=1e-6)
    sampled = [name for name in ours.index if name.startswith(("sd", "cor", "sigma"))]
    np.testing.assert_allclose(both.loc[sampled, "mean"], ours.loc[sampled, "mean"], rtol=1e-6)
    np.testing.assert_allclose(both.loc[sampled, "sd"], ours.loc[sampled, "sd"], rtol=1e-6)
    # Of what was integrated our mean is that of the exact conditional ones: near the draws', but for their noise.
    assert (abs(both["mean"] - ours["mean"]) < 5 * ours["sd"] / np.sqrt(ours["ess_bulk"])).all()
    mcse = az.mcse(made)
    assert float(mcse["sigma"]) == pytest.approx(ours.loc["sigma", "mcse_mean"], rel=1e-6)
    assert (np.asarray(az.bfmi(made)["energy"] if NEW_ARVIZ else az.bfmi(made)) > 0.3).all()


def test_arvizs_plots_take_it(fit):
    import matplotlib

    matplotlib.use("Agg")
    made = fit.to_arviz()
    for plot in [az.plot_rank, az.plot_forest, az.plot_energy]:
        plot(made, **({} if plot is az.plot_energy else {"var_names": ["sd_site__Intercept", "sigma"]}))


def test_bambis_names(fit, barley):
    posterior = fit.to_arviz(names="bambi").posterior
    named = {name: values.dims[2:] for name, values in posterior.data_vars.items()}
    assert named == {
        "Intercept": (),
        "year": ("year_dim",),
        "1|site": ("site__factor_dim",),
        "year|site": ("year__expr_dim", "site__factor_dim"),
        "1|variety": ("variety__factor_dim",),
        "1|site_sigma": (),
        "year|site_sigma": ("year__expr_dim",),
        "1|variety_sigma": (),
        "cor_site__Intercept__year1932": (),
        "sigma": (),
    }
    at = posterior["year|site"].sel(year__expr_dim="1932", site__factor_dim="Morris")
    np.testing.assert_array_equal(at, fit.draws["r_site"][:, :, 3, 1])
    many = woodbury.fit("yield ~ site + (1 | variety)", barley, draws=20).to_arviz(names="bambi").posterior
    assert list(many["site_dim"].values) == sorted(barley["site"].unique())[1:]
    with pytest.raises(woodbury.InputError, match="`woodbury`, `bambi`"):
        fit.to_arviz(names="brms")


def test_draws_as_a_table_of_arrow(fit):
    table = pa.table(fit)
    assert table.column_names == ["chain", "draw", *fit.draws.columns]
    assert table.num_rows == 4000
    column = table["sigma"].chunk(0)
    shared = np.frombuffer(column.buffers()[1], np.float64, 4000)
    assert np.shares_memory(shared, fit.draws.array)
    frame = pl.DataFrame(fit)
    at = frame.filter((pl.col("chain") == 2) & (pl.col("draw") == 17))["r_site[Duluth,year1932]"].item()
    assert at == fit.draws["r_site"][2, 17, 1, 1]


def test_tables_outlive_the_fit_they_are_of(barley):
    fit = woodbury.fit("yield ~ 1", barley, seed=3, draws=20)
    expected = fit.draws["sigma"].ravel().copy()
    table = pa.table(fit)
    del fit
    np.testing.assert_array_equal(table["sigma"], expected)


def test_plots_show_what_they_say(fit, tmp_path):
    figure = plots.trace(fit, ["sigma", "sd_site__Intercept"])
    lines = figure.axes[0].get_lines()
    np.testing.assert_array_equal([line.get_ydata() for line in lines], fit.draws["sigma"])
    figure = plots.effects(fit, "site")
    assert [axis.get_title() for axis in figure.axes] == ["Intercept of site", "year1932 of site"]
    shown = figure.axes[1].get_lines()[0].get_xdata()
    np.testing.assert_array_equal(shown, fit.ranef("site").xs("year1932", level="coef")["mean"].sort_values())
    figure = plots.prior_posterior(fit)
    titles = [axis.get_title() for axis in figure.axes if axis.axison]
    assert titles[0] == "Intercept, centred" and "cor_site__Intercept__year1932" in titles and len(titles) == 7
    for plot in (plots.trace, plots.effects, plots.prior_posterior):
        plot(fit).savefig(tmp_path / "plot.png")
        assert (tmp_path / "plot.png").stat().st_size > 10_000
    with pytest.raises(woodbury.InputError, match="no parameter `sgima`"):
        plots.trace(fit, "sgima")


def test_conditional_effects_are_predictions_by_labels(fit, barley):
    at = {"variety": "Trebi"}
    figure = plots.conditional_effects(fit, "site", by="year", effects="all", at=at, prob=0.9)
    (axis,) = figure.axes
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["1931", "1932"]
    assert [label.get_text() for label in axis.get_xticklabels()] == sorted(barley["site"].unique())
    rows = pd.DataFrame({"site": sorted(barley["site"].unique()), "year": "1932", "variety": "Trebi"})
    expected = fit.predict(rows, kind="mean", prob=0.9)
    mean = axis.containers[1].lines[0].get_ydata()
    np.testing.assert_allclose(mean, expected["Estimate"])
    ends = [path.vertices[:, 1] for path in axis.containers[1].lines[2][0].get_paths()]
    np.testing.assert_allclose(ends, expected[["l-90% CI", "u-90% CI"]])
    points = np.concatenate([line.get_ydata() for line in axis.get_lines() if line.get_marker() == "."])
    np.testing.assert_allclose(sorted(points), sorted(barley["yield"]))
    table = fit.conditional_effects("site", "year", effects="all", at=at, prob=0.9)
    assert list(table.columns) == ["site", "year", "mean", "sd", "eti90_lb", "eti90_ub"]
    np.testing.assert_allclose(table.query("year == '1932'")["mean"], mean)
    with pytest.raises(woodbury.InputError, match="no variable `sites`; it has: year, site, variety"):
        plots.conditional_effects(fit, "sites")
    with pytest.raises(woodbury.InputError, match="no level of `variety` is said"):
        fit.conditional_effects("site", effects="all")


def test_conditional_effects_over_numbers_hold_the_rest_at_their_means(barley):
    table = {"y": barley["yield"], "x": np.arange(120.0), "z": np.sin(np.arange(120.0)), "f": barley["site"]}
    fit = woodbury.fit("y ~ x * z + f", table, seed=1, draws=100)
    axis = plots.conditional_effects(fit, "x").axes[0]
    curve = axis.get_lines()[1]
    x, z = curve.get_xdata(), table["z"].mean()
    assert (x[0], x[-1]) == (0, 119)
    slope = fit.summary().loc[["b_x", "b_x:z"], "mean"] @ [1, z]  # means of exact conditionals, as predictions' are
    np.testing.assert_allclose(np.diff(curve.get_ydata()), slope * np.diff(x), rtol=1e-6)
    rows = pd.DataFrame({"x": x[7], "z": z, "f": sorted(set(barley["site"]))})  # as many rows a site
    assert curve.get_ydata()[7] == pytest.approx(fit.predict(rows, kind="mean")["Estimate"].mean(), rel=1e-9)
    held = fit.conditional_effects("x", at={"z": 0.5, "f": "Waseca"}).iloc[[7]]
    alone = fit.predict(pd.DataFrame({"x": x[[7]], "z": 0.5, "f": "Waseca"}), kind="mean")
    np.testing.assert_allclose(held.iloc[:, 1:], alone, rtol=1e-9)
    by = plots.conditional_effects(fit, "x", by="z").axes[0]
    labels = [text.get_text() for text in by.get_legend().get_texts()]
    sd = table["z"].std(ddof=1)
    assert labels == [f"{v:.4g}" for v in (z - sd, z, z + sd)]


@pytest.mark.parametrize("terms", ["x + I(x^2)", "poly(x, 2)", "scale(x) + I(x^2)", "x + log(x)", "center(x) * f", "x:f + x"])
def test_conditional_effects_follow_everything_made_of_a_column(terms, barley):
    table = pd.DataFrame({"y": barley["yield"], "x": 1 + np.arange(120.0) / 60, "f": barley["site"]})
    fit = woodbury.fit(f"y ~ {terms} + f", table, seed=1, draws=50, family="lognormal")
    curve = fit.conditional_effects("x", at={"f": "Duluth"})
    expected = fit.predict(pd.DataFrame({"x": curve["x"], "f": "Duluth"}), kind="mean")
    np.testing.assert_allclose(curve.iloc[:, 1:], expected, rtol=1e-8)


def test_conditional_effects_of_built_models_are_along_their_columns(barley):
    with woodbury.Model(barley) as m:
        u = m.normal("u", 0, m.half_cauchy("tau", 5), over="site")
        slope = m.normal("slope", 0, 1)
        m.observe_normal("yield", 30 + slope * (m.col("year") - 1931) + u["site"], m.half_cauchy("sigma", 5))
    fit = m.fit(seed=1, draws=50)
    curve = fit.conditional_effects("year", at={"site": "Morris"}, effects="all")
    rows = pd.DataFrame({"year": curve["year"], "site": "Morris"})
    np.testing.assert_allclose(curve.iloc[:, 1:], fit.predict(rows, kind="mean"), rtol=1e-9)


def test_the_centred_intercept_is_that_of_the_mean_row(fit, barley):
    figure = plots.prior_posterior(fit, "Intercept")
    (axis,) = figure.axes
    heights = np.array([p.get_height() * p.get_width() for p in axis.patches])
    middles = np.array([p.get_x() + p.get_width() / 2 for p in axis.patches])
    expected = (fit.draws["b_Intercept"] + 0.5 * fit.draws["b_year1932"]).mean()
    assert (heights * middles).sum() == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize(
    ("text", "positive", "support"),
    [
        ("normal(1, 2)", False, (-np.inf, np.inf)),
        ("normal(1, 2)", True, (0, np.inf)),
        ("student_t(3, 1, 2)", True, (0, np.inf)),
        ("cauchy(0, 2)", False, (-np.inf, np.inf)),
        ("half_normal(2)", True, (0, np.inf)),
        ("half_student_t(3, 0, 10.3347)", True, (0, np.inf)),
        ("half_cauchy(5)", True, (0, np.inf)),
        ("exponential(0.5)", True, (0, np.inf)),
        ("gamma(2, 3)", True, (0, np.inf)),
        ("inverse_gamma(2, 3)", True, (0, np.inf)),
        ("lognormal(0, 1)", True, (0, np.inf)),
        ("uniform(1, 4)", True, (1, 4)),
        ("beta(2, 3)", True, (0, 1)),
        ("lkj(2)", False, (-1, 1)),
    ],
)
def test_prior_densities_integrate_to_one(text, positive, support):
    density = prior_density(text, positive=positive, dimension=3)
    assert integrate.quad(lambda x: float(density(np.array(x))), *support)[0] == pytest.approx(1, abs=1e-6)


def test_prior_densities_are_those_of_stans_arguments():
    at = np.array(0.7)
    assert prior_density("gamma(2, 3)", positive=True)(at) == pytest.approx(9 * 0.7 * np.exp(-2.1))
    assert prior_density("exponential(4)", positive=True)(at) == pytest.approx(4 * np.exp(-2.8))
    assert prior_density("half_normal(2)", positive=True)(at) == pytest.approx(2 * stats.norm.pdf(0.7, 0, 2))
    assert prior_density("lkj(1)", positive=False, dimension=2)(at) == pytest.approx(0.5)
    assert prior_density("flat()", positive=False) is None


def test_a_missing_library_is_named(fit, monkeypatch):
    import builtins

    real = builtins.__import__

    def without(name, *rest, **more):
        if name.split(".")[0] in ("arviz", "matplotlib"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'woodbury\[arviz\]'"):
        fit.to_arviz()
    with pytest.raises(ImportError, match=r"pip install 'woodbury\[plots\]'"):
        plots.trace(fit)
