"""Does this installation work: what is installed, where files go, and whether results come out right."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from topotaxy.version import __version__

LIBRARIES = ("numpy", "scipy", "numba", "xarray", "h5py", "pybamm", "pandas", "matplotlib")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: whether it is as it should be, and what was found."""

    name: str
    passed: bool
    found: str


COPYLEFT = {"galvani": "GPL-3.0", "rosettasciio": "GPL-3.0"}
"""Distributions of the extras whose licence asks more than topotaxy's, BSD-3-Clause (their metadata)."""


@dataclass(frozen=True)
class Extra:
    """An optional group of dependencies: whether all of it is installed, and how it gets there."""

    name: str
    missing: tuple[str, ...]
    packages: tuple[str, ...] = ()

    @property
    def licence(self) -> str:
        """What its licences ask more than topotaxy's, in words; empty where nothing."""
        asking = [f"{name} is {COPYLEFT[name]}" for name in self.packages if name in COPYLEFT]
        return f"{', '.join(asking)}: so is what you pass on together with it" if asking else ""

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f'pip install "topotaxy[{self.name}]"'


def versions() -> dict[str, str]:
    """Return the versions of topotaxy, Python and the libraries that its numbers come from."""
    found = {"topotaxy": __version__, "Python": platform.python_version(), "system": platform.platform()}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def extras() -> list[Extra]:
    """Return the optional groups of dependencies, with what is missing of each."""
    try:
        required = importlib.metadata.requires("topotaxy") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    groups: dict[str, list[str]] = {}
    for line in required:
        found = re.fullmatch(r"""([A-Za-z0-9._-]+).*extra == ['"]([^'"]+)['"].*""", line)
        if found is not None and found[2] not in ("dev", "test"):
            groups.setdefault(found[2], []).append(found[1])
    return [
        Extra(name, tuple(n for n in names if not _installed(n)), tuple(names))
        for name, names in sorted(groups.items())
    ]


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def self_test() -> Iterator[Check]:
    """Yield the checks one after the other, each as soon as it is done; some seconds in all."""
    for name, check in CHECKS.items():
        start = time.perf_counter()
        try:
            passed, found = check()
        except Exception as error:
            # Whatever fails here is what the user wants to know, in one line.
            passed, found = False, f"{type(error).__name__}: {error!s:.200}"
        yield Check(name, passed, f"{found} ({time.perf_counter() - start:.1f} s)")


def _compiled_code() -> tuple[bool, str]:
    from topotaxy import version
    from topotaxy.caching import compiled_code_folder

    package = Path(version.__file__).parent
    own = compiled_code_folder(package)
    where = os.environ.get("NUMBA_CACHE_DIR") or (str(own) if own is not None else "numba's own place")
    lasting = own is None or not str(own).startswith(tempfile.gettempdir())
    return True, f"kept in {where}" if lasting else f"kept in {where}, for this machine's uptime only"


def _space() -> tuple[bool, str]:
    free = shutil.disk_usage(Path.cwd()).free
    with tempfile.TemporaryFile(dir=Path.cwd()):
        pass
    return free > 100_000_000, f"this folder can be written, {free / 1e9:.1f} GB free"


def _handbook() -> tuple[bool, str]:
    from topotaxy.material import describe

    voltage = describe("NiO")["conversion_voltage"]["Na"]["Ni"]
    # (ΔfG NiO − ΔfG Na2O) / 2F with the CRC Handbook's -211.7 and -375.5 kJ/mol.
    right = (-211.7 + 375.5) / (2 * 96.485)
    return abs(voltage - right) < 0.03, f"NiO against Na: {voltage:.3f} V ({right:.3f} V by hand)"


def _lattice() -> tuple[bool, str]:
    from topotaxy.runs import simulate

    first, second = (
        simulate("NiO", ion="Na", cells=3, cycles=1, replicas=1, seed=5)["cycles"].to_dataset()
        for _ in range(2)
    )
    if not first.identical(second):
        return False, "the same seed gave two results"
    capacity = float(first["discharge_capacity"].values.ravel()[0])
    return (
        capacity > 0,
        f"same seed, same numbers; {capacity:.0f} mAh/g in the first discharge of a small box",
    )


def _dataset() -> tuple[bool, str]:
    import numpy as np
    import xarray as xr

    from topotaxy.results import read_dataset, write_dataset

    tree = xr.DataTree.from_dict({"/": xr.Dataset({"x": ("n", np.arange(5.0))})})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.nc"
        write_dataset(tree, path)
        same = bool(np.array_equal(read_dataset(path).to_dataset()["x"].values, np.arange(5.0)))
    return same, "written to netCDF and read again"


def _judgement() -> tuple[bool, str]:
    import numpy as np

    from topotaxy.evidence.inference import sequential_monte_carlo

    rng = np.random.default_rng(3)
    found = sequential_monte_carlo(
        lambda z: -0.5 * (z[:, 0] - 1.0) ** 2 / 0.25, rng.normal(size=(2000, 2)), rng
    ).log_evidence
    # A normal likelihood of width 1/2 at 1 against a standard normal: log N(1; 0, 1.25) less its own norm.
    right = 0.5 * np.log(0.25 / 1.25) - 0.5 / 1.25
    return abs(found - right) < 0.15, f"evidence of a known case {found:.2f} ({right:.2f} exactly)"


CHECKS: dict[str, Callable[[], tuple[bool, str]]] = {
    "compiled code": _compiled_code,
    "disk": _space,
    "handbook": _handbook,
    "reactive lattice": _lattice,
    "dataset": _dataset,
    "judge": _judgement,
}
