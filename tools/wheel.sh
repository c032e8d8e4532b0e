# The wheel: built, made to stand alone, and tried in a fresh environment. Sourced by ./dev.

# Builds build/wheel/woodbury-*.whl for the interpreter at hand: for itself on Python 3.11, for the stable ABI from 3.12.
make_wheel() {
  local python=$PWD/build/venv-wheel/bin log=$PWD/build/wheel.log start=$SECONDS
  rm -rf build/wheel build/wheel-raw
  mkdir -p build/wheel build/wheel-raw
  note "building the wheel"
  # Without isolation: the tools stay in one place, so that a second build compiles only what changed.
  "$python/pip" wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w build/wheel-raw \
    -C build-dir=build/wheel-objects . >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail "no wheel: $log"; }
  # Shared libraries of the system, netCDF's and what it needs, go into the wheel. It runs on systems whose C library is
  # at least as new as this one's.
  PATH="$python:$PATH" "$python/auditwheel" repair -w build/wheel build/wheel-raw/woodbury-*.whl >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; fail "the wheel cannot stand alone: $log"; }
  note "$(cd build/wheel && ls -sh woodbury-*.whl), made in $((SECONDS - start)) s"
}

# try_wheel PYTHON: installs it in a fresh environment with nothing but its dependencies, and uses both of its doors.
try_wheel() {
  local fresh=build/wheel-fresh
  rm -rf "$fresh"
  "$1" -m venv "$fresh" && "$fresh/bin/pip" install --quiet --disable-pip-version-check build/wheel/woodbury-*.whl ||
    return 1
  (cd "$fresh" && PATH="$PWD/bin:$PATH" bin/python ../../tests/wheel/try_wheel.py ../../tests/data/barley.csv)
}
