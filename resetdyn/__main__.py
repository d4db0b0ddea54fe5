"""``python -m resetdyn`` is the command ``resetdyn``."""

import sys

from resetdyn.cli import main

sys.exit(main())
