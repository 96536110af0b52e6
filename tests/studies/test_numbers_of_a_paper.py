"""Numbers read from made-up cycles, claims in words, and capacity against current with a stub cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cell.drawn import draw_table

from topotaxy.cell.cycled import COLUMNS
from topotaxy.cell.draws import DrawTable
from topotaxy.cell.fast import Cycles
from topotaxy.cell.priors import DRAW
from topotaxy.errors import InputError
from topotaxy.evidence.claim_names import ROLE_WORDS, claim_name
from topotaxy.evidence.claims import Ledger
from topotaxy.observables import VOCABULARY
from topotaxy.runs.paper import PaperNumber, PaperProtocol, PaperRun, RateMap
from topotaxy.studies import rate_map as rate_map_module
from topotaxy.studies.fast_paper import FastPaper, ion_of, read_number
from topotaxy.studies.rate_map import FEASIBLE_SHARE, rate_map

TABLE = draw_table()


def cycles(number: Sequence[float] = (1, 2, 3), **columns: Any) -> Cycles:
    """Cycles of 100 mAh/g each way at 0.5 V, but for what is given; held is what was not given back."""
    count = len(number)
    known: dict[str, Any] = {name: np.zeros(count) for name in COLUMNS}
    known |= {"cycle": number, "discharge": np.full(count, 100.0), "charge": np.full(count, 100.0)}
    known |= {name: np.asarray(values, dtype=float) for name, values in columns.items()}
    if "held" not in columns:
        known["held"] = np.cumsum(known["discharge"] - known["charge"])
    if "discharge_energy" not in columns:
        known["discharge_energy"] = 0.5 * known["discharge"]
    return Cycles(rows=np.column_stack([known[name] for name in COLUMNS]))


def number(read: str, cycle: int, claim: str = "x", run: str = "one", over: str = "") -> PaperNumber:
    return PaperNumber.model_validate(
        {"claim": claim, "run": run, "read": read, "cycle": cycle, "how": "so", "over": over}
    )


def run_of(**changes: Any) -> PaperRun:
    return PaperRun.model_validate(
        {
            "title": "one",
            "table": "made-na",
            "material": "m",
            "legs": [{"cycles": 9, "current": 0.1}],
            **changes,
        }
    )


HALF, FULL = run_of(), run_of(cathode="Na3V2(PO4)3/C")
SOME = cycles(discharge=[200.0, 160.0, 150.0], charge=[150.0, 120.0, 90.0])


@pytest.mark.parametrize(("cycle"), [1, 2, 3])
def test_capacities_are_those_of_the_cycle(cycle: int) -> None:
    assert read_number(number("discharge", cycle), SOME, HALF) == [200.0, 160.0, 150.0][cycle - 1]
    assert read_number(number("charge", cycle), SOME, HALF) == [150.0, 120.0, 90.0][cycle - 1]


def test_an_anode_gives_back_on_charge_and_a_full_cell_on_discharge() -> None:
    """So the efficiency of one is the inverse of the other's, and retention is of what is given back."""
    for cycle in (1, 2, 3):
        anode, full = (read_number(number("efficiency", cycle), SOME, r) for r in (HALF, FULL))
        assert anode == pytest.approx(1.0 / full)
    assert read_number(number("efficiency", 1), SOME, HALF) == pytest.approx(0.75)
    assert read_number(number("retention", 3), SOME, HALF) == pytest.approx(90.0 / 120.0)
    assert read_number(number("retention", 3), SOME, FULL) == pytest.approx(150.0 / 160.0)


def test_retention_of_the_second_cycle_is_one() -> None:
    assert read_number(number("retention", 2), SOME, HALF) == 1.0


def test_the_mean_voltage_is_energy_over_charge() -> None:
    made = cycles(discharge=[200.0, 100.0, 50.0], discharge_energy=[240.0, 90.0, 35.0])
    found = [read_number(number("discharge voltage", n), made, HALF) for n in (1, 2, 3)]
    assert found == pytest.approx([1.2, 0.9, 0.7])


@settings(max_examples=40)
@given(st.lists(st.floats(0.5, 1.0), min_size=2, max_size=12))
def test_the_mean_efficiency_by_the_balance_is_the_mean_of_the_later_cycles(
    shares: list[float],
) -> None:
    """All of equal charge: the mean of cycles two on; the first counts for nothing."""
    made = cycles(range(1, len(shares) + 1), discharge=[100.0] * len(shares), charge=100.0 * np.array(shares))
    found = read_number(number("mean efficiency", len(shares)), made, HALF)
    assert found == pytest.approx(np.mean(shares[1:]), rel=1e-9)


