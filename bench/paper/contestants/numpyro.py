"""NumPyro, float64 on the CPU: without integration (O centred, R non-centred), and with the paper's method (M1, M2, M3:
one factor's effects integrated out by Woodbury's identity and the determinant lemma, the others centred; A: all, where
the scales are fixed), the effects drawn from their conditional afterwards.

With T_j = Σ z zᵀ/σ² and b_j = Σ z r/σ² over the rows of level j, r = y less everything else and the effects' means,
G_j = I + Cᵀ T_j C and q_j = Cᵀ b_j:

    log p(y | rest) = −½ [N log 2π + Σ log σ² + Σ_j log|G_j| + Σ r²/σ² − Σ_j q_jᵀ G_j⁻¹ q_j]
    u_j | y, rest   = mean_j + C (G_j⁻¹ q_j + G_j^{−½} ε)
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist

from bench.paper.catalogue import load, read_table
from bench.paper.design import Design, Group, build
from bench.paper.job import Job, Meta, Stopwatch, cpu_now, hand_back

Array = Any  # a traced array


@dataclass
class State:
    """What a point says of everything but the integrated effects: rest of the mean, sds, covariance factors, means."""

    rest: Array
    sigma: Array
    factors: list[Array]
    means: list[Array]


def scale_prior(kind: str, scale: Any) -> dist.Distribution:
    return dist.HalfCauchy(scale) if kind == "half_cauchy" else dist.HalfNormal(scale)


def covariance_factor(design: Design, i: int) -> Array:
    """C of factor i's effects."""
    if design.sd_kind == "constant":
        return jnp.diag(jnp.asarray(design.sd_scale))
    tau = numpyro.sample(f"tau{i}", scale_prior(design.sd_kind, jnp.asarray(design.sd_scale)).to_event(1))
    if not design.correlated:
        return jnp.diag(tau)
    return tau[:, None] * numpyro.sample(f"L{i}", dist.LKJCholesky(2, 1.0))


def sample_effects(name: str, group: Group, mean: Array, factor: Array, centred: bool) -> Array:
    """Effects of shape levels × coefficients."""
    shape = group.mean_at.shape
    if not centred:
        z = numpyro.sample(f"z{name}", dist.Normal(0, 1).expand(shape).to_event(2))
        return numpyro.deterministic(f"u{name}", mean + z @ factor.T)
    if shape[1] == 1:
        prior = dist.Normal(mean, factor[0, 0]).to_event(2)
    else:
        prior = dist.MultivariateNormal(mean, scale_tril=factor).to_event(1)
    return numpyro.sample(f"u{name}", prior)


def group_mean(design: Design, group: Group, b: Array) -> Array:
    padded = jnp.append(b, 0.0)
    return design.mean_scale * padded[group.mean_at]


def residual_sd(design: Design, centred: bool) -> Array:
    """σ, or σ_n of each row."""
    if not design.heteroscedastic:
        return numpyro.sample("sigma", scale_prior(design.sigma_kind, design.sigma_scale))
    log_sd = jnp.asarray(design.W) @ numpyro.sample("c", dist.Normal(0, jnp.asarray(design.c_sd)).to_event(1))
    if design.spread:
        taus = numpyro.sample("taus", dist.HalfNormal(jnp.full(design.K, design.spread_scale)).to_event(1))
        factor = taus[:, None] * numpyro.sample("Ls", dist.LKJCholesky(2, 1.0))
        effects = sample_effects("s", design.spread, jnp.zeros(design.spread.mean_at.shape), factor, centred)
        log_sd += jnp.sum(design.Z * effects[design.spread.index], axis=1)
    return jnp.exp(log_sd)


def model(design: Design, integrated: int | None, centred: bool) -> State:
    """The model with factor `integrated` taken out of it."""
    b = numpyro.sample("b", dist.Normal(jnp.asarray(design.b_mean), jnp.asarray(design.b_sd)).to_event(1))
    rest = jnp.asarray(design.X) @ b
    factors = [covariance_factor(design, i) for i in range(len(design.groups))]
    means = [group_mean(design, group, b) for group in design.groups]
    for i, group in enumerate(design.groups):
        effects = means[i] if i == integrated else sample_effects(str(i), group, means[i], factors[i], centred)
        rest += jnp.sum(jnp.asarray(design.Z) * effects[group.index], axis=1)
    state = State(rest, residual_sd(design, centred), factors, means)
    if integrated is None:
        numpyro.sample("y", dist.Normal(rest, state.sigma), obs=jnp.asarray(design.y))
    else:
        numpyro.factor("y", log_marginal(design, integrated, state))
    return state


