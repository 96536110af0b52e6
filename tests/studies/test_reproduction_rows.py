"""Rows of a made-up reproduction: when a number agrees, what label it has, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, assumed
from topotaxy.evidence.claims import Ledger
from topotaxy.observables import Conditions
from topotaxy.runs.paper import PaperProtocol, PaperRun
from topotaxy.studies.cell_problem import Datum
from topotaxy.studies.posterior_summary import LeftOut
from topotaxy.studies.reproduction_rows import AGREES, Reproduced, Rows, label_of

DEFAULT = {"material": "m", "cell": "na", "current": "0.1 A/g", "cycle": 1}


def claim(name: str, quantity: str, value: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "value", "quantity": quantity, "value": value, **DEFAULT, **more}


CLAIMS = (
    claim("first", "specific_capacity_discharge", "600 mAh/g"),
    claim("back", "specific_capacity_charge", "540 mAh/g"),
    claim("share", "initial_coulombic_efficiency", "90.0 %"),
    claim("kept", "capacity_retention", "80.0 %", current="0.5 A/g", cycle=10),
    claim("fast", "rate_capacity", "300 mAh/g", current="5 A/g", cycle=20),
    claim("least", "coulombic_efficiency", "99.0 %", bound="at least", cycle=5),
    claim("most", "rate_capacity", "400 mAh/g", bound="at most", current="1 A/g", cycle=15),
    claim("other", "specific_capacity_discharge", "800 mAh/g", cell="li"),
    claim("spacing", "interplanar_spacing", "2.5 Å", cell="", current=None, cycle=None, subject="(111)"),
    claim("cathode", "specific_capacity_charge", "100 mAh/g", cell="", current=None, cycle=None),
)


def ledger(*claims: Mapping[str, Any]) -> Ledger:
    return Ledger.model_validate(
        {
            "paper": {"citation": "Made up, 2024"},
            "material": {"m": {"formula": "NiO"}},
            "cell": {"na": {"ion": "Na"}, "li": {"ion": "Li"}},
            "claim": list(claims or CLAIMS),
        }
    )


READS = {
    "first": ("sodium", "discharge", 1),
    "back": ("sodium", "charge", 1),
    "share": ("sodium", "efficiency", 1),
    "kept": ("ageing", "retention", 10),
    "fast": ("rate", "charge", 20),
    "least": ("rate", "efficiency", 5),
    "most": ("rate", "charge", 15),
    "other": ("lithium", "discharge", 1),
}
RATE = [{"cycles": 10, "current": 0.1}, {"cycles": 5, "current": 1.0}, {"cycles": 5, "current": 5.0}]


def protocol(*targets: Mapping[str, Any], quotients: Mapping[str, list[str]] | None = None) -> PaperProtocol:
    """Four runs, a number for each claim of a cell, and what a posterior does with some of them."""
    runs = {
        "sodium": ("made-na", [{"cycles": 1, "current": 0.1}]),
        "lithium": ("made-li", [{"cycles": 1, "current": 0.1}]),
        "ageing": ("made-na", [{"cycles": 10, "current": 0.5}]),
        "rate": ("made-na", RATE),
    }
    known = quotients or {}
    return PaperProtocol.model_validate(
        {
            "schema": "topotaxy/paper/1",
            "claims": "made-up",
            "runs": {
                name: {"title": name, "table": table, "material": "m", "legs": legs}
                for name, (table, legs) in runs.items()
            },
            "number": [
                {
                    "claim": name,
                    "run": run,
                    "read": read,
                    "cycle": cycle,
                    "how": f"how {name} is had",
                    "quotient_of": known.get(name, []),
                }
                for name, (run, read, cycle) in READS.items()
            ],
            "target": [{"sigma": 10.0, "why": "", **target} for target in targets],
            "imposed": [
                {"claim": "cathode", "parameter": "cathode_capacity", "how": "put in"},
            ],
            "rate_map": {"table": "made-na", "first": 0.1, "currents": [], "diameters": []},
        }
    )


class Cells:
    """Conditions of the runs, and one value of every number that no target predicts."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def history(self, name: str) -> Any:
        return SimpleNamespace(at=lambda read, cycle: 321.0)

    def conditions(self, run: PaperRun) -> Conditions:
        ion = "Li" if run.table.endswith("li") else "Na"
        known = {"sample": "NiO", "role": run.role, "temperature": 298.15, "electrode": ion}
        return Conditions(**{**known, **self.changes})


