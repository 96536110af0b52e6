"""Which way the current flows, from all that a file says of it: sign, counters, step types, voltage.

Makers differ in the sign of a discharge current, and some write none. Each source is held against the
current's sign, weighted by charge; where sources contradict each other the file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

IDLE = 1e-4
"""Share of the largest current below which a row counts as rest: the offset of a cycler's range."""

CONTRARY = 0.05
"""Share of the charge that may speak against a source before it is called a contradiction: rows at the change
of a step belong half to either side."""

ONE_SIGN = 1e-3
"""Share of the charge with the rarer sign below which a current counts as having one sign only."""

FAR = 0.5
"""Share of the file's window of voltage that a stretch in one direction has to cross before its voltage says
which direction that was. In a symmetrical cell, whose voltage decays under current, none does."""

FLAT = 0.05
"""V: window below which a voltage says nothing of directions: a cell at rest drifts as much."""

MOSTLY = 0.5
"""By how much of what two counters gain one has to lead before it says the direction of a row."""

SIGNED = 0.01
"""Share of a counter's gains that has to be negative before its sign is taken to mean the direction."""

_DISCHARGE = ("dchg", "disch", "dischg", "放电", "entlad", "dch")
_CHARGE = ("chg", "charge", "充电", "laden", "cha")
_REST = ("rest", "ocv", "pause", "静置", "搁置", "pau", "open circuit", "relax")
_LETTERS = {"c": 1.0, "d": -1.0, "r": 0.0}


def way_of_kind(text: str) -> float:
    """Return what a step's type says: 1 charge, -1 discharge, 0 rest; NaN where it says neither.

    Parameters
    ----------
    text : str
        As in ``CC DChg``, ``C_CCCV``, ``Rest``, ``恒流充电``.
    """
    plain = " ".join(text.lower().replace("_", " ").replace("-", " ").split())
    if plain.split(" ")[0] in _LETTERS:
        return _LETTERS[plain.split(" ")[0]]
    for words, way in ((_REST, 0.0), (_DISCHARGE, -1.0), (_CHARGE, 1.0)):
        if any(word in plain for word in words):
            return way
    return float("nan")


def ways_of_kinds(texts: Sequence[str]) -> Floats:
    """Return what the types of steps say, one for each row; see :func:`way_of_kind`.

    Parameters
    ----------
    texts : sequence of str
        Type of the step of each row.
    """
    known = {text: way_of_kind(text) for text in dict.fromkeys(texts)}
    return np.fromiter(map(known.__getitem__, texts), dtype=np.float64, count=len(texts))


@dataclass(frozen=True)
class _Source:
    """What one source says of each row: 1 charge, -1 discharge, 0 nothing."""

    name: str
    way: Floats


def signed_current(
    arrays: Mapping[str, Floats], kind: Floats | None, *, where: str, stated: bool = False
) -> tuple[Floats, list[str]]:
    """Return the current with the sign that all sources agree on, positive on charge, and notes.

    Parameters
    ----------
    arrays : mapping of str to array, each (rows,)
        Columns by their names; time, voltage and current are there, counters where the file has them.
    kind : array (rows,), optional
        What the type of each row's step says, as :func:`ways_of_kinds` returns it.
    where : str
        Name of the file.
    stated : bool
        Whether the user said what the sign means: then the voltage is not asked.

    Raises
    ------
    InputError
        Where sources contradict each other, or nothing tells charge from discharge.
    """
    current = arrays["current_ampere"]
    size = np.abs(current)
    moving = size > IDLE * float(size.max(initial=0.0))
    hours = np.diff(arrays["test_time_second"], prepend=arrays["test_time_second"][0]) / SECONDS_PER_HOUR
    charge = np.where(moving, size * np.maximum(hours, 0.0), 0.0)
    if not charge.sum() > 0.0:
        return current, []
    sign = np.where(moving, np.sign(current), 0.0)
    rarer = min(float(charge[sign > 0].sum()), float(charge[sign < 0].sum())) / float(charge.sum())
    sources = _sources(arrays, kind, charge)
    if not sources and rarer < ONE_SIGN:
        sources = _signed_counters(arrays, charge)
    _no_quarrel(sources, charge, where)
    if rarer < ONE_SIGN and any(_goes_both_ways(source, charge) for source in sources):
        way = _way_from(sources, moving)
        notes = [
            "the current has one sign only; its direction is that of the "
            f"{_listed([s.name for s in sources])}"
        ]
        current = size * way
    else:
        current, notes = _held_against(current, sign, sources, charge, where)
    if not stated:
        _ask_voltage(arrays["voltage_volt"], current, moving, charge, sources, where)
    return current, notes


def _sources(arrays: Mapping[str, Floats], kind: Floats | None, charge: Floats) -> list[_Source]:
    found = []
    both = ("charging_capacity_ah", "discharging_capacity_ah")
    if all(name in arrays for name in both):
        up, down = (np.maximum(np.diff(arrays[name], prepend=arrays[name][0]), 0.0) for name in both)
        apart = np.abs(up - down) > MOSTLY * (up + down)
        found.append(_Source("counters of charge and discharge", np.where(apart, np.sign(up - down), 0.0)))
    if kind is not None:
        found.append(_Source("types of the steps", np.nan_to_num(kind)))
    return [source for source in found if (charge[source.way != 0] > 0.0).any()]


def _signed_counters(arrays: Mapping[str, Floats], charge: Floats) -> list[_Source]:
    """Return what counters with a sign say: only beside a current without one, as a maker signs both
    alike."""
    found = []
    for name in ("step_capacity_ah", "passed_capacity_ah"):
        counter = arrays.get(name)
        way = None if counter is None else _way_of_signed(counter, charge)
        if way is not None:
            found.append(_Source("counter's sign", way))
    return found


