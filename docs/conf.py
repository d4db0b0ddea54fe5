"""Settings of the documentation; build it with ``sphinx-build -j auto -W -b html docs build/docs``.

Pages with a notebook header are run when they are built, and an error on any of them stops the build.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from resetdyn import __version__

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]  # the makers of pages, and `analysis`

project = "resetdyn"
author = "the resetdyn developers"
copyright = "2026, the resetdyn developers"
version = release = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_design",
]
exclude_patterns = ["_build", "jupyter_execute"]
numpydoc_show_class_members = False
autodoc_typehints = "none"
html_theme = "furo"
html_title = "resetdyn"
html_static_path = ["_static"]
html_css_files = ["page.css"]

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# "auto" runs a page whenever it is read anew. A cache would know a page by its own code alone, and show old
# numbers after the package changed.
nb_execution_mode = "auto"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True  # pages may write files
nb_merge_streams = True


def vector_pictures() -> None:
    """Let the kernels that run the pages draw SVG, from a profile that belongs to this build."""
    folder = Path(tempfile.mkdtemp(prefix="resetdyn-docs-"))
    profile = folder / "profile_default"
    profile.mkdir()
    settings = 'c.InlineBackend.figure_formats = {"svg"}\nc.IPKernelApp.log_level = "ERROR"\n'
    (profile / "ipython_kernel_config.py").write_text(settings, encoding="utf-8")
    os.environ["IPYTHONDIR"] = str(folder)
    os.environ.pop("MPLBACKEND", None)  # else no figure gets from a kernel to its page


def make_pages(app) -> None:
    """Write the pages that are made of the code itself, before any page is read; git ignores them."""
    # The gallery on this core, the derivations on another one.
    derivations = subprocess.Popen([sys.executable, str(HERE / "derivation_pages.py")])
    shutil.rmtree(HERE / "gallery", ignore_errors=True)  # a result that was renamed leaves no page behind
    try:
        import_module("analysis.gallery.pages").write_pages(HERE)
        failed = derivations.wait(timeout=600)
    finally:
        derivations.kill()
    if failed:
        raise RuntimeError("docs/derivation_pages.py failed: its message is above")


def break_names(app, pagename, templatename, context, doctree) -> None:
    """Let long names in tables go on in the next line after a slash or an underscore, so that tables fit."""
    names = re.compile(r'(?<=<span class="pre">)[^<]+')
    cells = re.compile(r"<td.*?</td>", re.DOTALL)

    def broken(name: re.Match[str]) -> str:
        return re.sub("(?<=[/_])(?=[a-z])", "<wbr>", name[0])

    context["body"] = cells.sub(lambda cell: names.sub(broken, cell[0]), context.get("body", ""))


def setup(app) -> None:
    """Join in."""
    vector_pictures()
    app.connect("builder-inited", make_pages)
    app.connect("html-page-context", break_names)
