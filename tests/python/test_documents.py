"""Every code block of README and docs runs, and shows what it gives. WOODBURY_UPDATE=1 writes what it gives instead."""

import os
import pathlib
import shutil

import documents
import pytest
from conftest import BARLEY, ROOT

PAGES = sorted(
    path.relative_to(ROOT)
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("**/*.md")]
    if documents.FENCE.search(path.read_text())
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a page's blocks run: the tables that pages use, and nothing else."""
    shutil.copy(BARLEY, tmp_path)
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_blocks_run_and_show_what_they_give(page, folder, program):
    update = os.environ.get("WOODBURY_UPDATE") == "1"
    build = pathlib.Path(program).parents[1]
    (folder / "libwoodbury_bridgestan.so").symlink_to(build / "woodbury" / "libwoodbury_bridgestan.so")
    environment = os.environ | {"PATH": f"{pathlib.Path(program).parent}:{os.environ['PATH']}", "COLUMNS": "120"}
    text = (ROOT / page).read_text()
    new = documents.run_page(text, environment, folder, update)
    if new != text:
        (ROOT / page).write_text(new)


def test_a_wrong_output_is_seen(folder):
    page = "```console\n$ echo one\ntwo\n```\n"
    with pytest.raises(documents.Wrong, match="line 1"):
        documents.run_page(page, dict(os.environ), folder)
    assert "\none\n" in documents.run_page(page, dict(os.environ), folder, update=True)
    page = "Text.\n\n```pycon\n>>> 1 + 1\n3\n```\n"
    with pytest.raises(documents.Wrong, match="line 3"):
        documents.run_page(page, dict(os.environ), folder)
    assert documents.run_page(page, dict(os.environ), folder, update=True).endswith(">>> 1 + 1\n2\n```\n")
    with pytest.raises(ZeroDivisionError):
        documents.run_page("```python\n1 / 0\n```\n", dict(os.environ), folder)
