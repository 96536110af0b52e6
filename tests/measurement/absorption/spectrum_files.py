"""Small spectra with known answers, and files of each format that can be made here."""

from __future__ import annotations

import gzip
import json

import numpy as np

from topotaxy.measurement.absorption import virtual
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.transform import KINETIC

THRESHOLD = 8333.0
SHIFT = 1.25
"""eV, the shift that the Athena files say."""


def energies(last_k: float = 12.0) -> np.ndarray:
    return virtual.scan(THRESHOLD, last_k)


def chi(k: np.ndarray) -> np.ndarray:
    """A wave like that of a first shell at 2.5 Å."""
    return -0.6 * np.sin(2.0 * 2.5 * k - 1.0) * np.exp(-2.0 * 0.007 * k**2 - 0.4 * 2.5) / np.maximum(k, 1.0)


def absorption(energy: np.ndarray, *, valence: float = 2.0, step: float = 0.8) -> np.ndarray:
    above = energy - THRESHOLD
    k = np.sqrt(KINETIC * np.maximum(above, 0.0))
    wave = chi(k) * virtual.faded_in(k)
    return 1.5 * (energy / THRESHOLD) ** -2.8 + step * (virtual.edge_shape(above, {valence: 1.0}) + wave)


def record(*, noise: float = 0.0, seed: int = 0, valence: float = 2.0, **fields: object) -> AbsorptionRecord:
    energy = energies()
    values = absorption(energy, valence=valence)
    values = values + noise * np.random.default_rng(seed).normal(size=len(energy))
    about: dict[str, object] = {
        "source": "made",
        "format": "none",
        "element": "Ni",
        "edge": "K",
        "label": "made",
    }
    return AbsorptionRecord(energy_ev=energy, absorption=values, **(about | fields))  # type: ignore[arg-type]


