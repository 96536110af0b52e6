"""Damaged files by the thousand: what a reader cannot read it refuses in one line, and soon.

    python tests/measurement/cycling/fuzz_readers.py --format "Maccor text" --inputs 10000

Files are mutated from small real ones (``TOPOTAXY_DATA``) and from ones made here. The outcome of each
input is a record or an InputError of one line; anything else, more than the time for one input, or more
than the memory for all, fails.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parent))
import fuzz_structures
from cycler_files import EVERY, data_folder

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import TECHNIQUE, CyclingRecord, read

SECONDS_PER_INPUT = 10
"""Of the processor, not of the clock: a busy machine is no hang."""
MEMORY = 2_000_000_000
MAPPING = """
[columns]
test_time_second = "test_time"
current_ampere = "current"
voltage_volt = "voltage"
cycle_count = "cycle"
charging_capacity_ah = "charge_capacity"
discharging_capacity_ah = "discharge_Capacity"
"""
BY_MAPPING = "csv by mapping"
PAGE = 4096

TOKENS = [
    *(
        b"NaN",
        b"inf",
        b"-inf",
        b"Infinity",
        b"1e400",
        b"-1e308",
        b"1e-320",
        b"-",
        b"",
        b"0x10",
        b"1_000",
        b"3.5.6",
    ),
    *(b"\x00", b"\xff\xfe", b'"', b"'", b"\n", b"\r\n", b"\t", b",", b";", b"\xe2\x80\xae", b"\xef\xbf\xbd"),
    *(b"9" * 400, b"99:99:99", b"-1:00:00", b"=1+1", b"%s%n", b"../../etc/passwd"),
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
]

# As numbers of four bytes: -1, 0, a float that is none, and the largest.
EXTREMES = [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\xc0\x7f", b"\xff\xff\xff\x7f"]


class Hang(Exception):
    """An input took longer than it may."""


@dataclass
class Outcome:
    """What became of the inputs."""

    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)


def formats() -> list[str]:
    """Return what can be fuzzed."""
    return [*(one.name for one in TECHNIQUE.formats()), BY_MAPPING]


def seeds(name: str) -> list[bytes]:
    """Return small whole files of a format."""
    found = [make() for make in EVERY.get(name, [])]
    real = data_folder()
    for file, wanted, shortened in REAL:
        if wanted == name and (real / file).exists():
            found.append(shortened((real / file).read_bytes()))
    if name == "Neware binary" and found:
        # Not alone: then it would show only that what is no file of Neware's is refused.
        # An nda begins so; fastnda knows many versions of what follows.
        found.append(b"NEWARE" + bytes(range(256)) * 64)
    return found


def _head_and_tail(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join([*lines[:60], *lines[-20:]]) if len(lines) > 80 else data


def _head(data: bytes) -> bytes:
    return b"".join(data.splitlines(keepends=True)[:80])


def _repaired(data: bytes) -> bytes:
    """Return the ndax of 301 records without the character that damages it."""
    return _zipped({name: part.replace("💀".encode(), b"1") for name, part in _parts(data).items()})


def fewer_pages(data: bytes, keep: tuple[int, ...] = (0, 1)) -> bytes:
    """Return the .res with only the catalogue, the general table and some pages of the channel's.

    The whole takes seconds to read, and most of it is of other tables, where damage does not matter.
    """
    from access_parser import AccessParser

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.res"
        whole.write_bytes(data)
        catalogue = AccessParser(str(whole)).catalog
    channel, general = catalogue["Channel_Normal_Table"], catalogue["Global_Table"]
    pages = [data[k : k + PAGE] for k in range(0, len(data), PAGE)]
    owners = {
        k: int.from_bytes(page[4:8], "little") for k, page in enumerate(pages) if page[:2] == b"\x01\x01"
    }
    rows = [k for k, owner in owners.items() if owner == channel]
    kept = {0, 2, channel, general, *(rows[k] for k in keep)}
    kept |= {k for k, owner in owners.items() if owner in (2, general)}
    return b"".join(page if k in kept else bytes(PAGE) for k, page in enumerate(pages[: max(kept) + 1]))


REAL: list[tuple[str, str, Callable[[bytes], bytes]]] = [
    ("arbin_silicon_half_cell_45.res", "Arbin res", fewer_pages),
    ("neware_corrupt.ndax", "Neware binary", _repaired),
    ("neware_uio.csv", "Neware export", _head),
    ("landt_graphite_half_cell.csv", "Landt export", _head),
    ("landt_graphite_half_cell.bdf.csv", "Battery Data Format", _head),
    ("maccor_two.txt", "Maccor text", _head_and_tail),
    ("biologic_gcpl_yadg.mpr", "BioLogic mpr", lambda data: data),
    ("custom_good_small.csv", BY_MAPPING, lambda data: data),
]


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def mutated(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Return a damaged file: by its structure, or byte by byte; of an archive, more often one of its
    parts."""
    if rng.random() < 0.5:
        changed = _by_structure(data, rng)
        if changed is not None:
            return changed
    if data.startswith(b"PK\x03\x04") and rng.random() < 0.8:
        parts = _parts(data)
        name = rng.choice(sorted(parts))
        if rng.random() < 0.05:
            del parts[name]
        else:
            parts[name] = _damaged(parts[name], rng, [])
        return _zipped(parts)
    if b"Standard Jet DB" in data[:64] and rng.random() < 0.95:
        return _damaged_pages(data, rng)
    return _damaged(data, rng, others)


