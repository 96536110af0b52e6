"""Writes the tables of X-ray lines and of estimated k-factors from XrayDB into a folder.

    python tools/x_ray_lines.py src/topotaxy/measurement/energy_dispersive/tables

Needs ``pip install xraydb`` (public domain data of Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002)
121). A family is what electrons of one beam excite together: K of an element, or its L or M lines. The weight
of a line is its share of the family's photons: holes of a subshell in proportion to its electrons over its
binding energy (Bethe's cross-section without the logarithm), times fluorescence yield, times branching ratio.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import xraydb

ELEMENTS = [
    "C",
    "N",
    "O",
    "F",
    "Na",
    "Mg",
    "Al",
    "Si",
    "P",
    "S",
    "Cl",
    "K",
    "Ca",
    "Ti",
    "V",
    "Cr",
    "Mn",
    "Fe",
    "Co",
    "Ni",
    "Cu",
    "Zn",
    "Ga",
    "Sr",
    "Zr",
    "Nb",
    "Mo",
    "Pd",
    "Ag",
    "Sn",
    "La",
    "Pt",
    "Au",
    "Pb",
]
FAMILIES = {"K": ("K",), "L": ("L1", "L2", "L3"), "M": ("M3", "M4", "M5")}
ELECTRONS = {"K": 2, "L1": 2, "L2": 2, "L3": 4, "M3": 4, "M4": 4, "M5": 6}
LOWEST, HIGHEST, FAINTEST = 250.0, 25_000.0, 0.005
LEAST_EDGE = {"K": 250.0, "L": 400.0, "M": 1500.0}
LAST = {"K": "K", "L": "L3", "M": "M5"}
BEAM = 200_000.0
SOURCE = (
    '"Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002) 121, 10.1016/S0969-806X(01)00227-4, by XrayDB"'
)


def family(element: str, name: str) -> list[tuple[str, str, float, float]]:
    """Return lines of a family: level of the hole, name, energy (eV), share of its photons."""
    edges = xraydb.xray_edges(element)
    last = edges.get(LAST[name])
    if last is None or last.energy < LEAST_EDGE[name]:
        return []
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for level in FAMILIES[name]:
        # XrayDB writes some lines of M4 and M5 as those of one level.
        for initial in (level, "M4,5") if level == "M5" else (level,):
            edge = edges.get(level)
            if edge is None or edge.energy < LOWEST:
                continue
            for line, one in xraydb.xray_lines(element).items():
                if one.initial_level == initial:
                    holes = ELECTRONS[level] / edge.energy * edge.fyield * one.intensity
                    found[level, line] = (one.energy, holes)
    total = sum(weight for _, weight in found.values())
    if not total:
        return []
    kept = [
        (level, line, energy, weight / total)
        for (level, line), (energy, weight) in found.items()
        if weight / total > FAINTEST and LOWEST < energy < HIGHEST
    ]
    scale = sum(weight for *_, weight in kept)
    return [(level, line, energy, weight / scale) for level, line, energy, weight in kept]


def k_factor(element: str, name: str) -> float | None:
    """Return a k-factor by weight, not yet over that of Si Ka: mass over photons of the main line an atom.

    Bethe's cross-section at 200 keV with the logarithm (constant 0.65 as Powell, Rev. Mod. Phys. 48 (1976)
    33, has for K and L), fluorescence yield, share of the main line; the detector sees all energies alike.
    """
    lines = family(element, name)
    main = sum(share for _, line, _, share in lines if line.startswith(f"{name}a"))
    if not main:
        return None
    emitted = 0.0
    for level in FAMILIES[name]:
        edge = xraydb.xray_edges(element).get(level)
        if edge is not None and LOWEST < edge.energy < 0.5 * BEAM:
            overvoltage = math.log(max(0.65 * BEAM / edge.energy, 1.01))
            emitted += ELECTRONS[level] / edge.energy * overvoltage * edge.fyield
    return xraydb.atomic_mass(element) / (emitted * main) if emitted else None


def main(folder: Path) -> None:
    """Write both tables."""
    with (folder / "lines.csv").open("w", encoding="utf-8") as file:
        print("# Lines of X-ray families: energy (eV), share of the family's photons.", file=file)
        print("# Written by tools/x_ray_lines.py.", file=file)
        print("element,family,level,line,energy,share,source", file=file)
        for element in ELEMENTS:
            for name in FAMILIES:
                for level, line, energy, share in family(element, name):
                    print(f'{element},{name},{level},"{line}",{energy:g},{share:.5f},{SOURCE}', file=file)
    silicon = k_factor("Si", "K") or math.nan
    with (folder / "k_factors.csv").open("w", encoding="utf-8") as file:
        print(
            "# Estimated k-factors by weight at 200 keV, over Si Ka, of a detector that sees",
            file=file,
        )
        print(
            "# all energies alike. spread: relative, an estimate. Written by tools/x_ray_lines.py.",
            file=file,
        )
        print("element,family,k,spread,source", file=file)
        text = '"estimate: Bethe cross-section, yields and branching of Elam et al. (2002), no detector"'
        for element in ELEMENTS:
            for name, spread in (("K", 0.15), ("L", 0.3), ("M", 0.5)):
                factor = k_factor(element, name)
                if factor is not None:
                    print(f"{element},{name},{factor / silicon:.4f},{spread},{text}", file=file)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