def counts() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Energy, and counts before the sample, behind it, and behind a foil."""
    energy = energies()
    before = np.full(len(energy), 1e6)
    behind = 1e6 * np.exp(-absorption(energy))
    foil = behind * np.exp(-absorption(energy, valence=0.0))
    return energy, before, behind, foil


def xdi() -> str:
    energy, before, behind, foil = counts()
    head = [
        "# XDI/1.0 made", "# Column.1: energy eV", "# Column.2: i0", "# Column.3: itrans",
        "# Column.4: irefer",
        "# Element.symbol: Ni", "# Element.edge: K", "# Mono.d_spacing: 3.1355", "# ///",
        "# a comment", "#----", "# energy i0 itrans irefer",
    ]  # fmt: skip
    rows = [" ".join(repr(float(v)) for v in row) for row in zip(energy, before, behind, foil, strict=True)]
    return "\n".join([*head, *rows]) + "\n"


def columns(separator: str = "  ") -> str:
    energy, before, behind, foil = counts()
    head = ["# Element: Ni", "# Edge: K", "# " + separator.join(("energy", "i0", "it", "ir"))]
    rows = [
        separator.join(repr(float(v)) for v in row) for row in zip(energy, before, behind, foil, strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"


def larch_normalised() -> str:
    energy = energies()
    above = energy - THRESHOLD
    k = np.sqrt(KINETIC * np.maximum(above, 0.0))
    norm = virtual.edge_shape(above, {2.0: 1.0}) + chi(k) * virtual.faded_in(k)
    head = ["# Output from Larch", "# Element: Ni", "# Edge: K", "#----", "#    energy         munorm"]
    return "\n".join([*head, *(f"  {e:.6f}  {v:.9f}" for e, v in zip(energy, norm, strict=True))]) + "\n"


def ssrl() -> str:
    energy, before, behind, foil = counts()
    head = ["SSRL   EXAFS Data Collector 1.3", "PTS: 1 COLS: 5", "Offsets:", " 0 0 0", "Data:"]
    names = ["Real time clock", "Requested Energy", "Achieved Energy", "I0", "I1", "I2"]
    rows = [
        f" 1.000 {e!r} {e!r} {a!r} {b!r} {c!r}"
        for e, a, b, c in zip(*(x.tolist() for x in (energy, before, behind, foil)), strict=True)
    ]
    return "\n".join([*head, *names, "", *rows]) + "\n"


def photon_factory() -> str:
    from topotaxy.measurement.instrument import HC

    energy, before, behind, _ = counts()
    angle = np.degrees(np.arcsin(HC / (2.0 * 3.13551 * energy)))
    head = [
        "  9809     KEK-PF   BL12C",
        " G:made",
        " made",
        " Ring :   2.5 GeV",
        " Mono :   SI(111)       D=  3.13551 A    Initial angle=  9.2 deg",
        " BL12C     Transmission( 2)",
        " Block",
        " Ortec(-1)     NDCH = 3",
        "  Angle(c)  Angle(o)    time/s         2         3",
        "      Mode         0         0         1         2",
        "    Offset         0         0   100.000   200.000",
    ]
    rows = [
        f"{t!r} {t!r} 1.00 {a + 100.0!r} {b + 200.0!r}"
        for t, a, b in zip(angle.tolist(), before.tolist(), behind.tolist(), strict=True)
    ]
    return "\n".join([*head, *rows]) + "\n"


def athena_groups() -> dict[str, dict[str, object]]:
    energy, before, behind, foil = counts()
    common = {"bkg_z": "Ni", "fft_edge": "k", "bkg_eshift": str(SHIFT), "is_nor": 0, "bkg_e0": "8339"}
    sample = {"label": "it's a sample", "referencegroup": "bbbbb", **common}
    other = {"label": "  Ref sample", "referencegroup": "aaaaa", **common}
    shifted = energy - SHIFT
    return {
        "aaaaa": {"args": sample, "x": shifted, "y": np.log(before / behind)},
        "bbbbb": {"args": other, "x": shifted, "y": np.log(behind / foil)},
    }


def _perl(value: object) -> str:
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def athena_plain() -> str:
    lines = ["# Athena project file -- Demeter version 0.9.21", "# made", ""]
    for name, group in athena_groups().items():
        arguments = [part for pair in group["args"].items() for part in pair]  # type: ignore[attr-defined]
        lines.append(f"$old_group = '{name}';")
        lines.append(
            f"@args = ({','.join(_perl(part) for part in arguments)},'titles',[],'xdi',{{'a' => 'b'}});"
        )
        for key in ("x", "y"):
            lines.append(f"@{key} = ({','.join(_perl(repr(float(v))) for v in group[key])});")  # type: ignore[union-attr]
        lines += ["[record]   # create object and set arrays in ifeffit", ""]
    return "\n".join([*lines, "@journal = ();", "", "1;", ""])


def athena_json() -> str:
    document: dict[str, object] = {"_____header1": "# Athena project file -- Demeter version 0.9.25"}
    for name, group in athena_groups().items():
        arguments = [part for pair in group["args"].items() for part in pair]  # type: ignore[attr-defined]
        document[name] = {
            "args": arguments,
            "x": [repr(float(v)) for v in group["x"]],
            "y": [repr(float(v)) for v in group["y"]],
        }  # type: ignore[union-attr]
    document["_____order"] = list(athena_groups())
    return json.dumps(document)


def gzipped(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


EVERY: dict[str, dict[str, bytes]] = {
    "XDI": {"made.xdi": xdi().encode()},
    "columns with a header": {"made.dat": columns().encode(), "norm.dat": larch_normalised().encode()},
    "SSRL EXAFS Data Collector": {"ssrl.dat": ssrl().encode()},
    "Photon Factory 9809": {"pf.dat": photon_factory().encode()},
    "Athena project": {
        "plain.prj": gzipped(athena_plain()),
        "text.prj": athena_plain().encode(),
        "json.prj": gzipped(athena_json()),
    },
}
