"""Settings of the documentation; build it with ``sphinx-build -W docs docs/_build``."""

from resetdyn import __version__

project = "resetdyn"
author = "the resetdyn developers"
copyright = "2026, the resetdyn developers"
version = release = __version__

extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath"]
exclude_patterns = ["_build"]
numpydoc_show_class_members = False
autodoc_typehints = "none"
html_theme = "furo"
html_title = "resetdyn"
