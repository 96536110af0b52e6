"""The command ``topotaxy``: interrupted while it loads, it ends in one line too."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the command line of this process and return its exit status."""
    try:
        from topotaxy.cli import main as run

        return run()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            os.write(2, b"interrupted\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
