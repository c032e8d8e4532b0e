"""Stan's programs put together from bench/paper/stan, and the data that they are given."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
from typing import Any

import numpy as np
import scipy.sparse as sparse

from bench.paper.catalogue import ROOT
from bench.paper.design import Design, Group

SOURCES = ROOT / "bench" / "paper" / "stan"
COMPILED = ROOT / "build" / "paper" / "stan"
DENSE_MOST = 1000  # coefficients whose cross-products are given as a dense matrix


def blocks(text: str) -> dict[str, str]:
    """Of a file with markers `//--name`: what follows each."""
    parts = re.split(r"^//--(\w+)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def assemble(name: str) -> str:
    """Program `name`, its markers `#part` replaced; a second data block becomes part of the first."""
    pieces = blocks((SOURCES / "scales.stan").read_text())
    for part in ("functions", "data", "sums"):
        pieces[part] = (SOURCES / f"{part}.stan").read_text()
    text = re.sub(r"^#(\w+)\n", lambda match: pieces[match[1]], (SOURCES / f"{name}.stan").read_text(), flags=re.M)
    return merge_blocks(merge_blocks(text, "data"), "transformed data")


def merge_blocks(text: str, kind: str) -> str:
    """Stan wants each block once, and data before what is made of them."""
    pattern = re.compile(rf"^{kind} \{{\n(.*?)^\}}\n", flags=re.M | re.S)
    bodies = pattern.findall(text)
    if not bodies:
        return text
    first = pattern.search(text)
    assert first
    rest = pattern.sub("", text[first.end() :])
    return text[: first.start()] + f"{kind} {{\n{''.join(bodies)}}}\n" + rest


def write(name: str) -> pathlib.Path:
    """The program's file, named after its text, so that R finds what it has compiled already."""
    text = assemble(name)
    path = COMPILED / f"{name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}.stan"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text(text)
    return path


def data(design: Design, centred: bool, sums: bool) -> dict[str, Any]:
    """The data block's values; matrices as lists of rows."""
    rows, groups = len(design.y), list(design.groups)
    values: dict[str, Any] = {
        "N": rows, "P": len(design.b), "K": design.K, "y": design.y, "X": design.X, "Z": design.Z,
        "b_mean": design.b_mean, "b_sd": design.b_sd, "mean_scale": design.mean_scale, "centred": int(centred),
        "correlated": int(design.correlated), "fixed_sd": int(design.sd_kind == "constant"), "sd_scale": design.sd_scale,
        "cauchy": int(design.sigma_kind == "half_cauchy"), "sigma_scale": [design.sigma_scale],
        "Q": len(design.c), "W": design.W if design.c else np.empty((rows, 0)), "c_sd": design.c_sd,
        "JS": len(design.spread.levels) if design.spread else 0, "spread_scale": design.spread_scale,
    }  # fmt: skip
    for f in range(3):
        group = groups[f] if f < len(groups) else None
        values[f"J{f + 1}"] = len(group.levels) if group else 0
        values[f"level{f + 1}"] = group.index + 1 if group else np.zeros(rows, int)
        values[f"at{f + 1}"] = group.mean_at + 1 if group else np.empty((0, design.K), int)
    return values | (cross_products(design) if sums else {})


def cross_products(design: Design) -> dict[str, Any]:
    """A'A, A'y and y'y over all coefficients: b, then each factor's effects, coefficient by coefficient."""
    parts = [sparse.csr_array(design.X)]
    for group in design.groups:
        for k in range(design.K):
            parts.append(level_columns(group, design.Z[:, k]))
    A = sparse.hstack(parts, format="csr")
    AA, M = sparse.csr_array(A.T @ A), A.shape[1]
    AA.sort_indices()
    dense = M <= DENSE_MOST
    return {
        "M": M, "yy": float(design.y @ design.y), "Ay": A.T @ design.y, "nz": 0 if dense else AA.nnz,
        "AA": AA.toarray() if dense else np.empty((0, 0)), "value": [] if dense else AA.data,
        "column": [] if dense else AA.indices + 1, "start": [] if dense else AA.indptr + 1,
    }  # fmt: skip


def level_columns(group: Group, z: np.ndarray) -> sparse.csr_array:
    rows = np.arange(len(z))
    return sparse.csr_array((z, (rows, group.index)), shape=(len(z), len(group.levels)))


def save_data(values: dict[str, Any], path: pathlib.Path) -> None:
    """JSON for R; a matrix bears its shape, which JSON loses where a side is 0."""
    content = {}
    for name, value in values.items():
        array = np.asarray(value)
        if array.ndim == 0:
            content[name] = value
        else:
            content[name] = {"dim": list(array.shape), "values": array.ravel(order="F").tolist(),
                             "whole": bool(array.dtype.kind in "iu")}  # fmt: skip
    path.write_text(json.dumps(content))
