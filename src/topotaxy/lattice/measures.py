"""What a configuration means: home, framework, registry, coordination, domains, strain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.distances import Spacings, anion_distances, metal_distances
from topotaxy.lattice.domains import distribution, domain_volumes, interface_area, mean_size
from topotaxy.lattice.frame import Frame, region_content, strain_of
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.metal import coordination
from topotaxy.lattice.state import VACANT, Configuration, object_sizes

BESIDE = 13
"""Atoms of the largest metal object that counts as confined: a site and the twelve beside it."""

GPA_PER_EV = 160.2176634
"""One eV/Å³ in GPa."""


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Measures of one configuration; arrays run over the species where nothing else is said.

    Attributes
    ----------
    home_fraction:
        Cations that sit, as ions, where they started.
    framework_fraction:
        The same: all metal is off the lattice. Kept beside it for mechanisms in which it is not.
    coherent_fraction:
        Sites whose region is in registry with the host.
    confined_fraction, inlaid_fraction, lost_fraction:
        Shares of the metal: in objects of at most :data:`BESIDE` atoms inside registered regions,
        in larger ones there, and outside them. NaN where there is no metal.
    domain_size:
        Diameter (nm) of metal objects of two atoms or more as spheres, mean by volume; NaN where there
        are none.
    domain_distribution (bins,):
        Share of that metal by diameter; NaN where there is none.
    interface_area:
        Metal/salt interface per cation, nm²; single atoms have none.
    frame_strain:
        Linear strain of the registered part by the salt in it; NaN where nothing is left.
    frame_stress:
        Root-mean-square stress of the registered regions from the differences of their content, with
        the cap of a semicoherent interface, GPa.
    anion_coordination:
        Mean number of M-X bonds: six for an oxidised cation, none for M0.
    metal_coordination:
        Mean number of M0 around an M0 of the element; NaN where it has no M0.
    metal_coordination_random:
        What that would be with the M0 of this configuration spread at random over cation sites.
    anion_distance:
        Mean M-X distance of its oxidised cations, Å; NaN where there are none.
    metal_distance:
        Mean M-M distance over the bonds of its metal, Å; NaN where it has none.
    reduced_fraction:
        Electrons taken up since pristine over electrons to the metal.
    monovalent_fraction:
        Cations of the element that are M+.
    pooled_fraction:
        Cations of the element in metal objects of two atoms or more.
    """

    home_fraction: float
    framework_fraction: float
    coherent_fraction: float
    confined_fraction: float
    inlaid_fraction: float
    lost_fraction: float
    domain_size: float
    interface_area: float
    frame_strain: float
    frame_stress: float
    metal_coordination_random: float
    domain_distribution: NDArray[np.float64]
    anion_coordination: NDArray[np.float64]
    metal_coordination: NDArray[np.float64]
    anion_distance: NDArray[np.float64]
    metal_distance: NDArray[np.float64]
    reduced_fraction: NDArray[np.float64]
    monovalent_fraction: NDArray[np.float64]
    pooled_fraction: NDArray[np.float64]


def measures_of(
    geometry: Geometry,
    energies: LatticeEnergies,
    frame: Frame,
    spacings: Spacings,
    configuration: Configuration,
    pristine: Configuration,
) -> Measures:
    """Measure a configuration against the pristine one that it came from.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    frame : Frame
        Constants of the grain: k and W by region (eV), pressure, interface energy.
    spacings : Spacings
        Tabulated lengths of the material, Å.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    pristine : Configuration
        Who sat where before the first electron, in the same box.
    """
    c = configuration
    home = (c.species != VACANT) & (c.identity == np.arange(geometry.sites))
    cations = int((c.element != VACANT).sum())
    sizes = object_sizes(c)
    volumes = domain_volumes(energies, c)
    strain, stress = _strain_and_stress(geometry, frame, c)
    registered = c.registered == 1
    confined, inlaid, lost = _places_of_metal(geometry, c, sizes)
    by_element = _by_element(len(energies.species), c, pristine, sizes)
    return Measures(
        home_fraction=float(home.sum() / cations),
        framework_fraction=float(home.sum() / cations),
        coherent_fraction=float(geometry.region_sites[registered].sum() / geometry.sites),
        confined_fraction=confined,
        inlaid_fraction=inlaid,
        lost_fraction=lost,
        domain_size=mean_size(volumes),
        domain_distribution=distribution(volumes),
        interface_area=interface_area(volumes) / cations,
        frame_strain=strain,
        frame_stress=stress,
        metal_coordination_random=12.0 * max(int(sizes.sum()) - 1, 0) / (geometry.sites - 1),
        anion_distance=anion_distances(geometry, energies, spacings, strain, c),
        metal_distance=metal_distances(energies, volumes, sizes, c),
        anion_coordination=by_element["anion_coordination"],
        metal_coordination=by_element["metal_coordination"],
        reduced_fraction=by_element["reduced_fraction"],
        monovalent_fraction=by_element["monovalent_fraction"],
        pooled_fraction=by_element["pooled_fraction"],
    )


def _places_of_metal(
    geometry: Geometry, c: Configuration, sizes: NDArray[np.int64]
) -> tuple[float, float, float]:
    """Shares of the metal that are confined, inlaid and lost."""
    present = np.flatnonzero(sizes)
    if not len(present):
        return (float("nan"),) * 3
    atoms = sizes[present]
    inside = c.registered[geometry.region_of[c.centre[present]]] == 1
    small = atoms <= BESIDE
    confined, inlaid = (float(atoms[inside & m].sum() / atoms.sum()) for m in (small, ~small))
    return confined, inlaid, float(atoms[~inside].sum() / atoms.sum())


def _by_element(
    kinds: int, c: Configuration, pristine: Configuration, sizes: NDArray[np.int64]
) -> dict[str, NDArray[np.float64]]:
    names = (
        "anion_coordination",
        "metal_coordination",
        "reduced_fraction",
        "monovalent_fraction",
        "pooled_fraction",
    )
    found = {name: np.full(kinds, np.nan) for name in names}
    neighbours = np.array([coordination(int(n)) if n else 0.0 for n in sizes])
    for s in range(kinds):
        ions = c.valence[c.species == s]
        number = int((c.element == s).sum())
        objects = c.metal_of[(c.element == s) & (c.metal_of >= 0)]
        found["anion_coordination"][s] = 6.0 * len(ions) / number
        if len(objects):
            found["metal_coordination"][s] = float(neighbours[objects].mean())
        available = float(pristine.valence[pristine.species == s].sum())
        found["reduced_fraction"][s] = 1.0 - float(ions.sum()) / available
        found["monovalent_fraction"][s] = float((ions == 1).sum()) / number
        found["pooled_fraction"][s] = float((sizes[objects] > 1).sum()) / number
    return found


def _strain_and_stress(geometry: Geometry, frame: Frame, c: Configuration) -> tuple[float, float]:
    inside = c.registered == 1
    if not inside.any():
        return float("nan"), float("nan")
    content = region_content(geometry, frame, c)[inside].astype(float)
    sites = geometry.region_sites[inside]
    mean = float(content.sum() / sites.sum())
    strain = strain_of(frame, mean)
    excess = content - sites * mean
    free = frame.elastic[inside] * excess * excess
    cap = frame.cap[inside]
    volume = frame.site_volume * sites
    # w = Y V e² of a region of strain e: its stress is sqrt(Y w / V).
    held = np.divide(free * cap, free + cap, out=np.zeros_like(free), where=free > 0.0)
    stress = np.sqrt(frame.modulus * (held / volume).mean())
    return strain, float(stress * GPA_PER_EV)
