#!/usr/bin/env bash
# bundle.sh: makes woodbury/report/assets/plot.min.js, the parts of Observable Plot that the report draws with, and beside
# it plot.licences.txt, from npm's packages in the versions of package-lock.json. Needs node and npm; the build does not,
# as the results are kept.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --silent --ignore-scripts
npm rebuild --silent esbuild > /dev/null
assets=../../woodbury/report/assets
version=$(node -p 'JSON.parse(require("fs").readFileSync("node_modules/@observablehq/plot/package.json")).version')
node_modules/.bin/esbuild plot.js --bundle --minify --format=iife --global-name=Plot --legal-comments=none --log-level=warning \
  --metafile=meta.json --outfile="$assets/plot.min.js" \
  --banner:js="/* Observable Plot $version, copyright Observable, Inc., and D3, copyright Mike Bostock. Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies. THE SOFTWARE IS PROVIDED \"AS IS\" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE. */"
node - > "$assets/plot.licences.txt" <<'JS'
const fs = require("fs");
const inputs = Object.keys(JSON.parse(fs.readFileSync("meta.json")).inputs);
const packages = new Set(inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
const byText = new Map();
for (const name of [...packages].sort()) {
  const folder = `node_modules/${name}`;
  const file = fs.readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? fs.readFileSync(`${folder}/${file}`, "utf8").trim() : `Licence: ${JSON.parse(fs.readFileSync(`${folder}/package.json`)).license}`;
  byText.set(text, [...(byText.get(text) || []), name]);
}
console.log([...byText].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`).join("\n----\n\n"));
JS
rm meta.json
