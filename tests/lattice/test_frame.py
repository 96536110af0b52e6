"""Laws of the constants of a grain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.energetics import lattice_energies, registry_energies, salt_ratios
from topotaxy.lattice.frame import (
    COMPACT,
    Frame,
    frame_of,
    grain_factor,
    region_charge,
    rigid_frame,
    salt_ratio,
    strain_of,
)
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.state import pristine_configuration
from topotaxy.material import lattice_parameter, parse_formula

NIO = parse_formula("NiO")
MIXED = parse_formula("Mg0.4Ni0.6O")


def made(geometry: Geometry, *, factor: float = 1.0, ion: str = "Na", **overrides: float) -> Frame:
    energies = lattice_energies(NIO, ion, 298.15)
    pristine = pristine_configuration(geometry, NIO, energies, np.random.default_rng(1))
    registry = registry_energies(NIO, ion, overrides=overrides)
    return frame_of(registry, geometry, NIO, energies, pristine, nucleation_factor=factor)


@pytest.mark.parametrize(("cells", "block"), [(4, 1), (4, 2), (5, 2), (6, 3), (3, 3)])
def test_constants_go_by_volume_and_area_of_a_region(cells: int, block: int) -> None:
    geometry = geometry_from_cells(cells, block)
    frame = made(geometry)
    sites = geometry.region_sites.astype(float)
    # k n is a property of the material: a region twice as large is half as stiff an electron.
    assert frame.elastic * sites == pytest.approx(np.full(len(sites), frame.elastic[0] * sites[0]))
    # Opposite faces are alike, and a cube has six of n^(2/3) sites, as a sphere of it.
    assert (frame.faces[:, 0::2] == frame.faces[:, 1::2]).all()
    cubes = np.isclose(frame.faces[:, 0], frame.faces[:, 2]) & np.isclose(
        frame.faces[:, 0], frame.faces[:, 4]
    )
    assert cubes.any()
    assert frame.faces[cubes, 0] == pytest.approx(COMPACT * sites[cubes] ** (2 / 3))


def test_the_compact_shape_is_a_sphere() -> None:
    volume = 7.0
    radius = (3.0 * volume / (4.0 * math.pi)) ** (1 / 3)
    assert COMPACT * 6.0 * volume ** (2 / 3) == pytest.approx(4.0 * math.pi * radius**2)


@pytest.mark.parametrize("factor", [0.05, 0.3, 1.0])
def test_the_barrier_of_a_nucleus_falls_by_the_factor(factor: float) -> None:
    geometry = geometry_from_cells(4)
    plain, helped = made(geometry), made(geometry, factor=factor)
    # ΔG* = (16π/3) γ³/g²
    assert (helped.surface / plain.surface) ** 3 == pytest.approx(factor)
    assert helped.elastic == pytest.approx(plain.elastic)


def test_a_pressure_and_a_cap_are_proportional_to_what_is_imposed() -> None:
    geometry = geometry_from_cells(4)
    one, two = (made(geometry, matrix_pressure=p, semicoherent_energy=0.2 * p) for p in (1.0, 2.0))
    assert two.pressure == pytest.approx(2.0 * one.pressure)
    assert two.cap == pytest.approx(2.0 * one.cap)
    assert made(geometry, matrix_pressure=0.0).pressure == 0.0


def test_the_whole_box_is_shared_out() -> None:
    geometry = geometry_from_cells(5, 2)
    frame = made(geometry)
    a = lattice_parameter(NIO)
    assert frame.site_volume * geometry.sites == pytest.approx((5 * a) ** 3)
    assert frame.charge.sum() == 2 * geometry.sites


@pytest.mark.parametrize(("ion", "strain"), [("Li", 0.105), ("Na", 0.325)])
def test_a_full_frame_has_the_size_of_its_salt(ion: str, strain: float) -> None:
    frame = made(geometry_from_cells(2), ion=ion)
    (ratio,) = salt_ratios(NIO, ion)
    assert 1.0 + frame.growth == pytest.approx(ratio)
    assert (1.0 + strain_of(frame, 2.0)) ** 3 == pytest.approx(ratio)
    assert strain_of(frame, 2.0) == pytest.approx(strain, abs=0.005)
    assert strain_of(frame, 0.0) == pytest.approx(0.0, abs=1e-15)


@given(low=st.floats(0.0, 2.0), high=st.floats(0.0, 2.0))
def test_strain_grows_with_content(low: float, high: float) -> None:
    frame = made(geometry_from_cells(2), ion="Na")
    low, high = sorted((low, high))
    assert strain_of(frame, low) <= strain_of(frame, high)


def test_inert_cations_have_no_say_in_the_salt() -> None:
    energies = lattice_energies(MIXED, "Na", 298.15)
    registry = registry_energies(MIXED, "Na")
    shares = dict(zip(energies.species, registry.salt_ratio, strict=True))
    reacting = [el for el, r in zip(energies.species, energies.reducible, strict=True) if r]
    mean = sum(shares[el] * MIXED.cation_fractions[el] for el in reacting)
    assert salt_ratio(registry, MIXED, energies) == pytest.approx(
        mean / sum(MIXED.cation_fractions[el] for el in reacting)
    )


def test_a_rigid_frame_costs_and_feels_nothing() -> None:
    geometry = geometry_from_cells(4)
    energies = lattice_energies(NIO, "Na", 298.15)
    pristine = pristine_configuration(geometry, NIO, energies, np.random.default_rng(1))
    frame = rigid_frame(geometry, pristine)
    assert not frame.elastic.any()
    assert not frame.cap.any()
    assert (frame.pressure, frame.surface, frame.growth) == (0.0, 0.0, 0.0)
    assert strain_of(frame, 1.7) == 0.0
    assert (frame.charge == region_charge(geometry, pristine)).all()


@given(median=st.floats(0.01, 1.0), spread=st.floats(0.0, 1.5), place=st.floats(0.01, 0.99))
def test_grains_are_lognormal_about_their_median(median: float, spread: float, place: float) -> None:
    assert grain_factor(median, spread, 0.5) == pytest.approx(median)
    # Quantiles at equal distances from the middle have the median as their geometric mean.
    product = grain_factor(median, spread, place) * grain_factor(median, spread, 1.0 - place)
    assert product == pytest.approx(median**2, rel=1e-9)
    assert grain_factor(median, 0.0, place) == median


def test_one_standard_deviation_is_at_its_quantile() -> None:
    upper = 0.5 * (1.0 + math.erf(1.0 / math.sqrt(2.0)))
    assert math.log(grain_factor(0.3, 0.5, upper) / 0.3) == pytest.approx(0.5, rel=1e-9)
