"""An electrode through virtual instruments into real files, and those through their analyses to observables.

The instruments' settings are those that a careful laboratory would choose; what a specimen cannot say (film,
polarisation of the cell) is drawn. Nothing of a specimen reaches the observables but through a file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.evidence.latents import AS_LISTED
from topotaxy.files import write_atomically
from topotaxy.material import conversion_voltages, parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.analysis import Analysis, analysed
from topotaxy.measurement.probing import probed_files, written_format
from topotaxy.measurement.sample import Sample
from topotaxy.measurement.technique import Record, Technique
from topotaxy.observables import Observable, from_json, to_json
from topotaxy.runs.as_cycler import Half, record_of_halves
from topotaxy.specimen import Specimen, State
from topotaxy.specimen.builders import salt_edge
from topotaxy.studies.electrodes import Electrode, truth

OBSERVABLES = "observables.json"
FCC = ("Co", "Ni", "Cu", "Zn")
"""Cations that go into the alloy that the analyses fit."""
ABSORBERS = ("Ni",)
"""Cations whose K edges are measured; the fits of more of them are most of the cost."""
LINES = ("Co", "Ni", "Cu")
"""Cations whose photoemission lines are measured."""
STRETCHES = (0.98, 1.22)
"""Edges of the frame over the pristine one among which its lines are looked for: up to the strain of a full
coherent conversion with sodium (0.2 for the oxides of the examples, docs/judge.md)."""
ANGLES = (8.0, 36.0, 0.03)
"""First and last angle and step of the patterns, degrees: seven lines of rock salt at 20 keV, three points a
width of crystals of 30 nm."""
CALIBRATION = 0.006
"""Error of an image's scale with an internal standard (docs/imaging.md)."""
METAL_EDGE = 3.57
"""Å: start of the cell of an fcc alloy of Co, Ni and Cu (3.54, 3.52, 3.61; Wyckoff 1963)."""
CURRENT = 0.1
"""A/g."""
NOISE_OF_CAPACITY = 0.01
"""Scatter of a cell's capacity by its mass, one standard deviation, relative (1 mg weighed to 10 µg)."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """One electrode on the bench: where files go, and the generator of all noise."""

    electrode: Electrode
    folder: Path
    rng: np.random.Generator
    edges: dict[State, float] = field(default_factory=dict)
    """Edges of the frame that its patterns showed, Å."""
    absorbers: tuple[str, ...] = ABSORBERS
    lines: tuple[str, ...] = LINES

    def files(self, name: str, state: State, options: Any, specimens: Sequence[Specimen]) -> list[Path]:
        """Look at a state with an instrument; return the files."""
        technique = recognise.technique_named(name)
        return probed_files(
            technique,
            specimens,
            options,
            self.rng,
            self.folder,
            format=written_format(technique),
            stem=f"{self.electrode.name}-{state}",
        )

    def sample(self, state: State) -> Sample:
        """Return what is known of the sample."""
        return Sample(name=self.electrode.formula, state=state, cycle=None if state == "pristine" else 1)


def measured(
    electrode: Electrode,
    folder: Path,
    *,
    seed: int,
    absorbers: tuple[str, ...] = ABSORBERS,
    lines: tuple[str, ...] = LINES,
) -> list[Observable]:
    """Return what every instrument says of an electrode; what is there already is read.

    Parameters
    ----------
    electrode : Electrode
        Its three states.
    folder : path
        Where the instruments' files and ``observables.json`` go.
    seed : int
        Of all noise and of what is drawn.
    absorbers, lines : tuple of str
        Cations whose edges and whose photoemission lines are measured, of those that there are.

    Raises
    ------
    InputError
        Where a specimen does not suit an instrument.
    """
    target = folder / OBSERVABLES
    if target.is_file():
        return from_json(target.read_text(encoding="utf-8"), where=str(target))
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(
        electrode=electrode,
        folder=folder,
        rng=np.random.default_rng(seed),
        absorbers=absorbers,
        lines=lines,
    )
    found: list[Observable] = []
    for technique in INSTRUMENTS.values():
        found += [one.model_copy(update={"origin": "simulated"}) for one in technique(bench)]
    write_atomically(target, to_json(found))
    return found


def _read(technique: Technique[Any], files: Sequence[Path], options: Any) -> list[Record]:
    """Read files as `topotaxy analyse` does."""
    return [
        record
        for path in files
        for record in recognise.recognised(path, among=[technique]).format.read(path, options)
    ]


def _analysis(name: str, records: Sequence[Record], options: Any, sample: Sample) -> Analysis:
    return analysed({name: records}, {name: options}, sample=sample)


def diffraction(bench: Bench) -> list[Observable]:
    """Synchrotron patterns: the frame by its peaks; metal, salt and oxide of nanometres by Debye sums."""
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

        (record,) = _read(technique, files, options(electrode.edge))
        edge = frame_edge(record, electrode.edge)
        said = _analysis("diffraction", [record], options(edge), bench.sample(state)).observables
        if not any(o.subject.phase == "oxide" and o.bound is None for o in said):
            # Oxide of nanometres that does not show would only take its uncertainty to the frame.
            fewer = options(edge, oxide=False)
            said = _analysis("diffraction", [record], fewer, bench.sample(state)).observables
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
    edges = pristine * np.linspace(*STRETCHES, 481)

    def at(squares: int) -> Any:
        sine = record.wavelength * math.sqrt(squares) / (2.0 * edges)
        return np.interp(2.0 * np.degrees(np.arcsin(sine)), angle, above)

    return float(edges[int(np.argmax(np.sqrt(at(4) * at(8))))])


def metal_formula(formula: str) -> str:
    """Return the alloy that the cations of a host would make, as the analysis takes it.

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


