"""Leave-one-out against ArviZ's and against fits without the rows, on three tables made here or shipped and, with
WOODBURY_PAPER_DATA, two published ones: bench/answers/agreement.py, whose figures are in docs/answers.md."""

import os
import pathlib

import pytest

from bench.answers.agreement import agreement, studies

FOLDER = os.environ.get("WOODBURY_PAPER_DATA")
STUDIES = {study.name: study for study in studies(pathlib.Path(FOLDER) if FOLDER else None)}


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_leave_one_out_agrees(name):
    found = agreement(STUDIES[name])
    for against in (found.arviz, found.by_row, found.by_group):
        assert against.aside <= 0.2 * (len(against.ours) + against.aside)
        assert against.error < 1
        assert abs(against.difference) < 4 * against.error + 0.02 * len(against.ours) ** 0.5
    assert abs(found.arviz.ours - found.arviz.theirs).max() < 0.3
