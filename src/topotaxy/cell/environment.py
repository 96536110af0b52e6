"""PyBaMM, imported late and without telemetry."""

from __future__ import annotations

import os
from typing import Any


def load_pybamm() -> Any:
    """Import PyBaMM with its telemetry off.

    PyBaMM asks at the first import whether it may send usage data; nothing of that kind leaves a
    run of topotaxy.
    """
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    import pybamm

    return pybamm
