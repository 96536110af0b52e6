"""Windows against bulk thermodynamics, full cells against their electrodes, edges against their levels."""

from __future__ import annotations

from typing import Any

import pytest

from ledgers import CELLS, HALF, NIO, found, ledger_of, reasons, severity, value
from topotaxy.evidence.checks.fullcell import (
    capacity_half_cell,
    implied_anodes,
    voltage_stated_anode,
    voltage_thermodynamics,
)
from topotaxy.evidence.checks.spectroscopy import edge_levels, level_of
from topotaxy.evidence.checks.thermodynamics import active_below_window, inert_inside_window

Claim = dict[str, Any]

GIBBS = {"NiO": -211.7, "ZnO": -320.5, "MgO": -569.3, "Li": -561.2, "Na": -375.5}
"""Of formation, kJ/mol, of the oxides and of Li2O and Na2O: CRC Handbook, 95th edition, section 5."""


def bulk(metal: str, ion: str) -> float:
    """Voltage of MO + 2 A -> M + A2O."""
    return (GIBBS[f"{metal}O"] - GIBBS[ion]) / (2 * 96.485)


def charge(cell: str = "li", **more: Any) -> Claim:
    return value("specific_capacity_charge", "100 mAh/g", **{"cell": cell, "cycle": 1, **more})


def window(lower: float | None) -> dict[str, Any]:
    return {**CELLS, "li": {"ion": "Li", "lower_cutoff": lower}}


INERT_ZINC = {"formula": "Ni0.5Zn0.5O", "claimed_active": ["Ni"], "claimed_inert": ["Zn"]}
ACTIVE_MAGNESIUM = {"formula": "Ni0.5Mg0.5O", "claimed_active": ["Ni", "Mg"]}


@pytest.mark.parametrize(
    ("lower", "wanted"),
    [(None, "tension"), (0.01, "tension"), (1.13, "tension"), (1.17, "in order"), (1.4, "in order")],
)
def test_a_cation_that_lies_in_the_window_is_held_back_by_something(lower: float | None, wanted: str) -> None:
    """ZnO against Li: 1.25 V; nothing is said within 0.1 V of the cut-off."""
    assert bulk("Zn", "Li") == pytest.approx(1.247, abs=0.002)
    assert severity(inert_inside_window, charge(), host=INERT_ZINC, cell=window(lower)) == wanted


@pytest.mark.parametrize(("cell", "ion"), [("li", "Li"), ("na", "Na")])
def test_the_voltage_is_that_of_the_formation_energies(cell: str, ion: str) -> None:
    (one,) = found(inert_inside_window, charge(cell), host=INERT_ZINC)
    assert one.values["voltage"] == pytest.approx(bulk("Zn", ion), abs=0.005)
    assert (one.values["ion"], one.values["element"], one.values["lower"]) == (ion, "Zn", 0.0)
    assert one.values["cutoff_stated"] is False
    assert "no cut-off is stated" in one.message


def test_a_cation_below_its_window_cannot_be_active() -> None:
    """MgO: 0.04 V below Li (within what is not known), 1.0 V below Na (more than size can do)."""
    assert severity(active_below_window, charge("li"), host=ACTIVE_MAGNESIUM) == "in order"
    assert severity(active_below_window, charge("li"), host=ACTIVE_MAGNESIUM, cell=window(0.2)) == "tension"
    assert (
        severity(active_below_window, charge("li"), host=ACTIVE_MAGNESIUM, cell=window(0.6))
        == "contradiction"
    )
    seen = found(active_below_window, charge("na"), host=ACTIVE_MAGNESIUM)
    assert [(one.severity, one.values["element"]) for one in seen] == [("contradiction", "Mg")]
    assert seen[0].values["voltage"] == pytest.approx(bulk("Mg", "Na"), abs=0.005)


@pytest.mark.parametrize("check", [active_below_window, inert_inside_window])
def test_one_window_is_asked_once_and_cells_that_are_no_anodes_never(check: Any) -> None:
    twice = [charge(), charge(id="again", cycle=3)]
    both = {**HALF, "claimed_inert": ["Mg"]}
    assert (
        len(list(check(ledger_of(*twice, host=both))))
        == len(list(check(ledger_of(charge(), host=both))))
        == 1
    )
    for cell in ("full", "cathode", ""):
        assert severity(check, charge(cell), host=both) == "not compared"
    assert severity(check, charge(), host={**both, "reaction": "other"}) == "not compared"


