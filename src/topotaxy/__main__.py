"""The command ``topotaxy``: interrupted while it loads, it ends in one line too."""

from __future__ import annotations

import gc
import os
import sys

COLLECT_AFTER = (50_000, 20, 20)
"""Objects, and collections of each younger generation, after which the next search for cycles is made. A
command makes many small objects and drops few in cycles: with Python's own (700, 10, 10) the search takes
a fifteenth of an analysis."""


def main() -> int:
    """Run the command line of this process and return its exit status."""
    gc.set_threshold(*COLLECT_AFTER)
    try:
        from topotaxy.cli import main as run

        return run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            os.write(2, b"interrupted\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
