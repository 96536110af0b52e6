"""Parts that checks stand on: digits, conditions, criteria, compositions, lattice parameters and strains."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgers import HALF, ledger_of, value
from topotaxy.errors import InputError
from topotaxy.evidence import Claim, Ledger
from topotaxy.evidence.conditions import (
    EARLY_CYCLES,
    is_early,
    is_reversible,
    relative_digits,
    same_electrode,
    same_test,
)
from topotaxy.evidence.criteria import cathode, criterion
from topotaxy.evidence.formulas import (
    NoData,
    Unbalanced,
    capacity,
    composition,
    conversion_composition,
    electrons,
    parsed,
    reducible,
)
from topotaxy.evidence.stated import Stated, read_stated, union
from topotaxy.evidence.strains import crystal_system, cubic_parameters, lattice_strains
from topotaxy.observables import VOCABULARY
from topotaxy.tables import read_table

Fields = dict[str, Any]
MOLE = 96485.33212 / 3.6


def pair(first: Fields, second: Fields) -> tuple[Ledger, Claim, Claim]:
    base = {"cell": "li", "cycle": 5, "current": 0.1}
    claims = [
        value("rate_capacity", "9 mAh/g", **{**base, "id": i, **m}) for i, m in (("a", first), ("b", second))
    ]
    tables = {"host": HALF, "guest": {"formula": "NiO"}}
    ledger = ledger_of(*claims, material=tables)
    return ledger, *ledger.claims


@pytest.mark.parametrize(
    ("more", "electrode", "test"),
    [
        ({}, True, True),
        ({"cycle": 99}, True, True),
        ({"current": None}, True, True),
        ({"current": 0.2}, True, False),
        ({"cell": "na"}, True, False),
        ({"method": "by hand"}, True, True),
        ({"material": "guest"}, False, False),
        ({"particle_size": 20}, False, False),
    ],
)
def test_one_electrode_and_one_test_are_so_from_both_sides(more: Fields, electrode: bool, test: bool) -> None:
    ledger, a, b = pair({}, more)
    assert same_electrode(ledger, a, b) == same_electrode(ledger, b, a) == electrode
    assert same_test(ledger, a, b) == same_test(ledger, b, a) == test
    assert same_test(ledger, a, a)
    assert same_test(ledger, b, b)


def test_two_methods_are_two_tests() -> None:
    ledger, a, b = pair({"method": "constant current"}, {"method": "pulses"})
    assert not same_test(ledger, a, b)
    assert same_electrode(ledger, a, b)


@pytest.mark.parametrize(
    ("quantity", "more", "wanted"),
    [
        ("specific_capacity_charge", {}, True),
        ("rate_capacity", {"cycle": None}, True),
        ("specific_capacity_discharge", {"cycle": 1}, False),
        ("specific_capacity_discharge", {"cycle": None}, False),
        ("specific_capacity_discharge", {"cycle": 2}, True),
        ("specific_capacity_discharge", {"cycle": 1, "cell": "cathode"}, True),
        ("specific_capacity_discharge", {"cycle": 1, "cell": "full"}, False),
        ("specific_capacity_charge", {"bound": "at most"}, False),
        ("specific_capacity_charge", {"bound": "at least"}, True),
        ("capacity_discharge", {}, False),
    ],
)
def test_a_reversible_capacity_is_one_that_comes_back(quantity: str, more: Fields, wanted: bool) -> None:
    unit = VOCABULARY[quantity].unit
    ledger, a, _ = pair({"quantity": quantity, "value": f"9 {unit}", **more}, {})
    assert is_reversible(ledger, a) == wanted


@pytest.mark.parametrize(
    ("cycle", "wanted"), [(None, True), (1, True), (EARLY_CYCLES, True), (EARLY_CYCLES + 1, False)]
)
def test_a_fresh_electrode_is_of_its_first_cycles(cycle: int | None, wanted: bool) -> None:
    assert is_early(pair({"cycle": cycle}, {})[1]) == wanted


@given(st.floats(0.0, 1e4), st.integers(0, 6))
def test_digits_are_shown_as_they_were_stated(number: float, decimals: int) -> None:
    assert relative_digits(number, 0.5 * 10.0**-decimals) == f"{number:.{decimals}f}"


def test_every_criterion_has_a_positive_value_and_a_source() -> None:
    rows = read_table("topotaxy.evidence", "criteria")
    assert len({row["name"] for row in rows}) == len(rows)
    for row in rows:
        found = criterion(row["name"])
        assert found.value > 0
        assert len(found.source) > 10
    with pytest.raises(KeyError):
        criterion("no such criterion")


def test_a_cathode_goes_by_its_bare_formula_and_its_ion() -> None:
    for row in read_table("topotaxy.evidence", "cathodes"):
        found = cathode(f" {row['formula']}/C ", row["ion"])
        assert found == cathode(row["formula"], row["ion"])
        assert found is not None
        assert 0 < found.half_width < found.voltage < 5
        assert cathode(row["formula"], "K") is None
    assert cathode("", "Li") is None


@pytest.mark.parametrize(
    ("formula", "kind"),
    [("MgO2", Unbalanced), ("Nb2O5", NoData), ("C6", NoData), ("Cu", NoData), ("Na3V2(PO4)3", NoData)],
)
def test_what_no_composition_can_be_had_of_says_why(formula: str, kind: type[str]) -> None:
    found = parsed(formula)
    assert isinstance(found, kind)
    assert len(found) > 5
    ledger = ledger_of({"id": "x", "kind": "presence"}, host={"formula": formula})
    assert composition(ledger, "host") is None


@pytest.mark.parametrize("formula", ["Ni(", "", "NiO;DROP", "Ni-1O", "9"])
def test_what_is_no_formula_is_refused(formula: str) -> None:
    with pytest.raises(InputError):
        parsed(formula)


@pytest.mark.parametrize(
    ("formula", "redox", "number", "mass"),
    [
        ("NiO", ["Ni"], 2.0, 74.692),
        ("Fe2O3", ["Fe"], 6.0, 159.69),
        ("Fe3O4", ["Fe"], 8.0, 231.53),
        ("Ni0.5Mg0.5O", ["Ni"], 1.0, 57.498),
        ("Ni0.5Mg0.5O", ["Ni", "Mg"], 2.0, 57.498),
        ("Ni0.5Mg0.5O", [], 0.0, 57.498),
        ("MnO2", ["Mn"], 4.0, 86.936),
    ],
)
def test_electrons_and_capacity_are_those_of_full_reduction(
    formula: str, redox: list[str], number: float, mass: float
) -> None:
    c = parsed(formula)
    assert not isinstance(c, str)
    assert electrons(c, redox) == pytest.approx(number)
    assert capacity(c, redox) == pytest.approx(number * MOLE / mass, rel=1e-4)


def test_alkali_is_never_reduced_to_metal_in_a_cell() -> None:
    c = parsed("Li0.2Ni0.8O0.9")
    assert not isinstance(c, str)
    assert reducible(c) == ["Ni"]


def test_only_a_conversion_material_has_a_conversion() -> None:
    for reaction, there in (("conversion", True), ("two-phase", True), ("other", False)):
        host = {"formula": "NiO", "reaction": reaction}
        ledger = ledger_of({"id": "x", "kind": "presence"}, host=host)
        assert (conversion_composition(ledger, "host") is not None) == there
        assert composition(ledger, "host") is not None
    assert composition(ledger, "nobody") is None
    assert conversion_composition(ledger, "nobody") is None


def spacing(number: str, hkl: str = "(111)", **more: Any) -> Fields:
    where = {"id": f"{hkl}{more.get('state', '')}".strip("()").replace(")", ""), "state": "pristine"}
    return value("interplanar_spacing", number, subject=hkl, **{**where, **more})


CUBIC = {"formula": "NiO", "space_group": "Fm-3m"}


@pytest.mark.parametrize(
    ("group", "system"),
    [
        ("Fm-3m", "cubic"),
        ("P 63/m m c", "hexagonal"),
        ("R -3 m", "trigonal"),
        ("C 2/m", "monoclinic"),
        ("", None),
    ],
)
def test_a_space_group_has_its_system(group: str, system: str | None) -> None:
    ledger = ledger_of(spacing("2.4 Å"), host={"space_group": group})
    assert crystal_system(ledger, "host") == system
    assert bool(cubic_parameters(ledger)) == (system == "cubic")


def test_spacings_of_one_state_cell_and_cycle_stand_together() -> None:
    later = {"state": "discharged", "cell": "li"}
    ledger = ledger_of(
        spacing("2.40 Å"),
        value("lattice_parameter", "4.16 Å", state="pristine", id="a"),
        spacing("2.10 Å", "(200)", id="b", cell="li", cycle=7),
        spacing("2.50 Å", id="c", **later),
        spacing("2.51 Å", id="d", **later, cycle=2),
        spacing("2.0 Å", "(000)", id="e"),
        host=CUBIC,
    )
    found = {key: [c.id for c, _ in values] for key, values in cubic_parameters(ledger).items()}
    # The order is that of the file, and a pristine material has been in no cell.
    assert found == {
        ("host", "pristine", "", None): ["111", "a", "b"],
        ("host", "discharged", "li", None): ["c"],
        ("host", "discharged", "li", 2): ["d"],
    }
    ((_, first), (_, stated), (_, second)) = cubic_parameters(ledger)["host", "pristine", "", None]
    assert (first.value, stated.value, second.value) == pytest.approx((2.40 * math.sqrt(3), 4.16, 4.20))
    assert first.high - first.low == pytest.approx(0.01 * math.sqrt(3))


def test_a_strain_is_a_quotient_less_one_with_the_digits_of_both() -> None:
    later = spacing("2.50 Å", state="discharged", cell="li", id="later")
    (one,) = lattice_strains(ledger_of(spacing("2.40 Å"), later, host=CUBIC))
    assert (one.phase, one.cell, one.state, one.what) == ("host", "li", "discharged", "(111)")
    assert one.claims == ["111", "later"]
    assert one.number.value == pytest.approx(2.5 / 2.4 - 1)
    assert one.number.low == pytest.approx(2.495 / 2.405 - 1)
    assert one.number.high == pytest.approx(2.505 / 2.395 - 1)


@pytest.mark.parametrize(
    "more",
    [{"state": None}, {"bound": "at least"}, {"subject": "(200)"}, {"particle_size": 5}, {"phase": "guest"}],
)
def test_a_strain_needs_the_same_reflection_of_the_same_powder(more: Fields) -> None:
    later = {**spacing("2.50 Å", cell="li", id="later"), "state": "discharged", **more}
    tables = {"host": CUBIC, "guest": CUBIC}
    assert not list(lattice_strains(ledger_of(spacing("2.40 Å"), later, material=tables)))


def test_a_stated_strain_stands_for_itself() -> None:
    strains = [
        value("strain", "3 %", state="discharged", cell="li", id="a", subject="(111)"),
        value("strain", "2 %", state="charged", id="b"),
        value("strain", "9 %", state="pristine", id="c"),
        value("strain", "9 %", state="discharged", id="d", bound="at most"),
    ]
    found = [(s.what, s.state, s.claims) for s in lattice_strains(ledger_of(*strains))]
    assert found == [("(111)", "discharged", ["a"]), ("lattice", "charged", ["b"])]


positive = st.floats(0.01, 100.0)


@given(positive, positive, positive)
def test_quotient_and_difference_are_those_of_the_ends(a: float, b: float, half: float) -> None:
    one = Stated(a, a - half, a + half, half / 3**0.5)
    two = Stated(b, b - 0.1 * b, b + 0.1 * b, 0.1 * b / 3**0.5)
    over, less = one.over(two), one.minus(two)
    assert over.low == pytest.approx(max(a - half, 0.0) / (1.1 * b))
    assert over.high == pytest.approx((a + half) / (0.9 * b))
    assert over.sigma == pytest.approx(over.value * math.hypot(one.sigma / a, two.sigma / b))
    assert (less.low, less.high) == pytest.approx((one.low - two.high, one.high - two.low))
    assert one.times(2.0).minus(one.times(2.0)).value == 0.0
    assert one.times(3.0).sigma == pytest.approx(3.0 * one.sigma)


def test_a_divisor_that_may_be_nothing_leaves_no_upper_end() -> None:
    one, open_above = Stated(2.0, 1.0, 3.0, 0.5), Stated(2.0, 1.5, math.inf, 0.2)
    assert one.over(Stated(0.5, 0.0, 1.0, 0.3)).high == math.inf
    assert one.over(open_above).low == 0.0
    assert Stated(0.0, -0.5, 0.5, 0.3).over(one).low == 0.0
    assert union([one, open_above]) == (1.0, math.inf)
    with pytest.raises(ValueError, match="positive"):
        one.over(Stated(0.0, -1.0, 1.0, 0.5))


@pytest.mark.parametrize(("allowance", "apart"), [(0.0, True), (0.09, True), (0.11, False)])
def test_intervals_apart_by_less_than_the_allowance_are_not_disjoint(allowance: float, apart: bool) -> None:
    one, two = Stated(1.0, 0.9, 1.1, 0.1), Stated(1.3, 1.2, 1.4, 0.1)
    assert one.disjoint(two, allowance=allowance) == two.disjoint(one, allowance=allowance) == apart
    assert not one.disjoint(one)
    assert one.deviations(two) == pytest.approx(0.3 / math.hypot(0.1, 0.1))


@pytest.mark.parametrize("unit", sorted({word.unit for word in VOCABULARY.values()}))
def test_every_unit_of_the_vocabulary_may_stand_behind_its_number(unit: str) -> None:
    text = "0.250" if unit == "1" else f"0.250 {unit}"
    bare, written = read_stated(0.25, unit=unit), read_stated(text, unit=unit)
    assert written.value == pytest.approx(bare.value) == pytest.approx(0.25)
    assert written.high - written.low == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("given_", "unit", "more", "message"),
    [
        ("1 V", "V", {"resolution": "x"}, "resolution"),
        ("1 V", "V", {"uncertainty": "1 nm"}, "uncertainty"),
        ("1 V", "V", {"uncertainty": -0.5}, "uncertainty: expected a positive width"),
        (math.inf, "V", {}, "finite"),
        (True, "1/nm", {}, "finite number in 1/nm"),
        ("9 V", "mAh", {}, "finite number in mAh"),
        ("many mAh", "mAh", {}, "finite number in mAh"),
        ("1e99 V", "V", {}, "finite"),
    ],
)
def test_widths_and_numbers_that_are_none_are_refused_by_name(
    given_: Any, unit: str, more: Fields, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_stated(given_, unit=unit, **more)
