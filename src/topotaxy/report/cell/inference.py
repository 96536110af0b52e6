"""What an inference of a cell says, as content: parameters in words, mechanisms gone, contradictions,
budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from topotaxy.content.numbers import fixed, number_text, plain_number, unit_text
from topotaxy.content.section import Paragraph, Part, Table

NOT_NEEDED, NEEDED = 1.5, 4.0
"""Rise of the sum of squares up to which a mechanism is not needed, and from which it is."""


def listed(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the objects of a list of a document; none where there is no such list.

    Parameters
    ----------
    document : mapping
        As it was stored.
    key : str
        Of the list.
    """
    found = document.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def words_of(document: Mapping[str, Any], claim: str) -> str:
    """Return the name of a claim in words, else its id.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    claim : str
        The claim's id.
    """
    names = document.get("names")
    return str(names.get(claim, claim)) if isinstance(names, dict) else claim


def parameter_parts(document: Mapping[str, Any]) -> list[Part]:
    """Return what was used, each parameter with its range before and after, and the strong correlations.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    used = "; ".join(words_of(document, str(c)) for c in document.get("fitted_to", []))
    bounds = "; ".join(words_of(document, str(c)) for c in document.get("bounded_by", []))
    text = f"Fitted to: {used}." + (f" Bounded by: {bounds}." if bounds else "")
    given = listed(document, "parameters")
    rows = [
        [
            str(p.get("name", "")).replace("_", " ").replace(".", ", "),
            _number(p.get("value")),
            f"{_number(p.get('low'))} to {_number(p.get('high'))}",
            f"{_number(p.get('prior_low'))} to {_number(p.get('prior_high'))}",
            unit_text(str(p.get("unit", ""))),
            str(p.get("words", "")),
        ]
        for p in given
    ]
    table = Table(
        caption="Parameters of the cell",
        head=["Parameter", "Median", "5 to 95 %", "Before", "Unit", "In words"],
        rows=rows,
        numeric=frozenset({1, 2, 3}),
        wide=True,
        details=[f"{p.get('meaning', '')}. Range from: {p.get('source', 'not recorded')}" for p in given],
        note="Determined: the interval is less than half of what it was before; narrowed: less than 0.85.",
    )
    parts: list[Part] = [Paragraph(text), table]
    pairs = document.get("correlations")
    if isinstance(pairs, list) and pairs:
        named = "; ".join(f"{a} and {b} ({fixed(float(r), 2)})" for a, b, r in pairs[:8])
        parts.append(Paragraph(f"Known together better than alone: {named.replace('_', ' ')}."))
    parts.append(Paragraph(convergence_text(document)))
    return parts


def convergence_text(document: Mapping[str, Any]) -> str:
    """Say whether two seeds of the sampler agree.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    found = document.get("convergence")
    if not isinstance(found, dict):
        return "The sampler was run with one seed; nothing says how far it can be trusted."
    apart, of = fixed(float(found.get("largest_difference", 0.0)), 2), str(found.get("of", ""))
    text = f"Two seeds of the sampler differ by at most {apart} standard deviations in a median"
    text += f" ({words_of(document, of).replace('_', ' ')})"
    return f"{text}: they agree." if found.get("agree") else f"{text}: they do not agree within 0.3."


def knockout_parts(document: Mapping[str, Any]) -> list[Part]:
    """Return the best fits with one mechanism gone, and the statements that cannot be had together.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    given = listed(document, "knockouts")
    if not given:
        return [Paragraph("No mechanism was taken out; topotaxy reproduce --recalibrate does it.")]
    whole = float(given[0].get("chi_squared", 0.0))
    rows = [
        [
            str(k.get("name", "")),
            fixed(float(k.get("chi_squared", 0.0)), 1),
            _misses(document, k.get("missed")) or "none",
        ]
        for k in given
    ]
    table = Table(
        caption="Best fit to all numbers with one mechanism gone",
        head=["Gone", "Sum of squares", "Missed (z)"],
        rows=rows,
        numeric=frozenset({1}),
        wide=True,
        note="A local search from the posterior's best points: an upper bound of the best sum of squares.",
    )
    return [table, Paragraph(_contradictions(document, given, whole))]


def _misses(document: Mapping[str, Any], missed: Any) -> str:
    if not isinstance(missed, list):
        return ""
    return "; ".join(f"{words_of(document, str(c))} ({float(z):+.1f})" for c, z in missed)


def _contradictions(document: Mapping[str, Any], given: Sequence[Mapping[str, Any]], whole: float) -> str:
    def rise(k: Mapping[str, Any]) -> float:
        return float(k.get("chi_squared", 0.0)) - whole

    found = []
    own = _misses(document, given[0].get("missed"))
    if own:
        found.append(f"Even with all mechanisms these are not met: {own}.")
    needed = [str(k.get("name")) for k in given[1:] if rise(k) > NEEDED and k.get("missed")]
    if needed:
        found.append(f"Cannot be had together with what is missed beside them: {', '.join(needed)}.")
    spared = ", ".join(str(k.get("name")) for k in given[1:] if rise(k) <= NOT_NEEDED)
    if spared:
        found.append(f"Fit as well: {spared}.")
    return " ".join(found) or "No statement contradicts another."


def budget_parts(document: Mapping[str, Any]) -> list[Part]:
    """Return where the charge that comes back is held, alkali by alkali, and what nothing explains.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    parts: list[Part] = []
    for b in listed(document, "budgets"):
        terms = b.get("terms")
        if not isinstance(terms, dict):
            continue
        held = {**terms, "unexplained remainder": b.get("remainder")}
        rows = [[str(name), *_levels(found)] for name, found in held.items()]
        chance, claimed = b.get("chance"), b.get("chance_claimed")
        before = f"{float(chance or 0.0):.2g}"
        note = f"Before any cell was measured the terms reach it with a probability of {before}"
        if isinstance(claimed, (int, float)):
            note += f"; with the couples claimed active alone, of {float(claimed):.2g}"
        stated = plain_number(float(b.get("stated", 0.0)))
        parts.append(
            Table(
                caption=f"First charge with {b.get('ion')}: {stated} mAh g⁻¹ stated",
                head=["Held by (mAh g⁻¹)", "5 %", "Median", "95 %"],
                rows=rows,
                numeric=frozenset({1, 2, 3}),
                note=f"{note}.",
            )
        )
    return parts or [Paragraph("No first charge is stated.")]


def _levels(found: Any) -> list[str]:
    """The three levels of a term; dashes where they are not there."""
    whole = isinstance(found, list) and len(found) == 3
    return [fixed(float(v), 0) for v in found] if whole else ["–"] * 3


def _number(value: Any) -> str:
    return number_text(float(value)) if isinstance(value, (int, float)) else "–"
