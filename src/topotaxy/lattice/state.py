"""The configuration of the lattice, and the quantities that follow from it.

A configuration is who sits where; everything else (valence sums, neighbour counts, lists)
is derived, kept up to date by the kernel and checked in tests against a rebuild.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.errors import InputError
from topotaxy.lattice.geometry import Geometry
from topotaxy.material import ANION_CHARGE, Composition

VACANT = -1


class Configuration(NamedTuple):
    """Who sits where: all that a state of the lattice is; with ``n`` octahedral sites.

    Everything else (valence sums, nearest metal, lists, weights) follows from it.

    Attributes
    ----------
    species (n,) int8:
        Index into the cation symbols of the ion at a site, or -1 for a vacancy.
    valence (n,) int8:
        Its charge, 1 or 2; 0 at a vacancy.
    identity (n,) int32:
        The site at which the cation started; -1 for a vacancy.
    alkali (2n,) int8:
        1 where a tetrahedral site holds A+.
    anion (n,) int8:
        Index into the anion symbols; never changes.
    registered (regions,) int8:
        1 where a region of the frame is in registry with the host.
    metal_of (n,) int32:
        By identity: the metal object that the atom is part of, or -1 while it is an ion.
    centre (n,) int32:
        By metal object: the octahedral site at its centre; -1 where there is no such object. An object
        lies off the lattice and pushes its matrix aside; its size is the number of its atoms.
    element (n,) int8:
        By identity: the species; -1 where no cation started.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
    registered: NDArray[np.int8]
    metal_of: NDArray[np.int32]
    centre: NDArray[np.int32]
    element: NDArray[np.int8]


def ionic_configuration(
    geometry: Geometry,
    species: NDArray[np.int8],
    valence: NDArray[np.int8],
    alkali: NDArray[np.int8],
    anion: NDArray[np.int8],
) -> Configuration:
    """Return a configuration without metal in which every ion is at home and the frame is whole.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    species, valence : array of int8, shape (n,)
        Index and charge of the ion at each site; -1 and 0 at a vacancy.
    alkali : array of int8, shape (2n,)
        1 where a tetrahedral site holds A+.
    anion : array of int8, shape (n,)
        Index among the anion symbols of each anion.
    """
    return Configuration(
        species=species,
        valence=valence,
        identity=np.where(species == VACANT, -1, np.arange(geometry.sites)).astype(np.int32),
        alkali=alkali,
        anion=anion,
        registered=np.ones(geometry.regions, dtype=np.int8),
        metal_of=np.full(geometry.sites, -1, dtype=np.int32),
        centre=np.full(geometry.sites, -1, dtype=np.int32),
        element=species.copy(),
    )