@pytest.mark.parametrize("check", [active_below_window, inert_inside_window])
def test_a_cation_whose_compound_has_no_data_is_told(check: Any) -> None:
    """FeSe is in no table of formation energies: nothing is compared, and the cation and claim are named."""
    key = "claimed_inert" if check is inert_inside_window else "claimed_active"
    outcomes = list(check(ledger_of(charge(), host={"formula": "FeSe", key: ["Fe"]})))
    (why,) = reasons(outcomes)
    assert "no conversion voltage of Fe in host" in why
    assert len(outcomes) == 1


def test_who_speaks_of_the_valence_is_named() -> None:
    said = {"id": "zn", "kind": "presence", "material": "host", "quantity": "edge_shift", "subject": "Zn"}
    other = {**said, "id": "ni", "subject": "Ni"}
    (one,) = found(inert_inside_window, charge(), said, other, host=INERT_ZINC)
    assert one.claims == ["specific_capacity_charge", "zn"]


def cell_voltage(volt: str, **more: Any) -> Claim:
    return value("cell_voltage", volt, **{"cell": "full", **more})


def mean(volt: str, **more: Any) -> Claim:
    return value("mean_voltage_charge", volt, **{"cell": "li", **more})


def test_the_anode_lies_at_the_cathode_less_the_cell() -> None:
    """LiFePO4 at 3.45 V, a coating ignored: 3.45 - 1.40 = 2.05 V."""
    for cathode in ("LiFePO4", "LiFePO4/C", " LiFePO4 "):
        cells = {**CELLS, "full": {**CELLS["full"], "cathode": cathode}}
        ((_, known, implied),) = implied_anodes(ledger_of(cell_voltage("1.40 V"), cell=cells))
        assert known.voltage == pytest.approx(3.45)
        assert implied.value == pytest.approx(2.05)
        assert implied.high - implied.value == pytest.approx(known.half_width + 0.005)


@pytest.mark.parametrize("cathode", ["", "unheard-of", "Na3V2(PO4)3"])
def test_a_cathode_that_is_not_tabulated_for_its_ion_implies_nothing(cathode: str) -> None:
    cells = {**CELLS, "full": {**CELLS["full"], "cathode": cathode}}
    assert not list(implied_anodes(ledger_of(cell_voltage("1.4 V"), cell=cells)))
    assert not list(implied_anodes(ledger_of(cell_voltage("1.4 V", cell="li"))))
    assert not list(implied_anodes(ledger_of(cell_voltage("1.4 V", bound="at least"))))


@pytest.mark.parametrize(
    ("stated", "wanted"),
    [("2.05 V", "in order"), ("2.30 V", "in order"), ("2.32 V", "tension"), ("1.6 V", "tension")],
)
def test_a_half_cell_agrees_with_its_full_cell_within_the_allowance(stated: str, wanted: str) -> None:
    """2.05 V implied, 0.055 V of its interval, 0.005 V of the half cell's, 0.2 V allowed."""
    assert severity(voltage_stated_anode, cell_voltage("1.40 V"), mean(stated)) == wanted


@pytest.mark.parametrize(
    "more", [{"cell": "na"}, {"cell": "full"}, {"bound": "at most"}, {"particle_size": 9}]
)
def test_half_cells_of_other_ions_or_electrodes_are_not_held_against_it(more: Claim) -> None:
    assert severity(voltage_stated_anode, cell_voltage("1.40 V"), mean("0.5 V", **more)) == "not compared"


@pytest.mark.parametrize(
    ("volt", "wanted"),
    # NiO against Li lies at 1.81 V; the anode at 3.45 V less the cell's voltage, 0.055 V either way.
    [
        ("0.50 V", "tension"),
        ("1.06 V", "tension"),
        ("1.10 V", "in order"),
        ("1.40 V", "in order"),
        ("1.77 V", "in order"),
        ("1.82 V", "tension"),
        ("2.17 V", "tension"),
        ("2.22 V", "contradiction"),
        ("3.00 V", "contradiction"),
    ],
)
def test_an_anode_is_oxidised_above_equilibrium_and_not_far_above(volt: str, wanted: str) -> None:
    assert severity(voltage_thermodynamics, cell_voltage(volt)) == wanted


def test_without_couples_nothing_is_said_of_an_anode() -> None:
    for host in ({"formula": "NiO"}, {"name": "unknown"}, {**NIO, "reaction": "other"}):
        assert severity(voltage_thermodynamics, cell_voltage("3.2 V"), host=host) == "not compared"


