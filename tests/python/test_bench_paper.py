"""The harness of ./dev bench paper: what effective draws are, that a run goes on where it was stopped, what a report says.

No peer is needed: a contestant is any process that leaves draws.
"""

import json
import sys

import numpy as np
import pytest

from bench.paper import cells, report, score, tables
from bench.paper.catalogue import load, parse_prior
from bench.paper.contestants import stan_program
from bench.paper.job import Job, Meta, hand_back, read_back


def autoregressive(rho, seed=1, draws=4000):
    """Four chains with a known number of effective draws: n (1 − ρ) / (1 + ρ)."""
    rng = np.random.default_rng(seed)
    x = np.zeros((4, draws))
    x[:, 0] = rng.normal(size=4)
    for t in range(1, draws):
        x[:, t] = rho * x[:, t - 1] + np.sqrt(1 - rho**2) * rng.normal(size=4)
    return x


def result(**parts):
    whole = {"model": "dutch", "contestant": "ours-auto", "seed": 1, "status": "done", "wall": 1.0, "cpu": 2.0, "minutes": 20}
    return whole | parts


def test_effective_draws_are_the_fewest_of_all_that_varies():
    draws = np.stack([autoregressive(0.0), autoregressive(0.6), np.full((4, 4000), 3.0)], axis=-1)
    scored = score.of_draws(["free", "slow", "constant"], draws)
    assert scored["min_ess_of"] == "slow"
    assert scored["min_ess"] == pytest.approx(16000 * 0.4 / 1.6, rel=0.15)
    assert list(scored["parameters"]) == ["free", "slow"]
    mean, sd, mcse = scored["parameters"]["free"]
    assert abs(mean) < 4 * mcse and sd == pytest.approx(1, rel=0.05) and mcse == pytest.approx(1 / np.sqrt(16000), rel=0.15)


def test_rates_count_warm_up():
    rates = score.rates(result(min_ess=600.0, median_ess=900.0, kept=4000, warmup_gradients=20_000, gradients=10_000))
    assert rates["min_per_gradient"] == pytest.approx(0.02)
    assert rates["min_per_cpu_second"] == 300 and rates["min_per_wall_second"] == 600
    assert rates["median_per_draw"] == pytest.approx(0.225)


def test_few_effective_draws_are_a_bound():
    assert score.bound(result(min_ess=100.0)) is None
    assert score.bound(result(min_ess=99.0)) == 50
    assert score.bound(result(status="time is up", cpu=400.0)) == 0.25
    some = [result(contestant="numpyro-O", min_ess=5000.0), result(contestant="numpyro-O", min_ess=20.0, seed=2)]
    found = tables.rate(some)
    assert found.bounded and str(found) == "< 50"
    assert tables.ratio(tables.rate([result(min_ess=40_000.0)]), found, 100) == "**> 400**"
    assert tables.ratio(tables.rate([result(min_ess=4_000.0)]), found, 100) == "> 40"


def test_the_best_contestant_is_one_with_a_rate():
    some = [result(contestant="numpyro-M1", min_ess=10.0, cpu=0.001), result(contestant="numpyro-M2", min_ess=500.0)]
    assert tables.best(some, "dutch", ("numpyro-M1", "numpyro-M2")).value == 250


def test_medians_and_spread_over_seeds():
    some = [result(min_ess=ess, seed=k) for k, ess in enumerate([400.0, 200.0, 3000.0])]
    assert str(tables.rate(some)) == "200 (100–1 500)"


def test_disagreement_is_in_combined_errors():
    ours = {"a": [0.0, 1.0, 0.3], "b": [1.0, 1.0, 0.1]}
    worst, where, count = score.disagreement(ours, {"a": [1.0, 1.0, 0.4], "b": [1.0, 1.0, 0.1], "c": [0, 1, 1]})
    assert (where, count) == ("a", 2) and worst == pytest.approx(2)


def test_contestants_take_turns():
    order = [cell.contestant for cell in cells.interleaved(["m"], {"m": ["a", "b", "c"]}, 2)]
    assert order == ["a", "b", "c", "b", "c", "a"]


CONTESTANT = """
import sys
import numpy as np
from bench.paper.job import Job, Meta, hand_back
job = Job.from_arguments()
draws = np.random.default_rng(job.seed).normal(size=(job.chains, job.draws, 2))
hand_back(job, ["a", "b"], draws, Meta(wall=0.5, cpu=0.25, gradients=10))
"""


@pytest.fixture
def settings(tmp_path):
    return cells.Settings("", tmp_path / "results", minutes=1)