def object_sizes(configuration: Configuration) -> NDArray[np.int64]:
    """Atoms of each metal object, shape (n,); 0 where there is none.

    Parameters
    ----------
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    inside = configuration.metal_of[configuration.metal_of >= 0]
    return np.bincount(inside, minlength=len(configuration.centre))


def counts_from_fractions(fractions: dict[str, float], sites: int) -> dict[str, int]:
    """Share out ``sites`` by largest remainder; fractions may sum to less than one.

    Parameters
    ----------
    fractions : dict of str to float
        Shares, whose sum is one or less.
    sites : int
        Number of sites to be shared out.
    """
    total = min(sites, round(sum(fractions.values()) * sites))
    exact = {key: fraction * sites for key, fraction in fractions.items()}
    counts = {key: int(np.floor(value + 1e-9)) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: counts[key] - exact[key])
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def _neutral_counts(
    composition: Composition, sites: int
) -> tuple[dict[tuple[str, int], int], dict[str, int]]:
    """Whole numbers of (element, valence) and of anions that are exactly neutral."""
    anion_total = sum(composition.anions.values())
    anions = counts_from_fractions({x: n / anion_total for x, n in composition.anions.items()}, sites)
    cations_by_element = counts_from_fractions(
        {el: n / anion_total for el, n in composition.cations.items()}, sites
    )
    cations: dict[tuple[str, int], int] = {}
    for element, count in cations_by_element.items():
        share = composition.valences[element]
        whole = counts_from_fractions({str(z): n / sum(share.values()) for z, n in share.items()}, count)
        cations |= {(element, int(z)): k for z, k in whole.items()}
    excess = sum(z * k for (_, z), k in cations.items()) + sum(ANION_CHARGE[x] * k for x, k in anions.items())
    # Rounding to whole atoms may leave a small charge; an element of mixed valence takes it up.
    mixed = [el for el, share in composition.valences.items() if {1, 2} <= set(share)]
    if excess and mixed:
        element = mixed[0]
        high, low = (element, 2), (element, 1)
        cations[high] -= excess
        cations[low] += excess
        excess = 0
    for element in composition.cations:
        if not sum(k for (name, _), k in cations.items() if name == element):
            raise InputError(
                f"{element} in {composition.formula} comes to less than one atom in a box of {sites} sites; "
                "use a larger lattice.cells"
            )
    if excess or min(cations.values()) < 0:
        raise InputError(
            f"{composition.formula} cannot be made neutral with whole atoms in a box of {sites} sites "
            f"(charge {excess:+d}); use another lattice.cells"
        )
    return cations, anions


def pristine_configuration(
    geometry: Geometry,
    composition: Composition,
    energies: LatticeEnergies,
    rng: np.random.Generator,
    *,
    disorder: bool = True,
) -> Configuration:
    """Fill the box with the composition, exactly neutral, no alkali inside.

    At random, or without ``disorder`` in an order that spreads each element as evenly along
    the rows of the lattice as its amount allows.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    rng : Generator
        Source of the random arrangement; advanced.
    disorder : bool
        Whether cations and anions are placed at random; else in order of their symbols.

    Raises
    ------
    InputError
        Where the composition has more cations than anions (no rock salt), fewer than three
        cations per four anions, less than one atom of an element, or no neutral filling of
        this box.
    """
    ratio = composition.cations_per_anion
    if not 0.75 - 1e-9 <= ratio <= 1 + 1e-6:
        raise InputError(
            f"{composition.formula} has {ratio:.3g} cations per anion; the reactive lattice is rock salt, "
            "one cation (or a few vacancies) per anion"
        )
    sites = geometry.sites
    cations, anions = _neutral_counts(composition, sites)
    kinds = [(energies.species.index(element), z) for element, z in cations]
    amounts = np.array(list(cations.values()))
    vacancies = sites - amounts.sum()
    if vacancies:
        kinds, amounts = [*kinds, (VACANT, 0)], np.append(amounts, vacancies)
    drawn = _arranged(amounts, geometry.octahedral_position, rng, disorder)
    species, valence = np.array(kinds, dtype=np.int8)[drawn].T.copy()
    anion_kinds = np.array([energies.anions.index(x) for x in anions], dtype=np.int8)
    amounts = np.array(list(anions.values()))
    anion = anion_kinds[_arranged(amounts, geometry.anion_position, rng, disorder)]
    return ionic_configuration(geometry, species, valence, np.zeros(2 * sites, dtype=np.int8), anion)


def _arranged(
    amounts: NDArray[np.int64], position: NDArray[np.float64], rng: np.random.Generator, disorder: bool
) -> NDArray[np.int64]:
    """Kind of each site, as many of each as ``amounts`` says."""
    sites = len(position)
    if disorder:
        return np.asarray(rng.permutation(np.repeat(np.arange(len(amounts)), amounts)))
    # Site by site along x, then y, then z, whichever kind lags most behind its share.
    order = np.lexsort(position.T)
    kinds = np.empty(sites, dtype=np.int64)
    used = np.zeros(len(amounts), dtype=np.int64)
    for place, site in enumerate(order, start=1):
        kinds[site] = np.argmax(np.where(used < amounts, amounts * place / sites - used, -np.inf))
        used[kinds[site]] += 1
    return kinds