def _by_structure(data: bytes, rng: random.Random) -> bytes | None:
    """Return a file that is well formed and holds what it must not; None where nothing is known of its
    kind."""
    if data.startswith(b"PK\x03\x04"):

        def change(name: str, part: bytes) -> bytes:
            return fuzz_structures.of_sheet(part, rng) if "worksheets" in name else _damaged(part, rng, [])

        return fuzz_structures.rezipped(data, change, rng)
    if data.startswith(b"PAR1"):
        return fuzz_structures.of_parquet(data, rng)
    if b"\x00" not in data:
        return fuzz_structures.of_text(data, rng)
    return None


def _damaged_pages(data: bytes, rng: random.Random) -> bytes:
    """Damage what pages hold and keep their size and place: else a database is refused by its size alone."""
    pages = [data[k : k + PAGE] for k in range(0, len(data), PAGE)]
    held = [k for k, page in enumerate(pages) if any(page)]
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        k = rng.choice(held)
        page = bytearray(pages[k])
        if rng.random() < 0.1:
            page = bytearray(pages[rng.choice(held)])
        # The head of a page says what it is, and where its rows are.
        at = rng.randrange(64 if rng.random() < 0.4 else PAGE - 4)
        kind = rng.randrange(4)
        if kind == 0:
            page[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            page[at] = rng.randrange(256)
        elif kind == 2:
            page[at : at + 4] = rng.choice(EXTREMES)
        else:
            piece = bytes(page[at : at + rng.randrange(1, 100)])
            to = rng.randrange(PAGE - len(piece))
            page[to : to + len(piece)] = piece
        pages[k] = bytes(page)
    return b"".join(pages)


def _damaged(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    work = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        if not work:
            break
        at = rng.randrange(len(work))
        kind = rng.randrange(9)
        if kind == 0:
            work[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            work[at] = rng.randrange(256)
        elif kind == 2:
            del work[at:]
        elif kind == 3:
            del work[at : at + rng.randrange(1, 200)]
        elif kind == 4:
            work[at:at] = rng.choice(TOKENS)
        elif kind == 5:
            token = rng.choice(TOKENS)
            work[at : at + max(len(token), rng.randrange(1, 12))] = token
        elif kind == 6:
            piece = work[at : at + rng.randrange(1, 400)]
            work[at:at] = piece * rng.choice((1, 1, 2, 20))
        elif kind == 7 and others:
            other = rng.choice(others)
            work[at:] = other[rng.randrange(len(other)) :]
        else:
            _token_between_marks(work, rng)
    return bytes(work)


def _token_between_marks(work: bytearray, rng: random.Random) -> None:
    """Replace a field of text, or a number of four bytes, by something extreme."""
    marks = [k for k in range(len(work)) if work[k] in b",;\t\n<>"] if len(work) < 100_000 else []
    if len(marks) > 2:
        k = rng.randrange(len(marks) - 1)
        work[marks[k] + 1 : marks[k + 1]] = rng.choice(TOKENS)
    else:
        at = rng.randrange(len(work))
        work[at : at + 4] = rng.choice(
            (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00\xc0\x7f", b"\xff\xff\xff\x7f")
        )


def _alarmed(number: int, frame: FrameType | None) -> None:
    raise Hang(f"more than {SECONDS_PER_INPUT} s")


def fuzz(name: str, inputs: int, *, seed: int = 0, progress: bool = False) -> Outcome:
    """Read damaged files of a format.

    Raises
    ------
    AssertionError
        Where an input ends otherwise than it may; the input is kept beside the temporary folder.
    """
    whole = seeds(name)
    outcome = Outcome()
    rng = random.Random(seed)
    signal.signal(signal.SIGPROF, _alarmed)
    with tempfile.TemporaryDirectory() as folder:
        mapping = Path(folder) / "mapping.toml"
        mapping.write_text(MAPPING)
        for k in range(inputs):
            data = mutated(rng.choice(whole), rng, whole)
            path = Path(folder) / f"fuzzed{k % 7}.bin"
            path.write_bytes(data)
            started = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, SECONDS_PER_INPUT)
            try:
                said = _one(name, path, mapping, recognise=k % 4 == 0)
            except BaseException as error:
                signal.setitimer(signal.ITIMER_PROF, 0)
                if isinstance(error, KeyboardInterrupt):
                    raise
                kept = Path(tempfile.gettempdir()) / f"fuzz-{name.replace(' ', '-')}-{seed}-{k}.bin"
                kept.write_bytes(data)
                raise AssertionError(
                    f"input {k}: {type(error).__name__}: {error!s:.300} (kept as {kept})"
                ) from error
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            outcome.counts[said[0]] += 1
            outcome.reasons[said[1]] += 1
            outcome.slowest = max(outcome.slowest, time.process_time() - started)
            if progress and k % 500 == 499:
                print(f"{k + 1}: {dict(outcome.counts)}", file=sys.stderr, flush=True)
    memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert memory < MEMORY, f"{memory / 1e9:.2f} GB of memory"
    return outcome


def _one(name: str, path: Path, mapping: Path, *, recognise: bool) -> tuple[str, str]:
    try:
        if name == BY_MAPPING:
            record = read(path, mapping=mapping)
        else:
            record = read(path, format=None if recognise else name)
    except InputError as error:
        text = str(error)
        assert 0 < len(text) < 1000, f"refused, but with {len(text)} characters"
        assert "\n" not in text
        words = "".join(c for c in text.split(":", 1)[-1] if c.isalpha() or c == " ")
        return "refused", " ".join(words.split()[:5])
    assert isinstance(record, CyclingRecord)
    assert len(record.table) > 0
    assert not record.table.isna().any(axis=None)
    return "read", "read"


def main() -> None:
    """Fuzz one format, or all in turn, and print what became of the inputs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--format", choices=[*formats(), "all"], default="all")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reasons", action="store_true", help="print how often each reason was given")
    given = parser.parse_args()
    for name in formats() if given.format == "all" else [given.format]:
        if not seeds(name):
            print(f"{name}: no file to start from; set TOPOTAXY_DATA", flush=True)
            continue
        started = time.process_time()
        outcome = fuzz(name, given.inputs, seed=given.seed)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        became = f"{outcome.counts['read']} read, {outcome.counts['refused']} refused"
        spent = f"slowest {outcome.slowest:.2f} s, {time.process_time() - started:.0f} s in all"
        print(f"{name}: {given.inputs} inputs, {became}, {spent}, at most {memory:.2f} GB", flush=True)
        if given.reasons:
            for reason, count in outcome.reasons.most_common(25):
                print(f"    {count:6d} {reason}")


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    main()
