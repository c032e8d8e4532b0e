"""Code blocks of the project's documents: taken out, run, and their shown output compared or written anew.

Fences say how a block is run: ```` ```python ```` as it stands, ```` ```pycon ```` example by example,
```` ```console ```` as a shell would, a command after each ``$``. Blocks of a page share one interpreter and one folder. ``...`` in shown
output stands for anything. Other fences are not run.
"""

import ast
import contextlib
import doctest
import io
import re
import subprocess
import sys

FENCE = re.compile(r"^(?P<fence>```)(?P<kind>python|pycon|console)\n(?P<body>.*?)^```$", re.M | re.S)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class Wrong(AssertionError):
    """What a block gave is not what its page shows."""


def run_page(text, environment, folder, update=False):
    """Runs every block of a page; gives the page's text, with the output as it is now where `update` is set."""
    namespace = {"__name__": "__main__"}

    def run(match):
        kind, body = match["kind"], match["body"]
        line = text.count("\n", 0, match.start()) + 1
        try:
            if kind == "python":
                # Syntax trees keep their lines, so that a traceback points into the page.
                tree = ast.increment_lineno(ast.parse(body), line)
                exec(compile(tree, "page", "exec"), namespace)
                return match[0]
            new = (_pycon if kind == "pycon" else _console)(body, namespace, environment, folder, update)
        except Wrong as wrong:
            raise Wrong(f"line {line}: {wrong}") from None
        return f"```{kind}\n{new}```"

    return FENCE.sub(run, text)


def _compare(shown, given, what, update):
    """The output to show: that given where it is new and wanted, else that shown if it fits."""
    checker = doctest.OutputChecker()
    if checker.check_output(shown, given, FLAGS):
        return shown
    if update:
        return given
    example = doctest.Example(what, shown)
    raise Wrong(f"{what.strip()}\n{checker.output_difference(example, given, FLAGS | doctest.REPORT_UDIFF)}")


def _pycon(body, namespace, environment, folder, update):
    result = []
    for source, shown in re.findall(r"^((?:>>> .*\n)(?:\.\.\. ?.*\n)*)((?:(?!>>> ).*\n)*)", body, re.M):
        code = "".join(line[4:] + "\n" for line in source.splitlines())
        given = io.StringIO()
        with contextlib.redirect_stdout(given):
            try:
                exec(compile(code, "page", "single"), namespace)
            except Exception as error:
                lines = str(error).splitlines()
                given.write("Traceback (most recent call last):\n    ...\n")
                given.write(f"{type(error).__module__}.{type(error).__name__}: " + "\n".join(lines) + "\n")
        result.append(source + _compare(shown, _without_spaces(given.getvalue()), code, update))
    return "".join(result)


def _console(body, namespace, environment, folder, update):
    result = []
    for command in re.findall(r"^\$ (.*?)(?=^\$ |\Z)", body, re.M | re.S):
        words, _, shown = command.partition("\n")
        while words.endswith("\\"):
            more, _, shown = shown.partition("\n")
            words += "\n" + more
        ran = subprocess.run(
            words, shell=True, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        result.append(f"$ {words}\n" + _compare(shown, _without_spaces(ran.stdout), words, update))
    return "".join(result)


def _without_spaces(text):
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


if __name__ == "__main__":
    sys.exit("the blocks are run by test_documents.py")