def test_the_couples_span_what_is_allowed() -> None:
    """With Zn active beside Ni the lowest couple is Zn's: 1.25 V is no longer below it."""
    both = {"formula": "Ni0.5Zn0.5O", "claimed_active": ["Ni", "Zn"]}
    assert severity(voltage_thermodynamics, cell_voltage("2.20 V")) == "contradiction"
    assert severity(voltage_thermodynamics, cell_voltage("2.20 V"), host=both) == "in order"
    (one,) = found(voltage_thermodynamics, cell_voltage("3.20 V"), host=both)
    assert one.values["couples"] == pytest.approx({"Ni": bulk("Ni", "Li"), "Zn": bulk("Zn", "Li")}, abs=0.005)


def rate(number: str, cell: str, current: float | None, **more: Any) -> Claim:
    where = {"id": f"{cell}{current}", "cell": cell, "current": current, "cycle": 2}
    return value("rate_capacity", number, **{**where, **more})


@pytest.mark.parametrize(
    ("full", "wanted"), [("500", "in order"), ("525", "in order"), ("527", "tension"), ("900", "tension")]
)
def test_a_full_cell_holds_no_more_than_its_anode_with_the_wider_window(full: str, wanted: str) -> None:
    claims = [rate("500 mAh/g", "li", 0.1), rate(f"{full} mAh/g", "full", 0.1)]
    assert severity(capacity_half_cell, *claims) == wanted


@pytest.mark.parametrize(
    "half",
    [
        rate("500 mAh/g", "li", 0.2),
        rate("500 mAh/g", "li", None),
        rate("500 mAh/g", "na", 0.1),
        rate("500 mAh/g", "li", 0.1, cycle=50),
        rate("500 mAh/g", "li", 0.1, bound="at least"),
        rate("500 mAh/g", "li", 0.1, particle_size=5),
    ],
)
def test_a_half_cell_that_is_faster_later_or_open_above_sets_no_limit(half: Claim) -> None:
    assert severity(capacity_half_cell, half, rate("900 mAh/g", "full", 0.1)) == "not compared"


def edge(energy: str, technique: str, element: str = "Ni") -> Claim:
    return value("edge_energy", energy, subject=element, technique=technique)


@pytest.mark.parametrize(
    ("technique", "level"),
    [
        ("XANES, K edge", "K"),
        ("EELS L3", "L3"),
        ("L2,3", None),
        ("L2/3", None),
        ("L3, L2", None),
        ("XAS", None),
        ("", None),
    ],
)
def test_a_level_is_read_where_one_is_named(technique: str, level: str | None) -> None:
    (claim,) = ledger_of(edge("853.0 eV", technique)).claims
    assert level_of(claim) == level


@pytest.mark.parametrize(
    ("energy", "technique", "wanted"),
    [
        ("8333.0 eV", "K edge", "in order"),
        ("8338.0 eV", "K edge", "in order"),
        ("8339.0 eV", "K edge", "tension"),
        ("8327.0 eV", "K edge", "tension"),
        ("852.7 eV", "L3", "in order"),
        ("870.0 eV", "L3", "tension"),
        ("870.0 eV", "L2", "in order"),
    ],
)
def test_an_edge_lies_within_a_shift_of_its_level(energy: str, technique: str, wanted: str) -> None:
    """Ni: K 8333, L3 852.7, L2 870.0 eV (Elam, Ravel and Sieber)."""
    assert severity(edge_levels, edge(energy, technique)) == wanted


def test_the_nearer_level_of_the_element_is_named() -> None:
    (one,) = found(edge_levels, edge("869.0 eV", "L3"))
    assert "its L2 at 870 eV is nearer, 1.0 eV away" in one.message
    assert one.values["difference"] == pytest.approx(869.0 - 852.7)
    (one,) = found(edge_levels, edge("845.0 eV", "L3"))
    assert "nearer" not in one.message
    assert "below the level" in one.message
    assert severity(edge_levels, edge("900 eV", "L3", element="Xx")) == "not compared"


def test_how_strongly_something_must_hold_a_cation_back_is_counted_from_the_cut_off() -> None:
    (one,) = found(inert_inside_window, charge(), host=INERT_ZINC, cell=window(0.5))
    assert "above the lower cut-off of 0.5 V: something must hold it back by more than 0.75 V" in one.message
    assert one.values["cutoff_stated"] is True
