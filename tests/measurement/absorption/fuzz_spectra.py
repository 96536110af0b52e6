"""Damaged spectra by the thousand: what a reader cannot read it refuses in one line.

python tests/measurement/absorption/fuzz_spectra.py --inputs 10000
"""

from __future__ import annotations

import argparse
import gzip
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import spectrum_files

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE
from topotaxy.measurement.absorption.options import AbsorptionOptions

TOKENS = [
    *(b"NaN", b"inf", b"-1e308", b"1e400", b"", b"0", b"-1", b"1_0", b"\x00", b"'", b'"', b"(", b")", b"["),
    *(b"];", b"{", b"\n", b"\r", b"\t", b"#", b";", b"=>", b"system('ls')", b"9" * 300, b"\xff\xfe"),
    *(b"\xe2\x80\xae", b"undef", b"\\"),
]


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four wounds: cut, doubled, overwritten, or with a token put in."""
    packed = data.startswith(b"\x1f\x8b") and rng.random() < 0.7
    body = bytearray(gzip.decompress(data) if packed else data)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(body)) if body else 0
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
    return gzip.compress(bytes(body), compresslevel=1) if packed else bytes(body)


def fuzz(name: str, inputs: int, seed: int) -> Counter[str]:
    """Return how many damaged files of a format were read, refused, or not recognised.

    Any other exception than InputError comes through.
    """
    rng = random.Random(seed)
    format = next(one for one in TECHNIQUE.formats() if one.name == name)
    files = list(spectrum_files.EVERY[name].values())
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.dat"
        for number in range(inputs):
            data = damaged(rng.choice(files), rng)
            path.write_bytes(data)
            known = format.recognises(data[:65536], path) if data else False
            try:
                records = format.read(path, AbsorptionOptions())
                if number % 20 == 0:
                    TECHNIQUE.observed(records, AbsorptionOptions(environment="none"))
            except InputError as error:
                counts["refused" if "\n" not in str(error) else "refused in several lines"] += 1
            else:
                assert records
                counts["read" if known else "read, not recognised"] += 1
    return counts


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inputs", type=int, default=10_000)
    arguments.add_argument("--format", choices=list(spectrum_files.EVERY))
    given = arguments.parse_args()
    for one in [given.format] if given.format else spectrum_files.EVERY:
        print(one, dict(fuzz(one, given.inputs, seed=given.inputs)))
