"""``python -m geosector`` is the ``geosector`` command."""

import sys

from geosector.cli import main

if __name__ == "__main__":
    sys.exit(main())
