"""Writes tests/data/barley.csv, Immer's barley trial, from the package vega-datasets of PyPI.

    python3 -m pip install --no-deps vega-datasets==0.9.0
    python3 tools/make_barley.py > tests/data/barley.csv

Needed only to make the table anew: the table itself is kept in the project.
"""

import csv
import importlib.util
import json
import pathlib
import sys

COLUMNS = ["yield", "variety", "year", "site"]

# Found, not imported: importing the package would need pandas.
spec = importlib.util.find_spec("vega_datasets")
if spec is None or spec.origin is None:
    sys.exit("vega-datasets is not installed; see the head of this file")
records = json.loads((pathlib.Path(spec.origin).parent / "_data" / "barley.json").read_text())
writer = csv.writer(sys.stdout, lineterminator="\n")
writer.writerow(COLUMNS)
writer.writerows([record[column] for column in COLUMNS] for record in records)
