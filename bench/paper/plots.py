"""Pictures of the results, as SVG that is the same for the same results."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Sequence

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams |= {"svg.hashsalt": "woodbury", "svg.fonttype": "none", "font.size": 9}
import matplotlib.pyplot as plt  # noqa: E402

from bench.paper import tables  # noqa: E402

SHOWN = {
    "ours": (("ours-auto",), "o"),
    "paper's method (NumPyro)": (("numpyro-M1", "numpyro-M2"), "s"),
    "NumPyro, best of centred and non-centred": (("numpyro-O", "numpyro-R"), "^"),
    "Stan, marginal": (("rstan-marginal",), "D"),
    "Stan, non-centred": (("rstan-noncentred",), "v"),
    "Stan, centred": (("rstan-centred",), "<"),
}


def save(figure: plt.Figure, path: pathlib.Path) -> None:
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def rates(results: Sequence[tables.Result], models: Iterable[str], path: pathlib.Path) -> None:
    """Smallest ESS a CPU second, a row a model; hollow where it is a bound from above."""
    models = list(models)
    figure, axis = plt.subplots(figsize=(8, 1.2 + 0.34 * len(models)), layout="constrained")
    for k, (label, (contestants, marker)) in enumerate(SHOWN.items()):
        color, named = f"C{k}", False
        for row, model in enumerate(models):
            found = tables.best(results, model, contestants)
            if found is None:
                continue
            face = "none" if found.bounded else color
            axis.plot(found.value, row, marker, color=color, markerfacecolor=face, label=None if named else label)
            axis.hlines(row, found.low, found.high, color=color) if not found.bounded else None
            named = True
    axis.set_yticks(range(len(models)), models)
    axis.invert_yaxis()
    axis.set(xscale="log", xlabel="smallest bulk ESS a CPU second (hollow: an upper bound)")
    axis.grid(axis="x", alpha=0.3)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    save(figure, path)