def absorption(bench: Bench) -> list[Observable]:
    """K edges: shells by EXAFS, reduced shares by combination of the pristine spectrum and the foil."""
    from topotaxy.measurement.absorption.instrument import Beamline
    from topotaxy.measurement.absorption.options import AbsorptionOptions

    electrode = bench.electrode
    technique = recognise.technique_named("absorption")
    composition = parse_formula(electrode.formula)
    cations = "".join(f"{e}{x:.4f}" for e, x in composition.cation_fractions.items())
    absorbers = tuple(e for e in composition.cations if e in bench.absorbers)
    options = AbsorptionOptions.model_validate(
        {"neighbour": cations, "standards": ("pristine", "foil"), "components": False}
    )
    records: list[Record] = []
    for state, specimens in electrode.states.items():
        line = Beamline.model_validate(
            {"absorbers": absorbers, "sampled_atoms": 500, "foils": state == "pristine"}
        )
        records += _read(technique, _mixed(bench, state, line, specimens), options)
    found: list[Observable] = []
    for one in _analysis("absorption", records, options, Sample(name=electrode.formula)).observables:
        own = [state for state in electrode.states if f", {state}" in one.source]
        if own and not (one.quantity == "reduced_fraction" and "EXAFS" in one.method):
            found.append(one.model_copy(update={"state": own[0]}))
    return found


def _mixed(bench: Bench, state: State, beamline: Any, specimens: Sequence[Specimen]) -> list[Path]:
    """Write one spectrum an element: the mean over specimens, weighted by their absorbers."""
    technique = recognise.technique_named("absorption")
    assert technique.probe is not None
    written = written_format(technique)
    assert written.write is not None
    by_element: dict[str, list[tuple[float, Any]]] = {}
    for specimen in specimens:
        foils = beamline.foils and specimen is specimens[0]
        for record in technique.probe([specimen], beamline.model_copy(update={"foils": foils}), bench.rng):
            absorbing = float(specimen.is_element(record.element).sum())
            by_element.setdefault(record.source, []).append((absorbing, record))
    paths = []
    by_place: dict[str, list[tuple[float, Any]]] = {}
    for source, several in by_element.items():
        foil = source.endswith("foil")
        place = f"{several[0][1].element}-foil" if foil else several[0][1].element
        by_place.setdefault(place, []).extend(several)
    for place, several in by_place.items():
        weights = np.array([weight for weight, _ in several])
        mean = np.average([one.absorption for _, one in several], axis=0, weights=weights)
        name = f"{place.replace('-', ' ')}" if place.endswith("foil") else f"{place}, {state}"
        merged = replace(several[0][1], absorption=mean, source=name, label=name, state=state)
        path = bench.folder / f"{bench.electrode.name}-{state}-{place}.xdi"
        written.write(merged, path)
        paths.append(path)
    return paths


def photoemission(bench: Bench) -> list[Observable]:
    """2p lines: reduced shares by combination of the references of metal and oxide."""
    from topotaxy.measurement.photoemission import PhotoemissionOptions, Spectrometer
    from topotaxy.measurement.photoemission.formats.vamas import write
    from topotaxy.measurement.photoemission.probe import references

    technique = recognise.technique_named("photoemission")
    found: list[Observable] = []
    for element in parse_formula(bench.electrode.formula).cations:
        if element not in bench.lines:
            continue
        spectrometer = Spectrometer(spectrum_element=element)
        paths = [bench.folder / f"reference-{element}-{name}.vms" for name in ("metal", "oxide")]
        for record, path in zip(references(element, spectrometer), paths, strict=True):
            write(record, path)
        options = PhotoemissionOptions(reduced_reference=paths[0], oxidised_reference=paths[1])
        for state, specimens in bench.electrode.states.items():
            if state == "pristine":
                continue
            # An unreacted core lies deeper than electrons come from.
            outside = [one for one in specimens if one.state != "pristine"] or list(specimens)
            files = bench.files("photoemission", state, spectrometer, outside)
            moved = [path.replace(path.with_stem(f"{path.stem}-{element}")) for path in files]
            records = _read(technique, moved, options)
            found += _analysis("photoemission", records, options, bench.sample(state)).observables
    return found


