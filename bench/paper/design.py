"""A catalogue entry and its table as arrays: what every contestant but ours is written on.

    y = X b + Σ_f Z u_f[level_f] + e,   u_f[j] ~ N(mean_scale · b[mean_at_f[j]], C_f C_fᵀ),   C_f = diag(tau_f) L_f

with e of sd sigma, or of sd exp(W c + Z s[level_1]). The names are those that a fit of ours has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.paper.catalogue import Entry

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Group:
    """A grouping factor, its effects and their prior; `mean_at` (levels × coefficients) points into b, −1: mean zero."""

    name: str
    levels: list[str]
    index: Ints
    effects: list[str]  # names of all effects, level by level
    sds: list[str]
    cor: str
    mean_at: Ints


@dataclass
class Design:
    y: Floats
    X: Floats
    b: list[str]
    b_mean: Floats
    b_sd: Floats
    Z: Floats
    groups: list[Group]
    sd_kind: str  # half_normal, half_cauchy, or constant
    sd_scale: Floats  # a coefficient each
    correlated: bool
    sigma: str = "sigma"
    sigma_kind: str = "half_normal"
    sigma_scale: float = 1.0
    mean_scale: float = 1.0
    W: Floats = field(default_factory=lambda: np.empty((0, 0)))  # of the log sd; empty: one sigma
    c: list[str] = field(default_factory=list)
    c_sd: Floats = field(default_factory=lambda: np.empty(0))
    spread: Group | None = None  # effects on the log sd
    spread_scale: float = 1.0

    @property
    def K(self) -> int:
        return int(self.Z.shape[1])

    @property
    def heteroscedastic(self) -> bool:
        return bool(self.c)


def sorted_levels(column: pd.Series) -> tuple[list[str], Ints]:
    """Labels in the catalogue's order (numbers by value, texts by code point), and each row's."""
    values, index = np.unique(column.to_numpy(), return_inverse=True)
    return [str(v) for v in values], index.astype(np.int64)


def make_group(name: str, column: pd.Series, coefs: list[str], part: str = "") -> Group:
    """Of a formula's term: brms's names."""
    levels, index = sorted_levels(column)
    stem = name + part
    prefix = "sigma_" if part else ""
    sds = [f"sd_{name}__{prefix}{c}" for c in coefs]
    cor = f"cor_{name}__{prefix}{coefs[0]}__{prefix}{coefs[1]}" if len(coefs) == 2 else ""
    effects = [f"r_{stem}[{level},{c}]" for level in levels for c in coefs]
    return Group(name, levels, index, effects, sds, cor, np.full((len(levels), len(coefs)), -1))


def build(entry: Entry, table: pd.DataFrame) -> Design:
    """The arrays of an entry."""
    if entry.program:
        return {"grouseticks": grouseticks, "electric": electric, "fibrosis": fibrosis}[entry.program](table)
    response, rest = (part.strip() for part in entry.formula.split("~", 1))
    match = re.fullmatch(r"0 \+ Intercept \+ (\w+) \+ .*", rest)
    if not match:
        raise ValueError(f"the formula of {entry.name} is of another form than its peers' programs")
    x = match[1]
    codes = table[x].map(entry.contrasts[x]) if x in entry.contrasts else table[x]
    X = np.column_stack([np.ones(len(table)), codes.to_numpy(float)])
    slopes = f"({x} |" in rest
    coefs = ["Intercept", entry.slope] if slopes else ["Intercept"]
    (_, alpha), (_, beta) = entry.prior("b(Intercept)"), entry.prior("b")
    sd_kind, sd_args = entry.prior("sd")
    y = table[response].to_numpy(float)
    design = Design(
        y=np.log(y) if entry.logged else y,
        X=X,
        b=["b_Intercept", f"b_{entry.slope}"],
        b_mean=np.array([alpha[0], beta[0]]),
        b_sd=np.array([alpha[1], beta[1]]),
        Z=X[:, : len(coefs)],
        groups=[make_group(g, table[g], coefs) for g in entry.factors],
        sd_kind=sd_kind,
        sd_scale=np.full(len(coefs), sd_args[0]),
        correlated=slopes,
    )
    if entry.sigma:
        add_spread(design, entry, table, coefs)
    else:
        design.sigma_kind, (design.sigma_scale,) = entry.prior("sigma")
    return design


def add_spread(design: Design, entry: Entry, table: pd.DataFrame, coefs: list[str]) -> None:
    """The log residual sd's own predictor, of the same form."""
    design.W = design.X
    design.c = ["b_sigma_Intercept", f"b_sigma_{entry.slope}"]
    design.c_sd = np.array([entry.prior("b_sigma(Intercept)")[1][1], entry.prior("b_sigma")[1][1]])
    design.spread = make_group(entry.factors[0], table[entry.factors[0]], coefs, "__sigma")
    design.spread_scale = entry.prior("sd_sigma")[1][0]


