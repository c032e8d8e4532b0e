"""The documentation site: Sphinx over the Markdown of this folder. `./dev docs` builds it in build/site."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent

project = "Woodbury"
author = "the Woodbury developers"
copyright = author
version = release = re.search(r"project\(woodbury VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.intersphinx"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["README.md"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# Pages that are also read on a forge link to files of the tree, which are no pages.
suppress_warnings = ["myst.xref_missing"]

# The package is imported from where ./dev built it; its types stand in the signatures.
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
intersphinx_mapping = {}
nitpicky = False

html_theme = "furo"
html_title = f"Woodbury {version}"
html_show_sphinx = False
html_copy_source = False
html_show_copyright = False
