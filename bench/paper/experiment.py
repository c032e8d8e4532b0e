"""Which contestants meet on which models: the whole experiment, and the quick one."""

from __future__ import annotations

from bench.paper.catalogue import Entry

QUICK_MODELS = ["sleepstudy", "mandarin", "pupil", "grouseticks", "dutch"]
QUICK_CONTESTANTS = ["ours-auto", "numpyro-M1", "numpyro-R", "rstan-noncentred", "rstan-marginal", "lme4"]
LARGE = ("eeg", "InstEval_fixed", "InstEval")
"""Models that peers take minutes to hours for."""
NUTPIE = ("sleepstudy", "pupil", "mandarin", "dillonE1", "grouseticks", "InstEval")


def small_first(entries: dict[str, Entry]) -> list[str]:
    """What takes hours comes last, so that a run that is stopped has the rest."""
    return sorted(entries, key=lambda name: name in LARGE)


def numpyro(entry: Entry) -> list[str]:
    return ["numpyro-O", "numpyro-R"] + [f"numpyro-M{i + 1}" for i in range(min(2, len(entry.factors)))]


def variants(entry: Entry) -> list[str]:
    """The paper's, by our options."""
    wishes = ["O", "R", *(f"M{i + 1}" for i in range(len(entry.factors)))]
    if entry.name == "grouseticks":
        wishes += ["MR1", "MR2"]
    return [f"ours-{wish}" for wish in wishes] + ["ours-A"]


def constant_scale(entry: Entry) -> bool:
    """Whether lme4 has no such model: scales fixed, or more than one residual sd."""
    return entry.name in ("electric", "InstEval_fixed", "stroop")


def contestants(entry: Entry) -> list[str]:
    """All that meet on a model."""
    names = ["ours-auto", *numpyro(entry), "rstan-noncentred", "rstan-centred", "rstan-marginal"]
    if not entry.sigma and entry.name != "electric":
        names.append("rstan-sufficient")
    if entry.name in NUTPIE:
        names.append("pymc-nutpie")
    if entry.name == "sleepstudy":
        names.append("pymc-nuts")
    if not constant_scale(entry):
        names.append("lme4")
    return names + variants(entry)
