"""Gatan Digital Micrograph, DM3 and DM4: a tree of tags in which images and spectra lie.

Layout of the tags after the public descriptions of C. Boothroyd and G. Lefman.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.files.stored import Bytes

MOST_TAGS = 200_000
DEEPEST = 40
LONGEST_TEXT = 4096
TYPES = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "b", 11: "q", 12: "Q"}
"""Encoded type of a tag to its struct kind."""
PIXELS = {
    1: "i2",
    2: "f4",
    6: "u1",
    7: "i4",
    9: "i1",
    10: "u2",
    11: "u4",
    12: "f8",
    14: "u1",
    39: "i8",
    40: "u8",
}
"""``DataType`` of an image to its dtype; complex and packed ones are no images."""
STRUCTURE, TEXT, ARRAY = 15, 18, 20
GROUP, DATA = 20, 21


@dataclass(frozen=True)
class Stored:
    """Where an array lies: first byte, type of its elements and their number."""

    at: int
    kind: int
    count: int


class Tags:
    """Reads the tree of tags; arrays stay where they are."""

    def __init__(self, data: Bytes) -> None:
        self._data = data
        self._at = 0
        self._tags = 0
        version = self._number(">i")
        if version not in (3, 4):
            raise InputError("is no DM3 or DM4 file", where=data.source)
        self._length = ">q" if version == 4 else ">i"
        self._version = version
        self._number(self._length)
        data.order = "<" if self._number(">i") == 1 else ">"
        self.tree = self._group(0)

    def _number(self, form: str) -> Any:
        value = self._data.unpack(form[1:], self._at, form[0])[0]
        self._at += struct.calcsize(form)
        return value

    def _group(self, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            raise InputError(f"its tags are more than {DEEPEST} deep: damaged", where=self._data.source)
        self._at += 2
        count = self._number(self._length)
        members: dict[str, Any] = {}
        for index in range(max(count, 0)):
            self._tags += 1
            if self._tags > MOST_TAGS:
                raise InputError(f"has more than {MOST_TAGS} tags: damaged", where=self._data.source)
            kind, length = self._number(">B"), self._number(">H")
            name = self._data.piece(self._at, length).decode("latin-1") or str(index)
            self._at += length + (8 if self._version == 4 else 0)
            if kind not in (GROUP, DATA):
                raise InputError(
                    f"a tag at byte {self._at} is of no known kind: damaged", where=self._data.source
                )
            key = name if name not in members else f"{name}#{index}"
            members[key] = self._group(depth + 1) if kind == GROUP else self._value(name)
        return members

    def _value(self, name: str) -> Any:
        self._at += 4
        length = self._number(self._length)
        if not 1 <= length <= 1000:
            raise InputError(f"a tag at byte {self._at} is damaged", where=self._data.source)
        about = [self._number(self._length) for _ in range(length)]
        order = self._data.order
        if about[0] in TYPES:
            return self._number(order + TYPES[about[0]])
        if about[0] == STRUCTURE:
            return tuple(self._number(order + self._kind(kind)) for kind in about[4::2])
        if about[0] == TEXT and length == 2:
            count = about[1]
            text = self._data.piece(self._at, 2 * count).decode("utf-16-le", "replace")
            self._at += 2 * count
            return text
        if about[0] == ARRAY and length >= 3:
            return self._array(about, name)
        raise InputError(f"a tag at byte {self._at} is of no known type: damaged", where=self._data.source)

    def _kind(self, code: int) -> str:
        if code not in TYPES:
            raise InputError(
                f"a tag at byte {self._at} has a number of no known type: damaged", where=self._data.source
            )
        return TYPES[code]

    def _array(self, about: list[int], name: str) -> Any:
        kinds = about[5:-1:2] if about[1] == STRUCTURE else [about[1]]
        width = sum(struct.calcsize("<" + self._kind(kind)) for kind in kinds)
        count, start = about[-1], self._at
        if count < 0 or start + width * count > len(self._data.data):
            raise self._data.missing(start + float(width) * max(count, 0))
        self._at += width * count
        if about[1] == 4 and count < LONGEST_TEXT and name != "Data":
            order = "utf-16-le" if self._data.order == "<" else "utf-16-be"
            return self._data.data[start : self._at].decode(order, "replace")
        return Stored(start, about[1], count)


def images(tree: dict[str, Any], source: str) -> list[dict[str, Any]]:
    """Return the images of a file without the small picture that stands for it in folders.

    Parameters
    ----------
    tree : dict
        Tags of the file.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where the tags list no images.
    """
    listed, thumbnails = tree.get("ImageList"), tree.get("Thumbnails")
    if not isinstance(listed, dict):
        raise InputError("has no list of images: damaged", where=source)
    small = {
        one.get("ImageIndex")
        for one in (thumbnails.values() if isinstance(thumbnails, dict) else ())
        if isinstance(one, dict)
    }
    every = [one for one in listed.values() if isinstance(one, dict)]
    chosen = [one for number, one in enumerate(every) if number not in small]
    return [one for one in chosen if isinstance(one.get("ImageData"), dict)]


def dimensions(image: dict[str, Any]) -> list[int]:
    """Return the lengths of the axes, the fastest last.

    Parameters
    ----------
    image : dict
        Tags of one image.
    """
    sizes = image["ImageData"].get("Dimensions")
    values = list(sizes.values()) if isinstance(sizes, dict) else []
    return [int(one) for one in values if isinstance(one, int)][::-1]


def is_spectrum(image: dict[str, Any]) -> bool:
    """Return whether an image of the file is a spectrum or a spectrum image, by its tags or its axes.

    Parameters
    ----------
    image : dict
        Tags of one image.
    """
    tags = image.get("ImageTags")
    about = tags.get("Meta Data") if isinstance(tags, dict) else None
    said = str(about.get("Format", "")) if isinstance(about, dict) else ""
    return said.lower().startswith("spectrum") or sum(length > 1 for length in dimensions(image)) < 2


def array_of(image: dict[str, Any], data: Bytes, source: str) -> NDArray[Any]:
    """Return the numbers of an image or spectrum in the shape that it states.

    Parameters
    ----------
    image : dict
        Tags of one image.
    data : Bytes
        The whole file.
    source : str
        Name of the image, for messages.

    Raises
    ------
    InputError
        Where they are of no known type, or fewer than stated.
    """
    about = image["ImageData"]
    stored, code, shape = about.get("Data"), about.get("DataType"), dimensions(image)
    if code not in PIXELS or not isinstance(stored, Stored) or not shape:
        raise InputError("its image is of no known type: damaged", where=source)
    count = math.prod(shape)
    width = np.dtype(PIXELS[code]).itemsize
    have = stored.count * struct.calcsize("<" + TYPES.get(stored.kind, "b"))
    if count < 1 or have < count * width:
        raise InputError(f"its image lacks {max(count * width - have, 0)} bytes: damaged", where=source)
    return data.pixels(stored.at, shape, PIXELS[code])


def calibrations(about: dict[str, Any], axes: int) -> tuple[list[float], list[float], list[str]]:
    """Return step, origin (in channels) and unit of each axis of ``ImageData``, the fastest last.

    Parameters
    ----------
    about : dict
        Tags of the image's data.
    axes : int
        How many it has.
    """
    every = about.get("Calibrations")
    listed = every.get("Dimension") if isinstance(every, dict) else None
    each = [one for one in (listed.values() if isinstance(listed, dict) else ()) if isinstance(one, dict)][
        ::-1
    ]
    steps, starts, units = [], [], []
    for one in each:
        scale, start, unit = one.get("Scale"), one.get("Origin"), one.get("Units")
        steps.append(float(scale) if isinstance(scale, (int, float)) else float("nan"))
        starts.append(float(start) if isinstance(start, (int, float)) and math.isfinite(start) else 0.0)
        units.append(unit if isinstance(unit, str) else "")
    lacking = max(axes - len(steps), 0)
    return [math.nan] * lacking + steps, [0.0] * lacking + starts, [""] * lacking + units


def microscope(image: dict[str, Any]) -> str | None:
    """Return the name of the microscope, None where the tags have none.

    Parameters
    ----------
    image : dict
        Tags of one image.
    """
    tags = image.get("ImageTags")
    about = tags.get("Microscope Info") if isinstance(tags, dict) else None
    named = about.get("Name") if isinstance(about, dict) else None
    return named.strip()[:80] or None if isinstance(named, str) else None
