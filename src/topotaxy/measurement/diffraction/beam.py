"""The beam: radiation, lines, polarisation, and what kind of instrument it stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.diffraction.scattering import Floats, Radiation


@dataclass(frozen=True, kw_only=True)
class Beam:
    """Radiation and optics, as far as intensities and positions depend on them.

    Attributes
    ----------
    radiation:
        ``X-ray`` or ``neutron``.
    lines:
        Wavelength (Å) and weight of each line.
    polarisation:
        Intensity in the scattering plane over that across it: 1 for a tube without monochromator,
        cos²(2θ_m) with one, near 0 at a synchrotron that scatters in the vertical plane.
    absorption:
        Product of absorption coefficient and radius of a cylindrical sample; 0 for a thick flat plate.
    """

    radiation: Radiation
    lines: tuple[tuple[float, float], ...]
    polarisation: float = 1.0
    absorption: float = 0.0

    @property
    def wavelength(self) -> float:
        """Of the first line, Å."""
        return self.lines[0][0]

    def lorentz_polarisation(self, theta: Floats) -> Floats:
        """Return the factor that |F|² and multiplicity are multiplied with, for a powder.

        (1 + K cos²2θ)/(1 + K) / (sin²θ cosθ); absorption of a cylinder after Hewat 1979
        (10.1107/S0567739479000760).

        Parameters
        ----------
        theta : array
            Radians.
        """
        factor = 1.0 / (np.sin(theta) ** 2 * np.cos(theta))
        if self.radiation == "X-ray":
            k = self.polarisation
            factor = factor * (1.0 + k * np.cos(2.0 * theta) ** 2) / (1.0 + k)
        if self.absorption > 0.0:
            s, r = np.sin(theta) ** 2, self.absorption
            factor = factor * np.exp(-(1.7133 - 0.0368 * s) * r + (0.0927 + 0.375 * s) * r * r)
        return np.asarray(factor)


def tube_of(beam: Beam) -> bool:
    """Whether a beam is a tube's: two lines, or that of one anode's Kα1.

    Parameters
    ----------
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    """
    from topotaxy.measurement.diffraction.lines import doublet_of

    return beam.radiation == "X-ray" and (len(beam.lines) > 1 or doublet_of(beam.wavelength) is not None)


def position_of(beam: Beam) -> str:
    """Return which correction of positions is natural: displacement in a tube's diffractometer, else zero.

    Parameters
    ----------
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    """
    return "displacement" if tube_of(beam) else "zero"
