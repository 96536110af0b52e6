"""Small whole files of each format, made here: a metal and an oxide line with a step under them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from topotaxy.measurement.photoemission.formats.vamas import write
from topotaxy.measurement.photoemission.probe import Spectrometer, references
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked

PHOTONS = 1486.6


def record(element: str = "Ni", share: float = 0.4, seed: int = 1) -> PhotoemissionRecord:
    """A mixture of the imposed metal and oxide with counting noise."""
    metal, oxide = references(element, Spectrometer())
    area = [float(one.intensity.sum()) for one in (metal, oxide)]
    mixed = share * metal.intensity / area[0] + (1.0 - share) * oxide.intensity / area[1]
    counted = np.random.default_rng(seed).poisson(5000.0 * mixed / mixed.max()).astype(float)
    return checked(
        metal.binding_energy,
        counted,
        kinetic=False,
        source="made",
        format="made",
        photon_energy=PHOTONS,
        line=metal.line,
        counted=True,
    )


def vamas(folder: Path, one: PhotoemissionRecord) -> Path:
    path = folder / "made.vms"
    write(one, path)
    return path


def casaxps(folder: Path, one: PhotoemissionRecord) -> Path:
    lines = [f"Cycle 0:made:{one.line}", f"\tCharacteristic Energy eV\t{PHOTONS:e}\tAcquisition Time s\t1.0"]
    lines += ["Name", "Position", "FWHM", "Area", "Lineshape", "K.E.\tCounts\t\tB.E.\tCPS"]
    lines += [
        f"{PHOTONS - x:.9e}\t{y:.9e}\t\t{x:.9e}\t{y:.9e}"
        for x, y in zip(one.binding_energy, one.intensity, strict=True)
    ]
    return _text(folder / "made-casa.txt", lines)


def scienta(folder: Path, one: PhotoemissionRecord) -> Path:
    lines = ["[Info]", "Number of Regions=0001", "Version=1.3.1", "", "[Region 1]"]
    lines += [f"Region Name={one.line.replace(' ', '_')}", "Dimension 1 name=Binding Energy [eV]"]
    lines += [f"Dimension 1 size={len(one.intensity)}", "", "[Info 1]", f"Excitation Energy={PHOTONS}"]
    lines += ["", "[Data 1]"]
    lines += [
        f"  {x:.9e} {y:.9e}" for x, y in zip(one.binding_energy[::-1], one.intensity[::-1], strict=True)
    ]
    return _text(folder / "made-scienta.txt", lines)


def specs(folder: Path, one: PhotoemissionRecord) -> Path:
    lines = ["# Created by:        SpecsLab Prodigy, Version 4.100", "#", "# XY-Serializer Export Settings:"]
    lines += ["#   Energy Axis:              Kinetic Energy", "#   Count Rate:  Counts per Second"]
    lines += ["#   Separate Scan Data:       yes", "#", f"# Region:   {one.line}", "# Dwell Time:  0.1"]
    lines += [f"# Values/Curve: {len(one.intensity)}", f"# Excitation Energy: {PHOTONS}", "#"]
    lines += [
        f"{PHOTONS - x:.9f}  {10.0 * y:.9f}" for x, y in zip(one.binding_energy, one.intensity, strict=True)
    ]
    return _text(folder / "made.xy", lines)


def csv(folder: Path, one: PhotoemissionRecord) -> Path:
    lines = [f"KE/eV,PE: {PHOTONS} eV"]
    lines += [f"{PHOTONS - x:.9f},{y:.9f}" for x, y in zip(one.binding_energy, one.intensity, strict=True)]
    return _text(folder / "made.csv", lines)


def phi(folder: Path, one: PhotoemissionRecord) -> Path:
    step = float(one.binding_energy[1] - one.binding_energy[0])
    header = [
        "SOFH",
        "Platform: PC",
        "Technique: XPS",
        "InstrumentModel: VersaProbe 4",
        f"SpectralRegDef: 1 1 {one.line.replace(' ', '')} 28 {len(one.intensity)} {step:.6f} "
        f"{one.binding_energy[0]:.6f} {one.binding_energy[-1]:.6f}",
        f"XraySource: Al {PHOTONS} mono",
        "EOFH",
    ]
    points = len(one.intensity)
    entry = [0] * 24
    entry[5], entry[19], entry[20] = points, 4 * points, 112
    body = struct.pack("<4I", 1, 1, 96, 16) + struct.pack("<24I", *entry)
    body += one.intensity.astype("<f4").tobytes()
    path = folder / "made.spe"
    path.write_bytes(("\r\n".join(header) + "\r\n").encode("latin-1") + body)
    return path


def xlsx(folder: Path, one: PhotoemissionRecord) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    # A sheet may not have a slash in its name.
    sheet.title = one.line.partition("3/")[0]
    sheet.append(["made here"])
    sheet.append([f"PE: {PHOTONS} eV", "BE/eV", "counts"])
    for x, y in zip(one.binding_energy, one.intensity, strict=True):
        sheet.append(["", float(x), float(y)])
    book.save(folder / "made.xlsx")
    return folder / "made.xlsx"


EVERY = {
    "VAMAS": vamas,
    "CasaXPS text": casaxps,
    "Scienta text": scienta,
    "SPECS xy": specs,
    "energy csv": csv,
    "PHI spe": phi,
    "energy xlsx": xlsx,
}


def _text(path: Path, lines: list[str]) -> Path:
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path
