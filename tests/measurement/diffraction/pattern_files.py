"""Small whole files of every format that can be made without an instrument, all of one pattern."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable
from io import BytesIO

import numpy as np

STEP = 0.05
TWO_THETA = 25.0 + STEP * np.arange(1501)
EDGE = 4.20
"""Å: lattice parameter of the rock salt in the files."""
PHASE = f"rock salt=rock salt:MgO:{4.21}"
RESOLUTION = (0.0, 0.0, 0.002, 0.014, 0.035, 0.03)
"""U, V, W, X, Y and axial: those of the virtual laboratory instrument."""
LINES = ((1.5405929, 1.0), (1.5444274, 0.5))


def counts(seed: int = 1) -> np.ndarray:
    """Counts of a rock salt, with noise."""
    from topotaxy.measurement.diffraction.beam import Beam
    from topotaxy.measurement.diffraction.keys import Key
    from topotaxy.measurement.diffraction.phases import prototype
    from topotaxy.measurement.diffraction.powder import powder

    model = powder(TWO_THETA, Beam(radiation="X-ray", lines=LINES), [prototype("rock salt", "MgO", EDGE)])
    values = model.start()
    for name, number in zip(("U", "V", "W", "X", "Y", "axial"), RESOLUTION, strict=True):
        values[Key(name)] = number
    values[Key("strain", "MgO")] = 0.15
    pattern = model.pattern(values).sum(axis=0)
    mean = 3000.0 * pattern / pattern.max() + 60.0
    return np.random.default_rng(seed).poisson(mean).astype(float)


def xye() -> bytes:
    rows = [f"{x:.4f} {y:.0f} {max(y, 1) ** 0.5:.5f}" for x, y in zip(TWO_THETA, counts(), strict=True)]
    return ("# 2theta (deg) intensity esd\n" + "\n".join(rows) + "\n").encode()


def gsas_fxye() -> bytes:
    rows = [f"{100 * x:.4f} {y:.1f} {max(y, 1) ** 0.5:.5f}" for x, y in zip(TWO_THETA, counts(), strict=True)]
    n = len(rows)
    head = ["a title", f"BANK 1 {n} {n} CONS {100 * TWO_THETA[0]:.4f} {100 * STEP:.4f} 0 0 FXYE"]
    return ("\n".join(head + rows) + "\n").encode()


def gsas_std() -> bytes:
    y = counts()
    fields = [f"{1:2d}{v:6.0f}" for v in y]
    lines = ["".join(fields[k : k + 10]) for k in range(0, len(fields), 10)]
    head = ["a title".ljust(80), f"BANK 1 {len(y)} {len(lines)} CONST {2500} {5} 0 0 STD".ljust(80)]
    return ("\r\n".join([*head, *(line.ljust(80) for line in lines)]) + "\r\n").encode()


def chi() -> bytes:
    y = counts()
    rows = [f"  {x:.6e}  {v:.6e}" for x, v in zip(TWO_THETA, y, strict=True)]
    return "\n".join(
        ["made here", "2-Theta Angle (Degrees)", "Intensity", f"       {len(y)}", *rows, ""]
    ).encode()


def uxd() -> bytes:
    y = counts()
    head = [
        "; made here",
        "_FILEVERSION=2",
        "_WL_UNIT='A'",
        "_WL1=1.5405929",
        "_WL2=1.5444274",
        "_WLRATIO=0.500000",
        "_ANODE='Cu'",
        "; (Data for Range number 1)",
        "_DRIVE='COUPLED'",
        "_STEPTIME=1.0",
        f"_STEPSIZE={STEP}",
        f"_START={TWO_THETA[0]}",
        "_2THETACOUNTS",
    ]
    rows = [f"{x:10.4f} {v:10.1f}" for x, v in zip(TWO_THETA, y, strict=True)]
    return ("\n".join(head + rows) + "\n").encode()


def xrdml(*, factor: float = 1.0, element: str = "counts") -> bytes:
    y = " ".join(f"{v:.0f}" for v in counts())
    factors = ""
    if factor != 1.0:
        factors = (
            "<beamAttenuationFactors>"
            + " ".join([f"{factor}"] * len(TWO_THETA))
            + "</beamAttenuationFactors>"
        )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xrdMeasurements xmlns="http://www.xrdml.com/XRDMeasurement/2.0" status="Completed"><xrdMeasurement>
<usedWavelength intended="K-Alpha"><kAlpha1 unit="Angstrom">1.5405929</kAlpha1>
<kAlpha2 unit="Angstrom">1.5444274</kAlpha2><ratioKAlpha2KAlpha1>0.5</ratioKAlpha2KAlpha1></usedWavelength>
<incidentBeamPath><xRayTube><anodeMaterial>Cu</anodeMaterial></xRayTube></incidentBeamPath>
<scan scanAxis="Gonio"><dataPoints><positions axis="2Theta" unit="deg">
<startPosition>{TWO_THETA[0]}</startPosition><endPosition>{TWO_THETA[-1]}</endPosition></positions>
<commonCountingTime unit="seconds">10.0</commonCountingTime>{factors}
<{element} unit="counts">{y}</{element}></dataPoints></scan></xrdMeasurement></xrdMeasurements>
""".encode()