def rows(
    numbers: Mapping[str, Any],
    *targets: Mapping[str, Any],
    left: Mapping[str, float | None] | None = None,
    quotients: Mapping[str, list[str]] | None = None,
    book: Ledger | None = None,
    **conditions: Any,
) -> dict[str, Reproduced]:
    """The rows of all claims from what the particles predict of some of them."""
    values = {name: np.asarray(v, dtype=float) for name, v in numbers.items()}
    count = len(next(iter(values.values())))
    posterior = Posterior(
        paper="p",
        draws="made",
        names=("a", DRAW),
        points=np.zeros((count, 2)),
        claims=tuple(values),
        predicted=np.column_stack(list(values.values())),
        log_likelihood=np.zeros(count),
        prior_predicted=np.zeros((2, len(values))),
        log_evidence=0.0,
        facts={"seed": 1},
    )
    data = [Datum(claim=name, value=1.0, sigma=1.0, use="fit", condition=f"if {name}") for name in left or {}]
    loo = tuple(
        LeftOut(claim=name, mean=0.0, spread=1.0, effective=50.0, z=z) for name, z in (left or {}).items()
    )
    known = book or ledger()
    made = Rows(
        protocol(*targets, quotients=quotients),
        known,
        Cells(**conditions),  # type: ignore[arg-type]
        SimpleNamespace(data=data),  # type: ignore[arg-type]
        posterior,
        loo,
    )
    return {c.id: made.row(c) for c in known.claims}


EVEN = np.linspace(580.0, 640.0, 101)


# --- the number and its interval


def test_the_median_is_computed_and_the_interval_holds_nine_tenths() -> None:
    found = rows({"first": EVEN})["first"]
    assert (found.computed, found.low, found.high) == (
        pytest.approx(610.0),
        pytest.approx(583.0),
        pytest.approx(637.0),
    )
    assert found.uncertainty == pytest.approx(EVEN.std())
    assert found.error == pytest.approx(610.0 / 600.0 - 1.0)
    assert (found.stated, found.unit) == (600.0, "mAh/g")
    assert "how first is had" in found.why


def test_a_charge_that_no_target_predicts_is_first_discharge_times_efficiency_particle_by_particle() -> None:
    """Where both are drawn together the product is narrower than that of their intervals."""
    share = 540.0 / EVEN
    found = rows({"first": EVEN, "share": share})["back"]
    assert found.computed == pytest.approx(540.0)
    assert (found.low, found.high) == (pytest.approx(540.0), pytest.approx(540.0))


def test_any_other_number_is_that_of_the_central_run() -> None:
    found = rows({"first": EVEN})["fast"]
    assert (found.computed, found.low, found.high, found.uncertainty) == (321.0, 321.0, 321.0, 0.0)


# --- agreement


@pytest.mark.parametrize(
    ("z", "agrees"),
    [(0.0, True), (AGREES, True), (-AGREES, True), (2.01, False), (-9.0, False), (None, None)],
)
def test_a_number_left_out_agrees_within_two_deviations_of_what_the_others_say(
    z: float | None, agrees: bool | None
) -> None:
    found = rows({"first": EVEN}, left={"first": z})["first"]
    assert (found.agrees, found.z) == (agrees, z)
    assert found.condition == "if first"


@pytest.mark.parametrize(("shift", "agrees"), [(0.0, True), (16.9, True), (17.1, False), (-38.0, False)])
def test_a_number_that_is_no_target_agrees_inside_its_interval(shift: float, agrees: bool) -> None:
    """From 583 to 637 with nine tenths; 600 is stated."""
    found = rows({"first": EVEN + shift})["first"]
    assert found.agrees is agrees
    assert found.z is None


@pytest.mark.parametrize(
    ("name", "values", "agrees"),
    [
        ("least", [0.98, 0.985, 0.989], False),
        ("least", [0.98, 0.985, 0.999], True),
        ("least", [1.0, 1.0, 1.0], True),
        ("most", [401.0, 402.0, 403.0], False),
        ("most", [390.0, 402.0, 403.0], True),
        ("most", [10.0, 20.0, 30.0], True),
    ],
)
def test_a_bound_is_missed_only_by_the_whole_interval(name: str, values: list[float], agrees: bool) -> None:
    spread = np.repeat(values, 40)
    found = rows({name: spread})[name]
    assert found.agrees is agrees
    assert found.why.startswith(f"stated as a {'lower' if name == 'least' else 'upper'} bound; ")


@pytest.mark.parametrize(
    ("changes", "word"),
    [({"electrode": "K"}, "electrode"), ({"role": "full-cell"}, "role"), ({"sample": "CoO"}, "sample")],
)
def test_unlike_conditions_are_not_compared_and_say_so(changes: dict[str, Any], word: str) -> None:
    found = rows({"first": np.full(9, 600.0)}, left={"first": 0.0}, **changes)["first"]
    assert found.agrees is None
    assert found.why.startswith("not compared: ")
    assert word in found.unlike
    # The number itself is there all the same.
    assert found.computed == 600.0


@pytest.mark.parametrize(("current", "compared"), [("0.1 A/g", True), ("0.2 A/g", False), (None, True)])
def test_the_current_is_that_of_the_cycle_that_is_read(current: str | None, compared: bool) -> None:
    book = ledger(claim("first", "specific_capacity_discharge", "600 mAh/g", current=current))
    found = rows({"first": EVEN}, book=book)["first"]
    assert (found.agrees is not None) is compared


