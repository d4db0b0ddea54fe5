"""The lab: a page on this machine to play with resetting, opened by ``resetdyn lab``.

Nothing in it needs a browser but `page`, which lays out what `picture` returns: `systems` know their dials
and problems, `views` make pictures of them, with the `words` beside and the lines that draw them again.
"""

from resetdyn.lab.picture import Picture
from resetdyn.lab.systems import SYSTEMS
from resetdyn.lab.views import VIEWS, picture

__all__ = ["SYSTEMS", "VIEWS", "Picture", "picture"]
