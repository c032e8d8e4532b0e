"""What the tests share: Immer's barley trial, a fit of it, and the option --slow."""

import os
import pathlib

import pandas as pd
import pytest

import woodbury

ROOT = pathlib.Path(__file__).parents[2]
BARLEY = ROOT / "tests" / "data" / "barley.csv"
FORMULA = "yield ~ year + (year | site) + (1 | variety)"


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests marked slow too")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(pytest.mark.skip(reason="slow: run with --slow"))


@pytest.fixture(scope="session")
def barley():
    return pd.read_csv(BARLEY)


@pytest.fixture(scope="session")
def fit(barley):
    return woodbury.fit(FORMULA, barley, factor="year", seed=1)


@pytest.fixture(scope="session")
def program():
    """The command line of the same build; absent where only the package is tested."""
    path = os.environ.get("WOODBURY_PROGRAM")
    if not path:
        pytest.skip("WOODBURY_PROGRAM names no program")
    return path
