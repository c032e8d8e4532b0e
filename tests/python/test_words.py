"""Every word of the builder, with what it gives and what it refuses: the same table as the C++ builder's.

tests/model/words_test.cpp has the same cases in C++, and writes the table tests/data/builder/words.json.
"""

import json
import math

import numpy as np
import pytest
from conftest import ROOT

import woodbury
from woodbury import Model

TABLE = json.loads((ROOT / "tests" / "data" / "builder" / "words.json").read_text())


class Program:
    """What every case may use."""

    def __init__(self):
        m = self.m = Model()
        self.a, self.b, self.tau = m.normal("a", 0, 1), m.normal("b", 0, 1), m.half_normal("tau", 1)
        self.u, self.v = m.normal("u", 0, self.tau, over="g"), m.normal("v", 0, 1, over="h")
        self.c = m.normal("c", 0, 1, over={"coef": ["x", "z"]})
        self.R = m.lkj("R", 2, ["Intercept", "x"], dim="g__coef")
        self.r = m.effects("r", [self.tau, 1], over="g", cor=self.R)
        self.x, self.z = m.col("x"), m.col("z")


def theta():
    return Model().normal("theta", 0, 1)


ITEMS = {"item": ["one", "two"]}
TWO = ["one", "two"]

DISTRIBUTIONS = {
    "normal": lambda p: p.m.normal("q", p.a, p.tau, over="g"),
    "normal, positive": lambda p: p.m.normal("q", 0, 1, positive=True),
    "student_t": lambda p: p.m.student_t("q", 3, p.a, p.tau, over="g"),
    "student_t, positive": lambda p: p.m.student_t("q", 3, 0, 1, over="g", positive=True),
    "cauchy": lambda p: p.m.cauchy("q", p.a, p.tau, over="g"),
    "cauchy, positive": lambda p: p.m.cauchy("q", 0, 1, positive=True),
    "half_normal": lambda p: p.m.half_normal("q", p.tau, over="g"),
    "half_student_t": lambda p: p.m.half_student_t("q", 3, p.tau, over="g"),
    "half_cauchy": lambda p: p.m.half_cauchy("q", p.tau, over="g"),
    "exponential": lambda p: p.m.exponential("q", 1 / p.tau, over="g"),
    "gamma": lambda p: p.m.gamma("q", 2, p.tau, over="g"),
    "inverse_gamma": lambda p: p.m.inverse_gamma("q", 3, p.tau, over="g"),
    "lognormal": lambda p: p.m.lognormal("q", p.a, p.tau, over="g"),
    "uniform": lambda p: p.m.uniform("q", -1, 1.5, over=ITEMS),
    "beta": lambda p: p.m.beta("q", 2, p.tau, over=ITEMS),
    "flat": lambda p: p.m.flat("q", over="g"),
    "flat, positive": lambda p: p.m.flat("q", positive=True),
    "constant": lambda p: p.m.constant("q", 4),
    "lkj": lambda p: p.m.lkj("q", 1.5, ["one", "two", "three"]),
    "effects": lambda p: p.m.effects("q", [p.tau, 2], means=[p.a, 0], over="g", cor=p.R),
    "effects, independent": lambda p: p.m.effects("q", [p.tau, 2], over="h", columns=TWO),
    "random": lambda p: p.m.random("q", "gamma", [2, p.tau], over="g"),
    "random, positive": lambda p: p.m.random("q", "cauchy", [0, p.tau], positive=True),
}