def test_a_claim_that_names_no_cycle_is_of_the_one_that_the_protocol_reads() -> None:
    book = ledger(claim("fast", "rate_capacity", "300 mAh/g", current="5 A/g", cycle=None))
    assert rows({"fast": np.full(9, 300.0)}, book=book)["fast"].agrees is True


def test_a_size_that_is_not_stated_is_the_usual_one() -> None:
    usual = rows({"first": EVEN}, particle_size=122.0)["first"]
    assert usual.agrees is True
    assert "particle size" not in usual.unlike
    book = ledger(claim("first", "specific_capacity_discharge", "600 mAh/g", particle_size="2 um"))
    assert rows({"first": EVEN}, book=book, particle_size=122.0)["first"].agrees is None


# --- what is not computed


def test_what_is_no_number_of_a_cell_says_where_to_look() -> None:
    found = rows({"first": EVEN})["spacing"]
    assert (found.computed, found.label, found.agrees, found.error) == (None, None, None, None)
    assert "topotaxy simulate" in found.why
    assert found.stated == pytest.approx(2.5)


def test_what_is_put_in_is_called_imposed_and_agrees_with_nothing() -> None:
    found = rows({"first": EVEN})["cathode"]
    assert (found.label, found.agrees, found.why) == ("imposed", None, "put in")
    assert found.computed == assumed()["cathode_capacity"]


def test_bounds_and_quotients_are_no_estimates_of_their_own() -> None:
    found = rows({"first": EVEN}, quotients={"share": ["back", "first"]})
    counted = {name for name, row in found.items() if row.counted}
    assert counted == {"first", "back", "kept", "fast", "other"}


def test_every_claim_has_a_row_with_a_reason() -> None:
    found = rows({"first": EVEN})
    assert list(found) == [c["id"] for c in CLAIMS]
    assert all(row.why for row in found.values())
    assert all((row.computed is None) == (row.label is None) for row in found.values())


def test_names_of_claims_are_in_the_ledger_and_nowhere_else() -> None:
    """Renamed in ledger, protocol and posterior alike, every row is the same but for its name."""
    plain = rows({"first": EVEN}, {"claim": "first", "use": "fit"}, left={"first": 0.5})
    book = ledger(*[{**c, "id": f"x.{c['id']}"} for c in CLAIMS])
    renamed = {f"x.{name}": value for name, value in READS.items()}
    own = protocol({"claim": "first", "use": "fit"}).model_dump(by_alias=True)
    for number in own["number"]:
        number["claim"] = f"x.{number['claim']}"
    own["target"][0]["claim"] = "x.first"
    own["imposed"][0]["claim"] = "x.cathode"
    assert set(renamed) == {n["claim"] for n in own["number"]}
    moved = PaperProtocol.model_validate(own)
    for name in READS:
        assert label_of(f"x.{name}", moved, book) == plain[name].label


# --- labels


def label(name: str, *targets: Mapping[str, Any], **more: Any) -> str:
    return label_of(name, protocol(*targets, **more), ledger())


FIT_FIRST = {"claim": "first", "use": "fit"}
FIT_SHARE = {"claim": "share", "use": "fit"}


def test_what_is_fitted_is_calibrated_and_what_bounds_is_bounded() -> None:
    assert label("first", FIT_FIRST) == "calibrated"
    assert label("least", {"claim": "least", "use": "bound"}) == "bounded"
    assert label("first") == "held-out"
    assert label("first", {"claim": "first", "use": "held-out"}) == "held-out"


def test_a_quotient_of_fitted_numbers_is_calibrated_and_of_one_alone_is_not() -> None:
    quotient = {"share": ["back", "first"]}
    fit_back = {"claim": "back", "use": "fit"}
    assert label("share", FIT_FIRST, fit_back, quotients=quotient) == "calibrated"
    assert label("share", FIT_FIRST, quotients=quotient) == "held-out"


def test_a_charge_follows_from_discharge_and_efficiency_of_its_own_run_alone() -> None:
    assert label("back", FIT_FIRST, FIT_SHARE) == "calibrated"
    assert label("back", FIT_FIRST) == "held-out"
    # Those of another run say nothing of this one.
    assert label("fast", FIT_FIRST, FIT_SHARE) == "held-out"


def test_the_same_quantity_of_the_same_sample_is_calibrated_with_it() -> None:
    """Capacity at another current, of the same powder against the same alkali."""
    assert label("fast", {"claim": "most", "use": "fit"}) == "calibrated"
    # Against another alkali it is another sample, and another quantity another number.
    assert label("other", FIT_FIRST) == "held-out"
    assert label("kept", FIT_FIRST) == "held-out"
