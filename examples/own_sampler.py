"""A sampler of one's own: nutpie on the density that Woodbury leaves after integrating the Gaussian effects out.

Usage: own_sampler.py [barley.csv]    needs nutpie and arviz

nutpie sees three scales; the effects of sites, varieties and the mean are integrated out, and drawn back from their exact
conditional at every draw.
"""

import pathlib
import sys

import arviz
import numpy as np
import nutpie
import pandas as pd
from nutpie.compiled_pyfunc import from_pyfunc

import woodbury

BARLEY = pathlib.Path(__file__).parents[1] / "tests" / "data" / "barley.csv"


def model(data):
    with woodbury.Model(data) as m:
        mean = m.normal("mean", 35, 20)
        site = m.normal("site_effect", 0, m.half_normal("tau_site", 20), over="site")
        variety = m.normal("variety_effect", 0, m.half_normal("tau_variety", 20), over="variety")
        m.observe_normal("yield", mean + site["site"] + variety["variety"], m.half_normal("sigma", 20))
    return m


def sample(m, seed=1):
    """ArviZ's inference data of four chains."""
    density = m.density()
    print(density.explanation.splitlines()[0])
    at_start = density.draw(np.zeros(density.dimension), seed)

    def make_log_density():
        own = density.copy()  # one a thread
        return lambda q: own(q)

    def make_expand(_seed1, _seed2, chain):
        own, drawn = density.copy(), iter(range(10**9))
        return lambda q: own.draw(q, seed, 10**6 * chain + next(drawn))

    compiled = from_pyfunc(
        density.dimension,
        make_log_density,
        make_expand,
        [np.dtype("float64")] * len(at_start),
        [value.shape for value in at_start.values()],
        list(at_start),
    )
    return nutpie.sample(compiled, draws=1000, tune=500, chains=4, seed=seed, progress_bar=False)


if __name__ == "__main__":
    built = model(pd.read_csv(sys.argv[1] if len(sys.argv) > 1 else BARLEY))
    summary = arviz.summary(sample(built), var_names=["mean", "tau_site", "tau_variety", "sigma"])
    print(summary)
    print(built.fit(seed=1).summary().loc[["mean", "tau_site", "tau_variety", "sigma"], ["mean", "sd"]])
