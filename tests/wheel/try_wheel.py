"""An installed wheel, tried by both of its doors: try_wheel.py TABLE. Barley only; the package's own tests are elsewhere.

The libraries it loads must be its own or the C and C++ runtimes', so that it works where netCDF is not installed.
"""

import pathlib
import re
import subprocess
import sys
import sysconfig

import numpy as np

import woodbury

table = sys.argv[1]
formula = "yield ~ year + (year | site) + (1 | variety)"
fit = woodbury.fit(formula, table, factor="year", seed=1, draws=200)
fit.save("saved", overwrite=True)

program = pathlib.Path(sysconfig.get_path("scripts")) / "woodbury"
words = [program, "fit", formula, "--data", table, "--factor", "year", "--seed", "1", "--draws", "200"]
subprocess.run([*words, "--out", "told", "--overwrite", "-q"], check=True, stdout=subprocess.DEVNULL)
np.testing.assert_array_equal(woodbury.load("told").draws.array, fit.draws.array)
np.testing.assert_array_equal(woodbury.load("saved").draws.array, fit.draws.array)

try:
    woodbury.fit("yield ~ yearr", table)
except woodbury.InputError as error:
    assert "did you mean `year`" in str(error)
else:
    raise AssertionError("a wrong name was no error")

runtime = re.compile(r"(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|stdc\+\+|gcc_s|python[0-9.]*))\.so[.0-9]*")
maps = pathlib.Path("/proc/self/maps").read_text()
loaded = {pathlib.Path(line.split()[-1]) for line in maps.splitlines() if ".so" in line.split()[-1]}
home = pathlib.Path(sys.prefix).resolve()
strangers = {p for p in loaded if not p.resolve().is_relative_to(home) and not runtime.fullmatch(p.name)}
standard = pathlib.Path(sysconfig.get_path("stdlib")).resolve()
needed = {p for p in strangers if not p.resolve().is_relative_to(standard)}
ours = [p for p in needed if re.search("netcdf|hdf5|crypto|curl|fmt|libz", p.name)]
assert any("netcdf" in p.name for p in loaded), "netCDF was not loaded at all"
assert not ours, f"libraries of the system are used: {ours}"
print(f"woodbury {woodbury.__version__} on Python {sys.version.split()[0]}: {len(loaded)} libraries loaded")