@dataclass
class Sums:
    """G, q of every level, and what the rows add up to."""

    G: Array
    q: Array
    squares: Array
    log_variances: Array


def level_sums(design: Design, integrated: int, state: State) -> Sums:
    """T_j costs nothing a gradient where σ is one number: its rows are added up once."""
    group, Z = design.groups[integrated], jnp.asarray(design.Z)
    levels, n = len(group.levels), len(design.y)
    r = jnp.asarray(design.y) - state.rest
    weight = 1 / state.sigma**2
    if design.heteroscedastic:
        T = jax.ops.segment_sum((Z * weight[:, None])[:, :, None] * Z[:, None, :], group.index, levels)
        log_variances, squares = 2 * jnp.sum(jnp.log(state.sigma)), jnp.sum(weight * r**2)
        b = jax.ops.segment_sum(Z * (weight * r)[:, None], group.index, levels)
    else:
        T = weight * jnp.asarray(cross_products(design, group))
        log_variances, squares = 2 * n * jnp.log(state.sigma), weight * jnp.sum(r**2)
        b = weight * jax.ops.segment_sum(Z * r[:, None], group.index, levels)
    C = state.factors[integrated]
    return Sums(jnp.eye(design.K) + C.T @ T @ C, b @ C, squares, log_variances)


def cross_products(design: Design, group: Group) -> np.ndarray:
    T = np.zeros((len(group.levels), design.K, design.K))
    np.add.at(T, group.index, design.Z[:, :, None] * design.Z[:, None, :])
    return T


def log_marginal(design: Design, integrated: int, state: State) -> Array:
    s = level_sums(design, integrated, state)
    if design.K == 1:
        g, q = s.G[:, 0, 0], s.q[:, 0]
        log_det, quadratic = jnp.sum(jnp.log(g)), jnp.sum(q**2 / g)
    else:
        det = s.G[:, 0, 0] * s.G[:, 1, 1] - s.G[:, 0, 1] ** 2
        q1, q2 = s.q[:, 0], s.q[:, 1]
        quadratic = jnp.sum((s.G[:, 1, 1] * q1**2 - 2 * s.G[:, 0, 1] * q1 * q2 + s.G[:, 0, 0] * q2**2) / det)
        log_det = jnp.sum(jnp.log(det))
    constant = len(design.y) * np.log(2 * np.pi)
    return -0.5 * (constant + s.log_variances + log_det + s.squares - quadratic)


def recover(design: Design, integrated: int, state: State, key: Array) -> Array:
    """A draw of the integrated effects given everything else."""
    s = level_sums(design, integrated, state)
    root = jnp.linalg.cholesky(s.G)
    half = jax.scipy.linalg.solve_triangular(root, s.q[:, :, None], lower=True)
    noise = jax.random.normal(key, half.shape)
    white = jax.scipy.linalg.solve_triangular(root, half + noise, lower=True, trans=1)[:, :, 0]
    return state.means[integrated] + white @ state.factors[integrated].T


class CompileClock:
    """Seconds that JAX traces and compiles, apart from sampling: the union of the intervals that its events report, and
    the CPU time in them, from a thread that notes it every few milliseconds."""

    def __init__(self) -> None:
        self.intervals: list[tuple[float, float]] = []
        self.notes = [(time.perf_counter(), cpu_now())]
        jax.monitoring.register_event_duration_secs_listener(self.heard)
        threading.Thread(target=self.note, daemon=True).start()

    def note(self) -> None:
        while True:
            time.sleep(0.003)
            self.notes.append((time.perf_counter(), cpu_now()))

    def heard(self, event: str, seconds: float, **_: Any) -> None:
        if any(part in event for part in ("backend_compile", "trace_duration", "to_mlir")):
            now = time.perf_counter()
            self.intervals.append((now - seconds, now))

    def seconds(self) -> tuple[float, float]:
        """Wall and CPU."""
        times, cpus = np.array([*self.notes, (time.perf_counter(), cpu_now())]).T
        wall = cpu = 0.0
        end = -np.inf
        for begin, until in sorted(self.intervals):
            begin = max(begin, end)
            if until > begin:
                wall += until - begin
                cpu += float(np.interp(until, times, cpus) - np.interp(begin, times, cpus))
                end = until
        return wall, cpu


