"""The page of an audit: what stands in it, in which order, and in which words."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from ledgers import ledger_of, value
from topotaxy.content.section import Paragraph, Table
from topotaxy.evidence import (
    CHECKS,
    Audit,
    Finding,
    NotRun,
    Passed,
    audit_document,
    audited,
    findings_document,
)
from topotaxy.evidence.audit_shown import (
    MEANING,
    audit_page,
    counted,
    not_run_table,
    numbers_text,
    passed_table,
    verdict,
)
from topotaxy.evidence.beside import audit_section
from topotaxy.evidence.check_names import CHECK_NAMES, check_name
from topotaxy.evidence.findings import SEVERITIES

LEDGER = ledger_of(value("rate_capacity", "600 mAh/g", where="figure 2"), {"id": "seen", "kind": "presence"})


def finding(severity: Any, check: str = "zone_law", **values: Any) -> Finding:
    return Finding(check, severity, ["a", "b"], f"a {severity} of {check}", "a rule", "a source", values)


def audit_of(*severities: str, passed: int = 0, not_run: tuple[str, ...] = ()) -> Audit:
    return Audit(
        findings=tuple(finding(s, f"check_{i}") for i, s in enumerate(severities)),
        passed=tuple(Passed(f"in_order_{i}", 2, ("a",)) for i in range(passed)),
        not_run=tuple(NotRun(check, "the ledger lacks it") for check in not_run),
    )


@pytest.mark.parametrize(
    ("audit", "said"),
    [
        (audit_of(), "No finding; 0 checks in order (0 comparisons), 0 could not be run."),
        (audit_of(passed=1), "No finding; 1 check in order (2 comparisons), 0 could not be run."),
        (
            audit_of("note", "contradiction", "tension", "note", passed=3, not_run=("x", "x", "y")),
            "1 contradiction, 1 tension, 2 notes; 3 checks in order (6 comparisons), 2 could not be run.",
        ),
        # A check that compared something was run, whatever it left out besides.
        (
            audit_of("tension", passed=1, not_run=("check_0", "in_order_0")),
            "1 tension; 1 check in order (2 comparisons), 0 could not be run.",
        ),
    ],
)
def test_the_answer_counts_what_there_is(audit: Audit, said: str) -> None:
    assert verdict(audit) == said
    assert audit_page(audit, LEDGER).verdict.endswith(said)


def test_the_page_opens_with_what_contradicts_what() -> None:
    one = audit_page(audit_of("tension", "contradiction"), LEDGER).verdict
    assert one.startswith("The claims contradict themselves: a contradiction of check_1. 1 contradiction, 1")
    three = audit_page(audit_of(*["contradiction"] * 3), LEDGER).verdict
    assert "a contradiction of check_0. 2 further contradictions below." in three
    assert "contradict" not in audit_page(audit_of("tension"), LEDGER).verdict


@pytest.mark.parametrize(("number", "said"), [(0, "0 tensions"), (1, "1 tension"), (2, "2 tensions")])
def test_one_is_one(number: int, said: str) -> None:
    assert counted(number, "tension") == said


@pytest.mark.parametrize(
    "severities", [(), ("note",), ("tension", "contradiction"), ("note", "tension", "contradiction", "note")]
)
def test_sections_go_from_the_gravest_on_and_leave_out_what_is_not_there(severities: tuple[str, ...]) -> None:
    page = audit_page(audit_of(*severities), LEDGER)
    there = [s for s in SEVERITIES if s in severities]
    assert [s.anchor for s in page.sections] == [*there, "in-order", "not-run", "claims"]
    for section in page.sections[: len(there)]:
        (lead, table) = section.parts
        assert isinstance(lead, Paragraph)
        assert lead.text == MEANING[section.anchor]
        assert isinstance(table, Table)
        assert len(table.rows) == severities.count(section.anchor)
        assert all(f"a {section.anchor} of" in row[1] for row in table.rows)
        said = "Claims: a; b. Rule: a rule. Source: a source. In the ledger: a, b."
        assert list(table.details) == [said] * len(table.rows)
    numbers = {k.name: k.value for k in page.key_numbers}
    for severity in SEVERITIES:
        assert numbers[f"{severity}s"] == str(severities.count(severity))


def test_claims_stand_by_name_once_and_by_id_at_the_end() -> None:
    claims = ["rate_capacity", "seen", "rate_capacity"]
    audit = Audit((Finding("zone_law", "note", claims, "said", "a rule", "a source", {"n": 1.0}),), (), ())
    table = audit_page(audit, LEDGER).sections[0].parts[1]
    assert isinstance(table, Table)
    assert [tuple(row) for row in table.rows] == [("Zone law", "said")]
    assert table.details == [
        "Claims: Capacity at this current; Presence. Rule: a rule. Source: a source. Numbers: n = 1. "
        "In the ledger: rate_capacity, seen, rate_capacity."
    ]


def test_every_check_has_a_name_of_its_own() -> None:
    assert {check.__name__ for check in CHECKS} == set(CHECK_NAMES)
    assert len(set(CHECK_NAMES.values())) == len(CHECK_NAMES)
    assert check_name("made_up") == "made up"


def test_the_page_says_whose_claims_they_are() -> None:
    page = audit_page(audit_of(), LEDGER)
    assert (page.kind, page.title) == ("Audit", "made")
    assert any("no error" in limit for limit in page.limits)
    table = page.sections[-1].parts[0]
    assert isinstance(table, Table)
    assert [tuple(row) for row in table.rows] == [
        ("Capacity at this current", "600 mAh/g", "value", "figure 2", "rate_capacity"),
        ("Presence", "", "presence", "", "seen"),
    ]
    named = LEDGER.model_copy(
        update={"paper": LEDGER.paper.model_copy(update={"title": "T", "doi": "10.1000/x"})}
    )
    page = audit_page(audit_of(), named)
    assert page.title == "T"
    (source,) = page.provenance
    assert isinstance(source, Paragraph)
    assert source.text == "made 10.1000/x"


def test_what_is_in_order_and_what_was_not_run_is_listed_or_said_to_be_nothing() -> None:
    nothing = audit_of()
    for part in (passed_table(nothing, LEDGER), not_run_table(nothing.not_run)):
        assert isinstance(part, Paragraph)
    table = passed_table(audit_of(passed=2), LEDGER)
    assert isinstance(table, Table)
    assert [tuple(row) for row in table.rows] == [("in order 0", "2", "a"), ("in order 1", "2", "a")]
    table = not_run_table(audit_of(not_run=("zone_law",)).not_run)
    assert isinstance(table, Table)
    assert [tuple(row) for row in table.rows] == [("Zone law", "the ledger lacks it")]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, ""),
        ({"a": 1.0 / 3.0}, "a = 0.3333"),
        ({"n": 12345}, "n = 12345"),
        ({"redox": ["Ni", "Co"]}, "redox = Ni, Co"),
        ({"q": {"x": 0.5, "y": 2}}, "q = x 0.5, y 2"),
        ({"a": 1.0, "b_of_it": "word", "within": True}, "a = 1; b of it = word; within = yes"),
    ],
)
def test_numbers_of_a_finding_stand_in_one_line(values: dict[str, Any], said: str) -> None:
    assert numbers_text(values) == said


def test_open_ends_become_null_at_any_depth() -> None:
    deep = finding("note", low=-math.inf, all=[1.0, math.nan, {"x": math.inf}], pair=(0.5, 2))
    document = json.loads(json.dumps(findings_document([deep]), allow_nan=False))
    assert document["findings"][0]["values"] == {
        "low": None,
        "all": [1.0, None, {"x": None}],
        "pair": [0.5, 2],
    }
    assert document["summary"] == {"contradiction": 0, "tension": 0, "note": 1, "total": 1}


def test_the_document_holds_findings_what_passed_and_what_was_not_run() -> None:
    audit = audit_of("tension", passed=2, not_run=("x",))
    document = json.loads(json.dumps(audit_document(audit), allow_nan=False))
    assert [len(document[key]) for key in ("findings", "passed", "not_run")] == [1, 2, 1]
    assert document["passed"][0] == {"check": "in_order_0", "comparisons": 2, "claims": ["a"]}
    assert document["not_run"][0] == {"check": "x", "why": "the ledger lacks it", "claims": []}


def test_beside_a_verdict_notes_are_counted_and_the_graver_listed() -> None:
    section = audit_section(audit_of("contradiction", "tension", "tension", "note").findings)
    (lead, table) = section.parts
    assert isinstance(lead, Paragraph)
    assert lead.text.endswith(": 1 contradiction, 2 tensions, 1 note.")
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["contradiction", "tension", "tension"]
    assert len(audit_section(audit_of("note").findings).parts) == 1


def test_a_real_audit_makes_a_page_of_as_many_rows() -> None:
    ledger = ledger_of(
        value("specific_capacity_charge", "900 mAh/g", cell="li", cycle=1),
        value("specific_capacity_discharge", "1000 mAh/g", cell="li", cycle=1),
        value("initial_coulombic_efficiency", "80 %", cell="li"),
        {"id": "p", "kind": "presence", "material": "host", "reflections": ["(210)", "(111)"]},
    )
    audit = audited(ledger)
    assert {f.severity for f in audit.findings} == {"contradiction", "tension"}
    page = audit_page(audit, ledger)
    rows = {s.anchor: len(s.parts[-1].rows) for s in page.sections if isinstance(s.parts[-1], Table)}
    assert sum(rows[s] for s in SEVERITIES if s in rows) == len(audit.findings)
    assert rows["in-order"] == len(audit.passed) > 0
    assert rows["not-run"] == len(audit.not_run) > 0
