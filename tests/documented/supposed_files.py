"""The files of one's own that printed commands name, made here: small, synthetic, with the page's names.

What a file is, topotaxy knows by what it holds and not by its ending, so that a name that stands for the
file of any cycler gets a table in the Battery Data Format.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import balance_files
import cycler_files
import micrograph_files
import numpy as np
import spectrometer_files
import spectrum_files
import spectrum_image_files
import x_ray_files

from topotaxy.measurement.energy_dispersive import XRayDetector
from topotaxy.measurement.energy_dispersive.formats.hyperspy import FORMAT as X_RAY_FORMAT
from topotaxy.measurement.energy_dispersive.probe import probe as x_ray_probe
from topotaxy.measurement.energy_loss import LossSpectrometer
from topotaxy.measurement.energy_loss.probe import references as loss_references
from topotaxy.measurement.photoemission.probe import Spectrometer, references
from topotaxy.specimen import State, write
from topotaxy.specimen.builders import rock_salt

Maker = Callable[[Path], object]

PRINTED = {
    "cell.toml": ("docs/cycler-formats.md", "toml"),
    "my-paper.toml": ("docs/audit.md", "toml"),
}
"""Files that a page prints, whole: the page and the language of the block."""

RUNS = {
    "heos-na": "topotaxy simulate heos-na",
    "RUN": "topotaxy simulate heos-na --cells 4 --cycles 1 --replicas 1 --out RUN",
    "heos-li": "topotaxy simulate heos-li --cells 3 --cycles 1 --replicas 1",
    "coin": "topotaxy simulate heos-na-coin --out coin",
    "my-electrode.toml": "topotaxy new electrode my-electrode.toml",
    "sample.toml": "topotaxy new sample sample.toml",
    "cells": "topotaxy reproduce fang2022 --out cells",
    "own-xrd": "topotaxy simulate heos-na"
    " && topotaxy probe heos-na --technique diffraction --state discharged --out own-xrd",
    "own-xrd-analysis": "topotaxy simulate heos-na"
    " && topotaxy probe heos-na --technique diffraction --state discharged --out own-xrd-analysis",
    "xrd-analysis": "topotaxy simulate nio-li --cells 4 --cycles 1 --replicas 1"
    " && topotaxy probe nio-li --technique diffraction --state discharged --out xrd-analysis",
    "xas-analysis": "topotaxy simulate nio-li --cells 4 --cycles 1 --replicas 1"
    " && topotaxy probe nio-li --technique absorption --state discharged --out xas-analysis",
}
"""Folders that a command supposes, and the commands that make them; the folder's own name comes last."""


def _bytes(data: bytes | str) -> Maker:
    return lambda path: path.write_bytes(data.encode() if isinstance(data, str) else data)


def _renamed(make: Callable[[Path], Path]) -> Maker:
    """What a maker wrote under a name of its own, moved to the name that the page has."""
    return lambda path: shutil.move(make(path.parent), path)


def _photoelectrons(element: str, share: float) -> Maker:
    return _renamed(
        lambda folder: spectrometer_files.vamas(folder, spectrometer_files.record(element, share))
    )


def _alone(element: str, which: int) -> Maker:
    return _renamed(
        lambda folder: spectrometer_files.vamas(folder, references(element, Spectrometer())[which])
    )


def _losses(element: str, first: float, last: float) -> Maker:
    def make(path: Path) -> None:
        metal, oxide = loss_references(element, LossSpectrometer(range_start=first, range_end=last))
        counts = 1e5 * (0.4 * metal.counts + 0.6 * oxide.counts) / oxide.counts[0]
        step = float(oxide.energy[1] - oxide.energy[0])
        spectrum_image_files.digital_micrograph(path, counts.round(), float(oxide.energy[0]), step, version=4)

    return make


def _loss_reference(element: str, which: int) -> Maker:
    def make(path: Path) -> None:
        one = loss_references(element, LossSpectrometer())[which]
        step = float(one.energy[1] - one.energy[0])
        spectrum_image_files.msa(path, 1e5 * one.counts / one.counts[0], float(one.energy[0]), step)

    return make


def _zero_loss(path: Path) -> None:
    energy = -20.0 + 0.25 * np.arange(600)
    plasmon = 0.3 * 16.0 / ((energy - 22.0) ** 2 + 16.0)
    counts = 1e6 * (np.exp(-0.5 * (energy / 0.6) ** 2) + np.where(energy > 0, 0.05 * plasmon, 0.0))
    spectrum_image_files.digital_micrograph(path, counts.round(), -20.0, 0.25, version=4)


