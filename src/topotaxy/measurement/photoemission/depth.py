"""How deep photoemission sees: the inelastic mean free path of its electrons."""

from __future__ import annotations

from topotaxy.measurement.photoemission.lines import Line

# Universal curve for inorganic compounds, in nm for kinetic energies in eV: 2170/E² + 0.72 sqrt(a E)
# monolayers of thickness a (Seah and Dench, Surf. Interface Anal. 1 (1979) 2, 10.1002/sia.740010103).
LOW_TERM, HIGH_TERM = 2170.0, 0.72
MONOLAYER = 0.21
"""nm: cube root of the volume of an atom of a 3d monoxide, 10 Å³ each."""


def mean_free_path(kinetic_energy: float) -> float:
    """Return the inelastic mean free path in an oxide, nm.

    Parameters
    ----------
    kinetic_energy : float
        eV, above zero.
    """
    layers = LOW_TERM / kinetic_energy**2 + HIGH_TERM * (MONOLAYER * kinetic_energy) ** 0.5
    return float(layers * MONOLAYER)


def sampling_depth(photon_energy: float, line: Line) -> float | None:
    """Return the depth (nm) that 95 % of a line's electrons come from; None below the threshold.

    Parameters
    ----------
    photon_energy : float
        eV.
    line : Line
        Whose electrons; of metal where it is tabulated, else of the oxide.
    """
    known = line.metal if line.metal is not None else line.oxide
    kinetic = photon_energy - (known or 0.0)
    return 3.0 * mean_free_path(kinetic) if kinetic > 5.0 else None
