"""The one comparison of two observables: keyed on all conditions, refused where they are unlike.

Overlays, tables of materials, reproductions and judgements all compare through here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from topotaxy.observables.conditions import ELECTROCHEMICAL, Conditions
from topotaxy.observables.observable import Observable
from topotaxy.observables.subject import Subject
from topotaxy.observables.vocabulary import VOCABULARY

RELATIVE = {"current": 0.02, "temperature": 0.01, "particle_size": 0.05}
"""Relative difference up to which a condition counts as the same: cyclers hold a current to about 0.1 %,
and papers state it, a temperature or a size to two or three digits."""
ABSOLUTE = {"lower_cutoff": 0.011, "upper_cutoff": 0.011}
"""The same in V: cut-offs are stated to 0.01 V."""


class Unlike(NamedTuple):
    """A condition that differs between two observables, or that one of them does not state."""

    condition: str
    left: str | int | float | None
    right: str | int | float | None

    @property
    def differs(self) -> bool:
        """Whether both state it, and state different things."""
        return self.left is not None and self.right is not None

    @property
    def text(self) -> str:
        """In words, as in ``current 0.05 against 0.1``."""
        left, right = ("not stated" if side is None else f"{side}" for side in (self.left, self.right))
        return f"{self.condition.replace('_', ' ')} {left} against {right}"


class Key(NamedTuple):
    """What two observables must share to be the same quantity at all."""

    quantity: str
    subject: Subject
    state: str | None
    cycle: int | None
    bound: str | None


def key_of(entry: Observable) -> Key:
    """Return the key of an observable; the cycle stands in it where the quantity depends on one.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
    across = VOCABULARY[entry.quantity].across
    cycle = None if "cycle" in across or entry.state == "pristine" else entry.cycle
    return Key(entry.quantity, entry.subject, entry.state, cycle, entry.bound)


def unlike_conditions(
    left: Observable, right: Observable, *, across: Iterable[str] = ()
) -> tuple[Unlike, ...]:
    """Return the conditions in which two observables are not known to be alike.

    Parameters
    ----------
    left, right : Observable
        Of one quantity.
    across : iterable of str
        Conditions that may differ, besides those that the vocabulary names for the quantity.

    Returns
    -------
    tuple of Unlike
        Those that differ, and those that only one of the two states; in the order of
        :class:`Conditions`. A condition that neither states is not listed.
    """
    allowed = VOCABULARY[left.quantity].across | frozenset(across)
    if left.state == right.state == "pristine":
        allowed |= ELECTROCHEMICAL
    found = []
    for name in Conditions.model_fields:
        if name in allowed:
            continue
        one, other = (getattr(entry.conditions, name) for entry in (left, right))
        one, other = (None if side == "" else side for side in (one, other))
        if one is None and other is None:
            continue
        if one is None or other is None or not _alike(name, one, other):
            found.append(Unlike(name, one, other))
    return tuple(found)


def _alike(name: str, one: str | int | float, other: str | int | float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if name in RELATIVE:
        return math.isclose(one, other, rel_tol=RELATIVE[name], abs_tol=0.0)
    return abs(one - other) <= ABSOLUTE.get(name, 0.0)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two observables of one quantity, their difference, and the conditions that are not alike."""

    left: Observable
    right: Observable
    unlike: tuple[Unlike, ...]

    @property
    def refused(self) -> bool:
        """Whether a condition differs, so that a difference would mean nothing."""
        return any(condition.differs for condition in self.unlike)

    @property
    def difference(self) -> float | None:
        """Left less right; None where it is refused."""
        return None if self.refused else self.left.value - self.right.value

    @property
    def uncertainty(self) -> float | None:
        """Standard deviation of the difference from all terms that are known; None where none is."""
        if self.refused:
            return None
        terms = [
            term
            for entry in (self.left, self.right)
            for term in (entry.uncertainty, entry.systematic)
            if term is not None
        ]
        return math.hypot(*terms) if terms else None

    @property
    def why(self) -> str:
        """The conditions that differ or that only one side states, in words; empty where all are alike."""
        return "; ".join(condition.text for condition in self.unlike)


def compared(left: Observable, right: Observable, *, across: Iterable[str] = ()) -> Comparison:
    """Compare two observables.

    Parameters
    ----------
    left : Observable
        The first observable.
    right : Observable
        The second observable.
    across : Iterable[str]
        Conditions that may differ, besides those that the vocabulary allows.

    Raises
    ------
    ValueError
        Where they are not of the same quantity, subject, state, cycle and bound: a fault of the caller.
    """
    if key_of(left) != key_of(right):
        raise ValueError(f"{key_of(left)} is not {key_of(right)}")
    # The cycle is in the key already.
    return Comparison(left=left, right=right, unlike=unlike_conditions(left, right, across=across))


def paired(
    left: Sequence[Observable], right: Sequence[Observable], *, across: Iterable[str] = ()
) -> list[Comparison]:
    """Compare what two sets of observables have in common, in the order of the first.

    Several observables of one key on the right: the one with the fewest unlike conditions is taken, the
    first of them where that does not decide.

    Parameters
    ----------
    left : Sequence[Observable]
        Observables of one source.
    right : Sequence[Observable]
        Observables of the other.
    across : Iterable[str]
        Conditions that may differ, besides those that the vocabulary allows.
    """
    ways: dict[Key, list[Observable]] = {}
    for entry in right:
        ways.setdefault(key_of(entry), []).append(entry)
    found = []
    for entry in left:
        candidates = [compared(entry, other, across=across) for other in ways.get(key_of(entry), ())]
        if candidates:
            found.append(min(candidates, key=lambda c: (c.refused, len(c.unlike))))
    return found
