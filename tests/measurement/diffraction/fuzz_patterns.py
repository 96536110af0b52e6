"""Damages good files and reads them: a reader gives records or refuses in one line, whatever it meets.

python tests/measurement/diffraction/fuzz_patterns.py [TIMES] [--format NAME]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pattern_files

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import TECHNIQUE, Options
from topotaxy.measurement.diffraction.record import Pattern

MAKERS: dict[str, tuple[Callable[[], bytes], str]] = {
    **pattern_files.EVERY,
    "pair distribution function": (pattern_files.gr, ".gr"),
    "Bruker RAW": (pattern_files.raw4, ".raw"),
    "GSAS powder data, fixed columns": (pattern_files.gsas_std, ".gsas"),
}


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four cuts, flips, insertions, repetitions or swaps, mostly near the top."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if not out:
            break
        place = rng.randrange(min(len(out), rng.choice([64, 400, 2000, len(out)])))
        kind = rng.randrange(6)
        if kind == 0:
            out[place] = rng.randrange(256)
        elif kind == 1:
            del out[place : place + rng.randint(1, 40)]
        elif kind == 2:
            out[place:place] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 9)))
        elif kind == 3:
            out = out[: max(place, 1)]
        elif kind == 4:
            out[place:place] = rng.choice(
                [b"nan", b"-1e400", b"99999999999", b"\r", b"\x00", b"1e308", b"BANK 1 9 9"]
            )
        else:
            out[place : place + 4] = rng.choice([b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"-999", b"1e99"])
    return bytes(out)


def run(times: int, seed: int, folder: Path, only: str | None = None) -> dict[str, tuple[int, int]]:
    """Return how many damaged files of each format, or of one, were read and refused."""
    found = {}
    formats = TECHNIQUE.formats()
    for name, (make, ending) in MAKERS.items():
        if only not in (None, name):
            continue
        whole, read, refused = make(), 0, 0
        rng = random.Random(f"{seed} {name}")
        (reader,) = [one for one in formats if one.name == name.split(",")[0]]
        path = folder / f"damaged{ending}"
        for _ in range(times):
            data = damaged(whole, rng)
            path.write_bytes(data)
            for one in formats:
                one.recognises(data[:65536], path)
            try:
                for record in reader.read(path, Options(axis=None)):
                    assert isinstance(record, Pattern)
                read += 1
            except InputError as error:
                refused += "\n" not in str(error)
        found[name] = (read, refused)
    return found


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("times", type=int, nargs="?", default=10_000)
    arguments.add_argument("--format", choices=list(MAKERS))
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for kind, (good, bad) in run(given.times, 1, Path(name), only=given.format).items():
            print(f"{kind}: {good} read, {bad} refused")
