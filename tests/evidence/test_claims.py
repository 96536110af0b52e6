"""The ledger: what it accepts, what it refuses and with which line, what it hands on."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.evidence import audit, ledger_from_text, load_ledger
from topotaxy.evidence.claim_fields import reflection
from topotaxy.observables import from_json, to_json
from topotaxy.toml_documents import bundled_names

MINIMAL = """
[paper]
citation = "x"
[material.nio]
formula = "NiO"
space_group = "Fm-3m"
claimed_active = ["Ni"]
[cell.li]
ion = "Li"
lower_cutoff = 0.01
upper_cutoff = 3.0
[[claim]]
id = "q"
kind = "value"
material = "nio"
cell = "li"
quantity = "specific_capacity_charge"
value = "600 mAh/g"
current = "100 mA/g"
cycle = 1
"""


def test_minimal_ledger() -> None:
    ledger = ledger_from_text(MINIMAL)
    (claim,) = ledger.claims
    assert claim.current == 0.1
    assert claim.stated.value == 600
    assert ledger.ion(claim) == "Li"
    assert audit(ledger) == []


def test_observables_are_stated_and_survive_json() -> None:
    observables = load_ledger("fang2022").observables()
    assert {o.origin for o in observables} == {"stated"}
    assert all(o.source.startswith("10.1002/smll.202204912#") for o in observables)
    spacing = next(o for o in observables if o.source.endswith("#d111.pristine"))
    assert (spacing.value, spacing.unit, spacing.subject.text) == (pytest.approx(2.51), "Å", "(111)")
    assert spacing.uncertainty == pytest.approx(0.005 / math.sqrt(3))
    efficiency = next(o for o in observables if o.source.endswith("#na.micro.efficiency"))
    assert efficiency.bound == "lower"
    assert efficiency.conditions.known().items() >= {"role": "half-cell-anode", "electrode": "Na"}.items()
    assert from_json(to_json(observables)) == observables


def test_fang2022_holds_the_paper() -> None:
    ledger = load_ledger("fang2022")
    values = {c.id: c.stated.value for c in ledger.claims if c.kind == "value"}
    expected = {
        "li.discharge": 830,
        "li.charge": 753,
        "li.ice": 0.906,
        "na.discharge": 641,
        "na.charge": 581,
        "na.ice": 0.907,
        "na.rate": 211,
        "na.left_0.5": 375,
        "na.retention_0.5": 0.812,
        "na.retention_1.0": 0.849,
        "na.micro.ice": 0.925,
        "na.micro.retention": 0.874,
        "na.micro.efficiency": 0.995,
        "full.capacity": 490,
        "full.voltage": 2.0,
        "full.retention": 0.855,
        "nvp.capacity": 90,
        "d111.pristine": 2.51,
        "d111.discharged": 2.60,
        "d300.pristine": 1.44,
        "d300.discharged": 1.48,
        "anion.sulfur": 0.11,
    }
    assert {key: values[key] for key in expected} == pytest.approx(expected)
    for claim in ledger.claims:
        assert claim.where, claim.id
        assert claim.kind == "value" or claim.states, claim.id


def test_bundled_ledgers_load() -> None:
    for name in bundled_names("claims"):
        assert load_ledger(name).claims


MALFORMED = [
    ('citation = "x"', "", "paper.citation"),
    ('ion = "Li"', 'ion = "Mg"', "cell.li.ion"),
    ("lower_cutoff = 0.01", "lower_cutoff = 4.0", "cell.li.lower_cutoff"),
    ("lower_cutoff = 0.01", 'lower_cutoff = "0.01 A"', "cell.li.lower_cutoff"),
    ("lower_cutoff = 0.01", "lower_cutoff = true", "cell.li.lower_cutoff"),
    ('formula = "NiO"', 'formula = "NiXx"', "material.nio.formula"),
    ('formula = "NiO"', 'formula = "Ni("', "material.nio.formula"),
    ('space_group = "Fm-3m"', 'space_group = "rock salt"', "material.nio.space_group"),
    ('claimed_active = ["Ni"]', 'claimed_active = ["Co"]', "material.nio.claimed_active"),
    ('claimed_active = ["Ni"]', 'claimed_active = ["Ni"]\nclaimed_inert = ["Ni"]', "material.nio"),
    ('claimed_active = ["Ni"]', 'claimed_activ = ["Ni"]', "claimed_activ"),
    ('id = "q"', "", "claim number 1, id"),
    ('id = "q"', 'id = "a b"', "claim 'a b', id"),
    ('kind = "value"', 'kind = "number"', "claim 'q', kind"),
    ('kind = "value"', 'kind = "presence"', "claim 'q', value"),
    ('material = "nio"', 'material = "coo"', "claim 'q', material"),
    ('cell = "li"', 'cell = "na"', "claim 'q', cell"),
    ('"specific_capacity_charge"', '"capacity"', "claim 'q', quantity"),
    ('value = "600 mAh/g"', "", "claim 'q'"),
    ('value = "600 mAh/g"', 'value = "600 V"', "claim 'q', value"),
    ('value = "600 mAh/g"', 'value = "-600 mAh/g"', "claim 'q', value"),
    ('value = "600 mAh/g"', "value = true", "claim 'q', value"),
    ('value = "600 mAh/g"', "value = nan", "claim 'q', value"),
    ('value = "600 mAh/g"', "value = []", "claim 'q', value"),
    ('current = "100 mA/g"', 'current = "100 mAh"', "claim 'q', current"),
    ('current = "100 mA/g"', "current = 0", "claim 'q', current"),
    ("cycle = 1", "cycle = 0", "claim 'q', cycle"),
    ("cycle = 1", 'resolution = "x"', "claim 'q', resolution"),
    ("cycle = 1", "uncertainty = -1.0", "claim 'q', uncertainty"),
    ("cycle = 1", 'reflections = ["111"]', "claim 'q', reflections"),
    ("cycle = 1", "zone_axis = [0, 0]", "claim 'q', zone_axis"),
    ("cycle = 1", 'phase = "x"', "claim 'q', phase"),
    ("cycle = 1", "left = {}", "claim 'q'"),
    ("cycle = 1", 'bound = "roughly"', "claim 'q', bound"),
    ("[paper]", "[paper", "TOML"),
    ("[paper]", 'schema = "topotaxy/claims/9"\n[paper]', "schema"),
]


@pytest.mark.parametrize(("old", "new", "named"), MALFORMED)
def test_malformed_ledgers_name_the_key(old: str, new: str, named: str) -> None:
    assert old in MINIMAL
    with pytest.raises(InputError) as error:
        ledger_from_text(MINIMAL.replace(old, new, 1), where="file.toml")
    message = str(error.value)
    assert message.startswith("file.toml")
    assert named in message
    assert "\n" not in message
    assert len(message) < 500


def test_repeated_ids_and_empty_ledgers() -> None:
    twice = MINIMAL + MINIMAL[MINIMAL.index("[[claim]]") :]
    with pytest.raises(InputError, match="claim 'q', id: is used twice"):
        ledger_from_text(twice)
    with pytest.raises(InputError, match="claim: is missing"):
        ledger_from_text('[paper]\ncitation = "x"\n')
    with pytest.raises(InputError, match="paper: is missing"):
        ledger_from_text("")


def test_no_such_ledger(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fang2022"):
        load_ledger(tmp_path / "nothing.toml")


def test_a_formula_out_of_balance_is_a_finding_not_an_error() -> None:
    ledger = ledger_from_text(MINIMAL.replace('formula = "NiO"', 'formula = "MgO2"').replace("Ni", "Mg"))
    assert [f.check for f in audit(ledger)] == ["charge_balance"]


@pytest.mark.parametrize(
    ("text", "hkl"),
    [
        ("(111)", (1, 1, 1)),
        ("(1-10)", (1, -1, 0)),
        ("(1 -1 0)", (1, -1, 0)),
        ("(10 0 2)", (10, 0, 2)),
        (" (200) ", (2, 0, 0)),
        ("(1110)", None),
        ("111", None),
        ("Ni", None),
    ],
)
def test_reflections(text: str, hkl: tuple[int, int, int] | None) -> None:
    assert reflection(text) == hkl


LINES = MINIMAL.splitlines()


def outcome(text: str) -> str:
    try:
        audit(ledger_from_text(text))
    except InputError as error:
        return str(error)
    return "read"


@given(st.integers(0, len(LINES) - 1), st.text(max_size=30))
def test_any_replaced_line_is_read_or_refused_in_one_line(index: int, text: str) -> None:
    message = outcome("\n".join([*LINES[:index], text, *LINES[index + 1 :]]))
    assert message
    assert "\n" not in message


@given(
    st.sampled_from([k for k in LINES if " = " in k]),
    st.sampled_from(["1", "-1.5", "''", "[]", "{}", "true", "inf"]),
)
def test_any_value_of_the_wrong_kind_is_read_or_refused(line: str, value: str) -> None:
    message = outcome(MINIMAL.replace(line, line.split(" = ")[0] + f" = {value}"))
    assert message
    assert "\n" not in message
