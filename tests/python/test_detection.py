"""What is found on the graphs of many models; docs/detection.md has the table, and C++ reads and runs the same models."""

import json
import os
import subprocess

import numpy as np
import pytest
from conftest import ROOT
from detected_models import MODELS, table

import woodbury

PAGE = ROOT / "docs" / "detection.md"
FOLDER = ROOT / "tests" / "data" / "builder"
HEAD = "| model | integrated | sampled, and why |\n|---|---|---|\n"


def built(name, data=None):
    with woodbury.Model(data) as m:
        MODELS[name].build(m)
    return m


@pytest.fixture(scope="module")
def data():
    return table()


@pytest.mark.parametrize("name", MODELS)
def test_finds_what_is_stated(name, data):
    """Of all that is Gaussian exactly the stated set is integrated, and the rest has the stated reasons."""
    stated = MODELS[name]
    plan = built(name, data).explain(integrate="all")
    reasons = {term["name"]: term["reason"] for term in plan.data["terms"] if term["decision"] != "integrated"}
    integrated = {term["name"] for term in plan.data["terms"]} - reasons.keys()
    assert integrated == set(stated.integrated.split()), repr(plan)
    assert reasons.keys() == stated.sampled.keys(), repr(plan)
    for variable, reason in stated.sampled.items():
        assert reason in reasons[variable] and len(reason) > 10


def gaussian_integral(joint, params, names):
    """log of the integral of a joint density over the named variables, from its values and gradients alone.

    Its logarithm is quadratic in them, so that differences of gradients are the Hessian exactly.
    """
    ends = np.cumsum([int(np.prod(joint.shapes[name], dtype=int)) for name in names])

    def at(w):
        parts = np.split(w, ends[:-1])
        given = params | {name: part.reshape(joint.shapes[name]) for name, part in zip(names, parts, strict=True)}
        value, gradient = joint.log_density_gradient(given)
        return value, np.concatenate([gradient[name].ravel() for name in names])

    slope = at(np.zeros(ends[-1]))[1]
    precision = np.array([slope - at(unit)[1] for unit in np.eye(ends[-1])])
    value, rest = at(np.linalg.solve(precision, slope))
    assert np.abs(rest).max() < 1e-8 * (1 + np.abs(slope).max())
    return value + 0.5 * (ends[-1] * np.log(2 * np.pi) - np.linalg.slogdet(precision)[1])


@pytest.mark.parametrize("name", [name for name, stated in MODELS.items() if stated.integrated])
def test_the_marginal_density_is_the_integral_of_the_joint_one(name, data):
    m = built(name, data)
    density, joint = m.density(integrate="all"), m.density(integrate="none")
    params = density.constrain(0.3 * np.sin(np.arange(density.dimension) + 1))
    expected = gaussian_integral(joint, params, MODELS[name].integrated.split())
    assert density.log_density(params) == pytest.approx(expected, rel=1e-10)


def row(stated):
    sampled = "; ".join(f"`{name}`: {why.removeprefix('it ')}" for name, why in stated.sampled.items())
    return f"| {stated.says} | {' '.join(f'`{v}`' for v in stated.integrated.split())} | {sampled} |\n"


def test_the_page_has_the_table():
    written = HEAD + "".join(row(stated) for stated in MODELS.values())
    page = PAGE.read_text()
    start = page.index(HEAD)
    if os.environ.get("WOODBURY_UPDATE"):
        PAGE.write_text(page[:start] + written)
    assert PAGE.read_text()[start:] == written
    assert len(MODELS) >= 30 and sum(bool(stated.sampled) for stated in MODELS.values()) >= 15


def mathematics(m):
    return {"model": json.loads(m.to_json()), "text": repr(m), "latex": m._repr_latex_().removeprefix("$$\n")[:-3]}


def test_models_written_here_are_those_that_cpp_reads():
    """tests/model/exchange_test.cpp reads the file, and finds the same mathematics."""
    path = FOLDER / "from_python.json"
    written = {name: mathematics(built(name)) for name in MODELS}
    if os.environ.get("WOODBURY_UPDATE"):
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(m)}" for name, m in written.items())
        path.write_text(f"{{\n{lines}\n}}\n")
    assert json.loads(path.read_text()) == written


def test_models_that_cpp_wrote_are_the_same_mathematics():
    models = json.loads((FOLDER / "from_cpp.json").read_text())
    assert len(models) >= 50
    for name, said in models.items():
        assert mathematics(woodbury.Model.from_json(json.dumps(said["model"]))) == said, name


@pytest.mark.parametrize("name", MODELS)
def test_the_command_line_has_the_same_draws(name, data, tmp_path, program):
    m = built(name, data)
    m.save(tmp_path / "model.json")
    data.to_csv(tmp_path / "table.csv", index=False)
    arguments = ["--seed", "3", "--draws", "5", "--warmup", "20", "--chains", "2", "--out", "fit"]
    done = subprocess.run([program, "fit", "--model", "model.json", "--data", "table.csv", *arguments], cwd=tmp_path,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    here = m.fit(seed=3, draws=5, warmup=20, chains=2, progress=False)
    np.testing.assert_array_equal(here.draws.array, woodbury.load(tmp_path / "fit").draws.array)
