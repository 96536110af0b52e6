"""Compute the scattering tables of EXAFS that topotaxy ships, with the executables of feff8l.

    python tools/scattering_tables.py --feff FOLDER --work FOLDER --out FOLDER --processes 2

``--feff`` is the folder that holds ``feff8l_rdinp`` and its companions; the package ``xraylarch`` brings
them under ``larch/bin/<platform>``. ``--out`` is src/topotaxy/measurement/absorption/tables. Each table is
one cluster with the absorber at the centre, a self-consistent potential and single scattering; the path to
the neighbour in question is kept. A cluster is rock salt, or fcc for neighbours in a metal. Where FEFF's
self-consistent loop ends in a fault, as it does with Li, the potential is that of overlapped atoms, and the
list of pairs says so. The tables are computed once and shipped, so this is run only to extend or check them.
FEFF's notice stands beside them.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ABSORBERS = ("Mg", "Mn", "Fe", "Co", "Ni", "Cu", "Zn")
NEIGHBOURS = ("Mg", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "O", "S", "F", "Li", "Na")
NUMBERS = {"Li": 3, "O": 8, "F": 9, "Na": 11, "Mg": 12, "S": 16, "Mn": 25, "Fe": 26, "Co": 27, "Ni": 28}
NUMBERS |= {"Cu": 29, "Zn": 30}

# Edge of the rock-salt cell, Å: mean of the oxides of the absorbers (4.24, as in (Mg,Co,Ni,Cu,Zn)O),
# sums of ionic radii (Shannon 1976) for sulfide and fluoride, and that of alpha-NaFeO2-like rock salt for Na.
EDGES = {"O": 4.24, "S": 5.20, "F": 4.10, "Li": 4.17, "Na": 4.60}
# Half the distance of nearest neighbours in the metal, Å (CRC Handbook, 97th ed., section 12).
METALLIC = {"Mg": 1.60, "Mn": 1.27, "Fe": 1.26, "Co": 1.25, "Ni": 1.246, "Cu": 1.278, "Zn": 1.37}
RADIUS = 7.2
NAME = "tools/scattering_tables.py"
MODULES = ("rdinp", "pot", "xsph", "pathfinder", "genfmt", "ff2x")


def sites(edge: float, *, fcc: bool) -> list[tuple[float, float, float, bool]]:
    """Return positions within the radius and whether each is of the absorber's sublattice, nearest first."""
    reach = int(2 * RADIUS / edge) + 1
    steps = range(-reach, reach + 1)
    found = [
        (x * edge / 2, y * edge / 2, z * edge / 2, (x + y + z) % 2 == 0)
        for x, y, z in itertools.product(steps, steps, steps)
        if (x * x + y * y + z * z) * (edge / 2) ** 2 <= RADIUS**2 and not (fcc and (x + y + z) % 2)
    ]
    return sorted(found, key=lambda s: (round(s[0] ** 2 + s[1] ** 2 + s[2] ** 2, 6), s))


def cluster(absorber: str, neighbour: str, environment: str, *, consistent: bool) -> tuple[str, float, float]:
    """Return the text of ``feff.inp``, the distance of the neighbour and the cell edge, Å.

    In rock salt an anion fills the other sublattice, and a cation the absorber's with oxygen between; in
    metal the neighbour fills the lattice around the absorber.
    """
    is_anion, fcc = neighbour in ("O", "S", "F"), environment == "metal"
    edge = EDGES.get(neighbour, EDGES["O"])
    if fcc:
        edge = round(float(np.sqrt(2.0)) * (METALLIC[absorber] + METALLIC[neighbour]), 4)
    cation, anion = (absorber, neighbour) if is_anion else (neighbour, "O")
    lines = [
        f"TITLE {absorber} absorbing, {neighbour} scattering, {'fcc' if fcc else 'rock salt'} {edge} A",
        "EDGE K",
        "S02 1.0",
        "CONTROL 1 1 1 1 1 1",
        "PRINT 0 0 0 0 0 3",
        "EXCHANGE 0",
        *(["SCF 3.2"] if consistent else []),
        "EXAFS 20",
        "NLEG 2",
        "RPATH 3.8",
        "POTENTIALS",
        f" 0 {NUMBERS[absorber]} {absorber}",
        f" 1 {NUMBERS[cation]} {cation}",
        *([] if fcc else [f" 2 {NUMBERS[anion]} {anion}"]),
        "ATOMS",
    ]
    for n, (x, y, z, own) in enumerate(sites(edge, fcc=fcc)):
        lines.append(f"{x:11.5f}{y:11.5f}{z:11.5f} {0 if n == 0 else (1 if own else 2)}")
    return "\n".join(lines) + "\nEND\n", edge / 2 if is_anion else edge / float(np.sqrt(2.0)), edge


