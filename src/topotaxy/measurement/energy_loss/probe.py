"""A virtual energy-loss spectrometer: column valences of a specimen as imposed L2,3 edges on a power law.

What follows from the specimen is how much of an element stands in a pixel and what share of it is metal. The
shapes of the edges, their height over the background and the background itself are imposed; the specimen is
thin, so that there is no plural scattering.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss.edges import Edge, known_edges
from topotaxy.measurement.energy_loss.imposed import is_imposed, shape
from topotaxy.measurement.energy_loss.instrument import LossSpectrometer
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra.stored import Floats
from topotaxy.measurement.instrument import counts
from topotaxy.measurement.projected import metal_share, pixel_size, projected
from topotaxy.specimen import Specimen

BACKGROUND_EXPONENT = 3.0
"""Of the power law of the background, imposed; 2 to 6 in practice (Egerton 2011, section 4.4)."""
NAME = "virtual energy-loss spectrometer"


def reduced_share(specimens: Sequence[Specimen], element: str) -> float:
    """Return the share of an element that is metal, over all atoms.

    Parameters
    ----------
    specimens : sequence of Specimen
        All atoms count alike.
    element : str
        Of the cation.

    Raises
    ------
    InputError
        Where no specimen holds the element.
    """
    found = np.concatenate([metal_share(one)[one.is_element(element)] for one in specimens])
    if not len(found):
        raise InputError(f"the specimen holds no {element}")
    return float(found.mean())


def recorded_edges(elements: Sequence[str], spectrometer: LossSpectrometer) -> tuple[Edge, ...]:
    """Return the imposed edges of these elements that begin within the spectrometer's range.

    Parameters
    ----------
    elements : sequence of str
        Symbols.
    spectrometer : LossSpectrometer
        For its range.
    """
    return tuple(
        edge
        for edge in known_edges()
        if edge.element in elements
        and edge.name == "L3"
        and is_imposed(edge.element)
        and spectrometer.range_start < edge.energy < spectrometer.range_end
    )


def probe(
    specimens: Sequence[Specimen], spectrometer: LossSpectrometer, rng: np.random.Generator
) -> tuple[LossRecord, ...]:
    """Return a spectrum, or a spectrum image, of each specimen.

    Parameters
    ----------
    specimens : sequence of Specimen
        One record each.
    spectrometer : LossSpectrometer
        Range, scan, counts, resolution.
    rng : numpy Generator
        For counting and the offset of the axis.

    Raises
    ------
    InputError
        Where a specimen has no edge within the range.
    """
    return tuple(_recorded(one, spectrometer, rng) for one in specimens)


def _axis(spectrometer: LossSpectrometer) -> Floats:
    return np.arange(spectrometer.range_start, spectrometer.range_end, spectrometer.channel_width)


def _background(energy: Floats, spectrometer: LossSpectrometer) -> Floats:
    return np.asarray((energy / spectrometer.range_start) ** -BACKGROUND_EXPONENT)


def _recorded(specimen: Specimen, spectrometer: LossSpectrometer, rng: np.random.Generator) -> LossRecord:
    where = specimen.source or "specimen"
    edges = recorded_edges([str(e) for e in np.unique(specimen.elements)], spectrometer)
    if not edges:
        raise InputError("holds no element with an L edge in the range", where=where)
    energy = _axis(spectrometer)
    offset = float(rng.normal(0.0, spectrometer.axis_drift)) if spectrometer.axis_drift else 0.0
    pixels = spectrometer.scan_pixels
    blur = {"along": spectrometer.beam_along, "pixels": pixels, "probe_width": spectrometer.probe_spread}
    every = projected(specimen, np.ones(len(specimen)), **blur)  # type: ignore[arg-type]
    mean = float(every.mean())
    spectrum = every[..., None] / mean * _background(energy, spectrometer)
    reduced = metal_share(specimen)
    for edge in edges:
        mine = specimen.is_element(edge.element).astype(np.float64)
        metal = projected(specimen, mine * reduced, **blur)  # type: ignore[arg-type]
        oxide = projected(specimen, mine * (1.0 - reduced), **blur)  # type: ignore[arg-type]
        height = (
            spectrometer.edge_height * float(_background(np.array([edge.energy]), spectrometer)[0]) / mean
        )
        for amount, state in ((metal, "metal"), (oxide, "oxide")):
            at = shape(energy - offset, edge, state, resolution=spectrometer.loss_resolution)  # type: ignore[arg-type]
            spectrum = spectrum + np.maximum(amount, 0.0)[..., None] * height * at
    counted = counts(spectrometer.background_counts * spectrum, rng)
    return LossRecord(
        energy=energy,
        counts=counted[0, 0] if pixels == 1 else counted,
        source=f"{specimen.formula or where}, virtual energy loss",
        format=NAME,
        pixel=None if pixels == 1 else pixel_size(specimen, spectrometer.beam_along, pixels),
        instrument=NAME,
        notes=("shapes of edges and background are imposed; shares of metal are the specimen's",),
        origin="simulated",
    )


def references(element: str, spectrometer: LossSpectrometer) -> tuple[LossRecord, LossRecord]:
    """Return noiseless spectra of the imposed metal and oxide of an element, for combinations.

    Parameters
    ----------
    element : str
        Symbol.
    spectrometer : LossSpectrometer
        For range and resolution.

    Returns
    -------
    metal, oxide : LossRecord

    Raises
    ------
    InputError
        Where no imposed edge of it lies in the range.
    """
    edges = recorded_edges([element], spectrometer)
    if not edges:
        raise InputError(f"no imposed edge of {element} lies in the range")
    energy = _axis(spectrometer)
    height = float(_background(np.array([edges[0].energy]), spectrometer)[0])
    made = []
    for state in ("metal", "oxide"):
        at = shape(energy, edges[0], state, resolution=spectrometer.loss_resolution)
        made.append(
            LossRecord(
                energy=energy,
                counts=1e7 * (_background(energy, spectrometer) + height * at),
                source=f"imposed {element} {state}",
                format=NAME,
                instrument=NAME,
                origin="simulated",
            )
        )
    return made[0], made[1]
