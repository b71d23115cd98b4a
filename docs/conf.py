"""The documentation: ``uv run --group docs sphinx-build -W -b html docs build/site``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from lava_bccn import __version__

project = "lava-bccn"
author = "the lava-bccn authors"
release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxarg.ext",
    "docstrings",
    "mathml",
]
exclude_patterns = ["_ext", "**.ipynb_checkpoints"]

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = [
    "myst.domains",  # commands have no anchors of Markdown
    "toc.empty_glob",
]
nb_execution_mode = "cache"  # a notebook runs again when it has changed; -D nb_execution_mode=off
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"lava-bccn {release}"
html_math_renderer = "mathml"
html_copy_source = False
copybutton_exclude = ".linenos, .gp, .go"
