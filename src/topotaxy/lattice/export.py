"""The lattice as specimens: a configuration as the plain arrays that a specimen is constructed from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import VACANT, Configuration, object_sizes
from topotaxy.material import ANION_CHARGE, Composition, pair_parameter, product_volume, salt
from topotaxy.portable import cbrt
from topotaxy.specimen.construction import LatticeState
from topotaxy.specimen.specimen import PHASES

FRAME, SALT, METAL, OXIDE = (PHASES.index(name) for name in ("frame", "salt", "metal", "oxide"))


@dataclass(frozen=True, kw_only=True)
class Kinds:
    """What the numbers of a configuration stand for, and how much room each takes on its own.

    Attributes
    ----------
    species, anions:
        Symbols by index.
    ion:
        The alkali metal.
    metal_volume (species,), oxide_volume (species,):
        Å³ of an atom in its metal, and of a divalent cation with its anions in rock salt.
    alkali_volume:
        Å³ of an alkali ion with its anions in the salt.
    """

    species: tuple[str, ...]
    anions: tuple[str, ...]
    ion: str
    metal_volume: NDArray[np.float64]
    oxide_volume: NDArray[np.float64]
    alkali_volume: float


def kinds_of(composition: Composition, species: Sequence[str], anions: Sequence[str], ion: str) -> Kinds:
    """Return the kinds of a composition with the volumes that tables give them.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    species, anions : sequence of str
        Symbols of cations and of anions, in the order of the indices.
    ion : str
        The alkali metal: Li, Na or K.

    Raises
    ------
    InputError
        Where a volume is not tabulated.
    """
    shares = composition.anion_fractions
    charges = {x: -ANION_CHARGE[x] * share for x, share in shares.items()}
    per_alkali = math.fsum(
        charge / math.fsum(charges.values()) * product_volume(salt(ion, x)) / -ANION_CHARGE[x]
        for x, charge in charges.items()
    )
    cell = [math.fsum(share * pair_parameter(el, x) for x, share in shares.items()) for el in species]
    return Kinds(
        species=tuple(species),
        anions=tuple(anions),
        ion=ion,
        metal_volume=np.array([product_volume(el) for el in species]),
        oxide_volume=np.array([a * a * a / 4.0 for a in cell]),
        alkali_volume=per_alkali,
    )


def strained_edge(
    geometry: Geometry,
    kinds: Kinds,
    configuration: Configuration,
    *,
    lattice_parameter: float,
    frame_strain: float,
) -> float:
    """Return the edge of the box, Å: the volumes of its regions add up.

    Regions in registry have the strain of the frame, which is that of the salt; what is out of registry takes
    the room of its rock salt and alkali salt by themselves; metal that has gathered adds its own.

    Parameters
    ----------
    lattice_parameter
        Of the pristine frame, Å.
    frame_strain
        Linear strain of the frame as far as it is in registry; not used where nothing is.
    """
    out = _outside(geometry, configuration)
    edge, stretch = geometry.cells * lattice_parameter, 1.0 + frame_strain
    kept = 1.0 - float(out.mean())
    volume = kept * (edge * edge * edge) * (stretch * stretch * stretch) if kept else 0.0
    if kept < 1.0:
        volume += _own_volume(geometry, kinds, configuration, out)
    volume += _displaced_volume(kinds, configuration)
    return cbrt(volume)


def _outside(geometry: Geometry, configuration: Configuration) -> NDArray[np.bool_]:
    """Whether the region of each site is out of registry; so of anions, and twice over of tetrahedra."""
    return np.asarray(configuration.registered[geometry.region_of] == 0)


def _displaced_volume(kinds: Kinds, configuration: Configuration) -> float:
    """Room of the metal objects of two atoms or more; a single atom sits in a hole of its matrix."""
    inside = np.flatnonzero(configuration.metal_of >= 0)
    gathered = object_sizes(configuration)[configuration.metal_of[inside]] > 1
    return math.fsum(kinds.metal_volume[configuration.element[inside]][gathered].tolist())


def _own_volume(
    geometry: Geometry, kinds: Kinds, configuration: Configuration, out: NDArray[np.bool_]
) -> float:
    ions = out & (configuration.species != VACANT)
    species, valence = configuration.species[ions], configuration.valence[ions]
    oxide = kinds.oxide_volume[species] * valence / 2.0
    alkali = configuration.alkali[np.repeat(out, 2)]
    return math.fsum(oxide.tolist()) + kinds.alkali_volume * int(alkali.sum())


def lattice_state(
    geometry: Geometry, kinds: Kinds, configuration: Configuration, *, edge: float
) -> LatticeState:
    """Return a configuration as plain arrays.

    Cations keep the number of the site where they started, anions have the number of theirs after those of
    all cation sites, alkali ions (which have no identity in the lattice) those of their sites after that.

    Parameters
    ----------
    edge
        Of the strained box, Å.
    """
    sites = geometry.sites
    out = _outside(geometry, configuration)
    ions = configuration.species != VACANT
    alkali = configuration.alkali == 1
    positions = [
        geometry.octahedral_position[ions],
        geometry.anion_position,
        geometry.tetrahedral_position[alkali],
    ]
    phases = [
        np.where(out[ions], OXIDE, FRAME),
        _anion_phases(geometry, configuration, out),
        np.where(np.repeat(out, 2)[alkali], SALT, FRAME),
    ]
    numbers = [configuration.identity[ions], sites + np.arange(sites), 2 * sites + np.flatnonzero(alkali)]
    elements, valences = _elements_and_valences(kinds, configuration, ions, int(alkali.sum()))
    return LatticeState(
        sites=np.concatenate(positions) / geometry.cells,
        elements=elements,
        valences=valences,
        phases=np.concatenate(phases).astype(np.int8),
        identities=np.concatenate(numbers).astype(np.int64),
        **_metal(geometry, kinds, configuration, out),
        edge=edge,
        cells=geometry.cells,
        framed=not out.all(),
    )


def _elements_and_valences(
    kinds: Kinds, configuration: Configuration, ions: NDArray[np.bool_], alkali: int
) -> tuple[NDArray[np.str_], NDArray[np.float64]]:
    """Symbols and charges of cations, anions and so many alkali ions, in this order."""
    elements = [
        np.array(kinds.species, dtype="U2")[configuration.species[ions]],
        np.array(kinds.anions, dtype="U2")[configuration.anion],
        np.full(alkali, kinds.ion, dtype="U2"),
    ]
    valences = [
        configuration.valence[ions].astype(np.float64),
        np.array([float(ANION_CHARGE[x]) for x in kinds.anions])[configuration.anion],
        np.ones(alkali),
    ]
    return np.concatenate(elements), np.concatenate(valences)


def _metal(
    geometry: Geometry, kinds: Kinds, configuration: Configuration, out: NDArray[np.bool_]
) -> dict[str, NDArray[Any]]:
    """Atoms of the metal objects, and the objects."""
    metal = np.flatnonzero(configuration.metal_of >= 0)
    objects, piece = np.unique(configuration.metal_of[metal], return_inverse=True)
    centres = configuration.centre[objects]
    return {
        "metal_elements": np.array(kinds.species, dtype="U2")[configuration.element[metal]],
        "metal_identities": metal.astype(np.int64),
        "piece": piece.astype(np.int64),
        "centres": geometry.octahedral_position[centres] / geometry.cells,
        "registered": ~out[centres],
    }


def _anion_phases(
    geometry: Geometry, configuration: Configuration, out: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Phase of each anion: out of registry it belongs to whichever ions give it more of its charge."""
    from_cations = configuration.valence[geometry.anion_octahedra].sum(axis=1) / 6.0
    from_alkali = configuration.alkali[geometry.anion_tetrahedra].sum(axis=1) / 4.0
    loose = np.where(from_alkali > from_cations, SALT, OXIDE)
    return np.where(out, loose, FRAME)