def brml() -> bytes:
    rows = "".join(
        f"<Datum>1,1,{x:.4f},{x / 2:.4f},{v:.0f}</Datum>\n" for x, v in zip(TWO_THETA, counts(), strict=True)
    )
    raw = f"""<?xml version="1.0" encoding="utf-8"?>
<RawData><WaveLengthAlpha1 Unit="A" Value="1.5405929"/><WaveLengthAlpha2 Unit="A" Value="1.5444274"/>
<WaveLengthRatio Value="0.5"/><DataRoutes><DataRoute><ScanInformation><ScanAxes>
<ScanAxisInfo AxisId="TwoTheta"/><ScanAxisInfo AxisId="Theta"/></ScanAxes></ScanInformation>
{rows}</DataRoute></DataRoutes></RawData>"""
    return _archive({"Experiment0/MeasurementContainer.xml": "<a/>", "Experiment0/RawData0.xml": raw})


def rasx() -> bytes:
    rows = "".join(f"{x:.4f}\t{v:.0f}\t1\n" for x, v in zip(TWO_THETA, counts(), strict=True))
    conditions = """<?xml version="1.0" encoding="utf-8"?>
<MeasurementConditions><WaveType>Ka</WaveType><WavelengthKalpha1>1.5405929</WavelengthKalpha1>
<WavelengthKalpha2>1.5444274</WavelengthKalpha2><TargetName>Cu</TargetName><AxisName>TwoThetaTheta</AxisName>
<IntensityUnit>counts</IntensityUnit></MeasurementConditions>"""
    return _archive({"Data0/Profile0.txt": rows, "Data0/MesurementConditions0.xml": conditions})


def pdcif() -> bytes:
    rows = "\n".join(f"{x:.4f} {v:.0f}" for x, v in zip(TWO_THETA, counts(), strict=True))
    return f"""data_made_here
_diffrn_radiation_probe 'x-ray'
loop_
_diffrn_radiation_wavelength
_diffrn_radiation_wavelength_wt
1.5405929 1.0
1.5444274 0.5
_pd_block_id here
loop_
_pd_meas_2theta_scan
_pd_meas_counts_total
{rows}
""".encode()


def gr() -> bytes:
    r = 0.01 * np.arange(1, 1501)
    g = np.sin(2.5 * r) / r
    rows = "\n".join(f"{a:.3f} {b:.6f} 0.0 0.05" for a, b in zip(r, g, strict=True))
    return f"prep=gsas machine=none\n##### start data\n#L r(A) G(r) d_r d_Gr\n{rows}\n".encode()


def _archive(parts: dict[str, str]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return made.getvalue()


def raw4(points: int = 50, declared: int | None = None) -> bytes:
    """A Bruker RAW of version 4, from its segments."""
    tube = bytearray(136)
    struct.pack_into("<II", tube, 0, 30, 136)
    struct.pack_into("<dd", tube, 80, 1.5406, 1.54439)
    struct.pack_into("<d", tube, 104, 0.5)
    tube[116:118] = b"Cu"
    head = bytearray(160)
    struct.pack_into("<II", head, 0, 0, points)
    head[32:46] = b"Locked Coupled"
    struct.pack_into("<dd", head, 72, 10.0, 0.02)
    struct.pack_into("<I", head, 88, points if declared is None else declared)
    struct.pack_into("<f", head, 92, 2.5)
    struct.pack_into("<II", head, 136, 4, 0)
    return b"RAW4.00".ljust(61, b"\0") + bytes(tube) + bytes(head) + np.arange(points, dtype="<f4").tobytes()


EVERY: dict[str, tuple[Callable[[], bytes], str]] = {
    "columns of text": (xye, ".xye"),
    "GSAS powder data": (gsas_fxye, ".fxye"),
    "chi": (chi, ".chi"),
    "Bruker UXD": (uxd, ".uxd"),
    "PANalytical XRDML": (xrdml, ".xrdml"),
    "Bruker BRML": (brml, ".brml"),
    "Rigaku RASX": (rasx, ".rasx"),
    "powder CIF": (pdcif, ".cif"),
}
