"""The capacity budget: what could hold the measured charge, and what nothing explains."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from topotaxy.content.figure import Absent, Bar, BarPanel, Figure
from topotaxy.content.numbers import fixed
from topotaxy.content.palette import CHARGE, DISCHARGE, NEUTRAL
from topotaxy.content.section import Paragraph, Part, Table
from topotaxy.report.run.folder import RunFolder

INTERFACE = "interfacial storage"
"""Name of the term of metal/salt interfaces in the run file."""

_REST = ("remainder", "unexplained", "rest")


class Term(NamedTuple):
    """One term of the budget, in mAh/g; NaN where unknown."""

    name: str
    capacity: float
    low: float
    high: float
    basis: str

    @property
    def is_remainder(self) -> bool:
        """Whether this is what is left over."""
        return any(word in self.name.lower() for word in _REST)

    @property
    def is_given(self) -> bool:
        """Whether this is itself measured, and not one of the processes that could hold the charge."""
        return self.name.lower().startswith(("measured", "stated", "irreversible"))


def budget_terms(folder: RunFolder) -> list[Term] | Absent:
    """Read the terms of the budget in the order of the run file.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    group = folder.group(
        "budget", capacity=("term",), low=("term",), high=("term",), basis=("term",), term=("term",)
    )
    if isinstance(group, Absent):
        return group
    return [
        Term(str(name), float(value), float(low), float(high), str(basis))
        for name, value, low, high, basis in zip(
            *(group[v].values for v in ("term", "capacity", "low", "high", "basis")), strict=True
        )
    ]


def budget_sentences(folder: RunFolder, terms: list[Term]) -> list[str]:
    """Say which capacity the budget is set beside, and what is left.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    terms : list[Term]
        Terms of the budget.
    """
    attrs = folder.groups["budget"].attrs
    sentences = []
    down, up = (float(attrs.get(f"{way}_capacity", np.nan)) for way in ("discharge", "charge"))
    if np.isfinite(down + up):
        whose = str(attrs.get("subject", "given"))
        source = f" ({attrs['source']})" if attrs.get("source") and whose != "simulated" else ""
        sentences.append(
            f"The terms are set beside the {whose} first cycle: {fixed(down, 0)} mAh g⁻¹ taken up, "
            f"{fixed(up, 0)} given back{source}."
        )
    sentences += _interface_sentences(attrs, terms, up)
    for term in terms:
        if term.is_remainder and np.isfinite(term.capacity):
            sentences.append(_remainder_sentence(term))
    return sentences


def _interface_sentences(attrs: Mapping[Any, Any], terms: list[Term], reversible: float) -> list[str]:
    """Say what the interfaces that the lattice has could store of the charge beyond the couples."""
    stored = next((t for t in terms if t.name == INTERFACE), None)
    if stored is None or "interface_area" not in attrs or not np.isfinite(stored.low + stored.high):
        return []
    span = f"{fixed(stored.capacity, 0)} mAh g⁻¹ ({fixed(stored.low, 0)} to {fixed(stored.high, 0)})"
    text = (
        f"In the lattice, metal and salts meet over {fixed(float(attrs['interface_area']), 0)} m² g⁻¹ at the "
        f"end of the first discharge, which could hold {span}"
    )
    couples = sum(t.capacity for t in terms if t.name.startswith("couple "))
    beyond = reversible - couples
    if not np.isfinite(beyond):
        return [f"{text}."]
    if beyond <= 0.0:
        return [f"{text}; the couples that are counted hold all that is given back without it."]
    shares = [fixed(100.0 * min(v / beyond, 1.0), 0) for v in (stored.capacity, stored.low, stored.high)]
    return [
        f"{text}: {shares[0]} % ({shares[1]} to {shares[2]} %) of the {fixed(beyond, 0)} mAh g⁻¹ that are "
        "given back beyond the couples counted."
    ]


def _remainder_sentence(term: Term) -> str:
    size = f"{fixed(abs(term.capacity), 0)} mAh g⁻¹"
    if term.capacity > 0:
        text = (
            f"With every term at its stated value, {size} of what is given back remain that nothing explains"
        )
    else:
        text = f"With every term at its stated value, they could hold {size} more than is given back"
    if not (np.isfinite(term.low) and np.isfinite(term.high)):
        return f"{text}."
    span = f"{fixed(term.low, 0)} to {fixed(term.high, 0)}"
    if term.low <= 0.0 <= term.high:
        return f"{text}; over the ranges of the terms ({span}) the balance can close."
    return f"{text}; over the ranges of the terms it stays between {span}, and the balance does not close."


def budget_parts(folder: RunFolder) -> list[Part]:
    """Return the words and the table that stand below the figure; nothing where there is no budget.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    terms = budget_terms(folder)
    if isinstance(terms, Absent):
        return []
    sentences = budget_sentences(folder, terms)
    listing = Table(
        caption="Terms of the capacity budget",
        head=["Term", "Capacity (mAh g⁻¹)", "Range"],
        rows=[[t.name, _whole(t.capacity), _range(t.low, t.high)] for t in terms],
        numeric=frozenset({1, 2}),
        details=[f"{t.basis}." if t.basis else "" for t in terms],
    )
    return [*([Paragraph(" ".join(sentences))] if sentences else []), listing]


def _whole(value: float) -> str:
    return fixed(value, 0) if math.isfinite(value) else "–"


def _range(low: float, high: float) -> str:
    ends = [_whole(v) for v in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def budget_figure(folder: RunFolder) -> Figure | Absent:
    """Horizontal bars of the terms with their ranges.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    terms = budget_terms(folder)
    if isinstance(terms, Absent):
        return terms
    drawn = [t for t in terms if np.isfinite(t.capacity) or (np.isfinite(t.low) and np.isfinite(t.high))]
    if not drawn:
        return Absent("no term of the budget has a number")
    bars = tuple(
        Bar(
            name=t.name,
            value=t.capacity if np.isfinite(t.capacity) else 0.5 * (t.low + t.high),
            low=t.low,
            high=t.high,
            colour=CHARGE if t.is_remainder else NEUTRAL if t.is_given else DISCHARGE,
        )
        for t in drawn
    )
    return Figure(
        name="capacity-budget",
        title="Capacity budget",
        reading=(
            "Each bar is the charge that one process could hold, with the range that its assumptions allow. "
            "What the terms together cannot hold is left as a remainder rather than assigned to one of them."
        ),
        caption="Thin lines give the low and the high end of each term.",
        alt="Capacity budget in mAh per gram: " + "; ".join(f"{b.name} {b.value:.0f}" for b in bars) + ".",
        panels=(BarPanel(title="", x_label="Capacity (mAh g⁻¹)", bars=bars),),
    )
