"""One image of a square lattice, written as the programs of each maker write it."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import h5py
import numpy as np

SPACING = 2.165
"""Å, of both sets of planes."""
PIXEL = 0.25
"""Å."""
SIZE = 128


def lattice_image(
    size: int = SIZE,
    period: float = SPACING / PIXEL,
    *,
    noise: float = 120.0,
    seed: int = 3,
    turned: float = 0.1,
) -> Any:
    """Two waves of one period (px) at right angles, turned (rad), with noise, as counts above zero."""
    y, x = np.mgrid[:size, :size].astype(float)
    u, v = x * math.cos(turned) + y * math.sin(turned), y * math.cos(turned) - x * math.sin(turned)
    waves = np.cos(2 * np.pi * u / period) + np.cos(2 * np.pi * v / period)
    values = 3000.0 + 400.0 * waves + np.random.default_rng(seed).normal(0.0, noise, (size, size))
    return np.clip(np.round(values), 1, 65000).astype("<u2")


def _digital_micrograph(version: int, image: Any, pixel: float, unit: str) -> bytes:
    length = ">q" if version == 4 else ">i"

    def data(name: str, about: list[int], content: bytes) -> bytes:
        body = (
            b"%%%%"
            + struct.pack(length, len(about))
            + b"".join(struct.pack(length, n) for n in about)
            + content
        )
        return _headed(21, name, body)

    def group(name: str, members: list[bytes]) -> bytes:
        return _headed(20, name, b"\0\0" + struct.pack(length, len(members)) + b"".join(members))

    def _headed(kind: int, name: str, body: bytes) -> bytes:
        sized = struct.pack(">q", len(body)) if version == 4 else b""
        return struct.pack(">BH", kind, len(name)) + name.encode() + sized + body

    def axis() -> bytes:
        return group(
            "",
            [
                data("Origin", [6], struct.pack("<f", 0.0)),
                data("Scale", [6], struct.pack("<f", pixel)),
                data("Units", [20, 4, len(unit)], unit.encode("utf-16-le")),
            ],
        )

    pixels = image.astype("<u2")
    image_data = group(
        "ImageData",
        [
            group("Calibrations", [group("Dimension", [axis(), axis()])]),
            data("Data", [20, 4, pixels.size], pixels.tobytes()),
            data("DataType", [5], struct.pack("<I", 10)),
            group(
                "Dimensions",
                [data("", [5], struct.pack("<I", n)) for n in (pixels.shape[1], pixels.shape[0])],
            ),
        ],
    )
    root = group("ImageList", [group("", [image_data])])
    tree = b"\0\0" + struct.pack(length, 1) + root
    return struct.pack(">i", version) + struct.pack(length, len(tree)) + struct.pack(">i", 1) + tree


def dm3(path: Path, image: Any) -> Path:
    path.write_bytes(_digital_micrograph(3, image, 0.1 * PIXEL, "nm"))
    return path


def dm4(path: Path, image: Any, pixel: float = 0.1 * PIXEL, unit: str = "nm") -> Path:
    path.write_bytes(_digital_micrograph(4, image, pixel, unit))
    return path


def series(
    path: Path, image: Any, *, mode: str | None = "STEM nP SA Zoom Diffraction", step: float = PIXEL * 1e-10
) -> Path:
    """A .ser with the .emi that belongs to it beside it, or none where ``mode`` is None."""
    rows, columns = image.shape
    axis = struct.pack("<iddi", 1, 0.0, 1.0, 0) + struct.pack("<i", 6) + b"Number" + struct.pack("<i", 0)
    table = 30 + len(axis)
    element = struct.pack("<ddiddihii", 0.0, step, 0, 0.0, step, 0, 2, columns, rows) + image.tobytes()
    head = b"II\x97\x01" + struct.pack("<hiiiii", 0x210, 0x4122, 0x4152, 1, 1, table)
    body = head + struct.pack("<i", 1) + axis + struct.pack("<ii", table + 8, 0) + element
    path.write_bytes(body)
    if mode is not None:
        text = f"<Data><Label>Mode</Label><Value>{mode}</Value><Unit></Unit></Data>"
        path.with_suffix(".emi").write_text(text, encoding="latin-1")
    return path


def tiff(path: Path, image: Any, *, tags: list[tuple[int, int, int, bytes]] | None = None) -> Path:
    """A page with the scale in Gatan's tags, or with the tags given: number, type, count, content."""
    rows, columns = image.shape
    step = struct.pack("<d", 0.1 * PIXEL)
    scale = [(65009, 12, 1, step), (65010, 12, 1, step), (65012, 2, 3, b"nm\0"), (65013, 2, 3, b"nm\0")]
    plain = [
        (256, 4, 1, struct.pack("<I", columns)),
        (257, 4, 1, struct.pack("<I", rows)),
        (258, 3, 1, struct.pack("<H", 16)),
        (259, 3, 1, struct.pack("<H", 1)),
        (262, 3, 1, struct.pack("<H", 1)),
        (273, 4, 1, struct.pack("<I", 8)),
        (277, 3, 1, struct.pack("<H", 1)),
        (279, 4, 1, struct.pack("<I", 2 * image.size)),
        (282, 5, 1, struct.pack("<II", 72, 1)),
        (283, 5, 1, struct.pack("<II", 72, 1)),
        (296, 3, 1, struct.pack("<H", 2)),
    ]
    given = scale if tags is None else tags
    numbers = {tag[0] for tag in given}
    every = sorted([tag for tag in plain if tag[0] not in numbers] + given)
    start = 8 + 2 * image.size
    place = start + 2 + 12 * len(every) + 4
    entries, extra = b"", b""
    for number, kind, count, content in every:
        if len(content) <= 4:
            value = content.ljust(4, b"\0")
        else:
            value = struct.pack("<I", place + len(extra))
            extra += content
        entries += struct.pack("<HHI", number, kind, count) + value
    directory = struct.pack("<H", len(every)) + entries + struct.pack("<I", 0) + extra
    path.write_bytes(b"II*\0" + struct.pack("<I", start) + image.tobytes() + directory)
    return path