def program_group(name: str, column: pd.Series, effects: list[str], sds: list[str], means: list[int]) -> Group:
    """Of a built model: one variable a coefficient, around b's entries `means`."""
    levels, index = sorted_levels(column)
    names = [f"{u}[{level}]" for level in levels for u in effects]
    return Group(name, levels, index, names, sds, "", np.tile(means, (len(levels), 1)))


def grouseticks(table: pd.DataFrame) -> Design:
    fixed = table[["YEAR", "cHEIGHT"]].to_numpy(float)
    ones = np.ones((len(table), 1))
    return Design(
        y=table["TICKS"].to_numpy(float),
        X=np.column_stack([0 * ones, 0 * ones, fixed]),
        b=["mu_1", "mu_2", "beta_e", "beta_a"],
        b_mean=np.zeros(4),
        b_sd=np.ones(4),
        Z=ones,
        groups=[
            program_group("BROOD", table["BROOD"], ["u_1"], ["sigma_1"], [0]),
            program_group("LOCATION", table["LOCATION"], ["u_2"], ["sigma_2"], [1]),
        ],
        sd_kind="half_cauchy",
        sd_scale=np.array([5.0]),
        correlated=False,
        sigma="sigma_t",
        sigma_kind="half_cauchy",
        sigma_scale=5.0,
    )


def fibrosis(table: pd.DataFrame) -> Design:
    weeks = table["Weeks"].to_numpy(float)
    return Design(
        y=table["FVC"].to_numpy(float),
        X=np.zeros((len(table), 2)),
        b=["m_a", "m_b"],
        b_mean=np.zeros(2),
        b_sd=np.array([500.0, 3.0]),
        Z=np.column_stack([np.ones_like(weeks), weeks]),
        groups=[program_group("Patient", table["Patient"], ["a", "b"], ["s_a", "s_b"], [0, 1])],
        sd_kind="half_cauchy",
        sd_scale=np.array([100.0, 3.0]),
        correlated=False,
        sigma="s",
        sigma_kind="half_cauchy",
        sigma_scale=100.0,
    )


def electric(table: pd.DataFrame) -> Design:
    grades, grade = sorted_levels(table["grade"])
    indicators = np.eye(len(grades))[grade]
    treated = indicators * table["treatment"].to_numpy(float)[:, None]
    pairs = program_group("pair", table["pair"], ["a"], [], [-1])
    for row, pair in enumerate(pairs.index):
        pairs.mean_at[pair, 0] = grade[row]
    return Design(
        y=table["y"].to_numpy(float),
        X=np.column_stack([np.zeros_like(indicators), treated]),
        b=[f"m[{g}]" for g in grades] + [f"b[{g}]" for g in grades],
        b_mean=np.zeros(8),
        b_sd=np.repeat([1.0, 100.0], 4),
        Z=np.ones((len(table), 1)),
        groups=[pairs],
        sd_kind="constant",
        sd_scale=np.array([1.0]),
        correlated=False,
        mean_scale=100.0,
        W=indicators,
        c=[f"s[{g}]" for g in grades],
        c_sd=np.ones(4),
    )
