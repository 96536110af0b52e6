"""What must not change an audit: order, names, units, and what is said of other materials."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ledgers import ledger_of, value
from topotaxy.evidence import CHECKS, Audit, Ledger, audited, ledger_from_text, load_ledger
from topotaxy.evidence.audit import BY_FORMULA, NEEDS
from topotaxy.evidence.findings import SEVERITIES

CONSISTENT = (Path(__file__).parent / "consistent.toml").read_text(encoding="utf-8")
BROKEN = CONSISTENT
for old, new in (
    ('"690 mAh/g"', '"720 mAh/g"'),
    ('"0.2146 nm"', '"0.2130 nm"'),
    ('"(1-11)"', '"(111)"'),
    ('"90.0 %"', '"92.0 %"'),
    ('"853.4 eV"', '"863.1 eV"'),
    ('"10 %"', '"12 %"'),
    ('"1.4 V"', '"2.5 V"'),
):
    assert BROKEN.count(old) >= 1, old
    BROKEN = BROKEN.replace(old, new, 1)


@pytest.fixture(scope="module")
def plain() -> Audit:
    return audited(ledger_from_text(BROKEN))


def said(audit: Audit) -> Counter[tuple[str, str, frozenset[str]]]:
    return Counter((f.check, f.severity, frozenset(f.claims)) for f in audit.findings)


def kept(audit: Audit) -> dict[str, int]:
    return {p.check: p.comparisons for p in audit.passed}


def test_the_broken_ledger_is_broken_in_many_places_the_gravest_first(plain: Audit) -> None:
    assert len({f.check for f in plain.findings}) >= 7
    grades = [f.severity for f in plain.findings]
    assert set(grades) >= {"contradiction", "tension"}
    assert grades == sorted(grades, key=SEVERITIES.index)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_the_claims_changes_nothing(plain: Audit, seed: int) -> None:
    ledger = ledger_from_text(BROKEN)
    turned = np.random.default_rng(seed).permutation(len(ledger.claims))
    again = audited(ledger.model_copy(update={"claim": tuple(ledger.claims[i] for i in turned)}))
    assert said(again) == said(plain)
    assert kept(again) == kept(plain)


def test_names_carry_no_meaning(plain: Audit) -> None:
    """Other names of materials and cells: the same findings."""
    text = BROKEN
    for name, other in (("nio", "zzz"), ("dilute", "aaa"), ("diamond", "mmm"), ("li", "q"), ("full", "b")):
        text = re.sub(rf"\[(material|cell)\.{name}\]", rf"[\1.{other}]", text)
        text = re.sub(rf'(material|cell|phase) = "{name}"', rf'\1 = "{other}"', text)
    again = audited(ledger_from_text(text))
    assert said(again) == said(plain)
    assert kept(again) == kept(plain)


UNITS = {
    "mAh/g": (0.001, "Ah/g", 3),
    "nm": (10.0, "Å", -1),
    "V": (1000.0, "mV", -3),
    "%": (0.01, "", 2),
}


@pytest.mark.parametrize("unit", UNITS)
def test_units_change_nothing(plain: Audit, unit: str) -> None:
    """The same digits in another unit of the same dimension."""
    factor, other, shift = UNITS[unit]

    def rewritten(match: re.Match[str]) -> str:
        digits = len(match[1].partition(".")[2]) + shift
        return f'value = "{float(match[1]) * factor:.{max(digits, 0)}f} {other}"' + (
            f"\nresolution = {10.0**-digits * (0.001 if other == 'mV' else 1.0)}" if digits < 0 else ""
        )

    text, times = re.subn(rf'value = "([\d.]+) {unit}"', rewritten, BROKEN)
    assert times >= 2
    assert said(audited(ledger_from_text(text))) == said(plain)


def test_what_is_said_of_another_paper_changes_nothing(plain: Audit) -> None:
    """A second copy of everything under other names: twice the findings, none between the copies."""
    text = re.sub(r'id = "([^"]*)"', r'id = "two.\1"', BROKEN)
    text = re.sub(r"\[(material|cell)\.", r"[\1.two-", text)
    text = re.sub(r'(material|cell|phase) = "', r'\1 = "two-', text)
    second = ledger_from_text(text)
    first = ledger_from_text(BROKEN)
    both = Ledger.model_validate(
        {
            "paper": first.paper,
            "material": {**first.material, **second.material},
            "cell": {**first.cell, **second.cell},
            "claim": [c.model_dump(exclude_none=True) for c in (*first.claims, *second.claims)],
        }
    )
    for finding in audited(both).findings:
        assert len({claim.startswith("two.") for claim in finding.claims}) == 1, finding.check
    doubled = Counter(check for check, _, _ in said(audited(both)).elements())
    assert doubled == Counter({f: 2 * n for f, n in Counter(x.check for x in plain.findings).items()})


def test_coarser_digits_never_add_a_finding_of_arithmetic(plain: Audit) -> None:
    """With every number known to a third of itself only, nothing within digits is left."""
    text = re.sub(
        r'value = "([\d.]+) ?([^"]*)"',
        lambda m: f'{m[0]}\nuncertainty = "{float(m[1]) / 3:g} {m[2]}"',
        BROKEN,
    )
    by_digits = {
        "efficiency_arithmetic",
        "retention_start",
        "strains_agree",
        "stated_contents",
        "stated_orders",
    }
    assert by_digits & {f.check for f in plain.findings}
    assert not by_digits & {f.check for f in audited(ledger_from_text(text)).findings}


def test_with_nothing_to_compare_each_check_says_what_it_needs() -> None:
    bare = audited(ledger_of({"id": "p", "kind": "presence"}, material={}, cell={}))
    assert (bare.findings, bare.passed) == ((), ())
    assert {one.check: one.why for one in bare.not_run} == {
        name: f"the ledger lacks {need}" for name, need in NEEDS.items()
    }
    assert {check.__name__ for check in CHECKS} >= BY_FORMULA


def test_checks_that_rest_on_a_formula_without_data_say_so() -> None:
    bare = audited(ledger_of({"id": "p", "kind": "presence"}, host={"formula": "Nb2O5"}))
    for one in bare.not_run:
        if one.check in BY_FORMULA:
            assert one.why.startswith("Nb2O5: "), one.check
        elif one.check != "charge_balance":
            assert one.why == f"the ledger lacks {NEEDS[one.check]}", one.check


def test_a_ledger_is_audited_by_name_by_path_and_as_it_is(tmp_path: Path, plain: Audit) -> None:
    path = tmp_path / "made.toml"
    path.write_text(BROKEN, encoding="utf-8")
    assert audited(path) == audited(str(path)) == plain
    assert audited("poizot2001") == audited(load_ledger("poizot2001"))


def test_a_check_that_needs_two_numbers_is_silent_on_one() -> None:
    for claim in (
        value("specific_capacity_charge", "10 mAh/g", cell="li", cycle=1),
        value("capacity_retention", "99 %", cell="li", cycle=100, current=0.1),
        value("cell_voltage", "0.1 V", cell="full"),
        value("lattice_parameter", "9.9 Å", state="pristine"),
        value("strain", "90 %", state="discharged", cell="li"),
    ):
        assert audited(ledger_of(claim, host={"space_group": "Fm-3m"})).findings == ()
