"""python -m bench.findings.gradient MODEL ROWS scalar|vectorised DATA OUT.json: compile time and speed of the paper's
integrated log density with its gradient in NumPyro, of one scheme, where nothing but the integrated factor has levels."""

from __future__ import annotations

import json
import pathlib
import sys
import time

import jax
import numpy as np
import numpyro
from numpyro.infer.util import initialize_model

from bench.paper import catalogue, design
from bench.paper.contestants import numpyro as peer
from bench.paper.contestants import numpyro_scalar


def main() -> None:
    name, rows, scheme, data, out = sys.argv[1:]
    numpyro.enable_x64()
    entry = catalogue.load()[name]
    arrays = design.build(entry, catalogue.read_table(entry, data).iloc[: int(rows)])
    if scheme == "scalar":
        peer.log_marginal = numpyro_scalar.log_marginal
    model = numpyro.handlers.seed(lambda: peer.model(arrays, 0, True), 0)
    begin = time.perf_counter()
    info = initialize_model(jax.random.PRNGKey(1), model, validate_grad=False)
    step = jax.jit(jax.value_and_grad(info.potential_fn)).lower(info.param_info.z).compile()
    value = float(step(info.param_info.z)[0])
    compile_seconds = time.perf_counter() - begin
    best = np.inf
    for _ in range(20):
        begin = time.process_time()
        for _ in range(20):
            jax.block_until_ready(step(info.param_info.z))
        best = min(best, (time.process_time() - begin) / 20)
    pathlib.Path(out).write_text(json.dumps({"compile": compile_seconds, "us": 1e6 * best, "value": value}))


if __name__ == "__main__":
    main()
