"""What the virtual laboratory works out before it looks: edges from lines, alloys, absorbers, couples."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.studies.electrodes import by_hand
from topotaxy.studies.virtual_bench import EDGES, FCC, STRETCHES, absorbers_of
from topotaxy.studies.virtual_cycling import couples
from topotaxy.studies.virtual_structure import frame_edge, metal_formula

WAVELENGTH = 0.62
PRISTINE = 4.2


def pattern(edge: float, *, scale: float = 1.0, background: float = 0.0) -> SimpleNamespace:
    """Lines of rock salt with this edge on a flat background."""
    angle = np.arange(8.0, 36.0, 0.03)
    counts = np.full(angle.shape, background)
    for squares in (3, 4, 8, 11):
        at = 2.0 * math.degrees(math.asin(WAVELENGTH * math.sqrt(squares) / (2.0 * edge)))
        counts += scale * 100.0 * np.exp(-0.5 * ((angle - at) / 0.06) ** 2)
    return SimpleNamespace(x=angle, intensity=counts, wavelength=WAVELENGTH)


@pytest.mark.parametrize("stretch", [0.99, 1.0, 1.05, 1.1, 1.2])
def test_the_edge_of_the_frame_is_found_wherever_its_lines_lie(stretch: float) -> None:
    assert frame_edge(pattern(stretch * PRISTINE), PRISTINE) == pytest.approx(stretch * PRISTINE, rel=1e-3)


def test_counts_and_background_move_no_edge() -> None:
    plain = frame_edge(pattern(4.5), PRISTINE)
    assert frame_edge(pattern(4.5, scale=30.0), PRISTINE) == plain
    assert frame_edge(pattern(4.5, background=500.0), PRISTINE) == pytest.approx(plain, rel=1e-3)


def test_a_background_that_falls_steeply_is_no_line() -> None:
    made = pattern(4.5)
    steep = 50_000.0 * np.exp(-made.x / 4.0)
    both = SimpleNamespace(x=made.x, intensity=made.intensity + steep, wavelength=WAVELENGTH)
    assert frame_edge(both, PRISTINE) == pytest.approx(4.5, rel=1e-3)


def test_both_lines_are_needed_together() -> None:
    """A stronger line of something else where one of them could lie does not move the edge."""
    made = pattern(4.5)
    at = 2.0 * math.degrees(math.asin(WAVELENGTH / 4.3))
    stray = 400.0 * np.exp(-0.5 * ((made.x - at) / 0.06) ** 2)
    both = SimpleNamespace(x=made.x, intensity=made.intensity + stray, wavelength=WAVELENGTH)
    assert frame_edge(both, PRISTINE) == pytest.approx(4.5, rel=1e-3)


def test_no_edge_is_sought_outside_of_what_a_frame_can_be() -> None:
    for edge in (0.9 * PRISTINE, 1.4 * PRISTINE):
        found = frame_edge(pattern(edge), PRISTINE)
        assert STRETCHES[0] * PRISTINE - 1e-9 <= found <= STRETCHES[1] * PRISTINE + 1e-9


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("NiO", ("Ni",)),
        ("Co0.5Cu0.5O", ("Co",)),
        ("Cu0.5Zn0.5O", ("Cu",)),
        ("Mg0.5Zn0.5O", ("Zn",)),
        ("MgO", ()),
    ],
)
def test_one_absorber_is_chosen_by_a_fixed_order(formula: str, found: tuple[str, ...]) -> None:
    assert absorbers_of(formula) == found
    assert set(found) <= set(EDGES)


@pytest.mark.parametrize("formula", ["NiO", "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Mg0.9Co0.05Ni0.05O"])
def test_the_alloy_is_of_all_cations_that_make_one_in_their_proportions(formula: str) -> None:
    host = parse_formula(formula).cation_fractions
    alloy = parse_formula(f"{metal_formula(formula)}O").cation_fractions
    assert set(alloy) == set(host) & set(FCC)
    total = sum(host[e] for e in alloy)
    for element, share in alloy.items():
        assert share == pytest.approx(host[element] / total, abs=1e-4)


def test_a_host_without_such_a_cation_is_refused() -> None:
    with pytest.raises(InputError, match="no cation of MgO makes a metal"):
        metal_formula("MgO")


@pytest.mark.parametrize("reacted", [0.25, 0.5, 1.0])
def test_charge_is_two_electrons_of_each_cation_that_reacted(reacted: float) -> None:
    """NiO takes 718 mAh/g for two electrons of all of it; what is metal when charged keeps its own."""
    electrode = by_hand("lattice-confined", "NiO", "Li", seed=3, cells=3, reacted=reacted)
    taken, left = couples(electrode)
    cations = 4 * 3**3
    # In whole atoms of 108.
    whole = 2 * 26801.48 / 74.692
    assert taken == pytest.approx(reacted * whole, abs=whole / cations)
    (charged,) = electrode.states["charged"]
    metal = int((charged.is_element("Ni") & (charged.valences == 0)).sum())
    assert left == pytest.approx(whole * metal / cations, abs=1e-6 * whole)


def test_insertion_takes_one_electron_and_makes_no_metal() -> None:
    taken, left = couples(by_hand("intercalation", "NiO", "Li", seed=3, cells=3, reacted=0.5))
    whole = 26801.48 / 74.692
    assert taken == pytest.approx(0.5 * whole, abs=whole / 108)
    assert left == 0.0
