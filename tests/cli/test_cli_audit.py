from __future__ import annotations

import json
import re
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
    monkeypatch.setattr(evidence, "audit", lambda _: holder.findings)
    return holder


def test_a_tension_is_no_contradiction(one_finding: SimpleNamespace, topotaxy: Call) -> None:
    outcome = topotaxy("audit", "any")
    assert outcome.status == 0
    for text in (
        "1 tension",
        "1 + 1 is stated as 3 [sic]",
        "stated = 3, computed = 2",
        "addition",
        "Peano",
        "a, b",
    ):
        assert text in outcome.out


def test_nothing_found_is_said(one_finding: SimpleNamespace, topotaxy: Call) -> None:
    one_finding.findings = []
    outcome = topotaxy("audit", "any")
    assert (outcome.status, outcome.out, outcome.err) == (0, "any: no findings\n", "")
    assert json.loads(topotaxy("audit", "any", "--json").out)["findings"] == []
