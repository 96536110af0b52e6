"""A cycler's record of an electrode: couples by counting, film and polarisation drawn."""

from __future__ import annotations

import numpy as np

from topotaxy.evidence.latents import AS_LISTED
from topotaxy.material import conversion_voltages, parse_formula
from topotaxy.measurement import recognise
from topotaxy.measurement.sample import Sample
from topotaxy.observables import Observable
from topotaxy.runs.halves import Half, record_of_halves
from topotaxy.studies.electrodes import Electrode, truth
from topotaxy.studies.virtual_bench import (
    CURRENT,
    NOISE_OF_CAPACITY,
    Bench,
    analysis_of,
    read_files,
)


def cycling(bench: Bench) -> list[Observable]:
    """A cycler's record of the first cycle: couples by counting, film and polarisation drawn.

    Parameters
    ----------
    bench : Bench
        The electrode on the virtual bench; files and readings are kept there.
    """
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
        for one in read_files(technique, [path], options)
    ]
    return list(analysis_of("cycling", records, options, Sample(name=electrode.formula)).observables)


def couples(electrode: Electrode) -> tuple[float, float]:
    """Return the charge of cations reduced on discharge, and of those left reduced on charge, mAh/g.

    Parameters
    ----------
    electrode : Electrode
        States of one electrode, with what is counted in them.
    """
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
