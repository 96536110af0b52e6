from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from outcome import Call

import topotaxy.evidence as evidence


def test_the_bundled_ledger_contradicts_itself(topotaxy: Call) -> None:
    outcome = topotaxy("audit", "fang2022", "--json")
    assert (outcome.status, outcome.err, outcome.files) == (1, "", frozenset())
    findings = json.loads(outcome.out)["findings"]
    assert {"check", "severity", "claims", "message", "values", "rule", "source"} <= set(findings[0])
    assert "contradiction" in {finding["severity"] for finding in findings}


def test_findings_are_grouped_from_worst_to_mildest(topotaxy: Call) -> None:
    findings = json.loads(topotaxy("audit", "fang2022", "--json").out)["findings"]
    outcome = topotaxy("audit", "fang2022")
    assert outcome.status == 1
    shown = " ".join(outcome.out.split())
    for finding in findings:
        assert " ".join(finding["message"].split()) in shown
        assert " ".join(finding["rule"].split()) in shown
        assert " ".join(finding["source"].split()) in shown
    headings = re.findall(r"^\d+ (contradiction|tension|note)s?$", outcome.out, flags=re.MULTILINE)
    severities = {finding["severity"] for finding in findings}
    assert headings == [s for s in ("contradiction", "tension", "note") if s in severities]


@pytest.fixture
def one_finding(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    finding = evidence.Finding(
        check="arithmetic",
        severity="tension",
        claims=["a", "b"],
        message="1 + 1 is stated as 3 [sic]",
        rule="addition",
        source="Peano",
        values={"stated": 3.0, "computed": 2.0},
    )
    holder = SimpleNamespace(findings=[finding])
    not_run = (evidence.NotRun("zone_law", "no pattern has a zone"),)
    passed = (evidence.Passed("charge_balance", 3, ("c",)),)
    monkeypatch.setattr(
        evidence,
        "audited",
        lambda _: evidence.Audit(findings=tuple(holder.findings), passed=passed, not_run=not_run),
    )
    return holder


def test_a_tension_is_no_contradiction(one_finding: SimpleNamespace, topotaxy: Call) -> None:
    outcome = topotaxy("audit", "fang2022")
    assert outcome.status == 0
    for text in (
        "1 tension",
        "1 + 1 is stated as 3 [sic]",
        "stated = 3; computed = 2",
        "addition",
        "Peano",
        "a, b",
    ):
        assert text in outcome.out


def test_nothing_found_is_said(one_finding: SimpleNamespace, topotaxy: Call) -> None:
    one_finding.findings = []
    outcome = topotaxy("audit", "fang2022")
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.startswith(
        "fang2022: No finding; 1 check in order (3 comparisons), 1 could not be run."
    )
    assert "zone_law: no pattern has a zone" in outcome.out
    document = json.loads(topotaxy("audit", "fang2022", "--json").out)
    assert document["findings"] == []
    assert document["passed"] == [{"check": "charge_balance", "comparisons": 3, "claims": ["c"]}]
    assert document["not_run"] == [{"check": "zone_law", "why": "no pattern has a zone", "claims": []}]


def test_a_folder_gets_findings_and_a_page(topotaxy: Call) -> None:
    outcome = topotaxy("audit", "fang2022", "--out", "audit")
    assert outcome.status == 1
    assert {"audit/audit.json", "audit/report.html", "audit/provenance.json"} <= outcome.files
    assert topotaxy("audit", "poizot2001", "--out", "audit").status == 0


def test_a_folder_of_something_else_is_left_alone(topotaxy: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("keep")
    outcome = topotaxy("audit", "poizot2001", "--out", str(tmp_path / "mine"))
    assert outcome.status == 2
    assert "holds no audit" in outcome.err
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
