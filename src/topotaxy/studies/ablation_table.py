"""An ablation as plain data, CSV and Markdown."""

from __future__ import annotations

import csv
import io
from typing import Any

from topotaxy.runs.outcomes import NOTES, OUTCOMES
from topotaxy.studies.ablation import LEVEL, REFERENCE, Ablation, Effect
from topotaxy.studies.text import markdown_table, value_text

SCHEMA = "topotaxy/ablation/1"
MARK = "*"

HOW = (
    f"{MARK}: differs from the reference (Student's paired test over replicas of equal seeds, {LEVEL:.0%} "
    "for the whole table by Holm's method). In brackets: the value, where fewer than four replicas can be "
    "compared."
)


def ablation_document(ablation: Ablation) -> dict[str, Any]:
    """Return plain data for JSON.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    """
    return {
        "schema": SCHEMA,
        "name": ablation.spec.name,
        "formula": ablation.spec.electrode.formula,
        "ion": ablation.spec.cell.ion,
        "replicas": ablation.spec.lattice.replicas,
        "cycles": ablation.spec.protocol.cycles,
        "cells": ablation.spec.lattice.cells,
        "inert": list(ablation.inert),
        "arms": [{"arm": a.name, "what": a.what, "ran": a.spec is not None} for a in ablation.arms],
        "outcomes": [{"outcome": o.name, "words": o.words, "unit": o.unit} for o in OUTCOMES],
        "effects": [_row(effect) for effect in ablation.effects],
        "notes": [HOW, NOTES],
    }


def _row(effect: Effect) -> dict[str, Any]:
    difference = effect.difference
    units = {outcome.name: outcome.unit for outcome in OUTCOMES}
    return {
        "arm": effect.arm,
        "outcome": effect.outcome,
        "value": effect.value,
        "uncertainty": effect.error,
        "unit": units[effect.outcome],
        "difference": None if difference is None else difference.value,
        "difference_uncertainty": None if difference is None else difference.error,
        "p": None if difference is None else difference.p,
        "significant": None if difference is None else effect.significant,
    }


def ablation_csv(ablation: Ablation) -> str:
    """Return one row for each arm and outcome.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    """
    text = io.StringIO()
    rows = [_row(effect) for effect in ablation.effects]
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def ablation_cells(ablation: Ablation) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of the table: one row an outcome, one column an arm that ran.

    The reference shows values; the other arms show the difference to it, marked where it is
    significant. Outcomes that no arm has are left out.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    """
    ran = [arm.name for arm in ablation.arms if arm.spec is not None]
    found = {(e.arm, e.outcome): e for e in ablation.effects}
    rows = []
    for outcome in OUTCOMES:
        if (REFERENCE, outcome.name) not in found:
            continue
        unit = "" if outcome.unit == "1" else f", {outcome.unit}"
        cells = [_cell(found.get((arm, outcome.name))) for arm in ran]
        rows.append([f"{outcome.words}{unit}", *cells])
    return ["", *[_words(arm) for arm in ran]], rows


def _cell(effect: Effect | None) -> str:
    if effect is None:
        return "-"
    if effect.arm == REFERENCE:
        return value_text(effect.value, effect.error)
    if effect.difference is None:
        return f"({value_text(effect.value, effect.error)})"
    text = value_text(effect.difference.value, effect.difference.error, signed=True)
    return f"{text} {MARK}" if effect.significant else text


def _words(arm: str) -> str:
    return arm.replace("-", " ")


def arms_lines(ablation: Ablation) -> list[str]:
    """Return one line for each arm: what it takes away, or why it was not run.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    """
    return [
        f"{_words(arm.name)}: {arm.what}{'' if arm.spec is not None else ' (not run)'}"
        for arm in ablation.arms
        if arm.name != REFERENCE
    ]


def ablation_markdown(ablation: Ablation) -> str:
    """Return the table with its notes.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    """
    spec = ablation.spec
    head, rows = ablation_cells(ablation)
    lines = [
        f"# What the results of {spec.name} rest on",
        "",
        f"{spec.electrode.formula} against {spec.cell.ion}, {spec.protocol.cycles} cycles, "
        f"{spec.lattice.cells} cells along an edge, {spec.lattice.replicas} replicas an arm. The first "
        "column holds the values, the others the change with one thing taken away.",
        "",
        markdown_table(head, rows),
        "",
        *[f"- {line}" for line in arms_lines(ablation)],
        "",
        HOW,
        "",
        NOTES,
    ]
    return "\n".join(lines) + "\n"
