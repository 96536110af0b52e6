"""A slab along any zone axis holds the crystal, whole and undistorted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.virtual.slab import ZONES, Slab, slab_of
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import rock_salt

EDGE = 4.0


@pytest.fixture(scope="module")
def crystal() -> Specimen:
    return rock_salt("MgO", 3, lattice_parameter=EDGE)


def neighbours(slab: Slab) -> np.ndarray:
    """The six nearest distances of every atom, sorted; the whole period is periodic."""
    size = np.array([*slab.edges, slab.thickness])
    places = np.mod(np.column_stack([slab.places, slab.depths]), size)
    tree = cKDTree(places, boxsize=size)
    return np.sort(tree.query(places, k=7)[0][:, 1:].ravel())


@pytest.mark.parametrize("zone", list(ZONES))
def test_directions_are_at_right_angles_and_right_handed_or_left(zone: str) -> None:
    across, down, along = (np.array(one) for one in ZONES[zone])
    assert across @ down == across @ along == down @ along == 0


@pytest.mark.parametrize("zone", list(ZONES))
def test_the_turned_crystal_is_the_same_crystal(crystal: Specimen, zone: str) -> None:
    slab = slab_of(crystal, zone, None)
    volume = float(slab.edges.prod()) * slab.thickness
    assert len(slab) / volume == pytest.approx(len(crystal) / crystal.volume, rel=1e-9)
    np.testing.assert_allclose(neighbours(slab), EDGE / 2.0, rtol=1e-6)
    shares = {element: (slab.elements == element).mean() for element in ("Mg", "O")}
    assert shares == {"Mg": 0.5, "O": 0.5}


@pytest.mark.parametrize(
    ("zone", "plane"), [("z", 1 / 2), ("011", 8**-0.5), ("111", 12**-0.5), ("112", 24**-0.5)]
)
def test_planes_across_the_beam_have_the_spacing_of_the_zone(
    crystal: Specimen, zone: str, plane: float
) -> None:
    """Rock salt: {200}, {220}; {222} as cations and anions alternate; {224}."""
    depths = np.unique(np.round(slab_of(crystal, zone, None).depths, 6))
    np.testing.assert_allclose(np.diff(depths), EDGE * plane, rtol=1e-4)


def test_a_thin_slab_is_cut_and_a_thick_one_has_the_box_again(crystal: Specimen) -> None:
    whole = slab_of(crystal, "z", None)
    half = slab_of(crystal, "z", 1.4 * EDGE)
    thrice = slab_of(crystal, "z", 9.0 * EDGE)
    assert (half.depths <= 1.4 * EDGE).all()
    assert len(half) == len(whole) // 2
    assert len(thrice) == 3 * len(whole)
    assert thrice.thickness == pytest.approx(9.0 * EDGE)


def test_boxes_that_do_not_suit_are_refused(crystal: Specimen) -> None:
    skew = replace(crystal, box=crystal.box + np.array([[0.0, 1.0, 0.0], [0.0] * 3, [0.0] * 3]))
    with pytest.raises(InputError, match="right angles"):
        slab_of(skew, "z", None)
    long = rock_salt("MgO", (2, 2, 3))
    assert len(slab_of(long, "x", None)) == len(long)
    with pytest.raises(InputError, match="cubic box"):
        slab_of(long, "011", None)
    nothing = crystal.subset(crystal.positions[:, 2] > EDGE)
    with pytest.raises(InputError, match="no atom"):
        slab_of(nothing, "z", 1.0)
    with pytest.raises(InputError, match="more than"):
        slab_of(crystal, "z", 1e9)