def imaging(bench: Bench) -> list[Observable]:
    """Images along a cube edge with an internal standard: spacings of rock salt where it is indexed."""
    from topotaxy.measurement.imaging import ImagingOptions, Microscope

    technique = recognise.technique_named("imaging")
    microscope = Microscope(magnification_error=CALIBRATION)
    found: list[Observable] = []
    for state in ("pristine", "discharged"):
        specimens = bench.electrode.states[state]
        files = bench.files("imaging", state, microscope, specimens[:1])
        # An unknown cell is indexed by what the pattern says of it.
        edge = bench.edges.get(state, bench.electrode.edge)
        options = ImagingOptions(crystals=(f"rock salt=rock salt:{edge:.4f}",), scale_error=2.0 * CALIBRATION)
        records = _read(technique, files, options)
        for one in _analysis("imaging", records, options, bench.sample(state)).observables:
            known = CALIBRATION * one.value if one.quantity == "interplanar_spacing" else one.systematic
            found.append(one.model_copy(update={"systematic": known}))
    return found


def cycling(bench: Bench) -> list[Observable]:
    """A cycler's record of the first cycle: couples by counting, film and polarisation drawn."""
    from topotaxy.measurement.cycling.formats.battery_data_format import write
    from topotaxy.measurement.cycling.options import CyclingOptions

    electrode = bench.electrode
    drawn = {
        name: AS_LISTED.shape(name).quantile(float(bench.rng.random()))
        for name in ("irreversible_charge", "reversible_charge", "hysteresis")
    }
    taken, left = couples(electrode)
    mass = 1.0 + float(bench.rng.normal(0.0, NOISE_OF_CAPACITY))
    film = drawn["irreversible_charge"] + drawn["reversible_charge"]
    capacities = {
        "discharge": mass * (taken + film),
        "charge": mass * max(taken - left + drawn["reversible_charge"], 1.0),
    }
    middle = _mean_voltage(electrode)
    halves = []
    for direction, capacity in capacities.items():
        side = -0.5 if direction == "discharge" else 0.5
        charge = np.linspace(0.0, capacity, 200)
        slope = np.linspace(0.3, -0.3, 200) if direction == "discharge" else np.linspace(-0.3, 0.3, 200)
        voltage = middle + side * drawn["hysteresis"] + slope + bench.rng.normal(0.0, 1e-3, 200)
        halves.append(
            Half(
                cycle=1,
                direction=direction,  # type: ignore[arg-type]
                current=CURRENT,
                capacity=capacity,
                energy=float(np.mean(voltage)) * capacity,
                curve=(charge, voltage),
            )
        )
    record = record_of_halves(
        halves, source=electrode.name, format="virtual cycler", instrument="virtual cycler", reference=None
    )
    path = bench.folder / f"{electrode.name}-cycling.csv"
    write(record, path)
    technique = recognise.technique_named("cycling")
    options = CyclingOptions(mass=1.0, role="half-cell-anode", ion=electrode.ion)  # type: ignore[arg-type]
    records = [
        one.with_sample(mass=1.0, reference=f"{electrode.ion}+/{electrode.ion}")  # type: ignore[attr-defined]
        for one in _read(technique, [path], options)
    ]
    return list(_analysis("cycling", records, options, Sample(name=electrode.formula)).observables)


def couples(electrode: Electrode) -> tuple[float, float]:
    """Return the charge of cations reduced on discharge, and of those left reduced on charge, mAh/g."""
    known = truth(electrode)
    per_electron = electrode.reaction.capacity_per_electron
    metal = float(known["metal_electrons"][0])
    taken = metal + float(known["inserted_electrons"][0])
    return per_electron * taken, per_electron * metal * (1.0 - float(known["reoxidised"][0]))


def _mean_voltage(electrode: Electrode) -> float:
    """Return the mean conversion voltage of the cations that convert above 0 V, V."""
    voltages, _ = conversion_voltages(parse_formula(electrode.formula), electrode.ion)
    positive = [v for v in voltages.values() if v > 0.1]
    return float(np.mean(positive)) if positive else 0.5


INSTRUMENTS: Mapping[str, Callable[[Bench], list[Observable]]] = {
    "cycling": cycling,
    "diffraction": diffraction,
    "absorption": absorption,
    "photoemission": photoemission,
    "imaging": imaging,
}
"""What an electrode is looked at with, in this order."""