def test_what_cannot_be_divided_is_zero() -> None:
    nothing = cycles(discharge=[0.0, 0.0, 0.0], charge=[0.0, 0.0, 0.0])
    for read in ("efficiency", "retention", "discharge voltage"):
        assert read_number(number(read, 2), nothing, HALF) == 0.0


def test_between_simulated_cycles_values_lie_on_a_line() -> None:
    made = cycles((1, 2, 10), charge=[100.0, 90.0, 50.0])
    assert read_number(number("charge", 6), made, HALF) == pytest.approx(70.0)


@dataclass(frozen=True, kw_only=True)
class Stubbed(FastPaper):
    """A paper whose runs are made-up cycles; remembers which were asked for."""

    made: Mapping[str, Cycles] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def cycles(self, name: str, values: Mapping[str, float]) -> Cycles:
        self.asked.append(name)
        return self.made[name]


def paper(*numbers: PaperNumber) -> Stubbed:
    protocol = PaperProtocol(
        schema="topotaxy/paper/1",
        claims="",
        runs={"one": HALF, "two": run_of(title="two")},
        number=numbers,
        rate_map=RateMap(table="made-na", first=0.1, currents=(), diameters=()),
    )
    made = {"one": SOME, "two": cycles(charge=[75.0, 60.0, 45.0])}
    return Stubbed(protocol=protocol, table=TABLE, made=made)


def test_each_run_is_simulated_once_and_only_where_it_is_asked_for() -> None:
    own = paper(number("charge", 1, "a"), number("charge", 2, "b"), number("charge", 1, "c", run="two"))
    assert own.numbers({}, ["b", "a"]) == {"b": 120.0, "a": 150.0}
    assert own.asked == ["one"]
    assert list(own.numbers({}, ["c", "a", "b"]).values()) == [75.0, 150.0, 120.0]
    assert own.asked[1:] == ["one", "two"]


def test_a_number_over_another_is_their_quotient_and_the_other_stays_as_it_is() -> None:
    own = paper(number("charge", 1, "part", run="two", over="whole"), number("charge", 1, "whole"))
    assert own.numbers({}, ["part", "whole"]) == {"part": 0.5, "whole": 150.0}
    assert own.numbers({}, ["part"]) == {"part": 0.5}


@pytest.mark.parametrize(("name", "ion"), [("heos-na", "Na"), ("my-own-li", "Li"), ("NA", "Na")])
def test_the_alkali_is_the_last_part_of_a_tables_name(name: str, ion: str) -> None:
    assert ion_of(name, TABLE) == ion


@pytest.mark.parametrize("name", ["heos-k", "", "na-", "sodium"])
def test_a_table_that_names_no_alkali_of_the_draws_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"names no alkali of the draws \(Na, Li\)"):
        ion_of(name, TABLE)


def test_a_run_has_the_cut_offs_size_and_counter_electrode_of_its_own() -> None:
    own = FastPaper(protocol=paper().protocol, table=TABLE)
    half = own.cell(
        run_of(), {"cell_resistance": 7.0, DRAW: 2.0, "film_store.Na": 11.0, "film_store.Li": 5.0}
    )
    assert (half.full, half.low, half.high) == (False, TABLE.lower_cutoff, TABLE.upper_cutoff)
    assert half.draw.capacity == TABLE.capacity[2, 0]
    assert (half.values["cell_resistance"], half.values["film_store"]) == (7.0, 11.0)
    coarse = own.cell(run_of(diameter="micrometre_diameter"), {"particle_diameter": 100.0})
    assert coarse.values["particle_diameter"] > 1000.0
    assert own.cell(FULL, {}).full
    assert own.cell(run_of(table="made-li"), {}).draw.ion == "Li"
    with pytest.raises(InputError, match="unknown cell parameter 'resistence'"):
        own.cell(run_of(), {"resistence": 1.0})


# --- capacity against current