def paths(folder: Path) -> list[tuple[float, float, np.ndarray]]:
    """Return distance, Fermi level (eV) and the seven columns of every path that FEFF wrote."""
    found = []
    for file in sorted(folder.glob("feff0*.dat")):
        lines = file.read_text(errors="replace").splitlines()
        start = next(n for n, line in enumerate(lines) if "real[2*phc]" in line)
        about = next(line for line in lines if "nleg, deg, reff" in line).split()
        rows = [[float(v) for v in line.split()] for line in lines[start + 1 :] if len(line.split()) == 7]
        level = next(float(line.split("Mu=")[1].split()[0]) for line in lines if "Mu=" in line)
        found.append((float(about[2]), level, np.array(rows)))
    return found


@dataclass(frozen=True)
class Computed:
    """What FEFF found for a pair in an environment."""

    absorber: str
    neighbour: str
    environment: str
    distance: float
    edge: float
    potential: str
    fermi_level: float
    columns: np.ndarray


def run(folder: Path, text: str, feff: Path) -> bool:
    """Run FEFF in a folder; return whether it came to an end."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "feff.inp").write_text(text)
    environment = os.environ | {"LD_LIBRARY_PATH": str(feff), "OMP_NUM_THREADS": "1"}
    for module in MODULES:
        done = subprocess.run(
            [feff / f"feff8l_{module}"], cwd=folder, env=environment, check=False, capture_output=True
        )
        if done.returncode != 0:
            return False
    return bool(list(folder.glob("feff0*.dat")))


def computed(absorber: str, neighbour: str, environment: str, feff: Path, work: Path) -> Computed:
    """Return the path of a pair; what an earlier run left in ``work`` is taken again."""
    for consistent in (True, False):
        potential = "self-consistent" if consistent else "overlapped atoms"
        folder = work / f"{absorber}-{neighbour}-{environment}-{potential.split('-')[0].split()[0]}"
        text, distance, edge = cluster(absorber, neighbour, environment, consistent=consistent)
        if not list(folder.glob("feff0*.dat")) and not run(folder, text, feff):
            continue
        reached, level, columns = min(paths(folder), key=lambda p: abs(p[0] - distance))
        if abs(reached - distance) < 0.01 and len(columns) >= 50 and np.isfinite(columns).all():
            print(absorber, neighbour, environment, f"{reached:.4f}", potential, flush=True)
            return Computed(absorber, neighbour, environment, reached, edge, potential, level, columns)
    raise SystemExit(f"{absorber}-{neighbour}, {environment}: FEFF found no path")


def write(found: list[Computed], out: Path) -> None:
    """Write one table for each absorber and the list of pairs."""
    out.mkdir(parents=True, exist_ok=True)
    for absorber in ABSORBERS:
        with (out / f"paths-{absorber}.csv").open("w", newline="", encoding="utf-8") as file:
            file.write(
                f"# K edge of {absorber}; made by tools/scattering_tables.py with feff8l; see NOTICE.md\n"
            )
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(
                ("neighbour", "environment", "k", "phase", "amplitude", "mean_free_path", "momentum")
            )
            for one in (one for one in found if one.absorber == absorber):
                for k, central, amplitude, phase, reduction, mean_free_path, momentum in one.columns:
                    writer.writerow(
                        (one.neighbour, one.environment, f"{k:.2f}", f"{central + phase:.4f}",
                         f"{amplitude * reduction:.4g}", f"{mean_free_path:.3f}", f"{momentum:.4f}")
                    )  # fmt: skip
    with (out / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            (
                "absorber",
                "neighbour",
                "environment",
                "distance",
                "cell_edge",
                "potential",
                "fermi_level",
                "source",
            )
        )
        for one in found:
            row = (one.absorber, one.neighbour, one.environment, f"{one.distance:.4f}", one.edge)
            writer.writerow((*row, one.potential, f"{one.fermi_level:.3f}", f"feff8l by {NAME}"))


def main() -> None:
    """Compute and write all tables."""
    arguments = argparse.ArgumentParser(description=__doc__)
    for name in ("feff", "work", "out"):
        arguments.add_argument(f"--{name}", type=Path, required=True)
    arguments.add_argument("--processes", type=int, default=1)
    given = arguments.parse_args()
    wanted = [
        (absorber, neighbour, environment)
        for absorber in ABSORBERS
        for environment, neighbours in (("oxide", NEIGHBOURS), ("metal", ABSORBERS))
        for neighbour in neighbours
    ]
    with ThreadPoolExecutor(given.processes) as pool:
        found = list(pool.map(lambda w: computed(*w, given.feff.resolve(), given.work), wanted))
    write(found, given.out)


if __name__ == "__main__":
    main()
