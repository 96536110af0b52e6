"""What a frame of rock salt may hold beside an alkali salt: fewer cations, and alkali on its tetrahedra.

A frame that has given cations away and taken alkali in scatters unlike the pristine rock salt: its (200)
falls and its (220) rises with each alkali atom on a tetrahedral site, and all its even lines fall with each
cation that has gone. With the content of the pristine cell its amount comes out wrong by half. What has gone
is what the metal beside it is made of; the other cations stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.scattering import Radiation, mean_amplitude, mean_square
from topotaxy.measurement.diffraction.structure import ANIONS, Site, Structure

Floats = NDArray[np.float64]

ALKALI = ("Li", "Na", "K")
TETRAHEDRON = (0.25, 0.25, 0.25)
LABEL = "T"
"""Of the site of the alkali."""
NAMES = ("cations", "alkali")
"""Kinds of parameters: those cations that may leave over what the structure given holds of them, and alkali
per tetrahedral site."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """A frame whose content may change.

    Attributes
    ----------
    structure:
        The frame with its tetrahedral sites, all of them full.
    cation:
        Label of its site of cations.
    leaving:
        Cations that may leave.
    alkali:
        Element on the tetrahedra.
    most:
        The largest factor by which what may leave may grow: until the site is full.
    """

    structure: Structure
    cation: str
    leaving: frozenset[str]
    alkali: str
    most: float

    def holding(self, cations: float, alkali: float) -> Structure:
        """Return the structure with a content.

        Parameters
        ----------
        cations : float
            What is left of the leaving cations, over what the structure given holds of them.
        alkali : float
            Share of the tetrahedral sites.
        """
        sites = []
        for site in self.structure.sites:
            shares = dict(site.shares)
            if site.label == self.cation:
                shares = {e: x * (cations if e in self.leaving else 1.0) for e, x in shares.items()}
            elif site.label == LABEL:
                shares = {self.alkali: alkali}
            sites.append(replace(site, shares=shares))
        return replace(self.structure, sites=tuple(sites))

    def shares(self, cations: float, alkali: float) -> dict[Key, float]:
        """Return the occupancies that differ, by key.

        Parameters
        ----------
        cations, alkali : float
            As of :meth:`holding`.
        """
        name = self.structure.name
        site = next(s for s in self.holding(cations, alkali).sites if s.label == self.cation)
        found = {Key("share", name, site.label, e): site.shares[e] for e in sorted(self.leaving)}
        return found | {Key("share", name, LABEL, self.alkali): alkali}


def content_of(frame: Structure, domains: Sequence[Structure]) -> Content | None:
    """Return how the content of a frame may change, or None where it is no rock salt beside an alkali salt.

    Parameters
    ----------
    frame : Structure
        Phase of the frame: space group, cell (Å, °) and sites.
    domains : sequence of Structure
        Phases beside it. The alkali metal of a salt among them is what the frame may take in; the cations
        that it may lose are those of the metals among them, or all where these have none of them.
    """
    own = _elements(frame)
    salts = [_elements(s) - own for s in domains if _elements(s) & ANIONS]
    alkali = next((e for salt in salts for e in ALKALI if e in salt), None)
    cations = [site for site in frame.sites if not set(site.shares) & ANIONS]
    places = {tuple(float(v) % 1.0 for v in site.position) for site in frame.sites}
    rock_salt = frame.group.hm == "F m -3 m" and places == {(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)}
    if alkali is None or not rock_salt or len(cations) != 1:
        return None
    (cation,) = cations
    metals = frozenset().union(*(_elements(s) for s in domains if not _elements(s) & ANIONS))
    leaving = metals & frozenset(cation.shares) or frozenset(cation.shares)
    held = sum(x for e, x in cation.shares.items() if e in leaving)
    extra = Site(label=LABEL, shares={alkali: 1.0}, position=TETRAHEDRON, displacement=cation.displacement)
    return Content(
        structure=replace(frame, sites=(*frame.sites, extra)),
        cation=cation.label,
        leaving=leaving,
        alkali=alkali,
        most=1.0 + (1.0 - sum(cation.shares.values())) / held,
    )


def _elements(structure: Structure) -> frozenset[str]:
    return frozenset(element for site in structure.sites for element in site.shares)


def laue(structure: Structure, s2: Floats, *, radiation: Radiation, wavelength: float) -> Floats:
    """Return the diffuse scattering of a cell: mixing on its sites and independent vibration, (n,).

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    s2 : array (n,)
        (sin θ / λ)², Å⁻².
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    """
    total = np.zeros(len(s2))
    for site, orbit in zip(structure.sites, structure.orbits, strict=True):
        square = mean_square(site.shares, s2, radiation=radiation, wavelength=wavelength)
        mean = np.abs(mean_amplitude(site.shares, s2, radiation=radiation, wavelength=wavelength)) ** 2
        total += len(orbit) * (square - mean * np.exp(-2.0 * site.displacement * s2))
    return total


def alone(structure: Structure, s2: Floats, *, radiation: Radiation, wavelength: float) -> Floats:
    """Return what the atoms of a cell scatter each by itself, (n,).

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    s2 : array (n,)
        (sin θ / λ)², Å⁻².
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
    wavelength : float
        Å.
    """
    total = np.zeros(len(s2))
    for site, orbit in zip(structure.sites, structure.orbits, strict=True):
        total += len(orbit) * mean_square(site.shares, s2, radiation=radiation, wavelength=wavelength)
    return total


@dataclass(frozen=True, kw_only=True)
class Laue:
    """Diffuse scattering of a frame at any content, exact: a square in either parameter, and no product.

    Attributes
    ----------
    cations, alkali:
        At 0, a half and 1 of one parameter, the other being 0, (3, n).
    """

    cations: Floats
    alkali: Floats

    def at(self, cations: float, alkali: float) -> Floats:
        """Return it at a content, (n,).

        Parameters
        ----------
        cations, alkali : float
            As of :meth:`Content.holding`.
        """
        return np.asarray(_square(cations) @ self.cations + _square(alkali) @ self.alkali - self.alkali[0])


def _square(x: float) -> Floats:
    """Return the weights of values at 0, a half and 1 in the polynomial of second order through them."""
    return np.array([2.0 * (x - 0.5) * (x - 1.0), 4.0 * x * (1.0 - x), 2.0 * x * (x - 0.5)])
