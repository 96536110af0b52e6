"""What a ledger's fields may hold, what each refusal says, and what a claim hands on as an observable."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ledgers import CELLS, NIO, ledger_of, value
from topotaxy.errors import InputError
from topotaxy.evidence import Ledger, ledger_from_text, load_ledger
from topotaxy.evidence.judgement import Case
from topotaxy.evidence.likelihood import number, statement
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.reliability import FULLER, MOSTLY, reliability
from topotaxy.tables import read_table

Fields = dict[str, Any]

BASE = """[paper]
citation = "x"
[material.nio]
formula = "NiO"
[cell.li]
ion = "Li"
[[claim]]
id = "q"
kind = "value"
material = "nio"
cell = "li"
quantity = "rate_capacity"
value = "600 mAh/g"
"""
ORDER = BASE.replace('kind = "value"', 'kind = "order"').replace('value = "600 mAh/g"\n', "")


def swapped(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new, 1)


def with_value(number: str) -> str:
    return swapped("600 mAh/g", number)


NICKEL, LITHIUM = 'formula = "NiO"', 'ion = "Li"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASE + 'current = "1 C"', "claim 'q', current:"),
        (BASE + "current = -1", "claim 'q', current:"),
        (BASE + 'particle_size = "5 V"', "claim 'q', particle_size:"),
        (BASE + "particle_size = 0", "claim 'q', particle_size:"),
        (BASE + "cycle = 1.5", "claim 'q', cycle:"),
        (BASE + 'state = "lithiated"', "claim 'q', state:"),
        (BASE + 'quantty = "x"', "quantty"),
        (BASE + 'uncertainty = "5 V"', "claim 'q', uncertainty:"),
        (swapped('"rate_capacity"', '"rate_capacty"'), "there is no 'rate_capacty'"),
        (swapped('"rate_capacity"', '"rate_capacty"'), "did you mean 'rate_capacity'?"),
        (with_value("0 mAh/g"), "value: expected a positive rate_capacity, got '0 mAh/g'"),
        (with_value("700-600 mAh/g"), "is no range: it ends below its beginning"),
        (with_value("0.6 Ah/g - 700 mAh/g"), "has two units; write both ends in one"),
        (with_value("1,600 mAh/g"), "may be 1600 mAh/g or 1.600 mAh/g"),
        (
            with_value("> 600 mAh/g") + 'bound = "at most"',
            "says 'at least' and bound 'at most'",
        ),
        (with_value("600 ± 5 mAh/g") + 'uncertainty = "4 mAh/g"', "uncertainty: the value"),
        (
            swapped('material = "nio"', 'material = "nuo"'),
            "[material.nuo]; did you mean 'nio'?",
        ),
        (swapped('cell = "li"', 'cell = "lithium"'), "there is no [cell.lithium]; there are li"),
        (swapped(LITHIUM, f"{LITHIUM}\nlower_cutoff = 9"), "cell.li.lower_cutoff"),
        (
            swapped(LITHIUM, f"{LITHIUM}\nlower_cutoff = 2\nupper_cutoff = 2"),
            "not below upper_cutoff",
        ),
        (
            swapped(NICKEL, f'{NICKEL}\nspace_group = "Xx"'),
            "'Xx' is no space group",
        ),
        (
            swapped(NICKEL, f'{NICKEL}\nclaimed_inert = ["O"]'),
            "'O' is no cation of NiO",
        ),
        (swapped('citation = "x"', 'citation = "x"\ndoi = "11.1/x"'), "paper.doi"),
        (ORDER + 'left = {state = "charged"}', "gives both left and right, or neither"),
        (ORDER + "left = {}\nright = {}", "relation: is missing beside left and right"),
        (ORDER + 'relation = "more"', "claim 'q', relation:"),
        (
            ORDER + 'relation = "less"\nleft = {material = "x"}\nright = {}',
            "left.material: there is no",
        ),
        (ORDER + 'value = "1 V"', "value: a claim of kind 'order' carries none"),
        (ORDER + 'reflections = ["(11)"]', "expected Miller indices such as '(111)', got '(11)'"),
    ],
)
def test_a_refusal_names_the_claim_the_key_and_what_is_wrong(text: str, said: str) -> None:
    with pytest.raises(InputError) as error:
        ledger_from_text(text, where="made.toml")
    message = str(error.value)
    assert said in message
    assert message.startswith("made.toml")
    assert "\n" not in message


def test_the_line_of_the_fault_is_named_where_it_is_one_of_the_file() -> None:
    with pytest.raises(InputError, match=r"made\.toml, line 6") as error:
        ledger_from_text(swapped('ion = "Li"', 'ion = "Mg"'), where="made.toml")
    assert "cell.li.ion" in str(error.value)


@pytest.mark.parametrize(
    ("key", "given_", "wanted"),
    [
        ("current", "100 mA/g", 0.1),
        ("current", "0.1 A/g", 0.1),
        ("current", 0.1, 0.1),
        ("particle_size", "2 um", 2000.0),
        ("particle_size", "50 nm", 50.0),
        ("cycle", 7, 7),
        ("zone_axis", [0, 1, -1], (0, 1, -1)),
    ],
)
def test_conditions_are_read_in_the_units_of_the_ledger(key: str, given_: Any, wanted: Any) -> None:
    (claim,) = ledger_of(value("rate_capacity", "9 mAh/g", **{key: given_})).claims
    assert getattr(claim, key) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "value_", "unit"),
    [("81.2 %", 0.812, "1"), ("0.812", 0.812, "1"), ("81,2 %", 0.812, "1"), (0.812, 0.812, "1")],
)
def test_a_per_cent_sign_is_a_hundredth(text: Any, value_: float, unit: str) -> None:
    (one,) = ledger_of(value("capacity_retention", text, cycle=9)).observables()
    assert (one.value, one.unit) == (pytest.approx(value_), unit)
    assert one.uncertainty == pytest.approx(0.0005 / math.sqrt(3))


@pytest.mark.parametrize(
    ("text", "bound", "word"),
    [
        ("600 mAh/g", None, ""),
        (">600 mAh/g", "lower", ""),
        ("<600 mAh/g", "upper", ""),
        ("~600 mAh/g", None, "about"),
    ],
)
def test_bounds_go_on_to_the_observable(text: str, bound: str | None, word: str) -> None:
    (one,) = ledger_of(value("rate_capacity", text)).observables()
    assert (one.bound, one.method, one.origin) == (bound, word, "stated")
    assert one.source == "made#rate_capacity"


def test_an_observable_carries_all_conditions_that_its_claim_names() -> None:
    cells = {
        "it": {"ion": "Na", "lower_cutoff": 0.01, "upper_cutoff": 3, "role": "full-cell", "cathode": "NVP"}
    }
    claim = value(
        "coulombic_efficiency",
        "99 %",
        cell="it",
        cycle=50,
        reference_cycle=2,
        current="1 A/g",
        particle_size=30,
        mean=True,
        method="by charge",
    )
    ledger = ledger_of(claim, cell=cells)
    (one,) = ledger.observables()
    assert one.conditions.known() == {
        "sample": "NiO",
        "role": "full-cell",
        "cycle": 50,
        "reference_cycle": 2,
        "current": 1.0,
        "particle_size": 30.0,
        "electrode": "NVP",
        "lower_cutoff": 0.01,
        "upper_cutoff": 3.0,
    }
    assert one.method == "by charge; mean over the cycles"
    bare = ledger_of(value("rate_capacity", "9 mAh/g"), host={"name": "no formula"})
    assert bare.conditions(bare.claims[0]).sample == "host"


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return ledger_of(
        value("rate_capacity", "600 mAh/g", id="a", cell="li"),
        value("rate_capacity", "500 mAh/g", id="b", cell="full"),
        value("strain", "3 %", id="c", state="discharged"),
        {"id": "d", "kind": "order", "quantity": "rate_capacity", "material": "host", "cell": "na"},
        value("rate_capacity", "400 mAh/g", id="e", cell="cathode", material="guest"),
        material={"host": NIO, "guest": NIO},
    )


def test_values_are_found_by_quantity_in_the_order_of_the_file(ledger: Ledger) -> None:
    assert [c.id for c in ledger.values("strain", "rate_capacity")] == ["a", "b", "c", "e"]
    assert [c.id for c in ledger.values("rate_capacity", where=lambda c: c.cell != "li")] == ["b", "e"]
    assert ledger.values("stress") == []
    assert [o.source.partition("#")[2] for o in ledger.observables()] == ["a", "b", "c", "e"]


def test_a_claim_has_the_role_and_ion_of_its_cell(ledger: Ledger) -> None:
    assert [ledger.role(c) for c in ledger.claims] == [
        "half-cell-anode",
        "full-cell",
        None,
        "half-cell-anode",
        "half-cell-cathode",
    ]
    assert [ledger.ion(c) for c in ledger.claims] == ["Li", "Li", None, "Na", "Li"]


def test_cells_of_a_material_are_those_in_which_something_is_claimed(ledger: Ledger) -> None:
    assert ledger.cells_of("host", "half-cell-anode") == ["li", "na"]
    assert ledger.cells_of("host", "full-cell", "half-cell-anode") == ["li", "na", "full"]
    assert ledger.cells_of("guest", "half-cell-anode") == []
    assert set(ledger.cell) == set(CELLS)


def test_other_kinds_have_no_number(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="value: is missing"):
        _ = ledger.claims[3].stated
    with pytest.raises(ValueError, match="frozen"):
        ledger.claims[0].value = 1.0


def test_what_a_bundled_ledger_hands_on_is_read_back_the_same() -> None:
    """Text of a claim and the number that it means: within its own digits, in every bundled value claim."""
    claims = load_ledger("fang2022").values(*{c.quantity for c in load_ledger("fang2022").claims})
    assert len(claims) > 15
    for claim in claims:
        assert claim.stated.low <= claim.stated.value <= claim.stated.high
        assert claim.stated.sigma >= 0.0


def terms(numbers: int, words: int, *expected: str) -> Case:
    listed = [number(e, e, 0.5, 0.1, technique="t") for e in expected]
    listed += [number(f"n{i}", "strain", 0.5, 0.1, technique="t") for i in range(numbers - len(listed))]
    listed += [statement(f"s{i}", lambda o, w: o["core"], technique="t", fact=f"s{i}") for i in range(words)]
    return Case(name="made", reaction=reaction_of("NiO", "Li"), terms=tuple(listed))


@pytest.mark.parametrize(
    ("numbers", "words", "alike"), [(3, 0, True), (2, 2, True), (2, 3, False), (0, 1, False)]
)
def test_a_case_is_alike_the_study_where_half_of_it_is_numbers(numbers: int, words: int, alike: bool) -> None:
    assert MOSTLY == 0.5
    assert reliability(terms(numbers, words)).alike == alike


def test_two_of_the_fuller_measurements_make_the_fuller_design() -> None:
    rows = {r["design"]: r for r in read_table("topotaxy.evidence", "calibration") if r["map"] == "as it is"}
    for first in sorted(FULLER):
        assert reliability(terms(3, 0, first)).design == "quantitative"
        assert reliability(terms(3, 0, first, first)).design == "quantitative"
        for second in sorted(FULLER - {first}):
            found = reliability(terms(3, 0, first, second))
            assert found.design == "complete"
            assert found.right == float(rows["complete"]["right"])
            assert f"On {rows['complete']['truths']} synthetic truths with complete data" in found.sentence
