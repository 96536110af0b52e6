"""A virtual spectrometer: valences of a specimen, weighted by depth, as envelopes of metal and oxide.

The envelopes are imposed: a mixed Gaussian and Lorentzian line for metal and oxide at the table's energies,
with the oxide's satellite and spin-orbit partner. What follows from the specimen is the share of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from topotaxy.errors import InputError
from topotaxy.measurement.instrument import counts
from topotaxy.measurement.options import Quantity
from topotaxy.measurement.photoemission.background import Floats
from topotaxy.measurement.photoemission.depth import mean_free_path
from topotaxy.measurement.photoemission.lines import Line, known_lines
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.tables import read_table

if TYPE_CHECKING:
    from topotaxy.specimen import Specimen


class Spectrometer(BaseModel):
    """Options of the virtual spectrometer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_energy: Annotated[float, Quantity("energy", "1486.6eV")] = Field(
        default=1486.6, description="Energy of the photons."
    )
    energy_step: Annotated[float, Quantity("energy", "0.1eV")] = Field(
        default=0.1, description="Step of the energy axis."
    )
    line_width: Annotated[float, Quantity("energy", "0.8eV")] = Field(
        default=0.8, description="Width of a line at half its height."
    )
    peak_counts: Annotated[float, Quantity("dimensionless", "5000")] = Field(
        default=5000.0, description="Counts at the maximum above the background."
    )
    surface_film: Annotated[float, Quantity("particle_size", "2nm", "non-negative")] = Field(
        default=0.0, description="Thickness of a film on the specimen that holds none of its cations."
    )
    charging: Annotated[float, Quantity("energy", "0.3eV", "non-negative")] = Field(
        default=0.3, description="Standard deviation of the charge shift of each spectrum."
    )
    spectrum_element: str | None = Field(
        default=None, description="Cation whose line is recorded; every one with a line if not given."
    )


def reduced_share(specimens: Sequence[Specimen], element: str, spectrometer: Spectrometer) -> float:
    """Return the share of metal of a cation, weighted by depth below the upper face, as the line sees it.

    The film takes the same part of every atom's signal and so does not move the share.

    Parameters
    ----------
    specimens : sequence of Specimen
        Their upper face is that of the largest z.
    element : str
        Of the cation.
    spectrometer : Spectrometer
        For the energy of the photons.

    Raises
    ------
    InputError
        Where no specimen holds the element.
    """
    line = _line(element)
    free = 10.0 * mean_free_path(spectrometer.source_energy - _energy(line))
    seen = metal = 0.0
    for specimen in specimens:
        mine = specimen.is_element(element)
        if not mine.any():
            continue
        depth = specimen.positions[:, 2].max() - specimen.positions[mine, 2]
        weight = np.exp(-depth / free)
        valence = np.clip(specimen.valences[mine] / 2.0, 0.0, 1.0)
        seen += float(weight.sum())
        metal += float((weight * (1.0 - valence)).sum())
    if seen <= 0.0:
        raise InputError(f"the specimen holds no {element}")
    return metal / seen


def probe(
    specimens: Sequence[Specimen], spectrometer: Spectrometer, rng: np.random.Generator
) -> tuple[PhotoemissionRecord, ...]:
    """Return a spectrum of each cation's line.

    Parameters
    ----------
    specimens : sequence of Specimen
        Their upper face is that of the largest z.
    spectrometer : Spectrometer
        Photons, width of lines, film, charging.
    rng : numpy Generator
        For counting and charging.

    Raises
    ------
    InputError
        Where the specimen holds no cation with a line of metal and oxide.
    """
    present = {str(e) for s in specimens for e in np.unique(s.elements)}
    wanted = (
        [spectrometer.spectrum_element]
        if spectrometer.spectrum_element
        else sorted(
            line.element
            for line in known_lines()
            if line.element in present and line.metal is not None and line.oxide is not None
        )
    )
    if not wanted:
        raise InputError("the specimen holds no cation whose metal and oxide lines are known")
    source = specimens[0].formula or specimens[0].source or "specimen"
    records = []
    for element in wanted:
        line = _line(element)
        share = reduced_share(specimens, element, spectrometer)
        shift = float(rng.normal(0.0, spectrometer.charging))
        energy, expected = _expected(line, share, shift, spectrometer)
        records.append(
            checked(
                energy,
                counts(expected, rng),
                kinetic=False,
                source=f"{source}, virtual {line.name}",
                format="virtual spectrometer",
                photon_energy=spectrometer.source_energy,
                line=f"{element} {line.level}",
                counted=True,
                instrument="virtual spectrometer",
                origin="simulated",
                notes=("envelopes of metal and oxide are imposed; their shares are the specimen's",),
            )
        )
    return tuple(records)


