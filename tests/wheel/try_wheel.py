"""An installed wheel, tried by both of its doors: try_wheel.py TABLE.

netCDF and what comes with it must be the wheel's own, so that it works where they are not installed.
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
fit = woodbury.fit(formula, table, factor="year", seed=1)
fit.save("saved", overwrite=True)

program = pathlib.Path(sysconfig.get_path("scripts")) / "woodbury"
words = [program, "fit", formula, "--data", table, "--factor", "year", "--seed", "1"]
subprocess.run([*words, "--out", "told", "--overwrite", "-q"], check=True, stdout=subprocess.DEVNULL)
np.testing.assert_array_equal(woodbury.load("told").draws.array, fit.draws.array)
np.testing.assert_array_equal(woodbury.load("saved").draws.array, fit.draws.array)

try:
    woodbury.fit("yield ~ yearr", table)
except woodbury.InputError as error:
    assert "did you mean `year`" in str(error)
else:
    raise AssertionError("a wrong name was no error")

maps = pathlib.Path("/proc/self/maps").read_text()
loaded = {pathlib.Path(line.split()[-1]).resolve() for line in maps.splitlines() if ".so" in line.split()[-1]}
home = pathlib.Path(sys.prefix).resolve()
carried = [p for p in loaded if re.match("lib(netcdf|hdf5|curl|fmt)", p.name)]
strangers = [p for p in carried if not p.is_relative_to(home)]
assert any("netcdf" in p.name for p in carried), "netCDF was not loaded at all"
assert not strangers, f"libraries of the system are used: {strangers}"
print(f"woodbury {woodbury.__version__} on Python {sys.version.split()[0]}: {len(carried)} libraries of its own")