def _x_ray_map(path: Path) -> None:
    detector = XRayDetector(scan_pixels=16, x_rays=2000.0)
    (one,) = x_ray_probe([rock_salt(x_ray_files.FORMULA, 5, seed=1)], detector, np.random.default_rng(1))
    assert X_RAY_FORMAT.write is not None
    X_RAY_FORMAT.write(one, path)


def _specimen(state: State) -> Maker:
    return lambda path: write(replace(rock_salt("Ni0.5Mg0.5O", 4), state=state), path)


def _scans(pattern: str) -> Maker:
    """Three repeats with noise, as columns of a beamline."""

    def make(path: Path) -> None:
        for repeat in (1, 2, 3):
            one = spectrum_files.record(noise=1e-3, seed=repeat, valence=2.0 - 0.3 * repeat)
            rows = zip(one.energy_ev, one.absorption, strict=True)
            lines = ["# energy(eV) mu", *(f"{energy:.3f} {value:.8f}" for energy, value in rows)]
            name = pattern.replace("*", str(repeat))
            (path.parent / name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    return make


def _repeats(path: Path) -> None:
    for repeat in (1, 2):
        (path.parent / f"scan_{repeat}.xdi").write_text(spectrum_files.xdi(), encoding="utf-8")


def _particle(formula: str) -> Maker:
    def make(path: Path) -> None:
        one = x_ray_files.record(formula)
        step = float(one.energy[1] - one.energy[0])
        spectrum_image_files.velox_x_rays(path, one.counts, float(one.energy[0]), step)

    return make


def _alloy(path: Path) -> None:
    """Iron and platinum: their K and L lines in keV, as wide as a detector makes them, on a slope."""
    one = x_ray_files.record()
    kev = one.energy / 1000.0
    lines = {6.404: 4000.0, 7.058: 500.0, 9.442: 1200.0, 11.071: 900.0, 2.051: 2500.0}
    peaks = sum(height * np.exp(-0.5 * ((kev - at) / 0.06) ** 2) for at, height in lines.items())
    counts = np.random.default_rng(1).poisson(peaks + 200.0 * np.exp(-kev / 4.0)).astype(float)
    assert X_RAY_FORMAT.write is not None
    X_RAY_FORMAT.write(replace(one, counts=counts), path)


def _mapped_cycles(path: Path) -> None:
    """Two cycles at 1 mA with the headings of the page's mapping."""
    rows = ["test_time,current,voltage,cycle"]
    for cycle in (1, 2):
        for step, sense in enumerate((-1, 1)):
            for minute in range(60):
                seconds = 60 * (minute + 60 * (step + 2 * (cycle - 1)))
                rows.append(f"{seconds},{sense},{1.5 + sense * (minute / 60 - 0.5):.4f},{cycle}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


MAKERS: dict[str, Maker] = {
    "cell.csv": _mapped_cycles,
    "cell.ndax": _bytes(cycler_files.bdf_csv()),
    "cell.res": _bytes(cycler_files.bdf_csv()),
    "tga.txt": _bytes(balance_files.netzsch()),
    "NiO.prj": _bytes(spectrum_files.athena_plain()),
    "scan_*.xdi": _repeats,
    "charge_*.txt": _scans("charge_*.txt"),
    "foil.xdi": _bytes(spectrum_files.xdi()),
    "image.dm4": lambda path: micrograph_files.dm4(path, micrograph_files.lattice_image()),
    "image.emd": lambda path: micrograph_files.velox(path, micrograph_files.lattice_image()),
    "image.ser": lambda path: micrograph_files.series(path, micrograph_files.lattice_image()),
    "particle.emd": _particle(x_ray_files.FORMULA),
    "fept.hspy": _alloy,
    "map.emd": _x_ray_map,
    "discharged.dm4": _losses("Ni", 780.0, 940.0),
    "core.dm4": _losses("Ni", 780.0, 940.0),
    "low.dm4": _zero_loss,
    "cu.msa": _loss_reference("Cu", 0),
    "cuo.msa": _loss_reference("Cu", 1),
    "ni2p.vms": _photoelectrons("Ni", 0.4),
    "co2p.vms": _photoelectrons("Co", 0.4),
    "cycled.vms": _photoelectrons("Ni", 0.6),
    "ni.vms": _alone("Ni", 0),
    "nio.vms": _alone("Ni", 1),
    "co.vms": _alone("Co", 0),
    "coo.vms": _alone("Co", 1),
    "particle.xyz": lambda path: write(rock_salt("Co0.8Mg0.2O", 3), path),
    "pristine.xyz": _specimen("pristine"),
    "discharged.xyz": _specimen("discharged"),
    "charged.xyz": _specimen("charged"),
}