def test_a_run_goes_on_where_it_was_stopped(settings, tmp_path, monkeypatch):
    program = tmp_path / "contestant.py"
    program.write_text(CONTESTANT)
    monkeypatch.setattr(cells, "command", lambda cell, job: [sys.executable, str(program), str(job)])
    todo = cells.interleaved(["m"], {"m": ["one", "two"]}, 1)
    done = cells.run(todo[0], settings)
    assert done["status"] == "done" and done["min_ess"] > 2000 and done["gradients"] == 10
    assert cells.pending(todo, settings.results, 1) == [todo[1]]
    assert [r["contestant"] for r in report.read(settings.results)] == ["one"]
    (settings.results / "m" / "two-1.json.part").write_text('{"model": "m", "sta')
    assert cells.pending(todo, settings.results, 1) == [todo[1]]


def test_a_cell_ends_when_its_time_is_up(settings, monkeypatch):
    monkeypatch.setattr(cells, "command", lambda cell, job: [sys.executable, "-c", "while True: pass"])
    settings.minutes = 0.01
    cell = cells.Cell("m", "endless", 1)
    assert cells.run(cell, settings)["status"] == "time is up"
    assert cells.pending([cell], settings.results, 0.01) == []
    assert cells.pending([cell], settings.results, 20) == [cell], "more time than it had then"


def test_what_fails_is_told_and_tried_again(settings, monkeypatch):
    monkeypatch.setattr(cells, "command", lambda cell, job: [sys.executable, "-c", "raise SystemExit('no such peer')"])
    cell = cells.Cell("m", "absent", 1)
    failed = cells.run(cell, settings)
    assert failed["status"] == "failed" and "no such peer" in failed["log"]
    assert cells.pending([cell], settings.results, 1) == [cell]
    assert tables.select([failed], "m", "absent") == []


def test_draws_come_back_as_they_were_handed(tmp_path):
    job = Job("m", "", 1, "", str(tmp_path))
    draws = np.arange(24.0).reshape(2, 3, 4)
    hand_back(job, list("abcd"), draws, Meta(1, 2))
    meta, back = read_back(tmp_path)
    assert (back == draws).all() and meta["names"] == list("abcd")


def test_a_section_of_the_page_is_replaced_and_nothing_else():
    page = "before\n<!-- begin x -->\nold\n<!-- end x -->\nafter\n"
    new = report.replace_section(page, "x", "| \\1 |\n")
    assert new == "before\n<!-- begin x -->\n| \\1 |\n<!-- end x -->\nafter\n"
    assert report.replace_section(new, "x", "| \\1 |") == new
    with pytest.raises(ValueError, match="no section y"):
        report.replace_section(page, "y", "")


def test_the_page_has_every_section():
    page = (report.catalogue.ROOT / "docs" / "paper.md").read_text()
    for name in ("provenance", "goals", "details", "variants", "agreement"):
        report.replace_section(page, name, "")


def test_the_catalogue_reads():
    entries = load()
    assert len(entries) == 15
    for entry in entries.values():
        assert bool(entry.formula) != bool(entry.program), entry.name
        assert len(entry.sampled_dims) == len(entry.factors), entry.name
    assert parse_prior("normal(0, 2.5)") == ("normal", [0, 2.5])
    with pytest.raises(ValueError, match="is no prior"):
        parse_prior("normal")


def test_stan_programs_have_each_block_once():
    for name in ("plain", "marginal", "sufficient"):
        text = stan_program.assemble(name)
        for block in ("functions", "data", "transformed data", "parameters", "model", "generated quantities"):
            assert text.count(f"\n{block} {{\n") == 1, (name, block)
        assert "#" not in text.replace("#include", "")


def test_cross_products_are_those_of_the_design():
    from bench.paper.design import Design, Group

    index = np.array([0, 1, 1, 0, 2])
    Z = np.column_stack([np.ones(5), np.arange(5.0)])
    group = Group("g", ["a", "b", "c"], index, [], [], "", np.full((3, 2), -1))
    y = np.array([1.0, 3, 2, 5, 4])
    design = Design(y, Z, ["a", "b"], np.zeros(2), np.ones(2), Z, [group], "half_normal", np.ones(2), True)
    sums = stan_program.cross_products(design)
    theta = np.arange(1.0, 9)
    b, u = theta[:2], theta[2:].reshape(2, 3).T
    residual = y - Z @ b - (Z * u[index]).sum(axis=1)
    quadratic = sums["yy"] - 2 * theta @ sums["Ay"] + theta @ sums["AA"] @ theta
    assert quadratic == pytest.approx(residual @ residual)


def test_results_are_whole_json(tmp_path):
    path = tmp_path / "m" / "c-1.json"
    cells.write_whole(path, {"x": 1})
    assert json.loads(path.read_text()) == {"x": 1}
    assert [p.name for p in path.parent.iterdir()] == ["c-1.json"]
