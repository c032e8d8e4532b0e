"""Reference posteriors of the five models that no formula says, by NumPyro's NUTS on the plain models.

Usage: make_numpyro.py [NAME…]             writes tests/reference/built/NAME.json; needs numpyro and jax.
       make_numpyro.py --seed N [NAME…]    a shorter run of another seed: NAME-N.json

The models are tests/python/built_models.py's, written here a second time in NumPyro, nothing integrated, non-centred
where that samples better. The tables are simulated by built/tables.py.
"""

import argparse
import json
import pathlib
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.diagnostics import effective_sample_size, gelman_rubin
from numpyro.infer import MCMC, NUTS

HERE = pathlib.Path(__file__).parent / "built"
sys.path.insert(0, str(HERE))
from tables import TABLES  # noqa: E402

SEED, WARMUP, CHAINS = 20260101, 1000, 4


def effects(name, scale, levels):
    """scale · z, non-centred."""
    with numpyro.plate(f"{name}_levels", levels):
        z = numpyro.sample(f"z_{name}", dist.Normal(0, 1))
    return numpyro.deterministic(name, scale * z)


def two_responses(t):
    a, b = numpyro.sample("a", dist.Normal(0, 2)), numpyro.sample("b", dist.Normal(0, 1))
    c, d = numpyro.sample("c", dist.Normal(0, 2)), numpyro.sample("d", dist.Normal(0, 1))
    k = numpyro.sample("k", dist.Normal(0, 1))
    u = effects("u", numpyro.sample("tau", dist.HalfNormal(1)), 30)[t.patient.to_numpy()]
    s1, s2 = numpyro.sample("s1", dist.HalfNormal(1)), numpyro.sample("s2", dist.HalfNormal(1))
    dose = t.dose.to_numpy()
    numpyro.sample("pressure", dist.Normal(a + b * dose + u, s1), obs=t.pressure.to_numpy())
    numpyro.sample("pulse", dist.Normal(c + d * dose + k * u, s2), obs=t.pulse.to_numpy())


def measurement_error(t):
    mu, tau = numpyro.sample("mu", dist.Normal(0, 5)), numpyro.sample("tau", dist.HalfNormal(2))
    with numpyro.plate("plots", 60):
        nitrogen = numpyro.sample("nitrogen", dist.Normal(mu, tau))
    true = nitrogen[t["plot"].to_numpy()]
    a, b = numpyro.sample("a", dist.Normal(0, 5)), numpyro.sample("b", dist.Normal(0, 2))
    s1, s2 = numpyro.sample("s1", dist.HalfNormal(1)), numpyro.sample("s2", dist.HalfNormal(1))
    numpyro.sample("measured", dist.Normal(true, s1), obs=t.measured.to_numpy())
    numpyro.sample("crop", dist.Normal(a + b * true, s2), obs=t.crop.to_numpy())


def autoregressive(t):
    a, b = numpyro.sample("a", dist.Normal(0, 5)), numpyro.sample("b", dist.Normal(0, 2))
    rho = numpyro.sample("rho", dist.Uniform(-0.95, 0.95))
    e = effects("e", numpyro.sample("tau", dist.HalfNormal(1)), 40)
    first = e[0] / jnp.sqrt(1 - rho**2)

    def step(before, innovation):
        now = rho * before + innovation
        return now, now

    _, rest = jax.lax.scan(step, first, e[1:])
    u = numpyro.deterministic("u", jnp.concatenate([first[None], rest]))
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    mean = a + b * t.price.to_numpy() + u[t.week.to_numpy()]
    numpyro.sample("sales", dist.Normal(mean, sigma), obs=t.sales.to_numpy())


def loadings(t):
    items = t[[f"item{k + 1}" for k in range(5)]].to_numpy()
    with numpyro.plate("items", 5):
        difficulty = numpyro.sample("difficulty", dist.Normal(0, 2))
        loading = numpyro.sample("loading", dist.LogNormal(0, 0.5))
    ability = effects("ability", 1.0, 80)[t.person.to_numpy()]
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    numpyro.sample("score", dist.Normal(items @ difficulty + (items @ loading) * ability, sigma), obs=t.score.to_numpy())


def growth(t):
    mu, tau = numpyro.sample("mu", dist.Normal(10, 5)), numpyro.sample("tau", dist.HalfNormal(3))
    middle, slope = numpyro.sample("middle", dist.Normal(4, 2)), numpyro.sample("slope", dist.LogNormal(0, 0.5))
    height = numpyro.deterministic("height", mu + effects("deviation", tau, 25))[t.tree.to_numpy()]
    offset = effects("offset", numpyro.sample("tau_site", dist.HalfNormal(2)), 6)[t.site.to_numpy()]
    sigma = numpyro.sample("sigma", dist.HalfNormal(1))
    mean = height / (1 + jnp.exp(-(t.age.to_numpy() - middle) / slope)) + offset
    numpyro.sample("weight", dist.Normal(mean, sigma), obs=t.weight.to_numpy())


MODELS = {f.__name__: f for f in (two_responses, measurement_error, autoregressive, loadings, growth)}
INTERNAL = ("z_", "deviation")


def make(name, seed):
    draws_a_chain, path = (4000, f"{name}.json") if seed == SEED else (2000, f"{name}-{seed}.json")
    start = time.perf_counter()
    kernel = NUTS(MODELS[name], target_accept_prob=0.97, dense_mass=False)
    mcmc = MCMC(kernel, num_warmup=WARMUP, num_samples=draws_a_chain, num_chains=CHAINS, chain_method="sequential",
                progress_bar=False)
    mcmc.run(jax.random.PRNGKey(seed), TABLES[name](), extra_fields=("diverging", "num_steps"))
    seconds = time.perf_counter() - start
    parameters = []
    for variable, draws in sorted(mcmc.get_samples(group_by_chain=True).items()):
        if variable.startswith(INTERNAL):
            continue
        draws = np.asarray(draws)
        ess, rhat = np.asarray(effective_sample_size(draws)), np.asarray(gelman_rubin(draws))
        flat = draws.reshape(-1, *draws.shape[2:])
        for index in np.ndindex(flat.shape[1:]):
            values = flat[(slice(None), *index)]
            parameters.append({
                "name": variable, "index": list(index), "mean": float(values.mean()), "sd": float(values.std(ddof=1)),
                "mcse_mean": float(values.std(ddof=1) / np.sqrt(ess[index])), "ess": float(ess[index]),
                "rhat": float(rhat[index])})
    extra = mcmc.get_extra_fields()
    result = {
        "model": name, "numpyro": numpyro.__version__, "jax": jax.__version__, "seed": seed,
        "iterations": {"chains": CHAINS, "warmup": WARMUP, "draws": draws_a_chain}, "seconds": round(seconds, 1),
        "divergences": int(np.asarray(extra["diverging"]).sum()),
        "gradients_a_draw": float(np.asarray(extra["num_steps"]).mean())}
    lines = ",\n".join("    " + json.dumps({k: round(v, 6) if isinstance(v, float) else v for k, v in p.items()})
                       for p in parameters)
    head = json.dumps(result, indent=2)[:-2]
    (HERE / path).write_text(f'{head},\n  "parameters": [\n{lines}\n  ]\n}}\n')
    print(name, seed, round(seconds, 1), "s; divergences", result["divergences"],
          "worst rhat", max(p["rhat"] for p in parameters), "least ess", min(p["ess"] for p in parameters), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("names", nargs="*", default=list(MODELS))
    wanted = parser.parse_args()
    numpyro.enable_x64()
    for model in wanted.names:
        make(model, wanted.seed)