OPERATIONS = {
    "add": lambda p: 1 + p.a + p.b,
    "subtract": lambda p: 1 - p.a - p.u,
    "multiply": lambda p: 2 * p.a * p.u["g"] * p.x,
    "divide": lambda p: p.u / p.tau - 1 / p.a,
    "negate": lambda p: -(p.a + p.b),
    "exp": lambda p: woodbury.exp(p.u),
    "log": lambda p: woodbury.log(p.tau),
    "sqrt": lambda p: woodbury.sqrt(p.tau),
    "square": lambda p: woodbury.square(p.x),
    "tanh": lambda p: woodbury.tanh(p.u),
    "inv_logit": lambda p: woodbury.inv_logit(p.u),
    "log1p": lambda p: woodbury.log1p(p.tau),
    "expm1": lambda p: woodbury.expm1(p.a),
    "sin": lambda p: woodbury.sin(p.x),
    "cos": lambda p: woodbury.cos(p.x),
    "cumsum": lambda p: woodbury.cumsum(2 * p.u)["g"],
    "ar1": lambda p: woodbury.ar1(p.u, np.tanh(p.a))["g"] + woodbury.ar1(p.v, 0.5)["h"],
    "gather to rows": lambda p: p.u["g"],
    "gather to a nested factor": lambda p: p.u.at("pair")["pair"],
    "component": lambda p: p.r["g", 1] + p.c.component(0),
    "component by its label": lambda p: p.r["g", "x"] + p.c.component("z"),
    "columns times coefficients": lambda p: p.m.cols("x", np.log(p.z)) @ p.c,
    "columns times effects": lambda p: p.m.cols(1, "x") @ p.r,
    "variable by its name": lambda p: p.m["tau"] * p.m["a"],
    "power 2": lambda p: p.a**2,
    "power 5": lambda p: p.a**5,
    "power -1": lambda p: p.a**-1,
    "power 0.5": lambda p: p.a**0.5,
    "power 1.5": lambda p: p.tau**1.5,
    "power by an expression": lambda p: p.tau**p.a,
    "power of a number": lambda p: 2**p.a,
    "column with a name of signs": lambda p: p.m.col("log(rt)") * p.m.col("x:fb"),
    "observe_normal": lambda p: p.m.observe_normal("y", p.u["g"] + p.a * p.x, np.exp(p.v["h"])),
    "observe_normal of numbers": lambda p: p.m.observe_normal("y", 0, 1),
    "observe_lognormal": lambda p: p.m.observe_lognormal("y", p.a, p.tau),
    "derive": lambda p: [p.m.derive("q", p.tau**2), p.m.derive("w", p.u + p.a)],
}

REFUSALS = {
    # Of expressions.
    "one number read at a factor": lambda p: p.a["g"],
    "rows read at a factor": lambda p: p.x["g"],
    "read at another factor": lambda p: p.u["h"],
    "coefficients read at a factor": lambda p: p.c["coef"],
    "effects read whole": lambda p: p.r["g"],
    "read at its own factor": lambda p: p.u.at("g"),
    "one number read at a nested factor": lambda p: p.a.at("g"),
    "rows read at a nested factor": lambda p: p.x.at("g"),
    "levels with rows": lambda p: p.u + p.x,
    "levels of two factors": lambda p: p.u * p.v,
    "effects with rows": lambda p: p.x - p.r,
    "coefficients with rows": lambda p: p.x * p.c,
    "arithmetic on correlations": lambda p: p.R + 1,
    "a function of correlations": lambda p: np.exp(p.R),
    "divided by 0": lambda p: p.a / 0,
    "infinite": lambda p: p.a * math.inf,
    "not a number": lambda p: p.a + math.nan,
    "another model's": lambda p: p.a + theta(),
    "another model's function": lambda p: p.u * np.exp(theta()),
    "no such label": lambda p: p.r["g", "xx"],
    "labels of none": lambda p: p.u.component("x"),
    "no such column": lambda p: p.r.component(2),
    "columns of one number": lambda p: p.a.component(0),
    "columns of levels": lambda p: p.u.component(0),
    "too few columns": lambda p: p.m.cols("x") @ p.c,
    "columns times one number": lambda p: p.m.cols("x") @ p.a,
    "columns times a plain number": lambda p: p.m.cols("x") @ 3,
    "running sums of one number": lambda p: woodbury.cumsum(p.a),
    "running sums of rows": lambda p: woodbury.cumsum(p.x),
    "running sums of coefficients": lambda p: woodbury.cumsum(p.c),
    "running sums of effects": lambda p: woodbury.cumsum(p.r),
    "a series by rows": lambda p: woodbury.ar1(p.u, p.x),
    "a series that grows": lambda p: woodbury.ar1(p.u, 1),
    "no such variable": lambda p: p.m["taau"],
    "a column named like a variable": lambda p: p.m.col("a"),
    # Of variables.
    "a variable without a name": lambda p: p.m.normal("", 0, 1),
    "a variable twice": lambda p: p.m.half_normal("a", 1),
    "a variable named like a column": lambda p: p.m.normal("x", 0, 1),
    "a variable named like its factor": lambda p: p.m.normal("g", 0, 1, over="g"),
    "a variable named like a dim": lambda p: p.m.normal("coef", 0, 1),
    "a variable named like a response": lambda p: [p.m.observe_normal("y", 0, 1), p.m.normal("y", 0, 1)],
    "a value for each row": lambda p: p.m.normal("q", 0, 1, over="row"),
    "labels for rows": lambda p: p.m.normal("q", 0, 1, over={"row": ["one"]}),
    "a label twice": lambda p: p.m.normal("q", 0, 1, over={"d": ["one", "one"]}),
    "a dim named like a variable": lambda p: p.m.normal("q", 0, 1, over={"a": ["one"]}),
    "a dim of other labels": lambda p: p.m.normal("q", 0, 1, over={"coef": ["x", "w"]}),
    "an sd below 0": lambda p: p.m.normal("q", 0, -1),
    "an sd of 0": lambda p: p.m.half_normal("q", 0),
    "degrees of freedom of 0": lambda p: p.m.student_t("q", 0, 0, 1),
    "a shape below 0": lambda p: p.m.beta("q", -1, 1),
    "a mean that is not a number": lambda p: p.m.normal("q", math.nan, 1),
    "bounds the wrong way": lambda p: p.m.uniform("q", 2, 1),
    "an argument over a factor": lambda p: p.m.normal("q", p.u, 1),
    "an argument over another factor": lambda p: p.m.normal("q", p.u, 1, over="pair"),
    "an argument for each row": lambda p: p.m.gamma("q", 2, p.x, over="g"),
    "a correlation matrix as argument": lambda p: p.m.normal("q", p.R, 1, over="g"),
    "another model's argument": lambda p: p.m.normal("q", theta(), 1),
    "no such distribution": lambda p: p.m.random("q", "gama", [1, 1]),
    "too few arguments": lambda p: p.m.random("q", "normal", [1]),
    "lkj for one number": lambda p: p.m.random("q", "lkj", [1]),
    "an interval truncated": lambda p: p.m.random("q", "uniform", [-1, 1], positive=True),
    "correlations of one column": lambda p: p.m.lkj("q", 1, ["one"], dim="d"),
    "correlations of shape 0": lambda p: p.m.lkj("q", 0, TWO, dim="d"),
    "effects with too few sds": lambda p: p.m.effects("q", [1], over="h", columns=TWO),
    "effects with too few means": lambda p: p.m.effects("q", [1, 1], means=[0], over="h", columns=TWO),
    "effects of no factor": lambda p: p.m.effects("q", [1, 1], over="", columns=TWO),
    "effects with an sd below 0": lambda p: p.m.effects("q", [1, -1], over="h", columns=TWO, dim="d"),
    "effects with an sd a level": lambda p: p.m.effects("q", [1, p.v], over="h", columns=TWO, dim="d"),
    "effects by no correlation matrix": lambda p: p.m.effects("q", [1, 1], over="h", cor=p.a, columns=TWO, dim="d"),
    "effects by correlations of others": lambda p: p.m.effects("q", [1, 1], over="h", cor=p.R, columns=TWO, dim="d"),
    # Of observations.
    "no response": lambda p: p.m.observe_normal("", 0, 1),
    "a response named like a variable": lambda p: p.m.observe_normal("a", 0, 1),
    "a response twice": lambda p: [p.m.observe_normal("y", 0, 1), p.m.observe_lognormal("y", 0, 1)],
    "a mean a level": lambda p: p.m.observe_normal("y", p.u, 1),
    "a mean of coefficients": lambda p: p.m.observe_normal("y", p.c, 1),
    "a mean of effects": lambda p: p.m.observe_normal("y", p.r, 1),
    "an sd a level of the response": lambda p: p.m.observe_lognormal("y", 0, np.exp(p.u)),
    "an sd of the response below 0": lambda p: p.m.observe_normal("y", p.a, -0.5),
    "derived for each row": lambda p: p.m.derive("q", p.x * p.a),
    "derived like a variable": lambda p: p.m.derive("a", p.b),
    "derived twice": lambda p: [p.m.derive("q", p.b), p.m.derive("q", p.a)],
}


