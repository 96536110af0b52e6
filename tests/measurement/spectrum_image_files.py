"""Small whole files of microscopes' spectra, made here as the programs of each maker write them."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np


def digital_micrograph(
    path: Path, counts: Any, offset: float, step: float, *, version: int = 3, signal: str = "EELS"
) -> Path:
    """One spectrum, its axis in eV, in the tags of Digital Micrograph."""
    length = ">q" if version == 4 else ">i"

    def headed(kind: int, name: str, body: bytes) -> bytes:
        sized = struct.pack(">q", len(body)) if version == 4 else b""
        return struct.pack(">BH", kind, len(name)) + name.encode() + sized + body

    def data(name: str, about: list[int], content: bytes) -> bytes:
        numbers = b"".join(struct.pack(length, n) for n in about)
        return headed(21, name, b"%%%%" + struct.pack(length, len(about)) + numbers + content)

    def group(name: str, members: list[bytes]) -> bytes:
        return headed(20, name, b"\0\0" + struct.pack(length, len(members)) + b"".join(members))

    def text(name: str, value: str) -> bytes:
        return data(name, [20, 4, len(value)], value.encode("utf-16-le"))

    pixels = np.asarray(counts).astype("<u4")
    axis = group(
        "",
        [
            data("Origin", [7], struct.pack("<d", -offset / step)),
            data("Scale", [7], struct.pack("<d", step)),
            text("Units", "eV"),
        ],
    )
    image_data = group(
        "ImageData",
        [
            group(
                "Calibrations", [group("Brightness", [text("Units", "Counts")]), group("Dimension", [axis])]
            ),
            data("Data", [20, 5, pixels.size], pixels.tobytes()),
            data("DataType", [5], struct.pack("<I", 11)),
            group("Dimensions", [data("", [5], struct.pack("<I", pixels.size))]),
        ],
    )
    tags = group("ImageTags", [group("Meta Data", [text("Format", "Spectrum"), text("Signal", signal)])])
    root = group("ImageList", [group("", [image_data, tags])])
    tree = b"\0\0" + struct.pack(length, 1) + root
    path.write_bytes(
        struct.pack(">i", version) + struct.pack(length, len(tree)) + struct.pack(">i", 1) + tree
    )
    return path


def berkeley(path: Path, counts: Any, offset: float, step: float, *, name: str = "energy loss") -> Path:
    """A spectrum whose axis in eV has a name, with a checksum on the numbers."""
    values = np.asarray(counts).astype("<u8")
    with h5py.File(path, "w") as file:
        group = file.create_group("data/spectrum")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=values, fletcher32=True, chunks=values.shape)
        dim = group.create_dataset("dim1", data=[offset, offset + step])
        dim.attrs["units"], dim.attrs["name"] = "[eV]", name
    return path


def _metadata(about: dict[str, Any]) -> Any:
    return np.frombuffer(json.dumps(about).encode().ljust(4000, b"\0"), dtype=np.uint8)[:, None]


def velox_losses(path: Path, counts: Any, offset: float, step: float) -> Path:
    """One pixel of an energy-loss image: columns, channels, rows."""
    values = np.asarray(counts).astype("<u4")[None, :, None]
    with h5py.File(path, "w") as file:
        group = file.create_group("Data/EelsSpectrumImage/0123")
        group.create_dataset("Data", data=values, fletcher32=True, chunks=values.shape)
        group.create_dataset("Metadata", data=_metadata({"Optics": {"AccelerationVoltage": "200000"}}))
        group.create_dataset(
            "AcquisitionMetadata", data=_metadata({"Data": {"offset": offset, "dispersion": step}})
        )
    return path


def velox_x_rays(path: Path, counts: Any, offset: float, step: float) -> Path:
    """A summed spectrum of one detector."""
    values = np.asarray(counts).astype("<u4")[:, None]
    about = {
        "BinaryResult": {"Detector": "SuperX"},
        "Detectors": {
            "Detector-0": {"DetectorName": "SuperX1", "Dispersion": str(step), "OffsetEnergy": str(offset)}
        },
        "Optics": {"AccelerationVoltage": "200000"},
    }
    with h5py.File(path, "w") as file:
        group = file.create_group("Data/Spectrum/0123")
        group.create_dataset("Data", data=values, fletcher32=True, chunks=values.shape)
        group.create_dataset("Metadata", data=_metadata(about))
    return path


def velox_stream(path: Path, events: Any, rows: int, columns: int, channels: int) -> Path:
    """A stream of events with its raster."""
    about = {
        "BinaryResult": {
            "Detector": "SuperX",
            "PixelSize": {"width": "1e-9", "height": "2e-9"},
            "PixelUnitX": "m",
            "PixelUnitY": "m",
        },
        "Detectors": {"Detector-0": {"DetectorName": "SuperX1", "Dispersion": "10", "OffsetEnergy": "-100"}},
    }
    settings = {"bincount": str(channels), "RasterScanDefinition": {"Width": columns, "Height": rows}}
    with h5py.File(path, "w") as file:
        group = file.create_group("Data/SpectrumStream/0123")
        group.create_dataset("Data", data=np.asarray(events, dtype="<u2")[:, None])
        group.create_dataset("Metadata", data=_metadata(about))
        group.create_dataset("AcquisitionSettings", data=[json.dumps(settings).encode()])
    return path


def msa(
    path: Path, counts: Any, offset: float, step: float, *, signal: str = "ELS", beam: float = 0.0
) -> Path:
    """EMSA/MAS text."""
    lines = [
        "#FORMAT      : EMSA/MAS Spectral Data File",
        f"#NPOINTS     : {len(counts)}.",
        "#XUNITS      : eV",
        "#YUNITS      : Counts",
        "#DATATYPE    : Y",
        f"#XPERCHAN    : {step}",
        f"#OFFSET      : {offset}",
        f"#SIGNALTYPE  : {signal}",
        *([f"#BEAMKV   -kV: {beam}"] if beam else []),
        "#SPECTRUM    : Spectral Data Starts Here",
        *(f"{value:g}," for value in counts),
        "#ENDOFDATA   : ",
    ]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path
