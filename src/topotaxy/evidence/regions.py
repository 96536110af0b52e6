"""Named mechanisms as regions of the latents; the borders are printed with every answer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.mechanisms import Expected
from topotaxy.tables import read_table

REGIONS = (
    "intercalation",
    "lattice-confined",
    "inlaid domains",
    "metal network",
    "vanished and recovered",
    "collapse",
    "unreacted core",
    "mixture",
)
"""Mechanisms, in a fixed order. ``mixture`` is what lies between their borders."""

MEANING = {
    "intercalation": "alkali goes in, little metal forms",
    "lattice-confined": "metal forms coherent with a frame that persists",
    "inlaid domains": "metal forms in incoherent domains inside a frame that persists",
    "metal network": "the frame is lost and a network of metal stays after charge",
    "vanished and recovered": "the frame is lost on discharge and rock salt is back after charge",
    "collapse": "the frame is lost for good",
    "unreacted core": "most of the material never reacted",
    "mixture": "between these",
}


@cache
def borders() -> dict[str, float]:
    """Return the borders by name (``regions.csv``)."""
    return {row["name"]: float(row["value"]) for row in read_table("topotaxy.evidence", "regions")}


@cache
def border_ranges() -> dict[str, tuple[float, float]]:
    """Return the values over which each border is varied."""
    return {
        row["name"]: (float(row["low"]), float(row["high"]))
        for row in read_table("topotaxy.evidence", "regions")
    }


def region_of(expected: Expected, changed: Mapping[str, float] | None = None) -> NDArray[np.int64]:
    """Return the index into :data:`REGIONS` of each row of expected values.

    Whether a frame persists is asked of the cations that are not metal: where much is metal, they are few,
    and all of them may still be the host's. What is left has to be a crystal, though: at least the share of
    sites at which those of an fcc lattice hang together.

    Parameters
    ----------
    expected : dict of str to array (n,)
        From the map.
    changed : mapping of str to float, optional
        Borders that replace those of ``regions.csv``.

    Returns
    -------
    array of int (n,)
        Indices into :data:`REGIONS`.
    """
    at = {**borders(), **(changed or {})}
    core, coherent, frame = expected["core"], expected["coherent"], expected["frame"]
    found = np.full(len(core), REGIONS.index("mixture"), dtype=np.int64)
    named = core < at["reacted"]
    metal = named & (expected["metal_of_charge"] >= at["metal"])
    crystal = expected["frame_share"] >= at["frame_occupied"]
    kept, lost = metal & crystal & (frame >= at["frame_kept"]), metal & (frame < at["frame_lost"])
    returned = expected["reoxidised"] > at["reoxidised"]
    found[named & (expected["metal_of_charge"] < at["metal"])] = REGIONS.index("intercalation")
    found[kept & (coherent >= at["coherent_high"])] = REGIONS.index("lattice-confined")
    found[kept & (coherent <= at["coherent_low"])] = REGIONS.index("inlaid domains")
    found[lost & ~returned] = REGIONS.index("metal network")
    found[lost & returned & (expected["back"] >= at["back"])] = REGIONS.index("vanished and recovered")
    found[lost & returned & (expected["back"] < at["gone"])] = REGIONS.index("collapse")
    found[core >= at["core"]] = REGIONS.index("unreacted core")
    return found