def _way_of_signed(counter: Floats, charge: Floats) -> Floats | None:
    """Return the direction that a counter's own sign tells; None where it counts magnitudes."""
    gained = np.diff(counter, prepend=counter[0])
    # What is far more than the current can have passed is a counter that begins anew.
    possible = np.abs(gained) <= 5.0 * charge
    gained = np.where(possible, gained, 0.0)
    total = float(np.abs(gained).sum())
    falls = float(np.maximum(-gained, 0.0).sum())
    return np.sign(gained) if total > 0.0 and falls > SIGNED * total else None


def _share(source: _Source, sign: Floats, charge: Floats) -> float:
    """Return the share of the charge, of that on which the source speaks, in which it has this sign."""
    speaks = (source.way != 0) & (sign != 0)
    weight = float(charge[speaks].sum())
    return float(charge[speaks & (source.way == sign)].sum()) / weight if weight > 0.0 else 1.0


def _no_quarrel(sources: Sequence[_Source], charge: Floats, where: str) -> None:
    for k, one in enumerate(sources):
        for other in sources[k + 1 :]:
            against = 1.0 - _share(one, other.way, charge)
            if against > CONTRARY:
                raise InputError(
                    f"its {one.name} contradict its {other.name} on what is charge and what discharge, for "
                    f"{against:.0%} of the charge",
                    where=where,
                )


def _goes_both_ways(source: _Source, charge: Floats) -> bool:
    up, down = (float(charge[source.way == way].sum()) for way in (1.0, -1.0))
    return min(up, down) > ONE_SIGN * (up + down)


def _way_from(sources: Sequence[_Source], moving: Flags) -> Floats:
    """Return the direction of each moving row: the first source's that speaks, else that of the next row."""
    way = np.zeros(len(moving))
    for source in sources:
        way = np.where((way == 0) & moving, source.way, way)
    rows = np.arange(len(way))
    spoken = way != 0
    # A counter books what passed with the row after, so that a silent row goes the way of the next one.
    after = np.minimum.accumulate(np.where(spoken, rows, len(way))[::-1])[::-1]
    before = np.maximum.accumulate(np.where(spoken, rows, -1))
    near = np.where(after < len(way), after, before)
    return np.where(moving, way[np.maximum(near, 0)], 0.0)


def _held_against(
    current: Floats, sign: Floats, sources: Sequence[_Source], charge: Floats, where: str
) -> tuple[Floats, list[str]]:
    """Return the current, turned round where every source says so."""
    shares = {source.name: _share(source, sign, charge) for source in sources}
    reversed_by = [name for name, share in shares.items() if share < CONTRARY]
    if reversed_by and len(reversed_by) == len(shares):
        said = _listed(reversed_by)
        return -current, [f"positive current discharges in this file, as its {said} say; its sign is turned"]
    for name, share in shares.items():
        if share < 1.0 - CONTRARY:
            raise InputError(
                f"the sign of its current contradicts its {name} for {1.0 - share:.0%} of the charge: charge "
                "and discharge cannot be told apart",
                where=where,
            )
    slight = {name: share for name, share in shares.items() if share < 1.0 - ONE_SIGN}
    return current, [
        f"the sign of the current is not that of the {name} for {1.0 - share:.1%} of the charge"
        for name, share in slight.items()
    ]


def _ask_voltage(
    voltage: Floats, current: Floats, moving: Flags, charge: Floats, sources: Sequence[_Source], where: str
) -> None:
    """Refuse where voltage falls under what is said to be charge, or goes both ways under one sign.

    Raises
    ------
    InputError
        With the sources that say otherwise.
    """
    rows = np.flatnonzero(moving)
    sign = np.sign(current[rows])
    window = float(np.ptp(voltage[rows]))
    if window < FLAT:
        return
    begins = np.concatenate(([0], 1 + np.flatnonzero(np.diff(sign) != 0)))
    ends = np.append(begins[1:], len(rows)) - 1
    if len(begins) == 1 and not sources:
        _one_direction(voltage[rows], window, where)
    rise = (voltage[rows[ends]] - voltage[rows[begins]]) * sign[begins]
    weight = np.add.reduceat(charge[rows], begins)
    clear = np.abs(rise) > FAR * window
    against, total = float(weight[clear & (rise < 0)].sum()), float(weight[clear].sum())
    if against > (1.0 - CONTRARY) * total and 2.0 * total > float(weight.sum()):
        said = " and the ".join(["sign of its current", *(source.name for source in sources)])
        raise InputError(
            f"its voltage falls where it charges by the {said}, and rises where it discharges: they "
            "contradict each other; "
            'if positive current discharges, say charging_current = "negative" in a mapping file',
            where=where,
        )


def _one_direction(voltage: Floats, window: float, where: str) -> None:
    """Refuse a current of one sign under which the voltage both rises and falls, where nothing vouches for
    it.

    Raises
    ------
    InputError
        Where it does so by more than :data:`FAR` of its window.
    """
    falls = float((np.maximum.accumulate(voltage) - voltage).max())
    rises = float((voltage - np.minimum.accumulate(voltage)).max())
    if window > 0.0 and min(falls, rises) > FAR * window:
        raise InputError(
            "its current has one sign only while its voltage rises and falls, and neither counters nor types "
            "of steps say which is charge: charge and discharge cannot be told apart; export it with the "
            "step type",
            where=where,
        )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
