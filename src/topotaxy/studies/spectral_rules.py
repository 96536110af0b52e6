"""How claims of spectra are held against virtual spectra: edges, lines, white lines, and shells of EXAFS."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from topotaxy.evidence import Claim
from topotaxy.evidence.likelihood import reading
from topotaxy.observables import Observable
from topotaxy.studies.claim_rule import Number, Rule, element_of
from topotaxy.studies.instruments_seen import SURE, Computed, Seen, of

SURFACE_METHOD, BULK_METHOD = "two references", "linear combination"
"""Words in the method of a reduced fraction by lines of photoemission, and by edges of absorption."""
NO_SHELL_ERROR = 0.1
"""Standard deviation of the share of neighbours left where the fit finds no shell: an estimate."""


def reduced(claim: Claim, seen: Seen) -> Computed:
    """Lines and edges by the share that is metal: a shift of a maximum is no share.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    seen : Seen
        What the virtual instruments saw: observables, spots, other materials.
    """
    return (LINES if "XPS" in claim.technique else ABSORPTION_EDGES)(claim, seen)


def edges(claim: Claim, seen: Seen) -> Computed:
    """Edges: by energy loss the shift of the edge, by absorption the share that is metal.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    seen : Seen
        What the virtual instruments saw: observables, spots, other materials.
    """
    return EDGE_SHIFT(claim, seen) if "EELS" in claim.technique else reduced(claim, seen)


def _share(method: str) -> Callable[[Claim, Seen], Number | str]:
    def look(claim: Claim, seen: Seen) -> Number | str:
        element = element_of(claim)
        found = Number(*of(seen.one("reduced_fraction", "discharged", element=element, method=method)))
        return f"no virtual spectrum of {element}" if math.isnan(found.value) else found

    return look


def _changed(unchanged: str, falls: str) -> Callable[[Claim, Number], bool]:
    """Whether a share is as small as an unchanged spectrum allows, or as large as a change takes."""

    def agrees(claim: Claim, share: Number) -> bool:
        same = claim.relation == "equal"
        return share.at_most(reading(unchanged)[0]) if same else share.at_least(reading(falls)[0])

    return agrees


def _beside_the_count(where: str) -> Callable[[Claim, Seen], str]:
    def why(claim: Claim, seen: Seen) -> str:
        element = element_of(claim)
        share = seen.counted.get(element)
        counted = "the share follows from the lattice"
        if share is not None:
            counted = f"by counting {100 * share:.0f} % of the {element} is metal"
        return f"{where}; spectra are imposed by valence; {counted}"

    return why


def _metal(share: Number) -> str:
    return f"{100 * share.value:.0f} % metal"


LINES = Rule(
    look=_share(SURFACE_METHOD),
    words=_metal,
    agrees=_changed("line_unchanged", "line_falls"),
    label="held-out",
    why=_beside_the_count("virtual spectrometer, weighted by depth"),
)
"""Binding energies: the share of metal near the surface."""
ABSORPTION_EDGES = Rule(
    look=_share(BULK_METHOD),
    words=_metal,
    agrees=_changed("edge_unchanged", "edge_falls"),
    label="held-out",
    why=_beside_the_count("virtual beamline, combination"),
)
"""Edges of absorption: the share of metal."""


def _white_line(claim: Claim, seen: Seen) -> Number | str:
    element = element_of(claim)
    found = Number(*of(seen.one("white_line_intensity", "discharged", element=element)))
    return f"no white line of {element} above the background" if math.isnan(found.value) else found


WHITE_LINES = Rule(
    look=_white_line,
    words=lambda found: f"{100 * found.value:.0f} % of the pristine one",
    agrees=lambda claim, found: found.value + SURE * found.error < 1.0,
    label="held-out",
    why="virtual spectrum of energy loss, imposed by valence; the share follows from the lattice",
)
"""Intensity of white lines over the pristine one's, by virtual spectra of energy loss."""


def _edge_shift(claim: Claim, seen: Seen) -> Number | str:
    """Shift of the edge from the pristine to the discharged state, eV."""
    element = element_of(claim)
    states = {
        entry.state: (entry.value, entry.uncertainty or 0.0)
        for entry in seen.observables
        if (entry.quantity, entry.technique) == ("edge_energy", "energy_loss")
        and entry.subject.element == element
    }
    if not {"pristine", "discharged"} <= states.keys():
        return f"no virtual edge of {element}"
    (before, first), (after, second) = states["pristine"], states["discharged"]
    return Number(after - before, math.hypot(first, second))


