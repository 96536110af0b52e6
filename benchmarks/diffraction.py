"""Powder patterns against weighed and certified truth, and what they cost.

The IUCr round robin of quantitative phase analysis (CPD-1B, 1D, 1E, 1G), NIST SRM 660c and a neutron
pattern, from ``TOPOTAXY_DATA`` (default ../shared/data), each with all repeats for the systematic
uncertainty; then a virtual pattern of a million atoms, and one of 4,096
beside pymatgen's (extra `peers`). Times are CPU seconds of one thread, warm.

    OMP_NUM_THREADS=1 python benchmarks/diffraction.py
"""

import math
import os
import time
from pathlib import Path

import numpy as np

from topotaxy.measurement.diffraction import Instrument, Options
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.preparing import beam, prepared
from topotaxy.measurement.diffraction.probe import parts
from topotaxy.measurement.diffraction.refinement import Refinement
from topotaxy.measurement.diffraction.rietveld import refine_phases
from topotaxy.measurement.recognise import recognised
from topotaxy.specimen.builders import antifluorite, joined, rock_salt
from topotaxy.specimen.domains import empty_box
from topotaxy.specimen.inclusions import metal_spheres

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[2] / "shared" / "data"))
PHASES = ("corundum", "fluorite", "zincite")
# Weight per cent as weighed: Madsen et al. 2001, 10.1107/S0021889801007476.
WEIGHED = {
    "1B": (94.31, 4.33, 1.36),
    "1D": (13.53, 53.58, 32.89),
    "1E": (55.12, 29.62, 15.25),
    "1G": (31.37, 34.42, 34.21),
}


def fitted(name: str, structures: tuple[str, ...], options: Options) -> tuple[Refinement, float]:
    path = DATA / name
    (record,) = recognised(path).format.read(path, options)
    start = time.process_time()
    rays, _ = beam(record, options)
    result = refine_phases(prepared(record, options).data, rays, [phase(s) for s in structures], options)
    return result, time.process_time() - start


def round_robin() -> None:
    options = Options(axis="two_theta", emission="Cu Ka", monochromator=26.6, axis_start=20.0, axis_end=145.0)
    fitted("diffraction/roundrobin/CPD-1G.xye", PHASES, options)
    errors, z = [], []
    for sample, weighed in WEIGHED.items():
        result, seconds = fitted(f"diffraction/roundrobin/CPD-{sample}.xye", PHASES, options)
        values, statistical, systematic = (100.0 * part for part in result.fractions())
        error = values - weighed
        errors.append(error)
        z.append(error / np.hypot(statistical, systematic))
        stated = np.round(np.hypot(statistical, systematic), 2)
        print(f"CPD-{sample}: {np.round(values, 2)} error {np.round(error, 2)} ± {stated}, {seconds:.1f} s")
    every = np.array(errors)
    inside = float((np.abs(z) < 1.96).mean())
    rms = float(np.sqrt((every**2).mean()))
    print(f"rms {rms:.2f}, max {np.abs(every).max():.2f} weight %, inside 95 %: {inside:.2f}")


def standards() -> None:
    for name, structure, options, truth in (
        (
            "diffraction/NIST660CBI.gsas",
            "LaB6",
            Options(emission="Cu Ka", monochromator=26.6, axis_start=20.0),
            4.156826,
        ),
        (
            "neutron/hrpt_lbco.xye",
            str(DATA / "neutron" / "lbco.cif"),
            Options(radiation="neutron", wavelength=1.494, refine_displacements=True),
            3.8909,
        ),
    ):
        result, seconds = fitted(name, (structure,), options)
        a, statistical, systematic = result.cell(Key("a", result.names[0]))
        stated = math.hypot(statistical, systematic) / a
        print(f"{name}: a {a:.5f} Å, off by {a / truth - 1:+.1e}, stated {stated:.1e}, {seconds:.1f} s")


def million_atoms() -> None:
    """The frame alone, and balls of metal of 2 nm in a salt, which have pairs to be counted."""
    rng = np.random.default_rng(0)
    parts([rock_salt("Mg0.5Ni0.5O", 4)], Instrument(), rng)
    frame = rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", 50)
    salt = antifluorite("Na", "O", 40)
    metal = metal_spheres(
        empty_box(float(salt.box[0, 0])), metal={"Ni": 0.5, "Co": 0.5}, volume_fraction=0.1, diameter=2.0
    )
    for name, specimen in (("frame", frame), ("metal and salt", joined(metal, salt))):
        start = time.process_time()
        parts([specimen], Instrument(), rng)
        print(f"virtual pattern of {len(specimen):,} atoms, {name}: {time.process_time() - start:.1f} s")


def beside_pymatgen() -> None:
    """4,096 atoms here and in pymatgen, in one run and far from all edges, as the peer has no dispersion.

    The peer looks at peaks only; its time grows with the cube of the range.
    """
    try:
        from pymatgen.analysis.diffraction.xrd import XRDCalculator
        from pymatgen.core import Lattice, Structure
    except ImportError:
        print("pymatgen is not installed: pip install 'topotaxy[peers]'")
        return
    rng = np.random.default_rng(0)
    specimen = rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", 8)
    options = Instrument(
        diffractometer="synchrotron",
        beam_wavelength=0.5594,
        first_angle=6.0,
        last_angle=18.0,
        displacement_parameter=0.0,
    )
    start = time.process_time()
    ours = parts([specimen], options, rng)
    own = time.process_time() - start
    fractional = specimen.positions @ np.linalg.inv(specimen.box)
    crystal = Structure(Lattice(specimen.box), [str(e) for e in specimen.elements], fractional)
    start = time.process_time()
    pattern = XRDCalculator(0.5594).get_pattern(crystal, scaled=False, two_theta_range=(6.0, 18.0))
    peer = time.process_time() - start
    print(f"{len(specimen):,} atoms, 6 to 18°: {own:.2f} s here, {peer:.1f} s in pymatgen")
    x = ours.two_theta
    areas = [ours.bragg[(x > low) & (x < high)].sum() for low, high in ((12.8, 14.2), (14.8, 16.2))]
    strongest = sorted(zip(pattern.y, pattern.x, strict=True))[-2:]
    theirs = [height for _, height in sorted((angle, height) for height, angle in strongest)]
    print(f"(111) over (200): {areas[0] / areas[1]:.3f} here, {theirs[0] / theirs[1]:.3f} there")


if __name__ == "__main__":
    if DATA.is_dir():
        round_robin()
        standards()
    else:
        print(f"no shared data in {DATA}")
    million_atoms()
    beside_pymatgen()
