"""What diffractometers would see of a simulated electrode along its cycles, beside what was claimed for it.

Takes the folder of a run of ``topotaxy simulate``, looks at every kept state with the virtual synchrotron
and with a laboratory's Cu Kα, and prints two things for each: where the peaks nearest to (111), (200) and
(220) of the pristine rock salt are (found without any phase), and what a fit of rock salt beside domains
of metal and alkali salt says, which starts from the specimens' own cells as ``topotaxy probe`` does. With
``--figure`` the patterns are drawn, the pristine lines and a shift of 3.6 % marked.

    topotaxy simulate heos-na
    python examples/diffraction_along_a_cycle.py heos-na --cycles 0 1 2 5 10 --figure heos-na-diffraction.png
"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from topotaxy.measurement.diffraction import Instrument, Options
from topotaxy.measurement.diffraction.expected import expected
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.probe import probe
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.specimen import Specimen, read
from topotaxy.specimen.kept import specimens_of

LINES = ((1, 1, 1), (2, 0, 0), (2, 2, 0))
CLAIMED = 0.036
"""Shift of the spacings that the publication reports, at most."""
NEAR = (-0.02, 0.06)
"""A peak is taken for a line of the rock salt when its spacing is off by no more."""
LAST_ANGLES = {"synchrotron": 34.0, "laboratory": 100.0}
TITLES = {"synchrotron": "synchrotron, 0.62 Å", "laboratory": "laboratory, Cu Kα"}
STEP = 0.9
"""Between a state and the next in the figure, over the strongest peak."""


def specimens_in(run: Path) -> list[Specimen]:
    """Every specimen of a run, in order of cycle and state, or that of one file."""
    return [read(run)] if run.is_file() else list(specimens_of(run))


def pristine_edge(specimens: Sequence[Specimen]) -> float:
    """Cell edge of the pristine rock salt, Å."""
    return next(s.unit_cell for s in specimens if s.state == "pristine" and s.unit_cell)


def nearest(peaks: Sequence[Peak], spacing: float, wavelength: float) -> tuple[float, float] | None:
    """Relative shift and area of the strongest peak near a spacing, or None."""
    near = [p for p in peaks if NEAR[0] < p.spacing(wavelength) / spacing - 1.0 < NEAR[1]]
    if not near:
        return None
    best = max(near, key=lambda p: p.area)
    return best.spacing(wavelength) / spacing - 1.0, best.area


def print_peaks(record: Pattern, edge: float, first: dict[tuple[int, ...], float]) -> None:
    """Print shift and area, relative to the pristine one, of the peaks nearest to the lines of rock salt."""
    (one,) = observed([record], Options()).details
    said = []
    for hkl in LINES:
        found = nearest(one.peaks, edge / math.hypot(*hkl), record.wavelength or math.nan)
        if found is None:
            said.append(f"{hkl} no peak")
            continue
        shift, area = found
        first.setdefault(hkl, area)
        said.append(f"{hkl} {100.0 * shift:+.2f} %, area {area / first[hkl]:.2f}")
    strongest = sorted(one.peaks, key=lambda p: -p.area)[:4]
    spacings = ", ".join(f"{p.spacing(record.wavelength or math.nan):.3f}" for p in strongest)
    print(f"  peaks: {'; '.join(said)}; strongest at {spacings} Å")


def print_fit(record: Pattern, options: Options) -> None:
    """Print what the fit of frame, metal and salt says."""
    for entry in observed([record], options).observables:
        if entry.quantity == "phase_fraction" and not entry.subject.note:
            continue
        width = math.hypot(entry.uncertainty or 0.0, entry.systematic or 0.0)
        mark = {"upper": "at most ", "lower": "at least "}.get(entry.bound or "", "")
        print(f"  {entry.quantity} {entry.subject.text}: {mark}{entry.value:.5g} ± {width:.2g}", flush=True)


def draw(series: dict[str, tuple[Pattern, ...]], edge: float, path: Path) -> None:
    """Draw the patterns over Q, the pristine lines and the claimed shift marked."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 7.0), layout="constrained")
    for place, (name, records) in enumerate(series.items(), start=1):
        axes = figure.add_subplot(1, len(series), place)
        top = max(float(r.intensity.max()) for r in records)
        for level, record in enumerate(records):
            q = 4.0 * math.pi / (record.wavelength or math.nan) * np.sin(np.radians(record.x / 2.0))
            axes.plot(q, record.intensity / top + STEP * level, linewidth=0.7, color="black")
            label = record.state if not record.cycle else f"{record.state} {record.cycle}"
            # Between (200) and (220) no state has a peak but near 3.2 Å⁻¹.
            axes.text(3.9, STEP * level + 0.13, label or "", ha="right", fontsize=8)
        for hkl in LINES:
            at = 2.0 * math.pi * math.hypot(*hkl) / edge
            axes.axvspan(at / (1.0 + CLAIMED), at, color="#E69F00", alpha=0.35, linewidth=0)
            axes.axvline(at, color="#0072B2", linewidth=0.8)
        axes.set(xlim=(2.0, 5.0), xlabel="Q (Å⁻¹)", title=TITLES[name], yticks=[])
        if place == 1:
            axes.set_ylabel("intensity, each state above the last")
    figure.savefig(path, dpi=130)


def main() -> None:
    """Read the arguments and print what is seen."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--cycles", type=int, nargs="*", help="these cycles only; 0 is pristine")
    parser.add_argument("--counts", type=float, default=20000.0)
    parser.add_argument("--patterns-only", action="store_true", help="no fits")
    parser.add_argument("--figure", type=Path)
    given = parser.parse_args()
    everything = specimens_in(given.run)
    edge = pristine_edge(everything)
    specimens = [s for s in everything if given.cycles is None or s.cycle in given.cycles]
    series = {}
    for name, last in LAST_ANGLES.items():
        instrument = Instrument(
            diffractometer=name, peak_counts=given.counts, first_angle=8.0, last_angle=last
        )
        records = probe(specimens, instrument, np.random.default_rng(1))
        series[name] = records
        first: dict[tuple[int, ...], float] = {}
        for record in records if not given.patterns_only else ():
            print(f"{name}, {record.state} {record.cycle or 0}")
            print_peaks(record, edge, first)
            replicas = [s for s in specimens if (s.state, s.cycle) == (record.state, record.cycle or 0)]
            options, _ = expected(replicas, instrument, ())
            print_fit(record, Options(**options))
    print("claimed: (111) and (200) stay through the cycle and shift reversibly, by 3.6 % at most")
    if given.figure is not None:
        draw(series, edge, given.figure)


if __name__ == "__main__":
    main()
