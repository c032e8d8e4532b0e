"""Everything public says what it is, and every error that a docstring documents can be had, of just that type."""

import builtins
import inspect
import re

import numpy as np
import pytest

import woodbury
from woodbury import plots

RAISES = re.compile(r":raises (\w+):")
DUNDERS = ("__getitem__", "__matmul__", "__call__", "__arrow_c_stream__")


def members(cls):
    """What a class of ours offers, by name: functions, properties, cached properties, class methods."""
    for name in dir(cls):
        owner = next(c for c in cls.__mro__ if name in vars(c))
        if type(vars(owner)[name]).__name__ == "_tuplegetter":  # of a named tuple: its words stand in the class
            continue
        if owner.__module__.startswith("woodbury") and (not name.startswith("_") or name in DUNDERS):
            yield name, vars(owner)[name]


def public():
    """(name, object) of everything documented."""
    for module, prefix in ((woodbury, ""), (plots, "plots.")):
        for name in module.__all__:
            thing = getattr(module, name)
            yield prefix + name, thing
            if inspect.isclass(thing):
                yield from ((f"{name}.{member}", its) for member, its in members(thing))


def error_type(name):
    return getattr(woodbury, name, None) or getattr(builtins, name)


PUBLIC = {name: thing for name, thing in public() if not isinstance(thing, str)}


@pytest.mark.parametrize("name", PUBLIC)
def test_it_has_a_docstring(name):
    thing = PUBLIC[name]
    words = inspect.getdoc(thing)
    assert words and len(words) > 15, name
    if inspect.isfunction(thing) or isinstance(thing, classmethod):
        function = inspect.unwrap(thing.__func__ if isinstance(thing, classmethod) else thing)
        hints = {k: v for k, v in inspect.signature(function).parameters.items() if k not in ("self", "cls")}
        assert all(p.annotation is not inspect.Parameter.empty for p in hints.values()), name
        assert function.__annotations__.get("return") is not None, name
    assert all(issubclass(error_type(said), Exception) for said in RAISES.findall(words))


class Stage:
    """What mistakes are made on."""

    def __init__(self, fit, table, folder):
        self.fit, self.table, self.folder = fit, table, folder
        self.lost = woodbury.fit("y ~ (1 | g)", {"y": (y := np.arange(12.0) % 5), "g": np.arange(12) % 3}, draws=20)
        y[3] = 9  # the rows of this fit were written to
        self.built = woodbury.Model(table)
        with self.built as m:
            self.tau = m.half_cauchy("tau", 5)
            self.u = m.normal("u", 0, self.tau, over="site")
            self.sigma = m.half_cauchy("sigma", 5)
            m.observe_normal("yield", 30 + self.u["site"], self.sigma)
        self.density = self.built.density()
        self.zero = np.zeros(self.density.dimension)
        (folder / "file").write_text("{}")


def distribution(name, *arguments):
    """Mistakes with a distribution of the builder: a name that is taken, an argument that is no number, two dims."""
    wrong = {"over": {"a": ["1"], "b": ["2"]}} if not arguments else {}
    return {
        "InputError": lambda s: getattr(s.built, name)("tau", *arguments),
        "UsageError": lambda s: getattr(s.built, name)("new", *(str(each) for each in arguments), **wrong),
    }


def of_model(call):
    """Options that are wrong, whatever takes them."""
    return {
        "InputError": lambda s: call(s, "yield ~ yearr", s.table),
        "UsageError": lambda s: call(s, "yield ~ year", s.table, chians=3),
    }


def of_built(method, *arguments):
    return {
        "InputError": lambda s: getattr(woodbury.Model(), method)(*arguments),
        "UsageError": lambda s: getattr(s.built, method)(*arguments, family="gaussian"),
    }


def interrupted(call):
    """Ctrl-C at once."""
    import woodbury._api as api

    class Hasty:
        def update(self, chains):
            raise KeyboardInterrupt

        def close(self):
            pass

    before, api.progress_view = api.progress_view, lambda chains, wanted: Hasty()
    try:
        call({"draws": 5_000_000, "warmup": 5_000_000, "keep": "hyper", "chains": 1})
    finally:
        api.progress_view = before


def no_start(model):
    sd = model.uniform("sd", 1e-320, 2e-320)
    model.observe_normal("yield", 0, sd)
    return model


def hard(table):
    with woodbury.Model(table) as m:
        m.observe_normal("yield", m.normal("a", 0, 1), m.half_cauchy("s", 1))
    return m


