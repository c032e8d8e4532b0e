# Installs the Debian packages of tools/packages.txt that are missing. Sourced by ./dev.

# packages_of GROUP…: the packages of these groups, one a line.
packages_of() {
  awk -v wanted=" $* " '!/^#/ && NF && index(wanted, " " $1 " ") { print $2 }' tools/packages.txt
}

# missing_packages GROUP…: those of them that are not installed.
missing_packages() {
  local package
  for package in $(packages_of "$@"); do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# as_root COMMAND…: the command as root, by sudo unless we are root already.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif [ -t 0 ]; then
    sudo "$@"
  else
    sudo -n "$@"
  fi
}

# need GROUP…: makes sure that the groups' packages are there; says what to do where that is not possible.
need() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    note "no Debian packages here: going on, CMake will name what is missing (see tools/packages.txt)"
    return 0
  fi
  local missing
  missing=$(missing_packages "$@" | tr '\n' ' ')
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "these packages are missing, and neither root nor sudo is at hand to install them:" \
         "  $missing" "as root:  apt-get install --no-install-recommends $missing"
  fi
  note "installing $missing"
  local log=build/apt.log
  mkdir -p build
  if ! { as_root apt-get update -q && install_packages $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    fail "apt-get could not install $missing" "the whole output is in $log"
  fi
}

install_packages() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}
