"""Damaged files of spectrometers and balances by the thousand: what cannot be read is refused in one line.

python tests/measurement/fuzz_spectra_files.py --inputs 10000 --technique energy_loss

HDF5 files are gone through in a process of their own first; here that is a fork, which saves the start of an
interpreter. Half of them are damaged in their bytes, half in their structure: another type, shape, attribute
or link, data elsewhere.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "energy_loss"))
sys.path.insert(0, str(Path(__file__).parent / "energy_dispersive"))
sys.path.insert(0, str(Path(__file__).parent / "photoemission"))
sys.path.insert(0, str(Path(__file__).parent / "thermogravimetry"))
sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import balance_files
import loss_files
import numpy as np
import spectrometer_files
import tampering
import x_ray_files

from forked import looked_at_in_a_fork
from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import SIGNATURE
from topotaxy.measurement.technique import Technique, techniques
from topotaxy.results import hdf5

TOKENS = [
    *(b"NaN", b"inf", b"-1e308", b"1e400", b"", b"0", b"-1", b"1_0", b"\x00", b"'", b'"', b"#", b":", b"["),
    *(b"\n", b"\r", b"\t", b";", b",", b"9" * 300, b"\xff\xfe", b"\xe2\x80\xae", b"\\", b"\x7f\xff\xff\xff"),
]

MADE: dict[str, tuple[Any, Any]] = {
    "energy_loss": (loss_files.EVERY, loss_files.record),
    "energy_dispersive": (x_ray_files.EVERY, x_ray_files.record),
    "photoemission": (spectrometer_files.EVERY, spectrometer_files.record),
    "thermogravimetry": (
        {
            name: lambda folder, _, make=makers[0]: balance_files.written(folder, "made.txt", make())
            for name, makers in balance_files.EVERY.items()
        },
        lambda: None,
    ),
}
"""Technique to what writes a file of each format, and the record that is in them."""


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four wounds: cut, doubled, overwritten, or with a token put in."""
    body = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(body)) if body else 0
        # Headers are where a reader can be led astray.
        place = place // 20 if rng.random() < 0.5 else place
        kind = rng.randrange(5)
        if kind == 0:
            del body[place:]
        elif kind == 1:
            del body[place : place + rng.randint(1, 400)]
        elif kind == 2:
            body[place:place] = rng.choice(TOKENS)
        elif kind == 3:
            body[place : place + 2] = bytes(rng.randrange(256) for _ in range(2))
        else:
            body[place:place] = body[place : place + rng.randint(1, 3000)]
    return bytes(body)


def restructured(whole: Path, path: Path, rng: np.random.Generator) -> bytes:
    """Return an HDF5 file one to three objects of which are others."""
    path.write_bytes(whole.read_bytes())
    for _ in range(int(rng.integers(1, 4))):
        with contextlib.suppress(
            OSError, ValueError, TypeError, KeyError, RuntimeError, AttributeError, MemoryError
        ):
            tampering.hdf5_structure(path, rng)
    return path.read_bytes()


def chosen(technique: str | None, name: str | None) -> list[tuple[str, str]]:
    """Return techniques and formats to damage.

    Parameters
    ----------
    technique, name : str or None
        One technique, one format; every one where nothing is said.

    Raises
    ------
    ValueError
        Where no technique has that format; the message lists those there are.
    """
    there = [(one, each) for one, (makers, _) in MADE.items() for each in makers if technique in (None, one)]
    found = [pair for pair in there if name in (None, pair[1])]
    if not found:
        raise ValueError(f"no format {name!r}; there are {', '.join(f'{a}: {b}' for a, b in there)}")
    return found


def fuzz(technique: str, name: str, inputs: int, seed: int) -> Counter[str]:
    """Return how many damaged files of a format were read, refused, or not recognised.

    Any other exception than InputError comes through.
    """
    rng, other = random.Random(seed), np.random.default_rng(seed)
    one: Technique[Any] = techniques()[technique]
    format = next(f for f in one.formats() if f.name == name)
    makers, record = MADE[technique]
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        whole = makers[name](Path(folder), record())
        data = whole.read_bytes()
        packed = data.startswith(SIGNATURE)
        for number in range(inputs):
            # A name of its own: what is known of a file is kept by its name, size and time.
            path = Path(folder) / f"damaged-{number}{whole.suffix}"
            structure = packed and number % 2 == 0
            body = restructured(whole, path, other) if structure else damaged(data, rng)
            path.unlink(missing_ok=True)
            path.write_bytes(body)
            known = format.recognises(body[:65536], path) if body else False
            try:
                records = format.read(path, one.options())
                if number % 20 == 0:
                    one.observed(tuple(records), one.options())
            except InputError as error:
                counts["refused" if "\n" not in str(error) else "refused in several lines"] += 1
            else:
                assert records
                counts["read" if known else "read, not recognised"] += 1
            path.unlink()
    return counts


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inputs", type=int, default=10_000)
    arguments.add_argument("--technique", choices=sorted(MADE))
    arguments.add_argument("--format")
    given = arguments.parse_args()
    hdf5._looked_at = looked_at_in_a_fork
    try:
        pairs = chosen(given.technique, given.format)
    except ValueError as error:
        arguments.error(str(error))
    for kind, each in pairs:
        print(kind, each, dict(fuzz(kind, each, given.inputs, seed=given.inputs)), flush=True)
