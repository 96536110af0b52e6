"""The frame: constants of the regions of a grain.

Every region of the frame is in registry with the host or not. Regions in registry share one lattice,
whose content is their mean; a region of another content is strained, at

    w = k (E - n ē)² / (1 + k (E - n ē)² / W)

with E the electrons that its sites have taken, n its sites, ē the mean content of a site that the frame
is held at, k = Y Ω η²/4n from the modulus Y, the volume of a site Ω and the misfit η of the salt, and W the
energy of a semicoherent interface around the region. A region out of registry does not strain. Metal pays
its pressure in the share of the grain that is in registry: the mean stress of a matrix goes by the share of
what is pressed into it (T. Mori and K. Tanaka, Acta Metall. 21 (1973) 571, 10.1016/0001-6160(73)90064-3).
What has lost registry pays for its border, as a sphere, or as a slab where that is less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies, RegistryEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import Configuration
from topotaxy.material import Composition, lattice_parameter
from topotaxy.portable import cbrt, exp, normal_quantile

COMPACT = cbrt(math.pi / 6.0)
"""Area of a sphere over that of a cube of the same volume.

Regions are boxes; their faces are scaled by this.
"""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Constants of one grain.

    Attributes
    ----------
    elastic, cap (regions,):
        k and W above, eV.
    faces (regions, 6):
        Sites along a face of a region.
    pressure:
        On metal objects of two atoms or more while the whole grain is registered, eV/Å³.
    surface:
        Energy of an interface between regions, eV/Å².
    site_volume:
        Å³, unstrained.
    growth:
        Relative volume that the salt adds when every site has taken two electrons.
    modulus:
        Y = E/(1 - ν), eV/Å³.
    charge (regions,):
        Charge of the ions of each region in the pristine state.
    """

    elastic: NDArray[np.float64]
    cap: NDArray[np.float64]
    faces: NDArray[np.float64]
    pressure: float
    surface: float
    site_volume: float
    growth: float
    modulus: float
    charge: NDArray[np.int64]


def region_charge(geometry: Geometry, configuration: Configuration) -> NDArray[np.int64]:
    """Charge of the ions on the sites of each region, shape (regions,).

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    found = np.zeros(geometry.regions, dtype=np.int64)
    np.add.at(found, geometry.region_of, configuration.valence.astype(np.int64))
    return found


def region_content(geometry: Geometry, frame: Frame, configuration: Configuration) -> NDArray[np.int64]:
    """Electrons that the sites of each region have taken since pristine, shape (regions,).

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    frame : Frame
        Constants of the grain; the charge of its pristine regions is used.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    return frame.charge - region_charge(geometry, configuration)


def rigid_frame(geometry: Geometry, pristine: Configuration) -> Frame:
    """Return a frame that neither strains nor breaks, and in which metal feels no pressure.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    pristine : Configuration
        Who sat where before the first electron: content is counted from it.
    """
    zero = np.zeros(geometry.regions)
    return Frame(
        elastic=zero,
        cap=zero,
        faces=np.zeros((geometry.regions, 6)),
        pressure=0.0,
        surface=0.0,
        site_volume=1.0,
        growth=0.0,
        modulus=0.0,
        charge=region_charge(geometry, pristine),
    )


def frame_of(
    registry: RegistryEnergies,
    geometry: Geometry,
    composition: Composition,
    energies: LatticeEnergies,
    pristine: Configuration,
    *,
    nucleation_factor: float,
) -> Frame:
    """Return the constants of a grain.

    Parameters
    ----------
    registry : RegistryEnergies
        Modulus, ratios of volume and interface energies of the material.
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    pristine : Configuration
        Who sat where before the first electron: content is counted from it.
    nucleation_factor : float
        Barrier of the grain over that of a sphere in a perfect crystal. It acts as an interface energy
        lower by its cube root: that gives the factor in (16π/3) γ³/g², and keeps the energy a function of the
        state.
    """
    ratio = salt_ratio(registry, composition, energies)
    misfit = cbrt(ratio) - 1.0
    surface = registry.interface_energy * cbrt(nucleation_factor)
    sites, across = geometry.region_sites.astype(float), cbrt(registry.site_volume)
    edges = _edges(geometry) * lattice_parameter(composition)
    areas = np.stack(
        [edges[:, 1] * edges[:, 2], edges[:, 0] * edges[:, 2], edges[:, 0] * edges[:, 1]], axis=1
    )
    return Frame(
        elastic=registry.modulus * registry.site_volume * misfit * misfit / (4.0 * sites),
        cap=registry.semicoherent_energy * COMPACT * areas.sum(axis=1),
        faces=COMPACT * np.repeat(areas, 2, axis=1) / (across * across),
        pressure=registry.matrix_pressure,
        surface=surface,
        site_volume=registry.site_volume,
        growth=ratio - 1.0,
        modulus=registry.modulus,
        charge=region_charge(geometry, pristine),
    )


def salt_ratio(registry: RegistryEnergies, composition: Composition, energies: LatticeEnergies) -> float:
    """Volume of the salt over that of the host, mean over the cations that react.

    Parameters
    ----------
    registry : RegistryEnergies
        With the ratio of each species.
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    """
    parts = [
        (composition.cation_fractions[el], float(ratio))
        for el, ratio, reacts in zip(energies.species, registry.salt_ratio, energies.reducible, strict=True)
        if reacts
    ]
    return math.fsum(x * r for x, r in parts) / math.fsum(x for x, _ in parts)


def _edges(geometry: Geometry) -> NDArray[np.float64]:
    """Edges of each region in cells, shape (regions, 3)."""
    first, last = geometry.region_start[:-1], geometry.region_start[1:]
    cell = geometry.grid // 2
    return np.array([np.ptp(cell[a:b], axis=0) + 1 for a, b in zip(first, last, strict=True)], dtype=float)


def grain_factor(median: float, spread: float, place: float) -> float:
    """Nucleation factor of the grain at quantile ``place`` (0 to 1) of a lognormal distribution.

    Parameters
    ----------
    median : float
        Factor of half of the grains.
    spread : float
        Standard deviation of its logarithm.
    place : float
        Quantile of the grain, 0 to 1.
    """
    return median * exp(spread * normal_quantile(place))


def strain_of(frame: Frame, content: float) -> float:
    """Linear strain of a frame whose sites have taken ``content`` electrons each, on average.

    Parameters
    ----------
    frame : Frame
        Constants of the grain; its growth is used.
    content : float
        Electrons that a site has taken, on average.
    """
    return cbrt(1.0 + frame.growth * content / 2.0) - 1.0
