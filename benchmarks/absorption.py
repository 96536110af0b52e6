"""A foil by topotaxy and by Larch in one run: threshold, step, S02, distance, processor time of each part.

    python benchmarks/absorption.py cu_metal_rt.xdi feff0001.dat

The second file is a path of FEFF for Larch; topotaxy takes its own table. Larch has to be installed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path


def milliseconds(run: Callable[[], object], repeats: int = 10) -> float:
    """Return the processor time of a call, after one that is not counted."""
    run()
    start = time.process_time()
    for _ in range(repeats):
        run()
    return 1e3 * (time.process_time() - start) / repeats


def ours(path: Path) -> None:
    """Print topotaxy's numbers."""
    start = time.process_time()
    from topotaxy.measurement.absorption import models
    from topotaxy.measurement.absorption.background import exafs
    from topotaxy.measurement.absorption.formats import xdi
    from topotaxy.measurement.absorption.normalisation import normalised
    from topotaxy.measurement.absorption.options import AbsorptionOptions

    loading = time.process_time() - start
    (record,) = xdi.read(path, AbsorptionOptions())
    spectrum = normalised(record)
    wave = exafs(spectrum)
    fit = models.foil(wave, record.element)
    print(f"topotaxy: import {loading:.2f} s, E0 {spectrum.e0:.2f} eV, step {spectrum.step:.4f}")
    print(f"  S02 {fit.values['s02']:.3f}, distance over diffraction {fit.values['stretch']:.4f}")
    print(
        f"  normalise {milliseconds(lambda: normalised(record)):.1f} ms, background "
        f"{milliseconds(lambda: exafs(spectrum)):.1f} ms, fit "
        f"{milliseconds(lambda: models.foil(wave, record.element)):.1f} ms"
    )


def larchs(path: Path, feff: Path) -> None:
    """Print Larch's numbers."""
    from topotaxy.measurement.absorption.formats import xdi
    from topotaxy.measurement.absorption.options import AbsorptionOptions

    (record,) = xdi.read(path, AbsorptionOptions())
    start = time.process_time()
    from larch import Group
    from larch.fitting import param, param_group
    from larch.xafs import autobk, feffit, feffit_dataset, feffit_transform, feffpath, pre_edge

    loading = time.process_time() - start
    group = Group(energy=record.energy_ev.copy(), mu=record.absorption.copy())
    pre_edge(group)
    autobk(group, rbkg=1.0)
    scatter = feffpath(str(feff), s02="s02", e0="e0", deltar="dr", sigma2="v", degen=12)
    change = feffit_transform(kmin=3, kmax=13, kweight=[1, 2, 3], dk=1, window="hanning", rmin=1.6, rmax=2.8)

    def fit() -> object:
        start = {"s02": 0.9, "e0": 0.0, "dr": 0.0, "v": 0.008}
        parameters = param_group(**{name: param(value, vary=True) for name, value in start.items()})
        return feffit(parameters, feffit_dataset(data=group, transform=change, paths=[scatter]))

    found = fit().params  # type: ignore[attr-defined]
    print(f"larch: import {loading:.2f} s, E0 {group.e0:.2f} eV, step {group.edge_step:.4f}")
    print(f"  S02 {found['s02'].value:.3f}, distance less that of the path {found['dr'].value:+.4f} Å")
    print(
        f"  normalise {milliseconds(lambda: pre_edge(group)):.1f} ms, background "
        f"{milliseconds(lambda: autobk(group, rbkg=1.0), 5):.1f} ms, fit {milliseconds(fit, 5):.1f} ms"
    )


if __name__ == "__main__":
    ours(Path(sys.argv[1]))
    larchs(Path(sys.argv[1]), Path(sys.argv[2]))