TINY = {"sigma": "uniform(1e-320, 2e-320)"}
MISTAKES = {
    "fit": of_model(lambda s, *a, **k: woodbury.fit(*a, **k))
    | {
        "SamplingError": lambda s: woodbury.fit("yield ~ 1", s.table, priors=TINY),
        "Interrupted": lambda s: interrupted(lambda o: woodbury.fit("yield ~ 1", s.table, **o)),
    },
    "explain": of_model(lambda s, *a, **k: woodbury.explain(*a, **k)),
    "priors": of_model(lambda s, *a, **k: woodbury.priors(*a, **k)),
    "density": of_model(lambda s, *a, **k: woodbury.density(*a, **k)),
    "load": {"InputError": lambda s: woodbury.load(s.folder)},
    "compare": {
        "InputError": lambda s: woodbury.compare({}),
        "UsageError": lambda s: woodbury.compare({"a": s.fit}, refit=-1),
    },
    "Fit.hypotheses": {"InputError": lambda s: s.fit.hypotheses("yeer > 1")},
    "Fit.ranef": {"InputError": lambda s: s.fit.ranef("year")},
    "Fit.coef": {"InputError": lambda s: s.fit.coef(prob=2)},
    "Fit.varcorr": {"InputError": lambda s: s.fit.varcorr(prob=2)},
    "Fit.predict": {
        "InputError": lambda s: s.fit.predict(s.table[["year"]]),
        "UsageError": lambda s: s.fit.predict(s.table, effects="some"),
    },
    "Fit.fitted": {
        "InputError": lambda s: s.fit.fitted(kind="some"),
        "UsageError": lambda s: s.fit.fitted(effects="some"),
    },
    "Fit.conditional_effects": {
        "InputError": lambda s: s.fit.conditional_effects("site", at={"year": "1933"}),
        "UsageError": lambda s: s.fit.conditional_effects("site", effects="some"),
    },
    "Fit.residuals": {
        "InputError": lambda s: s.lost.residuals(),
        "UsageError": lambda s: s.fit.residuals(effects="some"),
    },
    "Fit.simulate": {
        "InputError": lambda s: s.fit.simulate(0),
        "UsageError": lambda s: s.fit.simulate(seed=-1),
    },
    "Fit.predict_draws": {
        "InputError": lambda s: s.fit.predict_draws(draws=10**6),
        "UsageError": lambda s: s.fit.predict_draws(3),
    },
    "Fit.loo": {
        "InputError": lambda s: s.fit.loo("year"),
        "UsageError": lambda s: s.fit.loo(refit=-1),
    },
    "Fit.report": {"InputError": lambda s: s.fit.report(s.folder / "file")},
    "Fit.summary": {"InputError": lambda s: s.fit.summary(95)},
    "Fit.fixef": {"InputError": lambda s: s.fit.fixef(0)},
    "Fit.to_arviz": {"InputError": lambda s: s.fit.to_arviz("brms")},
    "Fit.save": {"InputError": lambda s: s.fit.save(s.folder)},
    "Draws.variable": {"KeyError": lambda s: s.fit.draws.variable("x")},
    "Draws.first_column": {"KeyError": lambda s: s.fit.draws.first_column("x")},
    "Draws.__getitem__": {"KeyError": lambda s: s.fit.draws["x"]},
    "Density.__call__": {"InputError": lambda s: s.density(np.zeros(99))},
    "Density.log_density": {"InputError": lambda s: s.density.log_density({"tau": 1})},
    "Density.log_marginal_likelihood": {"InputError": lambda s: s.density.log_marginal_likelihood({"sigma": 1})},
    "Density.log_density_gradient": {"InputError": lambda s: s.density.log_density_gradient({"tau": 1})},
    "Density.log_marginal_likelihood_gradient": {
        "InputError": lambda s: s.density.log_marginal_likelihood_gradient({"sigma": 1})
    },
    "Density.constrain": {"InputError": lambda s: s.density.constrain([0])},
    "Density.unconstrain": {"InputError": lambda s: s.density.unconstrain({"tau": [1, 2], "sigma": 1})},
    "Density.draw": {"InputError": lambda s: s.density.draw([0], 1)},
    "Expression.__getitem__": {"InputError": lambda s: s.u["variety"]},
    "Expression.component": {"InputError": lambda s: s.tau.component(3)},
    "Expression.at": {"InputError": lambda s: s.tau.at("site")},
    "Columns.__matmul__": {
        "InputError": lambda s: s.built.cols("x", "z") @ s.built.normal("b", 0, 1, over={"c": ["1", "2", "3"]}),
        "UsageError": lambda s: s.built.cols("x", "z") @ "b",
    },
    **{
        name: {"UsageError": lambda s, name=name: getattr(woodbury, name)(3)}
        for name in ("exp", "log", "sqrt", "square", "tanh", "inv_logit", "log1p", "expm1", "sin", "cos")
    },
    "cumsum": {"UsageError": lambda s: woodbury.cumsum(3), "InputError": lambda s: woodbury.cumsum(s.tau)},
    "ar1": {"UsageError": lambda s: woodbury.ar1(s.u, "rho"), "InputError": lambda s: woodbury.ar1(s.tau, 0.5)},
    "Model.random": {
        "InputError": lambda s: s.built.random("new", "nrmal", [0, 1]),
        "UsageError": lambda s: s.built.random("new", "normal", [0, "1"]),
    },
    "Model.normal": distribution("normal", 0, 1),
    "Model.student_t": distribution("student_t", 3, 0, 1),
    "Model.cauchy": distribution("cauchy", 0, 1),
    "Model.half_normal": distribution("half_normal", 1),
    "Model.half_student_t": distribution("half_student_t", 3, 1),
    "Model.half_cauchy": distribution("half_cauchy", 1),
    "Model.exponential": distribution("exponential", 1),
    "Model.gamma": distribution("gamma", 1, 1),
    "Model.inverse_gamma": distribution("inverse_gamma", 1, 1),
    "Model.lognormal": distribution("lognormal", 0, 1),
    "Model.uniform": distribution("uniform", 0, 1),
    "Model.beta": distribution("beta", 1, 1),
    "Model.flat": distribution("flat"),
    "Model.constant": distribution("constant", 1),
    "Model.lkj": {"InputError": lambda s: s.built.lkj("R", -1, ["a", "b"])},
    "Model.effects": {
        "InputError": lambda s: s.built.effects("r", [1, 2], over="site", columns=["a"]),
        "UsageError": lambda s: s.built.effects("r", [1, 2], over="site"),
    },
    "Model.cols": {"UsageError": lambda s: s.built.cols("x", [1])},
    "Model.observe_normal": {
        "InputError": lambda s: hard(s.table).observe_normal("year", s.u, 1),
        "UsageError": lambda s: s.built.observe_normal("year", "x", 1),
    },
    "Model.observe_lognormal": {
        "InputError": lambda s: hard(s.table).observe_lognormal("year", s.u, 1),
        "UsageError": lambda s: s.built.observe_lognormal("year", "x", 1),
    },
    "Model.derive": {
        "InputError": lambda s: s.built.derive("tau", s.tau * 2),
        "UsageError": lambda s: s.built.derive("new", "x"),
    },
    "Model.__getitem__": {"InputError": lambda s: s.built["tua"]},
    "Model.explain": of_built("explain"),
    "Model.fit": of_built("fit")
    | {
        "SamplingError": lambda s: no_start(woodbury.Model(s.table)).fit(),
        "Interrupted": lambda s: interrupted(lambda o: hard(s.table).fit(**o)),
    },
    "Model.density": of_built("density"),
    "Model.log_density": of_built("log_density", {}),
    "Model.log_marginal_likelihood": of_built("log_marginal_likelihood", {}),
    "Model.log_density_gradient": of_built("log_density_gradient", {}),
    "Model.log_marginal_likelihood_gradient": of_built("log_marginal_likelihood_gradient", {}),
    "Model.constrain": of_built("constrain", [0]),
    "Model.unconstrain": of_built("unconstrain", {}),
    "Model.save": {"OSError": lambda s: s.built.save(s.folder)},
    "Model.from_json": {"InputError": lambda s: woodbury.Model.from_json("{}")},
    "Model.load": {
        "OSError": lambda s: woodbury.Model.load(s.folder / "none"),
        "InputError": lambda s: woodbury.Model.load(s.folder / "file"),
    },
    "plots.trace": {"InputError": lambda s: plots.trace(s.fit, "x")},
    "plots.effects": {"InputError": lambda s: plots.effects(s.fit, "x")},
    "plots.conditional_effects": {
        "InputError": lambda s: plots.conditional_effects(s.fit, "x"),
        "UsageError": lambda s: plots.conditional_effects(s.fit, "site", effects="some"),
    },
    "plots.prior_posterior": {"InputError": lambda s: plots.prior_posterior(s.fit, "x")},
}
"""A way to each error that a docstring documents; ImportError is had by another test, without the libraries."""

DOCUMENTED = [
    (name, said) for name, thing in PUBLIC.items() for said in RAISES.findall(inspect.getdoc(thing) or "")
    if said != "ImportError"
]


@pytest.fixture(scope="module")
def stage(fit, barley, tmp_path_factory):
    return Stage(fit, barley, tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize(("name", "said"), DOCUMENTED, ids=lambda word: word)
def test_documented_errors_can_be_had(name, said, stage):
    with pytest.raises(error_type(said)) as caught:
        MISTAKES[name][said](stage)
    assert str(caught.value)


def test_errors_that_can_be_had_are_documented():
    missing = [(name, said) for name in MISTAKES for said in MISTAKES[name] if (name, said) not in DOCUMENTED]
    assert missing == []
