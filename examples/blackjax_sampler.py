"""BlackJAX on the density that Woodbury leaves: its value and gradient as one callback that JAX can differentiate.

Usage: blackjax_sampler.py [barley.csv]    needs blackjax and jax; the model is own_sampler.py's
"""

import pathlib
import sys

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import woodbury

jax.config.update("jax_enable_x64", True)
BARLEY = pathlib.Path(__file__).parents[1] / "tests" / "data" / "barley.csv"


def model(data):
    with woodbury.Model(data) as m:
        mean = m.normal("mean", 35, 20)
        site = m.normal("site_effect", 0, m.half_normal("tau_site", 20), over="site")
        variety = m.normal("variety_effect", 0, m.half_normal("tau_variety", 20), over="variety")
        m.observe_normal("yield", mean + site["site"] + variety["variety"], m.half_normal("sigma", 20))
    return m


def as_jax(density):
    """The log density as a function of JAX arrays, with our gradient as its derivative."""
    shapes = (jax.ShapeDtypeStruct((), jnp.float64), jax.ShapeDtypeStruct((density.dimension,), jnp.float64))

    def evaluate(q):
        value, gradient = density(np.asarray(q))
        return np.float64(value), gradient

    def call(q):
        return jax.pure_callback(evaluate, shapes, q, vmap_method="sequential")

    @jax.custom_vjp
    def log_density(q):
        return call(q)[0]

    log_density.defvjp(call, lambda gradient, up: (up * gradient,))
    return log_density


def sample(density, seed, warmup=500, draws=1000):
    """Points (draws, dimension) of one chain of BlackJAX's NUTS."""
    log_density = as_jax(density)
    adapt_key, sample_key = jax.random.split(jax.random.key(seed))
    start = jnp.zeros(density.dimension)
    (state, parameters), _ = blackjax.window_adaptation(blackjax.nuts, log_density).run(adapt_key, start, warmup)
    step = blackjax.nuts(log_density, **parameters).step

    def next_state(state, key):
        state, _ = step(key, state)
        return state, state.position

    return np.asarray(jax.lax.scan(next_state, state, jax.random.split(sample_key, draws))[1])


if __name__ == "__main__":
    built = model(pd.read_csv(sys.argv[1] if len(sys.argv) > 1 else BARLEY))
    density = built.density()
    points = np.concatenate([sample(density, seed) for seed in range(4)])
    values = [density.draw(q, seed=1, index=i) for i, q in enumerate(points)]  # the integrated effects, too
    ours = built.fit(seed=1).summary()
    for name in ("mean", "tau_site", "tau_variety", "sigma"):
        x = np.array([value[name] for value in values])
        mean, sd = ours.loc[name, ["mean", "sd"]]
        print(f"{name:12} {x.mean():8.3f} ± {x.std():.3f}, Woodbury's own sampler {mean:8.3f} ± {sd:.3f}")
