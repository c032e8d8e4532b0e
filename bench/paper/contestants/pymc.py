"""The non-centred model in PyMC, sampled by its own NUTS (`nuts`) or by nutpie (`nutpie`)."""

from __future__ import annotations

import time

import numpy as np
import nutpie
import pymc
import pytensor.tensor as pt

from bench.paper.catalogue import load, read_table
from bench.paper.design import Design, build
from bench.paper.job import Job, Meta, Stopwatch, hand_back


def half(name: str, kind: str, scale: np.ndarray | float, **shape: object) -> pt.TensorVariable:
    return (pymc.HalfCauchy if kind == "half_cauchy" else pymc.HalfNormal)(name, scale, **shape)


def covariance_factor(design: Design, f: int) -> pt.TensorVariable:
    tau = half(f"tau{f}", design.sd_kind, design.sd_scale)
    if not design.correlated:
        return pt.diag(tau)
    # A correlation of lkj(1) is uniform for two coefficients.
    rho = pymc.Uniform(f"rho{f}", -1, 1)
    rows = [[tau[0], 0.0], [tau[1] * rho, tau[1] * pt.sqrt(1 - rho**2)]]
    return pt.stack([pt.stack(row) for row in rows])


def model(design: Design) -> pymc.Model:
    with pymc.Model() as m:
        b = pymc.Normal("b", design.b_mean, design.b_sd)
        mean = pt.as_tensor(design.X) @ b
        for f, group in enumerate(design.groups):
            C = covariance_factor(design, f)
            z = pymc.Normal(f"z{f}", 0, 1, shape=group.mean_at.shape)
            at = design.mean_scale * pt.concatenate([b, pt.zeros(1)])[group.mean_at]
            u = pymc.Deterministic(f"u{f}", at + z @ C.T)
            mean = mean + (design.Z * u[group.index]).sum(axis=1)
        sigma = half("sigma", design.sigma_kind, design.sigma_scale)
        pymc.Normal("y", mean, sigma, observed=design.y)
    return m


def columns(design: Design, posterior: object) -> tuple[list[str], np.ndarray]:
    names, parts = [], []

    def add(labels: list[str], variable: str) -> None:
        values = np.asarray(posterior[variable])  # type: ignore[index]
        names.extend(labels)
        parts.append(values.reshape(*values.shape[:2], -1))

    add(design.b, "b")
    add([design.sigma], "sigma")
    for f, group in enumerate(design.groups):
        add(group.sds, f"tau{f}")
        if design.correlated:
            add([group.cor], f"rho{f}")
        add(group.effects, f"u{f}")
    return names, np.concatenate(parts, axis=2)


def main() -> None:
    job = Job.from_arguments()
    entry = load()[job.model]
    design = build(entry, read_table(entry, job.data))
    if design.heteroscedastic or design.sd_kind == "constant":
        raise SystemExit(f"{entry.name} is not written for PyMC here")
    begin = time.perf_counter()
    built = model(design)
    if job.variant == "nutpie":
        compiled = nutpie.compile_pymc_model(built)
        compile_seconds, watch = time.perf_counter() - begin, Stopwatch()
        result = nutpie.sample(compiled, draws=job.draws, tune=job.warmup, chains=job.chains, cores=2, seed=job.seed,
                               progress_bar=False, save_warmup=True)  # fmt: skip
        warmup = int(result.warmup_sample_stats["n_steps"].sum())
    else:
        # pymc.sample compiles within: its time is not told apart, and the seconds include it.
        compile_seconds, watch = time.perf_counter() - begin, Stopwatch()
        result = pymc.sample(job.draws, tune=job.warmup, chains=job.chains, cores=2, random_seed=job.seed, model=built,
                             progressbar=False, compute_convergence_checks=False, discard_tuned_samples=False)  # fmt: skip
        warmup = int(result.warmup_sample_stats["n_steps"].sum())
    wall, cpu = watch.wall, watch.cpu
    names, draws = columns(design, result.posterior)
    meta = Meta(
        wall=wall,
        cpu=cpu,
        apart={"compile": compile_seconds},
        warmup_gradients=warmup,
        gradients=int(result.sample_stats["n_steps"].sum()),
        divergences=int(result.sample_stats["diverging"].sum()),
        versions={"pymc": pymc.__version__, "nutpie": nutpie.__version__},
    )
    hand_back(job, names, draws, meta)


if __name__ == "__main__":
    main()
