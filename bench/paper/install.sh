# The peers of ./dev bench paper: rstan and lme4 from Debian (group `peers` of tools/packages.txt), NumPyro, PyMC and nutpie
# from PyPI in build/venv-peers, of the versions of requirements.txt. Does nothing where all are there. Sourced by ./dev.

install_peers() {
  need peers
  python_environment venv-peers bench/paper/requirements.txt
}

# bench_paper MODULE [ARGS…]: builds our program and package, and runs a bench of Python's.
bench_paper() {
  build_python
  PYTHONPATH="$PWD/build/release/python" build/venv/bin/python -m "$@"
}
