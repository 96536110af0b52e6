"""Comparisons that the tests of specimens share."""

from __future__ import annotations

import numpy as np

from topotaxy.specimen import Specimen
from topotaxy.specimen.periodic import smallest_distance

ARRAYS = ("positions", "elements", "valences", "phases", "identities", "box")
PLAIN = ("periodic", "unit_cell", "state", "cycle", "replica", "formula", "source", "notes")


def assert_same(first: Specimen, second: Specimen) -> None:
    """Every array to the last bit, every field, every cluster."""
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name), err_msg=name)
    for name in PLAIN:
        assert getattr(first, name) == getattr(second, name), name
    assert len(first.clusters) == len(second.clusters)
    for one, other in zip(first.clusters, second.clusters, strict=True):
        np.testing.assert_array_equal(one.centre, other.centre)
        np.testing.assert_array_equal(np.sort(one.members), np.sort(other.members))
        assert one.registered == other.registered


def closest(specimen: Specimen) -> float:
    """Distance of the closest two atoms, Å."""
    return smallest_distance(specimen.positions, specimen.box, specimen.periodic)
