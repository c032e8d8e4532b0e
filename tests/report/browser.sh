#!/usr/bin/env bash
# browser.sh PROGRAM: a report of the barley trial, looked at in headless Chromium by tools/report/look.mjs. Status 77: node,
# Chromium or the packages of tools/report (`npm ci` there) are absent.
set -euo pipefail
program=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v node > /dev/null || { echo "no node"; exit 77; }
[ -x "${CHROMIUM:-/usr/bin/chromium}" ] || { echo "no Chromium"; exit 77; }
[ -d "$root/tools/report/node_modules/playwright-core" ] || { echo "no playwright-core: npm ci in tools/report"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$program" fit 'yield ~ year + (year | site) + (1 | variety)' --data "$root/tests/data/barley.csv" --factor year --seed 1 --quiet --out "$folder/fit" > /dev/null
"$program" report "$folder/fit" --out "$folder/page.html"
node "$root/tools/report/look.mjs" "$folder/page.html"
