"""The model builder: its words, what it integrates, its densities and its fits."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

import woodbury


@pytest.fixture(scope="module")
def table():
    """60 rows, 12 broods nested in 4 sites, 5 seasons; a response with effects of all."""
    rng = np.random.default_rng(5)
    brood = rng.integers(0, 12, 240)
    season = rng.integers(0, 5, 240)
    x = rng.normal(size=240)
    y = 1 + 0.5 * x + rng.normal(size=12)[brood] + rng.normal(size=5)[season] + 0.3 * rng.normal(size=240)
    return pd.DataFrame({"y": y, "x": x, "brood": brood, "site": brood % 4, "season": season})


def hierarchical(table):
    with woodbury.Model(table) as m:
        mu = m.normal("mu", 0, 1)
        tau = m.half_cauchy("tau", 5)
        u = m.normal("u", mu, tau, over="brood")
        sigma = m.half_cauchy("sigma", 5)
        beta = m.normal("beta", 0, 1)
        m.observe_normal("y", u["brood"] + beta * m.col("x"), sigma)
    return m


def slopes(table):
    m = woodbury.Model(table)
    sd = [m.half_normal("sd_0", 1), m.half_normal("sd_1", 1)]
    cor = m.lkj("cor", 2, ["Intercept", "x"], dim="brood__coef")
    r = m.effects("r", sd, over="brood", cor=cor)
    v = m.normal("v", 0, m.exponential("tau", 1), over="season")
    b = m.normal("b", 0, 5, over={"coef": ["Intercept", "x"]})
    m.observe_normal("y", m.cols(1, "x") @ b + m.cols(1, "x") @ r + v["season"], m.half_normal("sigma", 1))
    return m


def test_prints_as_mathematics(table):
    m = hierarchical(table)
    assert repr(m) == (
        "mu ~ normal(0, 1)\n"
        "tau ~ half_cauchy(5)\n"
        "u[brood] ~ normal(mu, tau)\n"
        "sigma ~ half_cauchy(5)\n"
        "beta ~ normal(0, 1)\n"
        "y ~ normal(u[brood] + beta * x, sigma)\n"
    )
    assert r"u_{\mathrm{brood}} &\sim \mathrm{normal}\left(\mu, \tau\right)" in m._repr_latex_()
    assert repr(slopes(table)).endswith(
        "y ~ normal(b[Intercept] + b[x] * x + r[brood, Intercept] + r[brood, x] * x + v[season], sigma)\n"
    )


def test_arithmetic_and_functions(table):
    m = woodbury.Model(table)
    a, b, x = m.normal("a", 0, 1), m.normal("b", 0, 1), m.col("x")
    assert repr(1 + a - 2 * b / x) == "1 + a - 2 * b / x"
    assert repr(3 - a / (1 / b)) == "3 - a / (1 / b)"
    assert repr(-a**2 + b**3 + a**0.5 + a**-1 + (+b)) == "-square(a) + square(b) * b + sqrt(a) + 1 / a + b"
    assert repr(a**b) == "exp(b * log(a))"
    assert repr(np.float64(2) * a + np.int64(1)) == "2 * a + 1"
    for name in ("exp", "log", "sqrt", "square", "tanh", "log1p", "expm1", "sin", "cos"):
        assert repr(getattr(woodbury, name)(a)) == f"{name}(a)" == repr(getattr(np, name)(a))
    assert repr(woodbury.inv_logit(a)) == "inv_logit(a)"
    assert repr(np.reciprocal(a) + np.power(a, 2) - np.negative(b)) == "1 / a + square(a) - -b"
    u = m.normal("u", 0, 1, over="season")
    assert repr(woodbury.cumsum(u)["season"] + woodbury.ar1(u, a)["season"]) == "cumsum(u)[season] + ar1(u, a)[season]"
    assert u.dims == ("season",) and x.dims == ("row",) and a.dims == ()


def test_every_distribution():
    m = woodbury.Model()
    m.normal("v0", 0, 1, positive=True)
    m.student_t("v1", 3, 0, 1)
    m.cauchy("v2", 0, 1)
    m.half_normal("v3", 1)
    m.half_student_t("v4", 3, 1)
    m.half_cauchy("v5", 2)
    m.exponential("v6", 1)
    m.gamma("v7", 2, 3)
    m.inverse_gamma("v8", 2, 3)
    m.lognormal("v9", 0, 1)
    m.uniform("v10", -1, 1, over={"item": ["a", "b"]})
    m.beta("v11", 2, 2)
    m.flat("v12", positive=True)
    m.constant("v13", 4)
    m.lkj("v14", 2, ["a", "b"])
    assert repr(m) == (
        "v0 ~ normal(0, 1), positive\nv1 ~ student_t(3, 0, 1)\nv2 ~ cauchy(0, 1)\nv3 ~ half_normal(1)\n"
        "v4 ~ half_student_t(3, 1)\nv5 ~ half_cauchy(2)\nv6 ~ exponential(1)\nv7 ~ gamma(2, 3)\n"
        "v8 ~ inverse_gamma(2, 3)\nv9 ~ lognormal(0, 1)\nv10[item] ~ uniform(-1, 1)\nv11 ~ beta(2, 2)\n"
        "v12 ~ flat(), positive\nv13 ~ constant(4)\nv14[v14__coef, v14__coef] ~ lkj(2)\n"
    )


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda m, u, x: m.observe_normal("y", u + x, 1), 'write u["brood"] to read it at each row'),
        (lambda m, u, x: u["season"], 'write u["brood"]'),
        (lambda m, u, x: m.half_normal("s", -1), "it must be positive"),
        (lambda m, u, x: m.normal("u", 0, 1), "two variables are named `u`"),
        (lambda m, u, x: m["w"], "no variable `w`"),
        (lambda m, u, x: m.normal("w", woodbury.Model().normal("t", 0, 1), 1), "`t` belongs to another model"),
        (lambda m, u, x: m.cols("x") @ u, "a coefficient for each column"),
    ],
)
def test_mistakes_are_the_engines_errors(table, mistake, words):
    m = woodbury.Model(table)
    u, x = m.normal("u", 0, 1, over="brood"), m.col("x")
    with pytest.raises(woodbury.InputError) as caught:
        mistake(m, u, x)
    assert words in str(caught.value)


def test_misuse(table):
    m = woodbury.Model(table)
    a = m.normal("a", 0, 1)
    with pytest.raises(woodbury.UsageError, match="name its column"):
        a * np.ones(3)
    with pytest.raises(woodbury.UsageError, match="takes numbers and its own expressions"):
        m.normal("b", "a", 1)
    with pytest.raises(woodbury.UsageError, match="cannot stand in a model"):
        np.arctan(a)
    with pytest.raises(woodbury.UsageError, match="names of its columns"):
        m.effects("r", [1], over="brood")
    with pytest.raises(woodbury.UsageError, match="option of a formula"):
        m.fit(family="lognormal")
    with pytest.raises(woodbury.UsageError, match="has no value yet"):
        bool(a)
    with pytest.raises(woodbury.InputError, match="has no data"):
        woodbury.Model().explain()
    m.observe_normal("z", a, 1)
    with pytest.raises(woodbury.InputError, match="no column `z`"):
        m.explain()


def test_explains_what_is_integrated(table):
    plan = hierarchical(table).explain()
    assert plan.declared_dims == 16 and plan.sampled_dims == 2
    assert "integrated" in repr(plan)
    assert slopes(table).explain(integrate="season").sampled_dims == 31


def test_json_goes_both_ways_and_runs_on_the_command_line(table, tmp_path, program):
    m = slopes(table)
    m.save(tmp_path / "model.json")
    table.to_csv(tmp_path / "table.csv", index=False)
    again = woodbury.Model.load(tmp_path / "model.json", tmp_path / "table.csv")
    assert repr(again) == repr(m) and again.to_json() == m.to_json()
    arguments = ["fit", "--model", "model.json", "--data", "table.csv", "--seed", "3", "--draws", "50", "--out", "fit"]
    subprocess.run([program, *arguments], cwd=tmp_path, check=True, capture_output=True)
    here, there = again.fit(seed=3, draws=50), woodbury.load(tmp_path / "fit")
    np.testing.assert_array_equal(here.draws.array, there.draws.array)
    with pytest.raises(woodbury.InputError, match="not JSON"):
        woodbury.Model.from_json("{")
    assert json.loads(woodbury.Model.from_json(json.dumps(there.model)).to_json())["variables"]


def test_same_posterior_as_the_formula(barley):
    formula = woodbury.fit(
        "yield ~ 0 + Intercept + (1 | site) + (1 | variety)",
        barley,
        seed=1,
        priors={"b": "normal(100, 50)", "sd": "half_normal(20)", "sigma": "half_normal(20)"},
    )
    m = woodbury.Model(barley)
    b = m.normal("b_Intercept", 100, 50)
    site = m.normal("r_site", 0, m.half_normal("sd_site__Intercept", 20), over="site")
    variety = m.normal("r_variety", 0, m.half_normal("sd_variety__Intercept", 20), over="variety")
    m.observe_normal("yield", b + site["site"] + variety["variety"], m.half_normal("sigma", 20))
    built = m.fit(seed=1)
    for name in ("b_Intercept", "sd_site__Intercept", "sd_variety__Intercept", "sigma"):
        one, other = formula.summary().loc[name], built.summary().loc[name]
        assert abs(one["mean"] - other["mean"]) < 5 * np.hypot(one["mcse_mean"], other["mcse_mean"]), name


def dense_log_likelihood(table, params, integrated):
    """log N(y; m, V) of `slopes`, with the named effects in V."""
    x = np.column_stack([np.ones(len(table)), table["x"]])
    r_cov = np.diag(params["sd"]) @ params["cor"] @ np.diag(params["sd"])
    z = np.zeros((len(table), 24))
    for n, j in enumerate(table["brood"]):
        z[n, 2 * j : 2 * j + 2] = x[n]
    mean = x @ params["b"]
    cov = params["sigma"] ** 2 * np.eye(len(table))
    s = np.eye(5)[table["season"]]
    if "r" in integrated:
        cov = cov + z @ np.kron(np.eye(12), r_cov) @ z.T
    else:
        mean = mean + z @ params["r"].ravel()
    if "v" in integrated:
        cov = cov + params["tau"] ** 2 * s @ s.T
    else:
        mean = mean + s @ params["v"]
    residual = table["y"].to_numpy() - mean
    return -0.5 * (np.linalg.slogdet(2 * np.pi * cov)[1] + residual @ np.linalg.solve(cov, residual))


@pytest.mark.parametrize("integrated", [(), ("r",), ("v",), ("r", "v")])
def test_log_marginal_likelihood_is_that_of_the_dense_covariance(table, integrated):
    rng = np.random.default_rng(2)
    params = {
        "b": np.array([0.8, 0.4]),
        "sd": np.array([0.9, 0.3]),
        "cor": np.array([[1, 0.4], [0.4, 1]]),
        "tau": 0.7,
        "sigma": 0.4,
        "r": rng.normal(size=(12, 2)),
        "v": rng.normal(size=5),
    }
    expected = dense_log_likelihood(table, params, integrated)
    given = {name: value for name, value in params.items() if name not in (*integrated, "sd")}
    given |= {"sd_0": params["sd"][0], "sd_1": params["sd"][1]}
    found = slopes(table).log_marginal_likelihood(given, integrate=integrated)
    assert found == pytest.approx(expected, rel=1e-10)


def test_density_goes_both_ways(table):
    for options in ({}, {"integrate": "none"}, {"integrate": "none", "parametrisation": {"brood": "noncentred"}}):
        density = slopes(table).density(**options)
        rng = np.random.default_rng(3)
        q = rng.normal(size=density.dimension) * 0.4
        params = density.constrain(q)
        np.testing.assert_allclose(density.unconstrain(params), q, rtol=1e-9, atol=1e-9)
        assert params["cor"].shape == (2, 2) and len(density.names) == density.dimension
        value, gradient = density(q)
        direction = rng.normal(size=density.dimension)
        ahead, behind = (density(q + h * direction)[0] for h in (1e-5, -1e-5))
        assert (ahead - behind) / 2e-5 == pytest.approx(gradient @ direction, rel=1e-5)
    noncentred = density.log_density(params)
    centred = slopes(table).density(integrate="none", parametrisation={"brood": "centred"})
    assert centred.log_density(params) == pytest.approx(noncentred, rel=1e-12)


@pytest.mark.parametrize("integrated", [(), ("r",), ("r", "v")])
def test_gradients_by_name(table, integrated):
    m = slopes(table)
    params = m.constrain(np.full(m.density(integrate=integrated).dimension, 0.2), integrate=integrated)
    np.testing.assert_allclose(m.unconstrain(params, integrate=integrated), 0.2)
    rng = np.random.default_rng(4)
    direction = {name: rng.normal(size=value.shape) for name, value in params.items()}
    direction["cor"] = np.array([[0, 0.7], [0.7, 0]])  # a correlation is one number, which stands twice
    for of in ("log_density", "log_marginal_likelihood"):
        value, gradient = getattr(m, f"{of}_gradient")(params, integrate=integrated)
        assert value == pytest.approx(getattr(m, of)(params, integrate=integrated), rel=1e-12)
        assert {name: by.shape for name, by in gradient.items()} == {k: v.shape for k, v in params.items()}
        ahead, behind = (
            getattr(m, of)({k: v + h * direction[k] for k, v in params.items()}, integrate=integrated)
            for h in (1e-5, -1e-5)
        )
        slope = sum((gradient[k] * direction[k]).sum() for k in params) - gradient["cor"][0, 1] * 0.7
        assert (ahead - behind) / 2e-5 == pytest.approx(slope, rel=1e-6)
        assert gradient["cor"][0, 0] == 0 and gradient["cor"][0, 1] == gradient["cor"][1, 0]
        assert gradient["cor"][0, 1] != 0 or (of == "log_marginal_likelihood" and not integrated)


def test_density_refuses_in_words(table):
    m = hierarchical(table)
    density = m.density()
    assert density.dimension == 2
    with pytest.raises(woodbury.InputError, match="`u` is integrated out"):
        density.log_density({"tau": 1, "sigma": 1, "u": 0})
    with pytest.raises(woodbury.InputError, match="without a value: `sigma`"):
        density.log_density({"tau": 1})
    with pytest.raises(woodbury.InputError, match="no parameter `tua`"):
        density.log_density({"tua": 1, "sigma": 1})
    with pytest.raises(woodbury.InputError, match="`tau` is outside its support"):
        density.log_density({"tau": -1, "sigma": 1})
    with pytest.raises(woodbury.InputError, match="2 coordinates"):
        density(np.zeros(3))
    value, _ = density(np.array([0.0, -800.0]))
    assert value == -np.inf and "sd is zero" in density.failure


def test_draws_of_a_point_are_the_conditional(table):
    density = hierarchical(table).density()
    q = density.unconstrain({"tau": 1.0, "sigma": 0.4})
    draws = [density.draw(q, 1, i) for i in range(500)]
    u = np.array([draw["u"] for draw in draws])
    assert u.shape == (500, 12) and draws[0]["tau"] == pytest.approx(1.0)
    np.testing.assert_array_equal(density.draw(q, 1, 3)["u"], draws[3]["u"])
    assert not np.array_equal(draws[0]["u"], draws[1]["u"])
    mean = table["y"].groupby(table["brood"]).mean()
    assert np.corrcoef(u.mean(axis=0), mean)[0, 1] > 0.95


def test_density_of_a_formula(barley):
    density = woodbury.density("yield ~ year + (1 | site)", barley, factor="year")
    value, gradient = density(np.zeros(density.dimension))
    assert np.isfinite(value) and gradient.shape == (density.dimension,)
    assert "sigma" in density.names
