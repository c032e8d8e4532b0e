#!/usr/bin/env bash
# browser.sh PROGRAM [FOLDER]: reports of the barley trial, with a factor alone and with an interaction, looked at in headless
# Chromium by look.py; FOLDER gets the screenshots. Status 77: Chromium or Playwright (build/venv-report, which `./dev test`
# makes where it finds Chromium) is absent.
set -euo pipefail
program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$root/build/venv-report/bin/python
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "no Chromium"; exit 77; }
[ -x "$python" ] || { echo "no build/venv-report"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for fixed in year 'year * site'; do
  "$program" fit "yield ~ $fixed + (year | site) + (1 | variety)" --data "$root/tests/data/barley.csv" --factor year --seed 1 --quiet \
    --overwrite --out "$folder/fit" > /dev/null
  "$program" report "$folder/fit" --overwrite --out "$folder/page.html"
  shots=
  [ $# -lt 2 ] || { shots="$2/${fixed// /}"; mkdir -p "$shots"; }
  "$python" "$root/tests/report/look.py" "$folder/page.html" ${shots:+"$shots"}
done