def _moved(claim: Claim, shift: Number) -> bool:
    sure = SURE * shift.error
    return shift.value > sure if claim.relation == "greater" else shift.value < -sure


EDGE_SHIFT = Rule(
    look=_edge_shift,
    words=lambda shift: f"moves by {shift.value:+.1f} eV",
    agrees=_moved,
    label="held-out",
    why="virtual spectra of energy loss on one axis, imposed by valence",
)
"""Edges of energy loss: their shift in the discharged state."""


class _Left(NamedTuple):
    """Neighbours of one absorber, over those of its pristine state."""

    element: str
    shell: str
    share: Number


def _goes_back(claim: Claim) -> bool:
    return claim.left is not None and claim.left.state == "charged"


def _neighbours(claim: Claim, seen: Seen) -> list[_Left] | str:
    """Of every absorber that was measured, by the shell that the claim names."""
    shell = "anion" if "anion" in claim.subject else "cation"
    back = _goes_back(claim)
    left = [
        _left(first, seen, "charged" if back else "discharged")
        for first in seen.observables
        if (first.quantity, first.state) == ("coordination_number", "pristine")
        and (back or first.subject.shell == shell)
    ]
    return left or "no virtual EXAFS of that shell"


def _left(first: Observable, seen: Seen, state: str) -> _Left:
    element, shell = str(first.subject.element), str(first.subject.shell)
    then = seen.one("coordination_number", state, element=element, shell=shell)
    value, error = of(then)
    if math.isnan(value):
        return _Left(element, shell, Number(0.0, NO_SHELL_ERROR))
    spread = then.uncertainty if then is not None and then.uncertainty is not None else error
    share = value / first.value
    relative = math.hypot(spread / value, (first.uncertainty or 0.0) / first.value)
    return _Left(element, shell, Number(share, share * relative))


def _as_stated(claim: Claim, left: list[_Left]) -> bool:
    """Whether all shares are back at one, or as small or as large as the claim's words take."""
    if _goes_back(claim):
        return all(abs(share.value - 1.0) <= SURE * share.error for _, _, share in left)
    if claim.extent == "strongly":
        limit = reading("cation_shell_strongly")[0]
        return all(share.at_most(limit) for _, _, share in left)
    limit = reading("anion_shell_slightly")[0]
    return all(share.at_least(limit) for _, _, share in left)


SHELLS = Rule(
    look=_neighbours,
    words=lambda left: (
        "left: " + ", ".join(f"{one.element} {one.shell} {100 * one.share.value:.0f} %" for one in left)
    ),
    agrees=_as_stated,
    label="imposed",
    why="virtual EXAFS over that of the pristine state; a shell that the fit does not find is none",
)
"""Neighbours left, over those of the pristine state, of every absorber that was measured."""


def bond(claim: Claim, seen: Seen) -> Computed:
    """A shell of metal neighbours in the discharged state, by virtual EXAFS.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    seen : Seen
        What the virtual instruments saw: observables, spots, other materials.
    """
    length = seen.one("bond_length", "discharged", element=element_of(claim), shell="metal")
    return (NO_BOND if math.isnan(of(length)[0]) else BOND)(claim, seen)


def _bond(claim: Claim, seen: Seen) -> Number | str:
    return Number(*of(seen.one("bond_length", "discharged", element=element_of(claim), shell="metal")))


def _any_shell(claim: Claim, seen: Seen) -> bool | str:
    element = element_of(claim)
    any_shell = any(o.subject.element == element and o.subject.shell for o in seen.observables)
    return any_shell or f"no virtual EXAFS of {element}"


BOND = Rule(
    look=_bond,
    words=lambda found: f"{found.value:.2f} Å",
    agrees=lambda claim, found: True,
    label="imposed",
    why="virtual EXAFS: the fit finds a shell of metal neighbours",
)
"""A bond between metal atoms that the fit finds."""
NO_BOND = Rule(
    look=_any_shell,
    words=lambda found: "not found",
    agrees=lambda claim, found: False,
    label="imposed",
    why="the fit finds no shell at the metal's distance",
)
"""A bond between metal atoms that the fit does not find, in a spectrum that there is."""