def outcome(step):
    """The lines that a step adds to the model, or the text of the expression that it gives."""
    program = Program()
    before = repr(program.m)
    expression = step(program)
    added = repr(program.m).removeprefix(before)
    return added or repr(expression)


@pytest.mark.parametrize(("part", "cases"), [("distributions", DISTRIBUTIONS), ("operations", OPERATIONS)])
def test_the_words_give_what_they_give_in_cpp(part, cases):
    assert {name: outcome(step) for name, step in cases.items()} == TABLE[part]


def test_refuses_what_is_refused_in_cpp():
    said = {}
    for name, step in REFUSALS.items():
        with pytest.raises(woodbury.InputError) as caught:
            step(Program())
        said[name] = str(caught.value)
    assert said == TABLE["refusals"]


def test_the_cases_use_every_public_word():
    """What the class and the module offer for building is in the table by its name."""
    building = {n for n in vars(Model) if not n.startswith("_")} - {
        *("fit", "explain", "density", "constrain", "unconstrain", "to_json", "from_json", "save", "load", "effects"),
        *("log_density", "log_density_gradient", "log_marginal_likelihood", "log_marginal_likelihood_gradient"),
    }
    assert building - {"col", "cols"} <= DISTRIBUTIONS.keys() | OPERATIONS.keys()
    functions = {"exp", "log", "sqrt", "square", "tanh", "inv_logit", "log1p", "expm1", "sin", "cos", "cumsum", "ar1"}
    assert functions == OPERATIONS.keys() & set(woodbury.__all__)
