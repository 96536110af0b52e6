"""Which headline numbers are calibrated, bounded, held-out or imposed, and why.

The rule reads the one list of what was fitted to what
(``energetics/tables/calibration.csv``), so a label can be checked against it. After an
ablation the reason also names the pieces of the model without which the number changes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from topotaxy.observables import Label, Observable
from topotaxy.spec import Spec
from topotaxy.statistics import Difference, false_discoveries_below, welch_difference
from topotaxy.tables import read_table

SCHEMA = "topotaxy/labels/1"
FALSE_SHARE = 0.05
"""Share of the changes named for one run that are expected to be none."""

FITTED_WITH = {
    "voltage_hysteresis": ("voltage_hysteresis", "mean_voltage_discharge", "mean_voltage_charge"),
}
"""Quantities that move together with a fitted one, and share its label."""

BY_RESOLUTION = {
    "coherent_fraction": "matrix_pressure, frame_interface_energy, nucleation_factor and registry_barrier "
    "decide it, which nothing known measures",
    "bond_length": "lengths of tables, but those to anions widen with a frame in registry, and imposed "
    "inputs decide whether it is",
    "frame_stress": "the stress of differences between regions, whose size sets it",
}
"""Quantities that imposed inputs or the resolution of the model decide, with the reason."""

SWITCHES = ("coherency", "mobility", "transport", "reach", "disorder")


class Labelled(NamedTuple):
    """A label and the reason for it in one sentence."""

    label: Label
    reason: str


class Reliance(NamedTuple):
    """A headline number with one piece of the model taken away, where that changes it."""

    without: str
    value: float
    uncertainty: float
    difference: Difference


def labelled(quantity: str, spec: Spec) -> Labelled:
    """Return the label of a simulated quantity of this specification, and why it has it.

    * imposed: the specification replaces parameters by hand or switches off physics, or imposed inputs or the
      resolution of the model decide the number;
    * calibrated: a parameter was fitted to this quantity of this very sample (at any current);
    * bounded: a one-sided bound on this quantity of this very sample was used;
    * held-out: predicted, but it rests on a parameter that was fitted to something else.

    No number of the reactive lattice is emergent: both calibrated inputs are energies of its redox events,
    and of none has it been shown that it does not move with them (``docs/validation.md``).

    Parameters
    ----------
    quantity : str
        Of the vocabulary.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    """
    off = [switch for switch in SWITCHES if not getattr(spec.lattice, switch)]
    if spec.lattice.parameters or off:
        replaced = f"sets {', '.join(spec.lattice.parameters)}" if spec.lattice.parameters else ""
        switched = f"switches off {', '.join(off)}" if off else ""
        return Labelled("imposed", f"the specification {' and '.join(filter(None, (replaced, switched)))}")
    if quantity in BY_RESOLUTION:
        return Labelled("imposed", BY_RESOLUTION[quantity])
    here = f"{spec.electrode.formula}/{spec.cell.ion}"
    rows = list(read_table("topotaxy.energetics", "calibration"))
    for row in rows:
        fitted_to = FITTED_WITH.get(row["quantity"], (row["quantity"],))
        if quantity in fitted_to and here in row["materials"].split():
            bound = row["kind"] == "bound"
            how = "was chosen so that a bound holds on" if bound else "was fitted to"
            reason = f"{_use(row, how)}, this material among them"
            return Labelled("bounded" if bound else "calibrated", reason)
    reason = "; ".join(
        _use(row, "was fitted to" if row["kind"] == "fit" else "was bounded by") for row in rows
    )
    return Labelled("held-out", f"{reason}; not to this number")


def _use(row: Mapping[str, str], how: str) -> str:
    materials = " and ".join(row["materials"].split())
    return f"{row['parameter']} {how} the {row['quantity'].replace('_', ' ')} of {materials}"


def moved_by(item: Observable, spec: Spec) -> tuple[str, ...] | None:
    """Return the inputs that move a number by more than its noise, the strongest first.

    From the study of ``energetics/tables/sensitivity.csv`` (:mod:`topotaxy.studies.sensitivity`): of this
    number at any cycle of the study. An input that is not among them has not been shown to move it.

    Parameters
    ----------
    item : Observable
        A number of the headline.
    spec : Spec
        The specification that it belongs to.

    Returns
    -------
    tuple of str or None
        None where the material, or this number of it, was not studied.
    """
    mine = [
        row
        for row in read_table("topotaxy.energetics", "sensitivity")
        if (row["electrode"], row["ion"]) == (spec.electrode.formula, spec.cell.ion)
        and (row["quantity"], row["subject"], row["state"])
        == (item.quantity, item.subject.text or "", item.state or "")
    ]
    if not mine:
        return None
    moving = sorted((row for row in mine if row["moves"] == "1"), key=lambda row: -float(row["size"]))
    return tuple(dict.fromkeys(row["input"] for row in moving))


def over_inputs(item: Observable, spec: Spec) -> dict[str, Any] | None:
    """Return between what values a number lies over the ranges of all inputs together.

    From the same study as :func:`moved_by` (``energetics/tables/input_ranges.csv``), of this number at this
    cycle.

    Parameters
    ----------
    item : Observable
        A number of the headline.
    spec : Spec
        The specification that it belongs to.

    Returns
    -------
    dict or None
        ``low``, ``median`` and ``high`` in the unit of the number, nine points in ten between the ends, and
        ``points``. None where the material, the current or the number was not studied, and where the
        specification sets inputs of its own.
    """
    if spec.lattice.parameters:
        return None
    wanted = (spec.electrode.formula, spec.cell.ion, item.quantity, item.subject.text or "", item.state or "")
    for row in read_table("topotaxy.energetics", "input_ranges"):
        found = tuple(row[key] for key in ("electrode", "ion", "quantity", "subject", "state"))
        at = (int(row["cycle"]), row["unit"]) == (item.cycle or 0, item.unit)
        if found == wanted and at and math.isclose(float(row["current"]), spec.protocol.current):
            ends = {key: float(row[key]) for key in ("low", "median", "high")}
            return ends | {"points": int(row["points"])}
    return None


def label_of(quantity: str, spec: Spec) -> Label:
    """Return the label alone; see :func:`labelled`.

    Parameters
    ----------
    quantity : str
        Of the vocabulary.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    """
    return labelled(quantity, spec).label


def reliances(
    headline: Sequence[Observable], arms: Mapping[str, Sequence[Observable]], replicas: int
) -> dict[Observable, list[Reliance]]:
    """Return, for each headline number, the arms of an ablation that change it significantly.

    Means with standard errors are compared by Welch's test; of the changes named, the share
    :data:`FALSE_SHARE` is expected to be none (Benjamini and Hochberg over all numbers and arms).
    A number without an uncertainty, or that an arm does not have, is not compared.

    Parameters
    ----------
    headline : sequence of Observable
        Of the whole model.
    arms : mapping of str to sequence of Observable
        The same numbers of each arm, by its name.
    replicas : int
        That each mean was taken over.
    """
    compared: list[tuple[Observable, Reliance]] = []
    for name, found in arms.items():
        there = {_key(item): item for item in found}
        for item in headline:
            other = there.get(_key(item))
            if other is None or item.uncertainty is None or other.uncertainty is None:
                continue
            difference = welch_difference(
                other.value, other.uncertainty, replicas, item.value, item.uncertainty, replicas
            )
            compared.append((item, Reliance(name, other.value, other.uncertainty, difference)))
    verdicts = false_discoveries_below([reliance.difference.p for _, reliance in compared], FALSE_SHARE)
    kept: dict[Observable, list[Reliance]] = {}
    for (item, reliance), significant in zip(compared, verdicts, strict=True):
        if significant:
            kept.setdefault(item, []).append(reliance)
    return kept


def _key(item: Observable) -> tuple[object, ...]:
    return item.quantity, item.subject.text, item.state, item.cycle


def labels_text(
    headline: Sequence[Observable],
    spec: Spec,
    found: Mapping[Observable, Sequence[Reliance]] | None = None,
    arms: Mapping[str, str] | None = None,
) -> str:
    """Serialise labels and reasons; ``found`` and ``arms`` (name to words) only after an ablation.

    Parameters
    ----------
    headline : sequence of Observable
        What is labelled.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    found : mapping, optional
        As :func:`reliances` returns it.
    arms : mapping of str to str, optional
        Name of each arm of the ablation to what it is in words.
    """
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "ablated": dict(arms) if arms is not None else None,
        "labels": [_entry(item, spec, None if found is None else found.get(item, ())) for item in headline],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)


def _words(arm: str) -> str:
    return arm.removeprefix("no-").replace("-", " ")


def _entry(item: Observable, spec: Spec, found: Sequence[Reliance] | None) -> dict[str, Any]:
    label, reason = labelled(item.quantity, spec)
    moving = moved_by(item, spec)
    if moving:
        reason += f"; moved by {', '.join(moving)}"
    if found is not None:
        names = ", ".join(_words(reliance.without) for reliance in found)
        reason += f"; rests on {names}" if names else "; no arm of the ablation changes it"
    return {
        "quantity": item.quantity,
        "subject": item.subject.text,
        "state": item.state,
        "cycle": item.cycle,
        "label": label,
        "reason": reason,
        "moved_by": None if moving is None else list(moving),
        "over_inputs": over_inputs(item, spec),
        "rests_on": None
        if found is None
        else [
            {
                "without": _words(r.without),
                "value": r.value,
                "uncertainty": r.uncertainty,
                "difference": r.difference.value,
                "p": r.difference.p,
            }
            for r in found
        ],
    }
