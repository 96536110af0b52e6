"""The page of an ablation, from its folder: what the outcomes of a run rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from topotaxy.content.figure import Absent, Bar, BarPanel, Figure
from topotaxy.content.numbers import quantity_text, signed_text, unit_text
from topotaxy.content.section import Items, KeyNumber, Page, Paragraph, Section, Table
from topotaxy.report.pages.listed import listed, number, stored_study

DOCUMENT_FILE = "ablation.json"
REFERENCE = "reference"

SHOWN = ("charge_capacity", "efficiency", "domain_size", "coherent_fraction", "home_fraction", "retention")
"""Outcomes of the strip of numbers and of the figure, where the run has them."""

CHANGED, UNCHANGED = "#0072B2", "#b9bec6"
WIDE = 2.0
"""Standard errors to each side that a bar's range has."""

LIMITS = [
    "A piece that changes nothing here may matter at another current, size of box or number of cycles.",
    "Pieces are taken away one at a time: two that stand in for each other both look dispensable.",
    "That an outcome does not rest on a piece of the model says nothing on whether the model is right.",
]


def ablation_page(folder: Path) -> Page:
    """Return the page of an ablation: which piece of the model changes what, then every number.

    Parameters
    ----------
    folder : Path
        Folder of the ablation; its table in JSON is read.

    Raises
    ------
    InputError
        Where the folder holds no ablation, or its table cannot be read.
    """
    document = stored_study(folder / DOCUMENT_FILE, ("arms", "effects", "outcomes"))
    notes = [str(note) for note in document.get("notes", [])]
    return Page(
        kind="report of an ablation",
        title=f"{document.get('name', '')}: what its outcomes rest on",
        verdict=verdict(document),
        key_numbers=key_numbers(document),
        main=effects_figure(document),
        remarks=[_conditions(document)],
        sections=[
            Section(
                anchor="numbers",
                title="Every outcome",
                parts=[effects_table(document), *[Paragraph(note, note=True) for note in notes]],
            ),
            Section(anchor="arms", title="What was taken away", parts=[Items(_arms(document))]),
        ],
        limits=LIMITS,
    )


def _conditions(document: Mapping[str, Any]) -> str:
    return (
        f"{document.get('formula')} against {document.get('ion')}, {document.get('cycles')} cycles, "
        f"{document.get('cells')} cells along the edge of a box, {document.get('replicas')} replicas an arm, "
        "with the same seeds in all arms."
    )


def verdict(document: Mapping[str, Any]) -> str:
    """Return which pieces of the model change outcomes beyond chance, the most consequential first.

    Parameters
    ----------
    document : Mapping[str, Any]
        The ablation's document, as its JSON has it.
    """
    ran = [str(arm.get("arm")) for arm in _ran(document)]
    tested = {arm: _of_arm(document, arm) for arm in ran}
    changed = {arm: sum(e.get("significant") is True for e in tested[arm]) for arm in ran}
    order = sorted((arm for arm in ran if changed[arm]), key=lambda arm: -changed[arm])
    if not ran:
        return "There was nothing to take away that could be run."
    if not order:
        return f"None of the {len(ran)} pieces that were taken away changes an outcome beyond chance."
    named = [f"{_piece(arm)} ({changed[arm]} of {len(tested[arm])} outcomes)" for arm in order]
    change = "changes" if len(order) == 1 else "change"
    text = f"Taken away one at a time, {len(order)} of {len(ran)} pieces {change} what comes out beyond "
    text += "chance: "
    text += ", ".join(named) + "."
    idle = [_piece(arm) for arm in ran if not changed[arm]]
    return f"{text} No change is shown for {', '.join(idle)}." if idle else text


def key_numbers(document: Mapping[str, Any]) -> list[KeyNumber]:
    """Return outcomes of the run as it is, each with what changes it most.

    Parameters
    ----------
    document : Mapping[str, Any]
        The ablation's document, as its JSON has it.
    """
    found = []
    for name, words, unit in _outcomes(document):
        whole = _effect(document, REFERENCE, name)
        if name in SHOWN and whole is not None:
            found.append(
                KeyNumber(
                    name=words.capitalize(),
                    value=quantity_text(name, number(whole, "value"), whole.get("uncertainty"), unit),
                    note=_largest(document, name, unit),
                )
            )
    return found


def _largest(document: Mapping[str, Any], outcome: str, unit: str) -> str:
    """The piece whose absence changes an outcome most, of those that do beyond chance."""
    found = [
        (abs(number(effect, "difference")), arm, number(effect, "difference"))
        for arm in (str(a.get("arm")) for a in _ran(document))
        if (effect := _effect(document, arm, outcome)) is not None and effect.get("significant") is True
    ]
    if not found:
        return "nothing changes it beyond chance"
    _, arm, difference = max(found)
    return f"{signed_text(outcome, difference, None, unit)} without {_piece(arm)}"