@dataclass(frozen=True, kw_only=True)
class StubCell:
    """A cell whose charge falls with the current and with the diameter; remembers its legs."""

    draw: Any
    values: Mapping[str, float]
    low: float
    high: float
    temperature: float
    asked: ClassVar[list[tuple[float, list[tuple[int, float]]]]] = []

    def cycle(self, legs: Sequence[Any]) -> Cycles:
        diameter = self.values["particle_diameter"]
        self.asked.append((diameter, [(leg.cycles, leg.current) for leg in legs]))
        charge = self.draw.capacity / (1.0 + legs[-1].current * diameter / 100.0)
        return cycles((1, 2, 3), charge=[1.0, 2.0, charge])


def mapped(monkeypatch: pytest.MonkeyPatch, currents: Sequence[float], table: DrawTable = TABLE) -> Any:
    monkeypatch.setattr(rate_map_module, "FastCell", StubCell)
    StubCell.asked.clear()
    plan = RateMap(table="made-na", first=0.05, currents=tuple(currents), diameters=(50.0, 400.0))
    return rate_map(plan, {"particle_diameter": 111.0, DRAW: 1.0}, table)


def test_each_size_has_a_curve_of_its_own_over_all_currents(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = mapped(monkeypatch, (0.1, 1.0))
    assert (small.diameter, large.diameter) == (50.0, 400.0)
    assert small.current == large.current == (0.1, 1.0)
    assert small.capacity == pytest.approx((450.0 / 1.05, 450.0 / 1.5))
    assert all(a > b for a, b in zip(small.capacity, large.capacity, strict=True))


def test_a_point_is_the_second_cycle_at_its_current_after_one_at_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mapped(monkeypatch, (0.1, 1.0))
    assert StubCell.asked == [(d, [(1, 0.05), (2, c)]) for d in (50.0, 400.0) for c in (0.1, 1.0)]


def test_a_current_that_cannot_be_drawn_has_no_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 450 mAh/g a twentieth is left at 38 A/g with 50 nm, at 4.75 A/g with 400 nm."""
    assert FEASIBLE_SHARE == 0.05
    small, large = mapped(monkeypatch, (1.0, 4.7, 4.8, 37.9, 38.1))
    assert small.current == (1.0, 4.7, 4.8, 37.9)
    assert large.current == (1.0, 4.7)
    assert len(large.capacity) == 2


# --- claims in words


def named(**claim: Any) -> str:
    ledger = Ledger.model_validate(
        {
            "paper": {"citation": "x"},
            "material": {"m": {}},
            "cell": {
                "na": {"ion": "Na"},
                "li": {"ion": "Li", "role": "full-cell"},
                "k": {"ion": "K", "role": "half-cell-cathode"},
            },
            "claim": [{"id": "a", "kind": "value", "material": "m", "value": "1", **claim}],
        }
    )
    return claim_name(ledger.claims[0], ledger)


def test_a_name_tells_all_that_the_claim_does() -> None:
    found = named(
        quantity="rate_capacity",
        value="211 mAh/g",
        cell="na",
        current="5.0 A/g",
        cycle=1500,
        particle_size="2 um",
    )
    assert found == "Capacity, Na half cell, cycle 1,500, 5 A/g, particles of 2000 nm"
    assert named(quantity="reduced_fraction", subject="Ni", state="discharged") == (
        "Reduced fraction, Ni, discharged"
    )


@pytest.mark.parametrize(
    ("cell", "words"), [("na", "Na half cell"), ("li", "Li full cell"), ("k", "K cathode half cell")]
)
def test_a_cell_is_told_by_its_alkali_and_role(cell: str, words: str) -> None:
    assert named(quantity="coulombic_efficiency", cell=cell) == f"Coulombic efficiency, {words}"
    assert len(ROLE_WORDS) == 3


def test_two_claims_that_differ_in_one_thing_have_two_names() -> None:
    base = {"quantity": "capacity_retention", "cell": "na", "cycle": 100, "current": "1 A/g"}
    others = [
        {**base, "cycle": 200},
        {**base, "current": "2 A/g"},
        {**base, "cell": "li"},
        {**base, "particle_size": "50 nm"},
        {**base, "quantity": "coulombic_efficiency"},
        {k: v for k, v in base.items() if k != "cycle"},
    ]
    assert len({named(**one) for one in (base, *others)}) == 7


def test_without_a_current_the_words_are_those_of_the_vocabulary() -> None:
    for quantity in ("rate_capacity", "coulombic_efficiency", "cell_voltage"):
        assert named(quantity=quantity).casefold() == VOCABULARY[quantity].words.casefold()
