"""The documentation: ``uv run --group docs sphinx-build -W -b html docs build/site``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

from lava_bccn import __version__

project = "lava-bccn"
author = "lava-bccn contributors"
release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx-mathjax-offline",
    "sphinx_copybutton",
    "command_help",
    "docstrings",
]
exclude_patterns = ["_ext", "**.ipynb_checkpoints"]

myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["ref.python"]  # names that two rooms export
nb_execution_mode = "cache"  # a notebook runs again when it has changed; -D nb_execution_mode=off
nb_execution_raise_on_error = True
nb_execution_timeout = 300

autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_attr_annotations = False
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"lava-bccn {release}"
html_copy_source = False
html_show_copyright = False
pygments_dark_style = "github-dark"
copybutton_exclude = ".linenos, .gp, .go"
