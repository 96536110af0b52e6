"""Virtual diffraction and imaging of an electrode: what they say of its frame, its metal and its salt."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.measurement import recognise
from topotaxy.observables import Observable
from topotaxy.specimen.builders import salt_edge
from topotaxy.studies.virtual_bench import (
    ANGLES,
    CALIBRATION,
    FCC,
    INDEXING_ERROR,
    METAL_EDGE,
    STRETCHES,
    Bench,
    analysis_of,
    read_files,
)


def diffraction(bench: Bench) -> list[Observable]:
    """Synchrotron patterns: the frame by its peaks; metal, salt and oxide of nanometres by Debye sums.

    Parameters
    ----------
    bench : Bench
        The electrode on the virtual bench; files and readings are kept there.
    """
    from topotaxy.measurement.diffraction import Instrument, Options
    from topotaxy.measurement.diffraction.instrument import diffractometer

    electrode = bench.electrode
    instrument = Instrument(
        diffractometer="synchrotron", first_angle=ANGLES[0], last_angle=ANGLES[1], angle_step=ANGLES[2]
    )
    resolution = diffractometer(instrument).resolution
    technique = recognise.technique_named("diffraction")
    metal = metal_formula(electrode.formula)
    salt = f"{electrode.ion}2O:{salt_edge(electrode.ion, 'O'):.3f}"
    found: list[Observable] = []
    host = f"rock salt:{electrode.formula}"
    for state, specimens in electrode.states.items():
        # Parts of one powder scatter into one pattern.
        powder = [replace(one, state=state, cycle=0 if state == "pristine" else 1) for one in specimens]
        files = bench.files("diffraction", state, instrument, powder)

        def options(edge: float, *, oxide: bool = True) -> Options:
            domains = (f"metal=fcc metal:{metal}:{METAL_EDGE}", f"salt=antifluorite:{salt}")
            loose = f"oxide={host}:{electrode.edge:.4f}"
            return Options(
                radiation="X-ray",
                polarisation=0.01,
                phases=(f"rock salt={host}:{edge:.4f}",),
                nano_phases=(*domains, loose) if oxide else domains,
                resolution=tuple(resolution[key] for key in ("U", "V", "W", "X", "Y", "axial")),
                pristine_lattice_parameter=electrode.edge,
                spread=False,
            )

        (record,) = read_files(technique, files, options(electrode.edge))
        edge = frame_edge(record, electrode.edge)
        said = analysis_of("diffraction", [record], options(edge), bench.sample(state)).observables
        if not any(o.subject.phase == "oxide" and o.bound is None for o in said):
            # Oxide of nanometres that does not show would only take its uncertainty to the frame.
            fewer = options(edge, oxide=False)
            said = analysis_of("diffraction", [record], fewer, bench.sample(state)).observables
        for one in said:
            if one.quantity == "lattice_parameter" and one.subject.phase == "rock salt":
                bench.edges[state] = one.value
        found += said
    return found


def frame_edge(record: Any, pristine: float) -> float:
    """Return the cubic edge, Å, whose (200) and (220) lines are strongest together in a pattern.

    Parameters
    ----------
    record : Pattern
        Angles in degrees, with one wavelength.
    pristine : float
        Edge before the reaction, Å; those of :data:`STRETCHES` times it are tried.
    """
    angle, counts = np.asarray(record.x), np.asarray(record.intensity, dtype=np.float64)
    around = max(3, int(1.5 / (angle[1] - angle[0])) | 1)
    smooth = np.convolve(counts, np.ones(around) / around, mode="same")
    above = np.maximum(counts - smooth, 0.0)
    edges = pristine * np.linspace(*STRETCHES, 701)

    def at(squares: int) -> Any:
        sine = record.wavelength * math.sqrt(squares) / (2.0 * edges)
        return np.interp(2.0 * np.degrees(np.arcsin(sine)), angle, above)

    return float(edges[int(np.argmax(np.sqrt(at(4) * at(8))))])


def metal_formula(formula: str) -> str:
    """Return the alloy that the cations of a host would make, as the analysis takes it.

    Parameters
    ----------
    formula : str
        Of the pristine material.

    Raises
    ------
    InputError
        Where none of the cations makes an fcc metal.
    """
    shares = parse_formula(formula).cation_fractions
    metals = {e: x for e, x in shares.items() if e in FCC}
    if not metals:
        raise InputError(f"no cation of {formula} makes a metal that the virtual laboratory knows")
    total = math.fsum(metals.values())
    return "".join(f"{e}{x / total:.4f}" for e, x in metals.items())


def imaging(bench: Bench) -> list[Observable]:
    """Images along a cube edge with an internal standard: spacings of rock salt where it is indexed.

    Parameters
    ----------
    bench : Bench
        The electrode on the virtual bench; files and readings are kept there.
    """
    from topotaxy.measurement.imaging import ImagingOptions, Microscope

    technique = recognise.technique_named("imaging")
    microscope = Microscope(magnification_error=CALIBRATION)
    found: list[Observable] = []
    for state in ("pristine", "discharged"):
        specimens = bench.electrode.states[state]
        files = bench.files("imaging", state, microscope, specimens[:1])
        # An unknown cell is indexed by what the pattern says of it.
        edge = bench.edges.get(state, bench.electrode.edge)
        options = ImagingOptions(crystals=(f"rock salt=rock salt:{edge:.4f}",), scale_error=INDEXING_ERROR)
        records = read_files(technique, files, options)
        for one in analysis_of("imaging", records, options, bench.sample(state)).observables:
            known = CALIBRATION * one.value if one.quantity == "interplanar_spacing" else one.systematic
            found.append(one.model_copy(update={"systematic": known}))
    return found
