"""``python -m resetdyn`` is the command ``resetdyn``."""

import sys

from resetdyn.cli import main

if __name__ == "__main__":
    sys.exit(main())
