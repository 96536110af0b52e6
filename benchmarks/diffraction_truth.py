"""Patterns whose truth is known: frames beside domains of metal and salt, fitted as measured ones are.

Explicit atoms: a strained rock salt (a 4.221 Å, 10 nm, microstrain 0.3 %), log-normal balls of metal of
0.8 to 3 nm, Na2O in Voronoi domains of 1 to 2 nm. Every pattern is a sum of their expected patterns with
Poisson noise on a background that falls. Printed: errors of the frame's share of the metal atoms and of
its lattice parameter, the stated standard deviations (statistical and systematic), and how often twice
these hold the truth; then the detection limit of a remnant.

    OMP_NUM_THREADS=1 python benchmarks/diffraction_truth.py [--short]
"""

import itertools
import math
import sys
import time

import numpy as np

from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.instrument import diffractometer
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.nanodomains import ABSENT_BELOW, NanoFit, fit_domains
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.probe import parts
from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.domains import empty_box, nanodomains
from topotaxy.specimen.inclusions import metal_spheres

EDGE = 4.221
FORMULA = "Mg0.5Zn0.25Ni0.25O"
FRAME = phase(f"frame=rock salt:{FORMULA}:4.20")
DOMAINS = (phase("metal=fcc metal:Ni0.5Co0.5:3.53"), phase("Na2O=antifluorite:Na2O:5.55"))
BROAD = {"crystallite_size": 10.0, "microstrain": 0.003}
INSTRUMENTS = {
    "laboratory": Instrument(first_angle=20.0, last_angle=110.0, angle_step=0.04, **BROAD),
    "synchrotron": Instrument(
        diffractometer="synchrotron", first_angle=9.0, last_angle=45.0, angle_step=0.02, **BROAD
    ),
}
# Median diameters of metal and salt, nm.
SIZES = ((0.8, 1.0), (1.2, 1.5), (2.0, 2.0), (3.0, 1.5))

Means = dict[tuple[str, str, float], tuple[np.ndarray, np.ndarray]]


def means() -> Means:
    """Expected patterns of the frame per metal atom, of metal per atom, of salt per atom of sodium."""
    rng = np.random.default_rng(1)
    frame = rock_salt(FORMULA, 10, lattice_parameter=EDGE, seed=1)
    found: Means = {}
    for name, options in INSTRUMENTS.items():
        whole = parts([frame], options, rng)
        found[name, "frame", 0.0] = (whole.two_theta, whole.total)
        for diameter, salt_diameter in SIZES:
            balls = metal_spheres(
                empty_box(90.0 if diameter < 2.5 else 130.0),
                metal={"Ni": 0.5, "Co": 0.5},
                volume_fraction=0.1,
                diameter=diameter,
                spread=0.25,
                seed=3,
            )
            found[name, "metal", diameter] = (whole.two_theta, parts([balls], options, rng).total)
            if (name, "salt", salt_diameter) in found:
                continue
            salt = nanodomains(antifluorite("Na", "O", 1), 70.0, diameter=salt_diameter, seed=4)
            sodium = float(salt.is_element("Na").sum())
            found[name, "salt", salt_diameter] = (
                whole.two_theta,
                parts([salt], options, rng).total / sodium,
            )
    return found


def pattern(
    known: Means, name: str, sizes: tuple[float, float], share: float, counts: float, seed: int
) -> Data:
    """Counts of a frame of a share of the metal atoms, the rest metal with two sodium an atom beside it."""
    x, frame = known[name, "frame", 0.0]
    metal, salt = known[name, "metal", sizes[0]][1], known[name, "salt", sizes[1]][1]
    mean = share * frame + (1.0 - share) * (metal + 2.0 * salt)
    mean = counts * (mean / mean.max() + 0.1 + 0.05 * np.exp(-(x - x[0]) / 15.0))
    y = np.random.default_rng(seed).poisson(mean).astype(float)
    return Data(x=x, y=y, per_count=np.ones(len(x)))


def fitted(data: Data, name: str, terms: int, *, spread: bool) -> NanoFit:
    machine = diffractometer(INSTRUMENTS[name])
    return fit_domains(
        data,
        machine.beam,
        FRAME,
        DOMAINS,
        instrument=machine.resolution,
        terms=terms,
        spread=spread,
        inlaid=False,
    )


def truth(known: Means, short: bool) -> None:
    start, rows = time.process_time(), []
    grid = itertools.product(
        INSTRUMENTS,
        SIZES[1:2] if short else SIZES,
        (0.5,) if short else (0.15, 0.5, 0.85),
        (2e5,) if short else (2e3, 2e4, 2e5),
        (4, 30),
    )
    for name, sizes, share, counts, terms in grid:
        fit = fitted(pattern(known, name, sizes, share, counts, 7), name, terms, spread=True)
        frame = fit.domains[0]
        by_share = frame.share - share
        by_edge = frame.edge / EDGE - 1.0
        of_share = math.hypot(frame.share_error, frame.share_systematic)
        of_edge = math.hypot(frame.edge_error, frame.edge_systematic) / EDGE
        rows.append((by_share, of_share, by_edge, of_edge, share, terms, counts))
        print(
            f"{name} metal {sizes[0]} salt {sizes[1]} share {share} counts {counts:.0e} terms {terms}: "
            f"share {by_share:+.4f} ± {of_share:.4f}, a {by_edge:+.1e} ± {of_edge:.0e}, "
            f"goodness {fit.goodness:.2f}",
            flush=True,
        )
    table = np.array(rows)
    for label, chosen in (
        ("all", np.ones(len(table), dtype=bool)),
        ("4 terms", table[:, 5] == 4),
        ("30 terms", table[:, 5] == 30),
        ("half frame and more", table[:, 4] >= 0.5),
    ):
        part = table[chosen]
        if not len(part):
            continue
        print(
            f"{label}: {len(part)} fits; share off by rms {np.sqrt((part[:, 0] ** 2).mean()):.4f}, "
            f"max {np.abs(part[:, 0]).max():.4f}, above 0.025 in {(np.abs(part[:, 0]) > 0.025).sum()}, "
            f"truth inside 2 sigma {(np.abs(part[:, 0]) < 2 * part[:, 1]).mean():.2f}; "
            f"a off by at most {np.abs(part[:, 2]).max():.1e}, above 4e-4 in "
            f"{(np.abs(part[:, 2]) > 4e-4).sum()}, inside {(np.abs(part[:, 2]) < 2 * part[:, 3]).mean():.2f}"
        )
    print(f"{(time.process_time() - start) / len(table):.1f} CPU s a fit with its repeats")


def detection(known: Means, short: bool) -> None:
    """The smallest remnant that is seen in all of three patterns, and what is seen where there is none."""
    for name, counts in itertools.product(INSTRUMENTS, (2e4,) if short else (2e3, 2e4, 2e5)):
        seen = {}
        for share in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08):
            frames = [
                fitted(pattern(known, name, (1.2, 1.5), share, counts, seed), name, 8, spread=False).domains[
                    0
                ]
                for seed in (1, 2, 3)
            ]
            seen[share] = [f.amount > ABSENT_BELOW * f.amount_error for f in frames]
        least = next((s for s in sorted(seen) if s > 0.0 and all(seen[s])), None)
        print(
            f"{name}, counts {counts:.0e}: smallest remnant seen in 3 of 3: {least}; "
            f"of none: {sum(seen[0.0])} of 3",
            flush=True,
        )


if __name__ == "__main__":
    quick = "--short" in sys.argv
    patterns = means()
    detection(patterns, quick)
    truth(patterns, quick)