def effects_figure(document: Mapping[str, Any]) -> Figure | Absent:
    """Return the change of each shown outcome with one piece gone, a panel an outcome and a bar a piece.

    Parameters
    ----------
    document : Mapping[str, Any]
        The ablation's document, as its JSON has it.
    """
    panels = []
    for name, words, unit in _outcomes(document):
        if name not in SHOWN:
            continue
        bars = []
        for arm in _ran(document):
            effect = _effect(document, str(arm.get("arm")), name)
            if effect is None or effect.get("difference") is None:
                continue
            value, error = number(effect, "difference"), number(effect, "difference_uncertainty")
            bars.append(
                Bar(
                    name=f"no {_piece(str(arm.get('arm')))}",
                    value=value,
                    low=value - WIDE * error,
                    high=value + WIDE * error,
                    colour=CHANGED if effect.get("significant") is True else UNCHANGED,
                )
            )
        if any(bar.value for bar in bars):
            label = f"change ({unit_text(unit)})" if unit != "1" else "change"
            panels.append(BarPanel(title=words.capitalize(), x_label=label, bars=tuple(bars), wide=False))
    if not panels:
        return Absent(
            "No outcome moves, or none could be compared: that takes an arm with four replicas or more."
        )
    return Figure(
        name="effects",
        title="What changes when one piece is gone",
        reading="A bar is the change against the run as it is; blue ones lie beyond chance.",
        caption="Means over replicas of equal seeds. Ranges are two standard errors to each side of a "
        "difference; the colour is decided for the whole table together. "
        "An outcome that nothing moves has no panel.",
        alt="Bars of the change of each outcome, one for each piece of the model that was taken away.",
        panels=tuple(panels),
    )


def effects_table(document: Mapping[str, Any]) -> Table:
    """Return all outcomes: of the run as it is, and their change in each arm, marked beyond chance.

    Parameters
    ----------
    document : Mapping[str, Any]
        The ablation's document, as its JSON has it.
    """
    arms = [str(arm.get("arm")) for arm in _ran(document)]
    rows = []
    for name, words, unit in _outcomes(document):
        whole = _effect(document, REFERENCE, name)
        if whole is None:
            continue
        first = quantity_text(name, number(whole, "value"), whole.get("uncertainty"), unit)
        unit_of_row = f" ({unit_text(unit)})" if unit != "1" else ""
        first = first.removesuffix(f" {unit_text(unit)}")
        rows.append(
            [f"{words}{unit_of_row}", first, *[_cell(_effect(document, arm, name), unit) for arm in arms]]
        )
    head = ["Outcome", "As it is", *[f"no {_piece(arm)}" for arm in arms]]
    return Table(
        caption="Outcomes, and their change with one piece of the model gone",
        head=head,
        rows=rows,
        numeric=frozenset(range(1, len(head))),
        wide=True,
    )


def _cell(effect: Mapping[str, Any] | None, unit: str) -> str:
    if effect is None:
        return "–"
    name = str(effect.get("outcome"))
    if effect.get("difference") is None:
        value = quantity_text(name, number(effect, "value"), effect.get("uncertainty"), unit)
        return f"({value.removesuffix(f' {unit_text(unit)}')})"
    change, error = number(effect, "difference"), effect.get("difference_uncertainty")
    text = signed_text(name, change, error, unit).removesuffix(f" {unit_text(unit)}")
    return f"{text} *" if effect.get("significant") is True else text


def _arms(document: Mapping[str, Any]) -> list[str]:
    return [
        f"{_words(str(arm.get('arm')))}: {arm.get('what')}{'' if arm.get('ran') else ' (not run)'}"
        for arm in listed(document, "arms")
        if arm.get("arm") != REFERENCE
    ]


def _ran(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [arm for arm in listed(document, "arms") if arm.get("ran") and arm.get("arm") != REFERENCE]


def _of_arm(document: Mapping[str, Any], arm: str) -> list[dict[str, Any]]:
    """Effects of an arm that could be compared with the reference."""
    effects = listed(document, "effects")
    return [e for e in effects if e.get("arm") == arm and e.get("difference") is not None]


def _effect(document: Mapping[str, Any], arm: str, outcome: str) -> dict[str, Any] | None:
    for effect in listed(document, "effects"):
        if (effect.get("arm"), effect.get("outcome")) == (arm, outcome):
            return effect
    return None


def _outcomes(document: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    return [(str(o["outcome"]), str(o["words"]), str(o["unit"])) for o in listed(document, "outcomes")]


def _words(arm: str) -> str:
    return arm.replace("-", " ")


def _piece(arm: str) -> str:
    """What an arm takes away, as its name says it: ``no-inert-cations`` takes inert cations."""
    return _words(arm.removeprefix("no-"))
