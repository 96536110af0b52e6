"""The shape of every rule that holds a claim against virtual instruments: look, refuse, or judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from topotaxy.evidence import Claim
from topotaxy.observables import Label
from topotaxy.studies.instruments_seen import SURE, Computed, Seen

Found = TypeVar("Found")


class Number(NamedTuple):
    """A value and its standard deviation, in the unit of the claim's quantity."""

    value: float
    error: float

    def at_most(self, limit: float) -> bool:
        """Whether the value may be no more than a limit, :data:`~.instruments_seen.SURE` deviations allowed.

        Parameters
        ----------
        limit : float
            In the unit of the value.
        """
        return self.value - SURE * self.error <= limit

    def at_least(self, limit: float) -> bool:
        """Whether the value may be no less than a limit, :data:`~.instruments_seen.SURE` deviations allowed.

        Parameters
        ----------
        limit : float
            In the unit of the value.
        """
        return self.value + SURE * self.error >= limit


def nothing(why: str) -> Computed:
    """Return that nothing was computed.

    Parameters
    ----------
    why : str
        The reason, in words that go into the row of the claim.
    """
    return Computed(computed="", agrees=None, label=None, why=why)


@dataclass(frozen=True, kw_only=True)
class Rule(Generic[Found]):
    """How a claim is held against what virtual instruments saw.

    Attributes
    ----------
    look : callable
        From claim and what was seen to what bears on the claim, or to a text: why nothing does.
    words : callable
        From that to what was computed, in words.
    agrees : callable
        From claim and that to whether they agree.
    label : Label
        Whether the model was fitted to it, given it, or says it by itself.
    why : callable or str
        What the answer rests on.
    """

    look: Callable[[Claim, Seen], Found | str]
    words: Callable[[Found], str]
    agrees: Callable[[Claim, Found], bool]
    label: Label
    why: Callable[[Claim, Seen], str] | str

    def __call__(self, claim: Claim, seen: Seen) -> Computed:
        """Return what was computed for a claim; a :class:`Number` goes with it.

        Parameters
        ----------
        claim : Claim
            One claim of the ledger.
        seen : Seen
            What the virtual instruments saw: observables, spots, other materials.
        """
        found = self.look(claim, seen)
        if isinstance(found, str):
            return nothing(found)
        value, uncertainty = found if isinstance(found, Number) else (None, None)
        return Computed(
            computed=self.words(found),
            agrees=self.agrees(claim, found),
            label=self.label,
            why=self.why if isinstance(self.why, str) else self.why(claim, seen),
            value=value,
            uncertainty=uncertainty,
        )


def element_of(claim: Claim) -> str:
    """Return the element that a claim is about.

    Parameters
    ----------
    claim : Claim
        Its subject is an element, alone or before a colon, as in ``Ni:K``.
    """
    return claim.subject.partition(":")[0]