def mrc(path: Path, image: Any, pixel: float = PIXEL) -> Path:
    rows, columns = image.shape
    head = bytearray(1024)
    struct.pack_into("<4i", head, 0, columns, rows, 1, 6)
    struct.pack_into("<3i3f", head, 28, columns, rows, 1, columns * pixel, rows * pixel, pixel)
    head[208:214] = b"MAP DD"
    path.write_bytes(bytes(head) + image.tobytes())
    return path


def berkeley(path: Path, image: Any) -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["version_major"], file.attrs["version_minor"] = 0, 2
        group = file.create_group("data/image")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("data", data=image)
        for number, count in ((1, image.shape[0]), (2, image.shape[1])):
            dim = group.create_dataset(f"dim{number}", data=0.1 * PIXEL * np.arange(count))
            dim.attrs["units"] = "[n_m]"
    return path


def velox(path: Path, image: Any, *, unit: str = "m", pixel: float = PIXEL * 1e-10) -> Path:
    frames = image[:, :, None] if image.ndim == 2 else image
    about = {
        "BinaryResult": {
            "PixelSize": {"width": str(pixel), "height": str(pixel)},
            "PixelUnitX": unit,
            "PixelUnitY": unit,
            "Offset": {"x": "0", "y": "0"},
        }
    }
    text = np.frombuffer(json.dumps(about).encode().ljust(2000, b"\0"), dtype=np.uint8)
    with h5py.File(path, "w") as file:
        group = file.create_group("Data/Image/0123456789abcdef")
        group.create_dataset("Data", data=frames)
        group.create_dataset("Metadata", data=np.stack([text] * frames.shape[2], axis=1))
    return path


def prismatic(path: Path, image: Any) -> Path:
    """Two rings of a detector; the outer one, which is read, has the image."""
    with h5py.File(path, "w") as file:
        group = file.create_group("4DSTEM_simulation/data/realslices/virtual_detector_depth0000")
        group.attrs["emd_group_type"] = 1
        group.create_dataset("realslice", data=np.stack([0.5 * image, image], axis=-1).astype("<f4"))
        for number, count in ((1, image.shape[0]), (2, image.shape[1])):
            dim = group.create_dataset(f"dim{number}", data=(PIXEL * np.arange(count)).astype("<f4"))
            dim.attrs["units"] = b"[n_m]"
    return path


def hyperspy(path: Path, image: Any, units: str = "nm") -> Path:
    with h5py.File(path, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        group = file.create_group("Experiments/image")
        group.create_dataset("data", data=image)
        for number, count in enumerate(image.shape):
            axis = group.create_group(f"axis-{number}")
            axis.attrs.update({"scale": 0.1 * PIXEL, "offset": 0.0, "size": count, "navigate": False})
            axis.attrs["units"] = units
    return path


EVERY = {
    "Digital Micrograph": (("image.dm3", dm3), ("image.dm4", dm4)),
    "TIA": (("image.ser", series),),
    "TIFF": (("image.tif", tiff),),
    "MRC": (("image.mrc", mrc),),
    "Berkeley EMD": (("berkeley.emd", berkeley),),
    "Velox EMD": (("velox.emd", velox),),
    "Prismatic EMD": (("prismatic.emd", prismatic),),
    "HyperSpy": (("image.hspy", hyperspy),),
}
"""Format to file names and what writes them."""
