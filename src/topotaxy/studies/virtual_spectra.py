"""Virtual absorption and photoemission of an electrode: shells, and shares that are metal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.material import parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.probing import written_format
from topotaxy.measurement.sample import Sample
from topotaxy.measurement.technique import Record
from topotaxy.observables import Observable
from topotaxy.specimen import Specimen, State
from topotaxy.studies.virtual_bench import (
    Bench,
    analysis_of,
    read_files,
)


def absorption(bench: Bench) -> list[Observable]:
    """K edges: shells by EXAFS, reduced shares by combination of the pristine spectrum and the foil.

    Parameters
    ----------
    bench : Bench
        The electrode on the virtual bench; files and readings are kept there.
    """
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
        records += read_files(technique, _mixed(bench, state, line, specimens), options)
    found: list[Observable] = []
    for one in analysis_of("absorption", records, options, Sample(name=electrode.formula)).observables:
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
    """2p lines: reduced shares by combination of the references of metal and oxide.

    Parameters
    ----------
    bench : Bench
        The electrode on the virtual bench; files and readings are kept there.
    """
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
        options = PhotoemissionOptions(reduced_reference=(paths[0],), oxidised_reference=(paths[1],))
        for state, specimens in bench.electrode.states.items():
            if state == "pristine":
                continue
            # An unreacted core lies deeper than electrons come from.
            outside = [one for one in specimens if one.state != "pristine"] or list(specimens)
            files = bench.files("photoemission", state, spectrometer, outside)
            moved = [path.replace(path.with_stem(f"{path.stem}-{element}")) for path in files]
            records = read_files(technique, moved, options)
            found += analysis_of("photoemission", records, options, bench.sample(state)).observables
    return found
