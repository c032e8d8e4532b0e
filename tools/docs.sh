# The documentation: its links and its site. Sourced by ./dev.

# The headings of a Markdown file as the anchors that GitHub makes of them.
anchors_of() {
  awk '/^```/ { code = !code } !code && /^#+ / { sub(/^#+ +/, ""); print tolower($0) }' "$1" |
    sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}

# links_of FILE: targets of its inline links and images, one a line, code blocks left out.
links_of() {
  awk '/^```/ { code = !code; next } !code' "$1" | sed 's/`[^`]*`//g' |
    grep -o ']([^)]*)' | sed 's/^](//; s/)$//; s/ ".*//'
}

# Every relative link must name a file that exists, and every #anchor a heading of it.
check_links() {
  local file target path anchor broken=0 count=0
  while read -r file; do
    while read -r target; do
      [ -n "$target" ] || continue
      case $target in http://* | https://* | mailto:*) continue ;; esac
      count=$((count + 1))
      path=${target%%#*}
      anchor=
      case $target in *#*) anchor=${target#*#} ;; esac
      if [ -n "$path" ]; then path=$(dirname "$file")/$path; else path=$file; fi
      if [ ! -e "$path" ]; then
        echo "$file: no file at $target" >&2
        broken=1
      elif [ -n "$anchor" ] && ! anchors_of "$path" | grep -qxF -- "$anchor"; then
        echo "$file: no heading for $target" >&2
        broken=1
      fi
    done <<<"$(links_of "$file" || true)"
  done <<<"$(find . -name '*.md' -not -path './build/*' -not -path './.git/*' | LC_ALL=C sort)"
  [ "$broken" -eq 0 ] && note "$count links resolve"
}

# build_site: docs/ by Sphinx in build/site, with the package of build/release.
build_site() {
  local log=build/site.log
  rm -rf build/site
  PYTHONPATH="$PWD/build/release/python" PYTHONDONTWRITEBYTECODE=1 \
    build/venv/bin/sphinx-build -W --keep-going -q -b html -d build/site-doctrees docs build/site >"$log" 2>&1 ||
    { cat "$log" >&2; return 1; }
}