def _expected(line: Line, share: float, shift: float, spectrometer: Spectrometer) -> tuple[Floats, Floats]:
    """Energies, and the counts that are expected there under the film."""
    energy = np.arange(line.low - 2.0, line.high + 2.0, spectrometer.energy_step)
    shape = share * envelope(energy - shift, line, True, spectrometer.line_width)
    shape = shape + (1.0 - share) * envelope(energy - shift, line, False, spectrometer.line_width)
    step = np.cumsum(shape) * spectrometer.energy_step
    path = mean_free_path(spectrometer.source_energy - _energy(line))
    fading = float(np.exp(-spectrometer.surface_film / path))
    peak = float(shape.max())
    return energy, spectrometer.peak_counts * fading * (shape / peak + 0.15 * step / peak) + 50.0


def references(element: str, spectrometer: Spectrometer) -> tuple[PhotoemissionRecord, PhotoemissionRecord]:
    """Return noiseless spectra of the imposed metal and oxide of an element, for combinations.

    Parameters
    ----------
    element : str
        Of a line with positions of metal and oxide.
    spectrometer : Spectrometer
        For photons, step and width.

    Returns
    -------
    metal, oxide : PhotoemissionRecord

    Raises
    ------
    InputError
        Where the table has no such line.
    """
    line = _line(element)
    energy = np.arange(line.low - 4.0, line.high + 4.0, spectrometer.energy_step)
    pair = []
    for metal in (True, False):
        shape = envelope(energy, line, metal, spectrometer.line_width)
        step = np.cumsum(shape) * spectrometer.energy_step
        pair.append(
            checked(
                energy,
                1e6 * (shape + 0.15 * step) + 50.0,
                kinetic=False,
                source=f"imposed {'metal' if metal else 'oxide'} {line.name}",
                format="virtual spectrometer",
                photon_energy=spectrometer.source_energy,
                line=f"{element} {line.level}",
                counted=True,
                instrument="virtual spectrometer",
                origin="simulated",
            )
        )
    return pair[0], pair[1]


def envelope(energy: Floats, line: Line, metal: bool, width: float) -> Floats:
    """Return the imposed envelope of metal or oxide, of unit area.

    Each component of ``components.csv`` is half Gaussian, half Lorentzian of its own width.

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV, rising evenly.
    line : Line
        Which one.
    metal : bool
        Whether of the metal; else of the oxide.
    width : float
        Full width at half maximum of the instrument, eV, added in quadrature to each component's own.
    """
    centre = line.metal if metal else line.oxide
    assert centre is not None
    total = np.zeros(len(energy))
    for row in _components("metal" if metal else "oxide", line):
        at = centre + float(row["offset"]) + (0.0 if not row["partner"] else _splitting(line.element))
        full = np.hypot(width, float(row["width"]))
        z = (energy - at) / (0.5 * full)
        shape = 0.5 * np.exp(-np.log(2.0) * z**2) + 0.5 / (1.0 + z**2)
        total = total + float(row["area"]) * shape / full
    step = float(energy[1] - energy[0])
    return np.asarray(total / (total.sum() * step))


def _components(state: str, line: Line) -> list[dict[str, str]]:
    rows = read_table("topotaxy.measurement.photoemission", "components")
    kind = "single" if not line.level.startswith("2p3/2") else "closed" if line.element == "Zn" else "2p"
    return [row for row in rows if row["state"] == state and row["kind"] == kind]


def _splitting(element: str) -> float:
    for row in read_table("topotaxy.measurement.photoemission", "splittings"):
        if row["element"] == element:
            return float(row["splitting"])
    return 0.0


def _line(element: str) -> Line:
    for line in known_lines():
        if line.element == element and line.metal is not None and line.oxide is not None:
            return line
    raise InputError(f"no line with positions of metal and oxide is known of {element}")


def _energy(line: Line) -> float:
    return line.metal if line.metal is not None else float(line.oxide or 0.0)
