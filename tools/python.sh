# The Python package: an environment for its tests, the tests, the wheel. Sourced by ./dev.

# The interpreter: WOODBURY_PYTHON, or Debian's rather than a shim that stands before it on the PATH.
python_here() {
  local candidate
  for candidate in "${WOODBURY_PYTHON:-}" /usr/bin/python3 python3; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  fail "Python 3.11 or later is needed; name an interpreter in WOODBURY_PYTHON"
}

# python_environment NAME REQUIREMENTS…: makes build/NAME with the packages of these files unless it is up to date.
python_environment() {
  local venv=$PWD/build/$1 start=$SECONDS wanted
  shift
  wanted=$(python_here; cat "$@")
  [ "$wanted" = "$(cat "$venv/wanted" 2>/dev/null)" ] && return 0
  note "making ${venv#"$PWD"/}"
  rm -rf "$venv"
  mkdir -p build
  if ! { "$(python_here)" -m venv "$venv" &&
         "$venv/bin/pip" install --quiet --disable-pip-version-check $(printf -- '-r %s ' "$@"); } >"$venv.log" 2>&1; then
    tail -n 20 "$venv.log" >&2
    fail "the Python packages could not be installed; the whole output is in $venv.log"
  fi
  printf '%s\n' "$wanted" >"$venv/wanted"
  note "made it in $((SECONDS - start)) s"
}

# build_python [TARGET…]: the package, and the program its tests compare with, in build/release.
build_python() {
  python_environment venv tests/python/requirements.txt
  configure=(-DWOODBURY_PYTHON="$PWD/build/venv/bin/python")
  if [ $# -eq 0 ]; then build_preset release woodbury_core woodbury_program; else build_preset release "$@"; fi
  configure=()
}

# run_pytest NAME COMMAND…: runs pytest and adds to `passed` and `failed`.
run_pytest() {
  local name=$1 log=build/pytest-$1.log status=0 good bad
  shift
  "$@" >"$log" 2>&1 || status=$?
  good=$(sed -n 's/.*\b\([0-9][0-9]*\) passed.*/\1/p' "$log" | tail -n 1)
  bad=$(sed -n 's/.*\b\([0-9][0-9]*\) failed.*/\1/p' "$log" | tail -n 1)
  if [ "$status" -ne 0 ] || [ -z "$good" ]; then cat "$log" >&2; [ -n "$bad" ] || bad=1; fi
  passed=$((passed + ${good:-0}))
  failed=$((failed + ${bad:-0}))
  note "python $name: ${good:-0} tests passed, ${bad:-0} failed"
}

# test_python [PYTEST-ARGS…]: type checks, and the tests on the package as it stands in build/release.
test_python() {
  local venv=$PWD/build/venv
  check types "$venv/bin/mypy"
  run_pytest package env PYTHONPATH="$PWD/build/release/python" PYTHONDONTWRITEBYTECODE=1 \
    WOODBURY_PROGRAM="$PWD/build/release/bin/woodbury" "$venv/bin/python" -m pytest -p no:cacheprovider "$@"
}
