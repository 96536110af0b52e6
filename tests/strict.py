"""A Python process of its own in which a warning is an error, as it is within the tests."""

from __future__ import annotations

import sys

PYTHON = [
    sys.executable,
    "-W",
    "error",
    # numpy's, where NPY_DISABLE_CPU_FEATURES names a feature that its version does not tell apart.
    "-W",
    "ignore:During parsing environment variable:ImportWarning",
]
COMMAND = [*PYTHON, "-m", "topotaxy.cli"]