def columns(design: Design, samples: dict[str, Array]) -> tuple[list[str], np.ndarray]:
    """Draws under our names, (chain, draw, column)."""
    names, parts = [], []

    def add(labels: list[str], values: Array) -> None:
        values = np.asarray(values)
        names.extend(labels)
        parts.append(values.reshape(*values.shape[:2], -1))

    def scales(group: Group, name: str) -> None:
        if group.sds and f"tau{name}" in samples:
            add(group.sds, samples[f"tau{name}"])
        if group.cor:
            add([group.cor], samples[f"L{name}"][:, :, 1, 0])

    add(design.b, samples["b"])
    add(design.c, samples["c"]) if design.heteroscedastic else add([design.sigma], samples["sigma"])
    named = [(str(i), group) for i, group in enumerate(design.groups)]
    if design.spread:
        named.append(("s", design.spread))
    for name, group in named:
        scales(group, name)
        add(group.effects, samples[f"u{name}"])
    return names, np.concatenate(parts, axis=2)


def main() -> None:
    job = Job.from_arguments()
    entry = load()[job.model]
    design = build(entry, read_table(entry, job.data))
    integrated = int(job.variant[1:]) - 1 if job.variant.startswith("M") else None
    kernel = numpyro.infer.NUTS(lambda: model(design, integrated, job.variant != "R"))
    mcmc = numpyro.infer.MCMC(
        kernel,
        num_warmup=job.warmup,
        num_samples=job.draws,
        num_chains=job.chains,
        chain_method="parallel",
        progress_bar=False,
    )
    clock, watch = CompileClock(), Stopwatch()
    extra = ("num_steps", "diverging")
    mcmc.warmup(jax.random.PRNGKey(job.seed), collect_warmup=True, extra_fields=extra)
    warmup_steps = int(np.sum(mcmc.get_extra_fields()["num_steps"]))
    mcmc.run(mcmc.post_warmup_state.rng_key, extra_fields=extra)
    fields = mcmc.get_extra_fields()
    samples = dict(mcmc.get_samples(group_by_chain=True))
    if integrated is not None:
        samples[f"u{integrated}"] = recover_all(design, integrated, samples, job.seed)
    jax.block_until_ready(samples)
    wall, cpu = watch.wall, watch.cpu
    compile_wall, compile_cpu = clock.seconds()
    names, draws = columns(design, samples)
    meta = Meta(
        wall=wall - compile_wall,
        cpu=cpu - compile_cpu,
        apart={"compile": compile_wall, "compile_cpu": compile_cpu},
        warmup_gradients=warmup_steps,
        gradients=int(np.sum(fields["num_steps"])),
        divergences=int(np.sum(fields["diverging"])),
        versions={"numpyro": numpyro.__version__, "jax": jax.__version__},
    )
    hand_back(job, names, draws, meta)


def recover_all(design: Design, integrated: int, samples: dict[str, Array], seed: int) -> Array:
    """Integrated effects of every draw; one draw at a time in a compiled loop, so that memory does not grow with N."""
    sampled = {k: v for k, v in samples.items() if not (k.startswith("u") and f"z{k[1:]}" in samples)}
    count = np.prod(samples["b"].shape[:2])
    flat = {k: v.reshape(count, *v.shape[2:]) for k, v in sampled.items()}
    keys = jax.random.split(jax.random.PRNGKey(seed + 1000), count)

    def one(pair: tuple[dict[str, Array], Array]) -> Array:
        values, key = pair
        seeded = numpyro.handlers.seed(numpyro.handlers.substitute(model, values), 0)
        state = seeded(design, integrated, True)
        return recover(design, integrated, state, key)

    drawn = jax.jit(lambda pairs: jax.lax.map(one, pairs))((flat, keys))
    return drawn.reshape(*samples["b"].shape[:2], *drawn.shape[1:])


if __name__ == "__main__":
    numpyro.enable_x64()
    numpyro.set_host_device_count(4)
    main()
