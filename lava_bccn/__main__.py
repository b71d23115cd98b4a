"""``python -m lava_bccn`` is ``bccn``."""

import sys

from lava_bccn.cli import main

if __name__ == "__main__":
    sys.exit(main())
