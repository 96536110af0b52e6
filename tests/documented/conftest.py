from __future__ import annotations

import sys
from pathlib import Path

TECHNIQUES = (
    "absorption",
    "cycling",
    "energy_dispersive",
    "energy_loss",
    "imaging",
    "photoemission",
    "thermogravimetry",
)

# Makers of files, which tests of the techniques have.
sys.path[:0] = [
    str(Path(__file__).parent),
    *(str(Path(__file__).parents[1] / "measurement" / name) for name in TECHNIQUES),
    str(Path(__file__).parents[1] / "measurement"),
]
