"""The audit on a consistent ledger, on the same ledger broken in one place, and on fang2022."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.evidence import CHECKS, Finding, audit, audited, findings_document, ledger_from_text
from topotaxy.evidence.audit import NEEDS
from topotaxy.observables import VOCABULARY

CONSISTENT = (Path(__file__).parent / "consistent.toml").read_text(encoding="utf-8")


def broken(*replacements: tuple[str, str]) -> list[Finding]:
    text = CONSISTENT
    for old, new in replacements:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return audit(ledger_from_text(text))


def value_of(claim: str, value: str) -> tuple[str, str]:
    """Replacement that gives a claim of the consistent ledger another value."""
    start = CONSISTENT.index(f'id = "{claim}"')
    end = CONSISTENT.index("value =", start)
    line_end = CONSISTENT.index("\n", end)
    return CONSISTENT[start:line_end], CONSISTENT[start:end] + f'value = "{value}"'


def with_claim(text: str) -> tuple[str, str]:
    return "# ---- orders\n", f"[[claim]]\n{text}\n# ---- orders\n"


def test_consistent_ledger_has_no_findings() -> None:
    assert audit(ledger_from_text(CONSISTENT)) == []


SWAPPED_ORDER = (
    'left = { material = "nio" }\nright = { material = "dilute" }',
    'left = { material = "dilute" }\nright = { material = "nio" }',
)

CASES = {
    "edge_levels": ("tension", [value_of("nio.edge", "863.1 eV")]),
    "efficiency_arithmetic": ("contradiction", [value_of("nio.ice", "76.2 %")]),
    "exchanged_efficiencies": (
        "tension",
        [value_of("nio.charge", "691 mAh/g"), value_of("dilute.ice", "76.8 %")],
    ),
    "capacity_claimed_couples": (
        "tension",
        [value_of("dilute.charge", "135 mAh/g"), value_of("dilute.ice", "90.0 %"), SWAPPED_ORDER],
    ),
    "capacity_all_cations": ("note", [value_of("nio.charge", "720 mAh/g"), value_of("nio.ice", "80.0 %")]),
    "capacity_current_order": ("tension", [value_of("nio.charge", "550 mAh/g")]),
    "retention_start": ("contradiction", [value_of("nio.retention", "92.0 %")]),
    "retention_above_slower": ("tension", [value_of("nio.left", "680 mAh/g")]),
    "retention_current_order": ("note", [value_of("nio.retention.fast", "93.0 %")]),
    "retention_efficiency": ("tension", [value_of("full.retention", "90 %")]),
    "forbidden_reflections": ("contradiction", [('"(220)"', '"(210)"')]),
    "zone_law": ("tension", [('"(1-11)"', '"(111)"')]),
    "spacings_one_lattice": ("contradiction", [value_of("dilute.a", "4.301 Å")]),
    "strains_agree": ("contradiction", [value_of("dilute.d200.discharged", "0.2130 nm")]),
    "swelling_charge": (
        "tension",
        [value_of("dilute.d200.discharged", "0.2112 nm"), value_of("dilute.d111.discharged", "0.244 nm")],
    ),
    "inert_inside_window": (
        "tension",
        [
            ('"Ni0.10Mg0.90O"', '"Ni0.10Zn0.90O"'),
            ('claimed_inert = ["Mg"]', 'claimed_inert = ["Zn"]'),
            ('subject = "Mg"', 'subject = "Zn"'),
        ],
    ),
    "active_below_window": (
        "tension",
        [
            ('claimed_active = ["Ni"]\nclaimed_inert = ["Mg"]', 'claimed_active = ["Ni", "Mg"]'),
            ('"10 mV"', '"0.1 V"'),
        ],
    ),
    "voltage_stated_anode": ("tension", [value_of("nio.mean", "1.6 V")]),
    "voltage_thermodynamics": ("contradiction", [value_of("full.voltage", "2.5 V")]),
    "capacity_half_cell": ("tension", [value_of("full.capacity", "740 mAh/g")]),
    "charge_balance": ("contradiction", [('formula = "NiO"', 'formula = "NiO3"')]),
    "stated_valences": ("contradiction", [value_of("dilute.valence.mg", "3.0")]),
    "stated_contents": ("contradiction", [value_of("dilute.share", "12 %")]),
    "stated_orders": ("contradiction", [SWAPPED_ORDER]),
}


def test_every_check_has_a_case() -> None:
    assert {check.__name__ for check in CHECKS} == set(CASES)


@pytest.mark.parametrize("check", CASES)
def test_one_wrong_number_is_found(check: str) -> None:
    severity, replacements = CASES[check]
    findings = broken(*replacements)
    assert (check, severity) in {(f.check, f.severity) for f in findings}
    ids = {claim.id for claim in ledger_from_text(CONSISTENT).claims}
    for finding in findings:
        assert set(finding.claims) <= ids
        assert finding.message
        assert finding.rule
        assert finding.source
        assert "\n" not in finding.message


def test_a_tension_becomes_a_contradiction_with_the_size_of_the_gap() -> None:
    def severity_of(replacement: tuple[str, str]) -> set[str]:
        return {f.severity for f in broken(replacement) if f.check in {"spacings_one_lattice"}}

    assert severity_of(value_of("dilute.d111", "0.242 nm")) == {"tension"}  # 0.4 % off, an image
    assert severity_of(value_of("dilute.d111", "0.238 nm")) == {"contradiction"}


def test_exchange_outside_the_digits_is_a_contradiction() -> None:
    findings = broken(
        value_of("nio.charge", "680 mAh/g"), value_of("nio.ice", "76.7 %"), value_of("dilute.ice", "75.6 %")
    )
    found = {f.check: f.severity for f in findings}
    assert found["exchanged_efficiencies"] == "contradiction"
    assert found["efficiency_arithmetic"] == "contradiction"


def test_cathode_efficiency_is_discharge_over_charge() -> None:
    assert [f.check for f in broken(value_of("cathode.ice", "99.0 %"))] == ["efficiency_arithmetic"]


def test_an_efficiency_that_only_rounds_differently_is_no_finding() -> None:
    assert broken(value_of("nio.ice", "76.6 %")) == []  # 690/900 = 0.7667, 0.7657 to 0.7676 in its digits


def test_glide_plane_absence_is_only_a_tension() -> None:
    (finding,) = broken(("seen = false", "seen = true"))
    assert (finding.check, finding.severity) == ("forbidden_reflections", "tension")


def test_a_shortfall_of_electrons_is_no_finding() -> None:
    assert [f.check for f in broken(value_of("dilute.charge", "114 mAh/g"))] == []


def test_other_reactions_are_not_held_to_conversion() -> None:
    replacements = [value_of("dilute.charge", "135 mAh/g"), value_of("dilute.ice", "90.0 %"), SWAPPED_ORDER]
    other = ('claimed_inert = ["Mg"]', 'claimed_inert = ["Mg"]\nreaction = "other"')
    assert broken(*replacements, other) == []


def test_stated_cutoff_moves_the_window() -> None:
    text = CONSISTENT.replace('"Ni0.10Mg0.90O"', '"Ni0.10Zn0.90O"').replace(
        'claimed_inert = ["Mg"]', 'claimed_inert = ["Zn"]'
    )
    checks = {f.check for f in audit(ledger_from_text(text))}
    assert "inert_inside_window" in checks
    raised = {f.check for f in audit(ledger_from_text(text.replace('"10 mV"', '"1.3 V"')))}
    assert "inert_inside_window" not in raised


def test_half_cell_fade_beyond_its_efficiency() -> None:
    (finding,) = broken(value_of("nio.efficiency", "99.99 %"))
    assert (finding.check, finding.severity) == ("retention_efficiency", "tension")


def test_non_cubic_spacings_are_said_not_to_be_compared() -> None:
    text = CONSISTENT.replace("F m -3 m", "P 6/m m m", 1)
    found = audited(ledger_from_text(text))
    assert found.findings == ()
    why = [one.why for one in found.not_run if one.check == "spacings_one_lattice"]
    assert any("hexagonal" in one for one in why)


def test_swelling_of_a_host_that_is_no_rock_salt_is_said_not_to_be_compared() -> None:
    text = CONSISTENT
    for old, new in (
        ("Ni0.10Mg0.90O", "Ni0.10Li0.20O0.20"),
        ('claimed_inert = ["Mg"]', ""),
        value_of("dilute.share", "33 %"),
    ):
        text = text.replace(old, new, 1)
    assert "swelling_charge" in {one.check for one in audited(ledger_from_text(text)).not_run}


def test_every_check_says_what_became_of_it() -> None:
    """Each check has findings, is in order, or says why it could not be run; what it needs is told."""
    for text in (CONSISTENT, CONSISTENT.replace('formula = "NiO"', 'formula = "NiO3"', 1)):
        found = audited(ledger_from_text(text))
        told = {
            *(f.check for f in found.findings),
            *(p.check for p in found.passed),
            *(n.check for n in found.not_run),
        }
        assert told == {check.__name__ for check in CHECKS} == set(NEEDS)
        assert not {f.check for f in found.findings} & {p.check for p in found.passed}


def test_the_consistent_ledger_is_in_order_in_every_check() -> None:
    found = audited(ledger_from_text(CONSISTENT))
    assert {p.check for p in found.passed} == {check.__name__ for check in CHECKS}
    ids = {claim.id for claim in ledger_from_text(CONSISTENT).claims}
    assert all(set(p.claims) <= ids and p.comparisons > 0 for p in found.passed)


BARE = """[paper]
citation = "A paper"
[material.host]
formula = "{formula}"
space_group = "Fm-3m"
[cell.li]
ion = "Li"
[[claim]]
id = "charge"
kind = "value"
material = "host"
cell = "li"
quantity = "specific_capacity_charge"
value = "300 mAh/g"
cycle = 1
[[claim]]
id = "discharge"
kind = "value"
material = "host"
cell = "li"
quantity = "specific_capacity_discharge"
value = "400 mAh/g"
cycle = 1
[[claim]]
id = "ice"
kind = "value"
material = "host"
cell = "li"
quantity = "initial_coulombic_efficiency"
value = "{ice}"
"""


@pytest.mark.parametrize("formula", ["Nb2O5", "Na3V2(PO4)3", "C6", "Cu"])
def test_a_material_without_data_leaves_out_what_needs_it_and_no_more(formula: str) -> None:
    """The arithmetic of its efficiency is checked all the same, and wrong arithmetic is found."""
    good = audited(ledger_from_text(BARE.format(formula=formula, ice="75 %")))
    assert "efficiency_arithmetic" in {p.check for p in good.passed}
    assert {"capacity_all_cations", "charge_balance"} <= {n.check for n in good.not_run}
    assert any(formula in n.why for n in good.not_run if n.check == "capacity_all_cations")
    bad = audited(ledger_from_text(BARE.format(formula=formula, ice="85 %")))
    assert [f.check for f in bad.findings] == ["efficiency_arithmetic"]


def test_one_fact_is_one_finding() -> None:
    """A single cation, or all that there are, claimed active: one check says that they do not suffice."""
    text = BARE.format(formula="NiO", ice="75 %").replace("300", "900").replace("400", "1200")
    text = text.replace("[cell.li]", 'claimed_active = ["Ni"]\n[cell.li]', 1)
    found = audit(ledger_from_text(text))
    assert [f.check for f in found] == ["capacity_all_cations"]
    text = text.replace('formula = "NiO"', 'formula = "Ni0.9Mg0.1O"')
    assert "capacity_claimed_couples" in {f.check for f in audit(ledger_from_text(text))}


VALUES = [line for line in CONSISTENT.splitlines() if line.startswith("value = ")]
CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(VALUES) - 1),
        st.floats(0.001, 1000.0),
        st.sampled_from(
            ["", '\nbound = "at least"', '\nbound = "at most"', '\nbound = "about"', "\nresolution = 50"]
        ),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_any_numbers_give_findings_that_are_json(changes: list[tuple[int, float, str]]) -> None:
    parts = CONSISTENT.split("value = ")
    for index, factor, addition in changes:
        line, _, rest = parts[index + 1].partition("\n")
        if "bound" in rest.split("[[claim]]")[0] or "resolution" in rest.split("[[claim]]")[0]:
            continue
        number, _, unit = line.strip('"').partition(" ")
        parts[index + 1] = f'"{float(number) * factor:.4g} {unit}"{addition}\n{rest}'.replace(' "', '"', 1)
    ledger = ledger_from_text("value = ".join(parts))
    document = findings_document(audit(ledger))
    assert json.loads(json.dumps(document, allow_nan=False))["summary"]["total"] == len(document["findings"])


@pytest.mark.parametrize("energy", ["848.2", "852.7", "857.4"])
def test_an_edge_within_a_chemical_shift_is_no_finding(energy: str) -> None:
    assert broken(value_of("nio.edge", f"{energy} eV")) == []


def test_an_edge_that_names_two_levels_is_not_compared() -> None:
    assert (
        broken(value_of("nio.edge", "863.1 eV"), ('technique = "EELS L3"', 'technique = "EELS L3, L2"')) == []
    )


def test_a_two_phase_reaction_need_not_swell_its_host() -> None:
    _, replacements = CASES["swelling_charge"]
    two_phase = ('claimed_inert = ["Mg"]', 'claimed_inert = ["Mg"]\nreaction = "two-phase"')
    assert broken(*replacements, two_phase) == []


def test_fang2022() -> None:
    findings = audit("fang2022")
    by_check: dict[str, list[Finding]] = {}
    for finding in findings:
        by_check.setdefault(finding.check, []).append(finding)

    (exchange,) = by_check["exchanged_efficiencies"]
    assert exchange.claims[:2] == ["li.ice", "na.ice"]
    assert exchange.values["quotients"] == pytest.approx({"li.ice": 753 / 830, "na.ice": 581 / 641})

    excess = {f.claims[0]: f.values for f in by_check["capacity_claimed_couples"]}
    assert set(excess) == {"li.charge", "na.charge", "full.capacity"}
    assert excess["na.charge"]["limit"] == pytest.approx(447.1, abs=0.2)
    assert excess["na.charge"]["electrons_stored"] == pytest.approx(1.56, abs=0.005)
    (beyond,) = by_check["capacity_all_cations"]
    assert beyond.claims == ["li.charge"]
    assert beyond.values["limit"] == pytest.approx(745.2, abs=0.3)

    (forbidden,) = by_check["forbidden_reflections"]
    assert forbidden.severity == "contradiction"
    assert forbidden.values["reflection"] == [3, 0, 0]

    (strain,) = by_check["strains_agree"]
    assert strain.values["strain_(111)"] == pytest.approx(0.260 / 0.251 - 1)
    assert strain.values["strain_(300)"] == pytest.approx(0.148 / 0.144 - 1)

    (start,) = by_check["retention_start"]
    assert start.values["implied_start"] == pytest.approx(375 / 0.812)
    assert start.values["stated"] == 490

    (swelling,) = by_check["swelling_charge"]
    assert swelling.values["reacted_fraction"] == pytest.approx(0.6, abs=0.001)
    assert 0.05 < swelling.values["coherent_fraction_low"] < swelling.values["coherent_fraction_high"] < 0.11

    zinc = {f.values["ion"]: f.values for f in by_check["inert_inside_window"]}
    assert {v["element"] for v in zinc.values()} == {"Zn"}
    assert zinc["Na"]["voltage"] == pytest.approx(0.33, abs=0.08)
    assert zinc["Li"]["voltage"] == pytest.approx(1.28, abs=0.08)

    shoulders = {f.claims[0]: f for f in by_check["edge_levels"]}
    assert set(shoulders) == {"eels.co.shoulder", "eels.ni.shoulder"}
    assert shoulders["eels.co.shoulder"].values["difference"] == pytest.approx(789.5 - 778.1)
    assert shoulders["eels.ni.shoulder"].values["difference"] == pytest.approx(865.0 - 852.7)
    assert all(f.severity == "tension" and "L2" in f.message for f in shoulders.values())

    (order,) = by_check["retention_current_order"]
    assert order.severity == "note"


def test_nothing_is_keyed_to_one_publication() -> None:
    folder = Path(__file__).parents[2] / "src" / "topotaxy" / "evidence"
    for module in folder.rglob("*.py"):
        text = module.read_text(encoding="utf-8")
        assert "heos" not in text, module
        if module.name not in {"ledger.py"}:
            assert "fang2022" not in text, module


def test_document_is_json_with_a_count() -> None:
    findings = audit("fang2022")
    document = json.loads(json.dumps(findings_document(findings), allow_nan=False))
    assert document["summary"]["total"] == len(document["findings"]) == len(findings)
    assert set(document["findings"][0]) == {
        "check",
        "severity",
        "claims",
        "message",
        "values",
        "rule",
        "source",
    }
    grades = [f["severity"] for f in document["findings"]]
    assert grades == sorted(grades, key=["contradiction", "tension", "note"].index)


DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


@pytest.mark.skipif(not DOCS.is_file(), reason="the documentation is not there")
def test_every_check_is_documented() -> None:
    page = DOCS.read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"`{check.__name__}`" in page
        assert check.__doc__


@pytest.mark.skipif(not DOCS.is_file(), reason="the documentation is not there")
def test_the_ledger_of_the_documentation_says_what_it_is_said_to_say() -> None:
    text = DOCS.read_text(encoding="utf-8").split("```toml\n", 1)[1].split("```", 1)[0]
    found = audited(ledger_from_text(text))
    assert [(f.check, f.severity) for f in found.findings] == [
        ("efficiency_arithmetic", "contradiction"),
        ("forbidden_reflections", "contradiction"),
        *[("capacity_claimed_couples", "tension")] * 3,
        ("zone_law", "tension"),
        ("capacity_all_cations", "note"),
    ]
    assert "charge_balance" in {p.check for p in found.passed}
    assert "voltage_stated_anode" in {n.check for n in found.not_run}


def test_the_quantities_of_the_documentation_are_words_of_the_vocabulary() -> None:
    if not DOCS.is_file():
        pytest.skip("the documentation is not there")
    table = DOCS.read_text(encoding="utf-8").split("| quantity | unit |", 1)[1].split("\n\n", 1)[0]
    words = re.findall(r"`([a-z]+_[a-z_]+|strain)`", table)
    assert len(words) > 10
    assert set(words) <= set(VOCABULARY)
