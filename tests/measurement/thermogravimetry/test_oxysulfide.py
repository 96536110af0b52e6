"""Conservation of mass, forward and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.thermogravimetry.end_products import (
    combinations,
    end_products,
    possible_products,
    sulfate_left,
)
from topotaxy.measurement.thermogravimetry.oxysulfide import (
    Host,
    atomic_mass,
    mass_change,
    scenarios,
    sulfur_range,
    sulfur_share,
)

ELEMENTS = ("Mg", "Co", "Ni", "Cu", "Zn")
HEOS = Host(cations=dict.fromkeys(ELEMENTS, 0.2), anions=1.0)
HOT = 1250.0

# Of the hand calculation: x = 0.11, per cent, to two decimals.
STATED = [
    (("CoO", "CuO"), 0.0, -2.46),
    (("Co3O4", "CuO"), 0.0, -0.97),
    (("CoO", "CuO"), 1.0, 9.79),
    (("CoO", "Cu2O"), 0.0, -4.68),
]


def ends(known: tuple[str, ...], elements: tuple[str, ...] = ELEMENTS) -> dict:
    return {element: every[0] for element, every in possible_products(elements, HOT, known).items()}


@pytest.mark.parametrize(("known", "sulfate", "percent"), STATED)
def test_the_high_entropy_oxysulfide_forward_and_back(known, sulfate, percent) -> None:
    products = ends(known)
    change = mass_change(HEOS, 0.11, products, sulfate=sulfate)
    assert 100 * change == pytest.approx(percent, abs=0.005)
    assert sulfur_share(HEOS, change, products, sulfate=sulfate) == pytest.approx(0.11, abs=1e-6)


hosts = st.builds(
    Host,
    cations=st.dictionaries(
        st.sampled_from(sorted({one.element for one in end_products() if one.lowest <= HOT <= one.highest})),
        st.floats(0.05, 3.0),
        min_size=1,
        max_size=6,
    ),
    anions=st.floats(0.5, 4.0),
)


@given(hosts, st.floats(0.0, 1.0), st.sampled_from([0.0, 1.0]), st.floats(0.0, 0.1), st.data())
def test_any_oxysulfide_comes_back(host, sulfur, sulfate, water, data) -> None:
    every = list(combinations(possible_products(tuple(host.cations), HOT)))
    products = data.draw(st.sampled_from(every))
    change = mass_change(host, sulfur, products, sulfate=sulfate, water=water)
    try:
        found = sulfur_share(host, change, products, sulfate=sulfate, water=water)
    except InputError:
        # Where what is left weighs as much as the sulfate changes it, the mass says nothing.
        return
    oxygen, difference = atomic_mass("O"), atomic_mass("S") - atomic_mass("O")
    dry = (1 + change) * (1 + water)
    condition = (atomic_mass("S") + 3 * oxygen) / max(abs(dry * difference - sulfate * 80.06), 1e-12)
    assert found == pytest.approx(sulfur, abs=1e-9 * (1 + condition) * (1 + host.cation_mass / host.anions))


def test_an_oxide_that_burns_to_itself_does_not_change() -> None:
    host = Host(cations={"Ni": 1.0}, anions=1.0)
    assert mass_change(host, 0.0, ends((), ("Ni",))) == pytest.approx(0.0, abs=1e-15)
    # A sulfide burnt to its oxide loses the difference of the anions.
    lost = (atomic_mass("S") - atomic_mass("O")) / host.mass(1.0)
    assert mass_change(host, 1.0, ends((), ("Ni",))) == pytest.approx(-lost, rel=1e-12)
    # And kept as sulfate it gains four oxygen atoms.
    gained = 4 * atomic_mass("O") / host.mass(1.0)
    assert mass_change(host, 1.0, ends((), ("Ni",)), sulfate=1.0) == pytest.approx(gained, rel=1e-12)


def test_water_that_leaves_is_lost_mass() -> None:
    products = ends(("CoO", "CuO"))
    dry = 1 + mass_change(HEOS, 0.11, products)
    wet = 1 + mass_change(HEOS, 0.11, products, water=0.02)
    assert wet * 1.02 == pytest.approx(dry, rel=1e-12)


def test_taking_the_wrong_oxide_for_granted_costs_what_it_costs() -> None:
    """The spinel of cobalt read as its monoxide turns 0.11 into 0.043 (hand calculation)."""
    change = mass_change(HEOS, 0.11, ends(("Co3O4", "CuO")))
    assert sulfur_share(HEOS, change, ends(("CoO", "CuO"))) == pytest.approx(0.043, abs=5e-4)


@pytest.mark.parametrize("sulfates", [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
@given(share=st.floats(0.01, 0.5), sulfate=st.floats(0.0, 1.0), water=st.floats(0.0, 0.03), data=st.data())
def test_the_range_holds_every_way_in_which_the_sample_may_have_ended(
    sulfates, share, sulfate, water, data
) -> None:
    possible = possible_products(ELEMENTS, HOT)
    products = data.draw(st.sampled_from(list(combinations(possible))))
    kept = min(max(sulfate, sulfates[0]), sulfates[1])
    change = mass_change(HEOS, share, products, sulfate=kept, water=water)
    least, most = sulfur_range(HEOS, change, possible, sulfates=sulfates, waters=(0.0, 0.03))
    assert least is not None
    assert least.sulfur <= share + 1e-9
    assert (most is None) == (sulfates == (0.0, 1.0))
    if most is not None:
        assert most.sulfur >= share - 1e-9


def test_the_range_is_no_wider_than_its_scenarios() -> None:
    possible = possible_products(ELEMENTS, HOT)
    change = mass_change(HEOS, 0.11, ends(("CoO", "CuO")))
    least, most = sulfur_range(HEOS, change, possible, sulfates=(0.0, 0.0), waters=(0.0, 0.01))
    every = [one.sulfur for one in scenarios(HEOS, change, possible, sulfates=(0.0,), waters=(0.0, 0.01))]
    assert (least.sulfur, most.sulfur) == pytest.approx((min(every), max(every)), abs=1e-12)
    assert most.sulfur - least.sulfur > 0.05


def test_end_products_follow_temperature_and_what_was_found() -> None:
    def names(temperature: float, known: tuple[str, ...] = ()) -> list[list[str]]:
        return [
            [one.formula for one in v] for v in possible_products(("Co", "Cu"), temperature, known).values()
        ]

    assert names(800.0) == [["Co3O4"], ["CuO"]]
    assert names(1250.0) == [["Co3O4", "CoO"], ["CuO", "Cu2O"]]
    assert names(1250.0, ("Co3O4",)) == [["Co3O4"], ["CuO", "Cu2O"]]
    for known, said in (("CoO2", "no end product"), ("NiO", "no cation of the material")):
        with pytest.raises(InputError, match=said):
            possible_products(("Co",), 1250.0, (known,))
    with pytest.raises(InputError, match="two end products are given for Co"):
        possible_products(("Co",), 1250.0, ("CoO", "Co3O4"))
    with pytest.raises(InputError, match="no oxide of W"):
        possible_products(("W",), 1250.0)


def test_hotter_ends_leave_fewer_sulfates() -> None:
    counts = [len(sulfate_left(ELEMENTS, temperature)) for temperature in (600.0, 1050.0, 1200.0, 1600.0)]
    assert counts == sorted(counts, reverse=True)
    assert (counts[0], counts[-1]) == (5, 0)
    assert sulfate_left(("Xx",), 2000.0) == ["Xx"]


def test_every_row_of_the_tables_has_its_source_and_range() -> None:
    for one in end_products():
        assert one.oxygen > 0.0
        assert 273.0 < one.lowest < one.highest < 4000.0
