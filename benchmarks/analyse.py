"""What analysing a large cycler file costs beside fastnda's bare reading of it, in the same run.

A real Neware file (``TOPOTAXY_DATA``/cycling/neware_test_2.ndax, or the one given; version 17 of the
format) is repeated record by record until it has the rows asked for, with clock, step and cycle numbers
going on: to fastnda and to topotaxy it is one long test. Each time is that of a fresh process, its
start and imports included, in processor seconds (user and system, those of its children too), the least
of three, taken in turn; ``report`` draws the figures as well.

    python benchmarks/analyse.py [FILE] [--rows 700000]
"""

import argparse
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

DATA = Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[2] / "shared" / "data"))
PAGE, HEAD, MASK = 4096, 132, 4
ROUNDS = 3

# Fields that go on from one repetition to the next; all else is repeated as it is.
PARTS = {
    "data.ndc": np.dtype([("rest", "V8")]),
    "data_runInfo.ndc": np.dtype(
        [("a", "V33"), ("clock", "<u4"), ("step", "<u4"), ("index", "<u4"), ("b", "V55")]
    ),
    "data_step.ndc": np.dtype([("cycle", "<u4"), ("a", "V29"), ("index", "<u4"), ("b", "V63")]),
}

FASTNDA = "import fastnda, sys; print(fastnda.read(sys.argv[1]).height)"
READ = "from topotaxy.measurement.cycling import read; import sys; print(len(read(sys.argv[1]).table))"
ANALYSE = (
    "from topotaxy.__main__ import main; import sys; sys.argv[1:] = ['analyse', sys.argv[1], '--mass', "
    "'1mg', '--role', 'full-cell', '--out', sys.argv[2], *sys.argv[3:]]; sys.exit(main())"
)


def records(data: bytes, kind: np.dtype) -> tuple[bytes, np.ndarray]:
    """The head of a part's pages, and its valid records."""
    pages = np.frombuffer(data, dtype=np.uint8)[PAGE:].reshape(-1, PAGE)
    rows = (PAGE - HEAD - 1) // kind.itemsize
    mask = np.unpackbits(pages[:, MASK : MASK + -(-rows // 8)], bitorder="little", axis=1)[:, :rows]
    found = np.ascontiguousarray(pages[:, HEAD : HEAD + rows * kind.itemsize]).view(kind)
    return data[:PAGE], found[mask.astype(bool)]


def packed(head: bytes, found: np.ndarray) -> bytes:
    """Pages of records as Neware lays them out, all but the last full."""
    rows = (PAGE - HEAD - 1) // found.dtype.itemsize
    pages = np.zeros((-(-len(found) // rows), PAGE), dtype=np.uint8)
    for number, page in enumerate(pages):
        part = found[number * rows : (number + 1) * rows]
        bits = np.packbits(np.ones(len(part), dtype=np.uint8), bitorder="little")
        page[MASK : MASK + len(bits)] = bits
        page[HEAD : HEAD + part.nbytes] = np.frombuffer(part.tobytes(), dtype=np.uint8)
    return head + pages.tobytes()


def repeated(source: Path, rows: int, target: Path) -> None:
    """Write the file again and again into one until it has that many rows."""
    with zipfile.ZipFile(source) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    parts = {name: records(members[name], kind) for name, kind in PARTS.items()}
    count = len(parts["data.ndc"][1])
    info, steps = parts["data_runInfo.ndc"][1], parts["data_step.ndc"][1]
    gains = {
        "clock": int(info["clock"].max() - info["clock"].min()) + 60,
        "step": int(info["step"].max()) + 1,
        "cycle": int(steps["cycle"].max()) + 1,
        "index": count,
    }
    for name, (head, found) in parts.items():
        copies = []
        for turn in range(-(-rows // count)):
            copy = found.copy()
            for field in set(gains) & set(found.dtype.names or ()):
                copy[field] += turn * gains[field]
            copies.append(copy)
        members[name] = packed(head, np.concatenate(copies))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    target.write_bytes(buffer.getvalue())


def seconds(code: str, *arguments: str) -> tuple[float, str]:
    """Processor seconds of a fresh process and its children, and the last line it printed."""
    before = os.times()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments], capture_output=True, text=True
    )
    after = os.times()
    if done.returncode:
        raise SystemExit(done.stderr.strip())
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, done.stdout.strip().splitlines()[-1]


def main() -> None:
    """Print the time of each, and whether analysing stays under twice the reading plus two seconds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("file", nargs="?", type=Path, default=DATA / "cycling" / "neware_test_2.ndax")
    options.add_argument("--rows", type=int, default=700_000)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = Path(folder) / "large.ndax"
        repeated(chosen.file, chosen.rows, large)
        out = str(Path(folder) / "analysis")
        tasks = {
            "fastnda.read": (FASTNDA, str(large)),
            "topotaxy read, checked": (READ, str(large)),
            "topotaxy analyse --no-report": (ANALYSE, str(large), out, "--no-report"),
            "topotaxy analyse": (ANALYSE, str(large), out),
        }
        rounds = [{name: seconds(*task) for name, task in tasks.items()} for _ in range(ROUNDS)]
    rows, same = (int(rounds[0][name][1]) for name in ("fastnda.read", "topotaxy read, checked"))
    if same != rows:
        raise SystemExit(f"fastnda reads {rows} rows, topotaxy {same}")
    least = {name: min(one[name][0] for one in rounds) for name in tasks}
    bare, reporting = least["fastnda.read"], least["topotaxy analyse"]
    print(f"{rows:,} rows, {large.name}")
    for name, spent in least.items():
        print(f"{name:30s} {spent:6.2f} s   {spent / bare:5.2f} times fastnda")
    allowed = 2.0 * bare + 2.0
    verdict = "under" if reporting < allowed else "over"
    print(f"a report takes {reporting:.2f} s, {verdict} twice fastnda plus 2 s ({allowed:.2f} s)")


if __name__ == "__main__":
    main()
