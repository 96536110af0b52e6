"""An audit as the content of a page: what contradicts what, what is in order, and what was not asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topotaxy.content.section import Items, KeyNumber, Page, Paragraph, Part, Section, Table
from topotaxy.evidence.check_names import check_name
from topotaxy.evidence.claim_names import claim_name
from topotaxy.evidence.claims import Ledger
from topotaxy.evidence.findings import SEVERITIES, Audit, Finding, NotRun

MEANING: Mapping[str, str] = {
    "contradiction": "The claims cannot all be true within their stated digits.",
    "tension": "They can, but only with an assumption that the publication does not state.",
    "note": "A consequence worth knowing, in conflict with nothing.",
}


def counted(number: int, word: str) -> str:
    """Return a number with its word, as ``2 tensions``.

    Parameters
    ----------
    number : int
        How many there are.
    word : str
        The noun in the singular, as ``finding``.
    """
    return f"{number} {word}{'' if number == 1 else 's'}"


def verdict(audit: Audit) -> str:
    """Return the answer in one sentence.

    Parameters
    ----------
    audit : Audit
        Findings, checks that passed, and those that could not be made.
    """
    counts = {s: sum(f.severity == s for f in audit.findings) for s in SEVERITIES}
    found = ", ".join(counted(n, s) for s, n in counts.items() if n) or "No finding"
    compared = sum(one.comparisons for one in audit.passed)
    return (
        f"{found[:1].upper()}{found[1:]}; {counted(len(audit.passed), 'check')} in order "
        f"({counted(compared, 'comparison')}), {_not_run_checks(audit)} could not be run."
    )


def answer(audit: Audit) -> str:
    """Return what heads the page: the first contradiction in its own words, then the counts.

    Parameters
    ----------
    audit : Audit
        What the checks say.
    """
    said = [f.message for f in audit.findings if f.severity == "contradiction"]
    if not said:
        return verdict(audit)
    more = f" {counted(len(said) - 1, 'further contradiction')} below." if len(said) > 1 else ""
    return f"The claims contradict themselves: {said[0].rstrip('.')}.{more} {verdict(audit)}"


def _not_run_checks(audit: Audit) -> int:
    """Checks that made no comparison at all."""
    ran = {f.check for f in audit.findings} | {p.check for p in audit.passed}
    return len({one.check for one in audit.not_run} - ran)


def audit_page(audit: Audit, ledger: Ledger) -> Page:
    """Return the page of an audit.

    Parameters
    ----------
    audit : Audit
        Findings, checks that passed, and those that could not be made.
    ledger : Ledger
        All claims of a publication.
    """
    counts = {s: sum(f.severity == s for f in audit.findings) for s in SEVERITIES}
    sections = [
        Section(
            anchor=severity,
            title=f"{severity.capitalize()}s",
            parts=(
                Paragraph(MEANING[severity], note=True),
                _findings_table([f for f in audit.findings if f.severity == severity], severity, ledger),
            ),
        )
        for severity in SEVERITIES
        if counts[severity]
    ]
    sections += [
        Section(anchor="in-order", title="In order", parts=(passed_table(audit, ledger),)),
        Section(anchor="not-run", title="Could not be run", parts=(not_run_table(audit.not_run),)),
        Section(anchor="claims", title="Claims", parts=(_claims_table(ledger),)),
    ]
    paper = ledger.paper
    return Page(
        kind="Audit",
        title=paper.title or paper.citation,
        verdict=answer(audit),
        key_numbers=[
            *(KeyNumber(name=f"{s}s", value=str(n)) for s, n in counts.items()),
            KeyNumber(name="checks in order", value=str(len(audit.passed))),
            KeyNumber(name="checks not run", value=str(_not_run_checks(audit))),
        ],
        sections=sections,
        limits=(
            "A finding is about what is stated: a tension is often a sentence that is missing, and no error.",
            "Only claims that are in the ledger were compared.",
            "A check in order says that nothing contradicts it here, not that the claims are true.",
        ),
        provenance=(Paragraph(" ".join(filter(None, (paper.citation, paper.doi)))),),
    )


def _named(claims: Sequence[str], ledger: Ledger) -> str:
    """Return claims by name, each name once; ids that the ledger does not hold as they are."""
    known = {claim.id: claim for claim in ledger.claims}
    return "; ".join(dict.fromkeys(claim_name(known[one], ledger) if one in known else one for one in claims))


def _findings_table(findings: Sequence[Finding], severity: str, ledger: Ledger) -> Table:
    return Table(
        caption=f"{severity.capitalize()}s, with the rule and the source of each",
        head=("Check", "What was found"),
        rows=[(check_name(f.check), f.message) for f in findings],
        details=[_details(f, ledger) for f in findings],
    )


def _details(finding: Finding, ledger: Ledger) -> str:
    claims, numbers = _named(finding.claims, ledger), numbers_text(finding.values)
    entries = ", ".join(finding.claims)
    said = [
        f"Claims: {claims}." if claims else "",
        f"Rule: {finding.rule}. Source: {finding.source}.",
        f"Numbers: {numbers}." if numbers else "",
        f"In the ledger: {entries}." if entries else "",
    ]
    return " ".join(filter(None, said))


def passed_table(audit: Audit, ledger: Ledger) -> Part:
    """Return the checks in which nothing was amiss.

    Parameters
    ----------
    audit : Audit
        Findings, checks that passed, and those that could not be made.
    ledger : Ledger
        All claims of a publication.
    """
    if not audit.passed:
        return Paragraph("No check had anything to compare that was in order.")
    return Table(
        caption="Checks in whose comparisons nothing was amiss",
        head=("Check", "Comparisons", "Claims"),
        rows=[
            (check_name(one.check), str(one.comparisons), _named(one.claims, ledger)) for one in audit.passed
        ],
        numeric=frozenset({1}),
    )


def not_run_table(not_run: Sequence[NotRun]) -> Part:
    """Return what could not be compared, and why.

    Parameters
    ----------
    not_run : sequence of NotRun
        Checks that could not be made, with the reason.
    """
    if not not_run:
        return Paragraph("Every check had something to compare.")
    return Table(
        caption="What could not be compared",
        head=("Check", "Why not"),
        rows=[(check_name(one.check), one.why) for one in not_run],
    )


def _claims_table(ledger: Ledger) -> Part:
    rows = [
        (claim_name(c, ledger), "" if c.value is None else str(c.value), c.kind, c.where, c.id)
        for c in ledger.claims
    ]
    if not rows:
        return Items(())
    return Table(caption="The ledger", head=("Claim", "Value", "Kind", "Where", "In the ledger"), rows=rows)


def numbers_text(values: Mapping[str, Any]) -> str:
    """Return the numbers of a finding in one line.

    Parameters
    ----------
    values : mapping
        Numbers by name, as a finding holds them; lists and mappings of numbers too.
    """
    return "; ".join(f"{key.replace('_', ' ')} = {_number(value)}" for key, value in values.items())


def _number(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_number(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_number(item) for item in value)
    return str(value)
