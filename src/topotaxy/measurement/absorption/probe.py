"""Specimens through the virtual beamline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import virtual
from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.neighbourhood import BIN, Neighbours, bin_centres, neighbours
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats, edge_energies
from topotaxy.measurement.absorption.reference_values import metals
from topotaxy.measurement.absorption.scattering import pairs
from topotaxy.measurement.absorption.transform import wave_number
from topotaxy.measurement.instrument import counts
from topotaxy.specimen import Specimen

FORMAT_NAME = "virtual beamline"
IMPOSED = "XANES is imposed by valence; EXAFS is computed from the distances of the specimen"


def probe(
    specimens: Sequence[Specimen], beamline: Beamline, rng: np.random.Generator
) -> tuple[AbsorptionRecord, ...]:
    """Return a spectrum of each absorbing element of each specimen, with counting noise.

    Parameters
    ----------
    specimens
        Replicas or states of one sample; each gets spectra of its own.
    beamline
        What is set of the instrument.
    rng
        Of the noise and of the absorbers that are looked at.

    Raises
    ------
    InputError
        Where an element that was asked for has no tables, or is nowhere in the specimens.
    """
    able = list(dict.fromkeys(absorber for absorber, _, _ in pairs()))
    for element in beamline.absorbers:
        if element not in able:
            raise InputError(f"no scattering tables of {element!r:.20}; absorbers are {', '.join(able)}")
    wanted = beamline.absorbers or tuple(able)
    found: list[AbsorptionRecord] = []
    for specimen in specimens:
        for element in wanted:
            around = neighbours(specimen, element, sampled=beamline.sampled_atoms, rng=rng)
            if around is not None:
                found.append(_of_element(specimen, around, beamline, rng))
    if not found:
        raise InputError(f"the specimen holds none of {', '.join(wanted)}", where="specimen")
    if beamline.foils:
        seen = dict.fromkeys(record.element for record in found)
        found += [foil(element, beamline, rng) for element in seen if element in metals()]
    return tuple(found)


def _of_element(
    specimen: Specimen, around: Neighbours, beamline: Beamline, rng: np.random.Generator
) -> AbsorptionRecord:
    own = specimen.elements == around.absorber
    valences, amounts = np.unique(specimen.valences[own], return_counts=True)
    shares = {float(v): float(n / own.sum()) for v, n in zip(valences, amounts, strict=True)}
    notes = [IMPOSED]
    if around.sampled < around.count:
        notes.append(
            f"{around.sampled} of {around.count} absorbers looked at: neighbours within 3.3 Å are known to "
            f"{around.first_shell_error:.3f}"
        )
    name = f"{specimen.formula or specimen.source or 'specimen'}, {specimen.state}"
    if specimen.cycle:
        name += f", cycle {specimen.cycle}"
    return _spectrum(
        around,
        shares,
        beamline,
        rng,
        notes,
        source=f"{name}, {around.absorber}",
        label=f"{name}, {around.absorber}",
        sample=specimen.formula,
        formula=specimen.formula,
        state=specimen.state,
        cycle=specimen.cycle or None,
    )


def foil(element: str, beamline: Beamline, rng: np.random.Generator) -> AbsorptionRecord:
    """Return the spectrum of an element's metal, by its first shells of the table.

    Parameters
    ----------
    element : str
        Symbol.
    beamline : Beamline
        Options of the virtual beamline.
    rng : numpy.random.Generator
        Of the noise.

    Raises
    ------
    InputError
        Where the metal has no simple first shell.
    """
    metal = metals().get(element)
    if metal is None:
        raise InputError(f"the metal of {element} has no simple first shell")
    distances = bin_centres()
    counted = np.zeros(len(distances))
    for count, distance in zip(metal.counts, metal.distances, strict=True):
        # Shared between two bins so that the mean distance is that of the table.
        place = int(distance / BIN - 0.5)
        upper = distance / BIN - 0.5 - place
        counted[place] += count * (1.0 - upper)
        counted[place + 1] += count * upper
    around = Neighbours(
        absorber=element,
        count=1,
        sampled=1,
        distances=distances,
        histograms={("metal", element): counted},
        first_shell_error=0.0,
    )
    return _spectrum(
        around,
        {0.0: 1.0},
        beamline,
        rng,
        [IMPOSED, "first shells of the metal only"],
        source=f"{element} foil",
        label=f"{element} foil",
        sample=f"{element} foil",
        formula=element,
    )


def _spectrum(
    around: Neighbours,
    valences: dict[float, float],
    beamline: Beamline,
    rng: np.random.Generator,
    notes: list[str],
    **about: Any,
) -> AbsorptionRecord:
    threshold = edge_energies()[around.absorber, "K"]
    energy = virtual.scan(threshold, beamline.last_wave_number)
    k = np.maximum(wave_number(energy - threshold), 0.0)
    chi, missing = virtual.chi_of_neighbours(around, k, beamline)
    if missing:
        notes.append(f"no scattering tables of {', '.join(missing)}: left out")
    edge = virtual.edge_shape(energy - threshold, valences) + chi * virtual.faded_in(k)
    below = max(beamline.total_absorption - beamline.edge_step, 0.05)
    absorption = below * (energy / threshold) ** -2.8 + beamline.edge_step * edge
    return AbsorptionRecord(
        format=FORMAT_NAME,
        energy_ev=energy,
        absorption=_counted(absorption, beamline, rng),
        element=around.absorber,
        edge="K",
        mode="transmission",
        origin="simulated",
        instrument="virtual beamline",
        temperature_k=beamline.sample_temperature,
        notes=tuple(notes),
        **about,
    )


def _counted(absorption: Floats, beamline: Beamline, rng: np.random.Generator) -> Floats:
    """Return the absorption from counts before and behind the sample; a tenth of the beam is lost before."""
    beam = beamline.flux * beamline.point_time
    before = counts(np.full(len(absorption), 0.1 * beam), rng)
    behind = counts(0.9 * beam * np.exp(-absorption), rng)
    return np.asarray(np.log(9.0 * np.maximum(before, 1.0) / np.maximum(behind, 1.0)))
