"""Auger lines under photoelectron lines: which there are at a photon energy, and their shape for a fit.

An Auger electron has a kinetic energy of its own, so that its line stands at a binding energy of the photons'
less that: with Al K alpha L3VV of cobalt lies under Fe 2p, L3VV of nickel under Mn 2p. Ignoring such overlaps
is the most frequent fault of spectra of battery materials (Strange et al., Surf. Interface Anal. 55 (2023)
715, doi:10.1002/sia.7237).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.background import Floats
from topotaxy.measurement.photoemission.lines import Line
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.tables import read_table

SAME_PHOTONS = 1.0
"""eV: photon energies nearer than this are the same source; Al K alpha is 1486.6 to 1486.7 in files."""
WIDTHS = (0.7, 1.4)
"""Of the table's width: what a share is refitted with for its systematic part, as widths are estimates."""
_TEXT = re.compile(r"(?:[A-Z][a-z]?|[0-9.()])+", re.ASCII)
_SYMBOL = re.compile(r"[A-Z][a-z]?", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AugerLine:
    """An Auger line of ``auger.csv``: kinetic energy, its spread, full width at half maximum, eV."""

    element: str
    transition: str
    energy: float
    spread: float
    width: float

    @property
    def name(self) -> str:
        """As in ``Co L3VV``."""
        return f"{self.element} {self.transition}"

    def binding(self, photon_energy: float) -> float:
        """Return where the line stands on the axis of binding energies, eV.

        Parameters
        ----------
        photon_energy : float
            eV.
        """
        return photon_energy - self.energy

    def reaches(self, photon_energy: float, low: float, high: float) -> bool:
        """Return whether the line reaches into a range of binding energies.

        Parameters
        ----------
        photon_energy, low, high : float
            eV.
        """
        at, reach = self.binding(photon_energy), self.spread + 0.5 * self.width
        return low - reach < at < high + reach


@cache
def known_auger_lines() -> tuple[AugerLine, ...]:
    """Return the lines of ``auger.csv``."""
    return tuple(
        AugerLine(
            element=row["element"],
            transition=row["line"],
            energy=float(row["energy"]),
            spread=float(row["spread"]),
            width=float(row["width"]),
        )
        for row in read_table("topotaxy.measurement.photoemission", "auger")
    )


def auger_under(photon_energy: float | None, low: float, high: float) -> tuple[AugerLine, ...]:
    """Return the lines of the table that reach into a range of binding energies; none without photons.

    Parameters
    ----------
    photon_energy : float, optional
        eV.
    low, high : float
        Binding energies, eV.
    """
    if photon_energy is None:
        return ()
    return tuple(line for line in known_auger_lines() if line.reaches(photon_energy, low, high))


def elements_in(texts: Iterable[str]) -> frozenset[str]:
    """Return the elements of formulas and symbols.

    Parameters
    ----------
    texts : iterable of str
        Each as in ``Co`` or ``CoFe2O4``; amounts do not matter.

    Raises
    ------
    InputError
        Where a text is no formula, or names no element.
    """
    texts = tuple(texts)
    if not texts:
        return frozenset()
    import periodictable

    known = {str(element) for element in periodictable.elements if element.number > 0}
    found: set[str] = set()
    for text in texts:
        symbols = set(_SYMBOL.findall(text)) if _TEXT.fullmatch(text) else set()
        if not symbols or symbols - known:
            raise InputError(f"sample_elements: {text!r:.40} is no element and no formula such as CoFe2O4")
        found |= symbols
    return frozenset(found)


def unheld(
    record: PhotoemissionRecord,
    line: Line,
    elements: frozenset[str],
    references: Sequence[PhotoemissionRecord],
    window: tuple[float, float],
) -> tuple[AugerLine, ...]:
    """Return Auger lines of elements of the sample under a line that no reference has in its shape.

    A reference of the same element, measured with the same photons, holds that element's own Auger lines.

    Parameters
    ----------
    record : PhotoemissionRecord
        The spectrum, for its photons.
    line : Line
        Which line it is of.
    elements : frozenset of str
        Known to be in the sample.
    references : sequence of PhotoemissionRecord
        Of the line; may be empty.
    window : (float, float)
        Binding energies that are fitted, eV.
    """
    photons = record.photon_energy
    same = bool(references) and all(
        photons is not None
        and one.photon_energy is not None
        and abs(one.photon_energy - photons) <= SAME_PHOTONS
        for one in references
    )
    return tuple(
        one
        for one in auger_under(photons, *window)
        if one.element in elements and not (same and one.element == line.element)
    )


def auger_shapes(
    energy: Floats, lines: Sequence[AugerLine], photon_energy: float, *, widened: float = 1.0
) -> Floats:
    """Return columns of unit area whose non-negative sums are what Auger lines may be, (n, 3 lines).

    Three Gaussians each, at the table's energy and at either end of its spread: position and shape are free
    within that, the area is free.

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV.
    lines : sequence of AugerLine
        Which ones.
    photon_energy : float
        eV.
    widened : float
        Factor of the table's widths.
    """
    columns = []
    for line in lines:
        sigma = widened * line.width / np.sqrt(8.0 * np.log(2.0))
        for offset in (-line.spread, 0.0, line.spread):
            z = (energy - line.binding(photon_energy) - offset) / sigma
            columns.append(np.exp(-0.5 * z**2) / (sigma * np.sqrt(2.0 * np.pi)))
    return np.column_stack(columns) if columns else np.zeros((len(energy), 0))


def placed(lines: Sequence[AugerLine], photon_energy: float) -> str:
    """Return names and places of lines in words.

    Parameters
    ----------
    lines : sequence of AugerLine
        Which ones.
    photon_energy : float
        eV.
    """
    return ", ".join(f"{line.name} ({line.binding(photon_energy):.0f} eV)" for line in lines)
