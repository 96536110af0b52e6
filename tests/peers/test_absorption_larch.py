"""Larch on the same spectra, where it is installed (``pip install xraylarch``; it brings 2 GB)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from topotaxy.measurement.absorption.background import exafs
from topotaxy.measurement.absorption.fitting import Range, Task, fitted
from topotaxy.measurement.absorption.normalisation import Ranges, normalised
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.absorption.scattering import PathTable, shell
from topotaxy.measurement.absorption.shells import Parameter, Shell
from topotaxy.measurement.absorption.transform import K_STEP, forward, window

larch = pytest.importorskip("larch", reason="xraylarch is not installed")
pytestmark = pytest.mark.filterwarnings("default")

DATA = (
    Path(os.environ.get("TOPOTAXY_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "absorption"
)
FOILS = {"cu_metal_rt.xdi": "Cu", "Ni_metal_rt_01.xdi": "Ni", "co_metal_rt.xdi": "Co"}


def spectrum(name: str, element: str) -> AbsorptionRecord:
    from topotaxy.measurement.absorption.formats import xdi
    from topotaxy.measurement.absorption.options import AbsorptionOptions

    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not in {DATA}; set TOPOTAXY_DATA")
    return xdi.read(path, AbsorptionOptions(element=element))[0]


def larch_group(record: AbsorptionRecord, e0: float):
    from larch import Group
    from larch.xafs import autobk, pre_edge

    group = Group(energy=record.energy_ev.copy(), mu=record.absorption.copy())
    pre_edge(group, e0=e0, pre1=-150, pre2=-30, norm1=100, norm2=record.energy_ev[-1] - e0, nnorm=2)
    autobk(group, e0=e0, rbkg=1.0, kweight=2, clamp_lo=0, clamp_hi=1)
    return group


def ours(record: AbsorptionRecord, e0: float):
    end = float(record.energy_ev[-1]) - e0
    normal = normalised(record, e0=e0, ranges=Ranges(pre=(-150.0, -30.0), post=(100.0, end), degree=2))
    return normal, exafs(normal, weight=2)


@pytest.mark.parametrize("kind", ["hanning", "parzen", "welch", "sine", "gaussian", "kaiser"])
def test_windows_and_transforms_are_those_of_larch(kind):
    from larch.xafs.xafsft import ftwindow, xftf_fast

    k = K_STEP * np.arange(300)
    theirs = ftwindow(k, xmin=3, xmax=12, dx=1, window=kind)
    # Larch puts ends on grid points and takes one point less for granted.
    np.testing.assert_allclose(window(k, 3.0, 12.0, 1.0, kind), theirs, atol=0.02)
    chi = np.sin(5.0 * k) * np.exp(-0.02 * k**2)
    whole = xftf_fast(chi * theirs * k**2)[:1024]
    np.testing.assert_allclose(
        np.abs(forward(k, chi, low=3, high=12, kind=kind))[:300],
        np.abs(whole)[:300],
        atol=0.02 * np.abs(whole).max(),
    )


@pytest.mark.parametrize("name", sorted(FOILS))
def test_threshold_step_and_wave_agree(name):
    from larch.xafs import find_e0

    record = spectrum(name, FOILS[name])
    e0 = float(find_e0(record.energy_ev, record.absorption))
    normal, wave = ours(record, e0)
    group = larch_group(record, e0)
    assert normal.step == pytest.approx(group.edge_step, rel=0.02)
    count = min(len(wave.k), len(group.k))
    inside = (wave.k[:count] > 3.0) & (wave.k[:count] < 12.0)
    weighted = wave.k[:count] ** 2
    left = (wave.chi[:count] - group.chi[:count]) * weighted
    assert np.sqrt(np.mean(left[inside] ** 2)) < 0.05 * np.std((group.chi[:count] * weighted)[inside])


def table_of(path: Path, element: str) -> PathTable:
    lines = path.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "real[2*phc]" in line)
    distance = float(next(line for line in lines if "nleg, deg, reff" in line).lstrip("#").split()[2])
    k, central, size, phase, reduction, free, momentum = np.array(
        [[float(v) for v in line.split()] for line in lines[start + 1 :] if len(line.split()) == 7]
    ).T
    return PathTable(
        absorber=element,
        neighbour=element,
        environment="metal",
        distance=distance,
        k=k,
        phase=central + phase,
        amplitude=size * reduction,
        mean_free_path=free,
        momentum=momentum,
    )


def copper_path() -> Path:
    path = DATA / "feff_Cu" / "feff0001.dat"
    if not path.exists():
        pytest.skip(f"{path.name} is not in {path.parent}; set TOPOTAXY_DATA")
    return path


def test_a_shell_is_that_of_larch():
    from larch.xafs import feffpath

    path = copper_path()
    theirs = feffpath(
        str(path), s02=0.9, e0=2.5, deltar=0.012, sigma2=0.008, third=1e-4, fourth=2e-5, degen=12
    )
    theirs.calc_chi_from_params = None
    theirs._calc_chi()
    table = table_of(path, "Cu")
    k = theirs.k
    mine = shell(
        table,
        k,
        count=12.0,
        distance=table.distance + 0.012,
        variance=0.008,
        s02=0.9,
        e0_shift=2.5,
        third=1e-4,
        fourth=2e-5,
    )
    middle = (k > 2.0) & (k < 15.0)
    np.testing.assert_allclose(mine[middle], theirs.chi[middle], atol=0.01 * np.abs(theirs.chi[middle]).max())


@pytest.mark.parametrize("own_wave", [True, False], ids=["whole", "fit-alone"])
def test_the_fit_of_copper_agrees_on_the_same_range(own_wave, monkeypatch):
    from larch import Group
    from larch.fitting import param, param_group
    from larch.xafs import feffit, feffit_dataset, feffit_transform, feffpath, find_e0

    from topotaxy.measurement.absorption import shells
    from topotaxy.measurement.absorption.background import Exafs

    record = spectrum("cu_metal_rt.xdi", "Cu")
    e0 = float(find_e0(record.energy_ev, record.absorption))
    group = larch_group(record, e0)
    parameters = param_group(
        s02=param(0.9, vary=True),
        e0=param(0.0, vary=True),
        dr=param(0.0, vary=True),
        v=param(0.008, vary=True),
    )
    path = feffpath(str(copper_path()), s02="s02", e0="e0", deltar="dr", sigma2="v", degen=12)
    change = feffit_transform(kmin=3, kmax=13, kweight=[1, 2, 3], dk=1, window="hanning", rmin=1.6, rmax=2.8)
    data = Group(k=group.k, chi=group.chi)
    theirs = feffit(parameters, feffit_dataset(data=data, transform=change, paths=[path])).params

    table = table_of(copper_path(), "Cu")
    monkeypatch.setattr(shells, "path_table", lambda *names: table)
    _, wave = ours(record, e0)
    if not own_wave:
        wave = Exafs(k=group.k, chi=group.chi, e0=e0, energy_ev=group.k, background=group.k, step_error=0.0)
    one = Shell(
        absorber="Cu",
        neighbour="Cu",
        environment="metal",
        count=12.0,
        distance="r",
        variance="v",
        e0_shift="e",
        s02="s",
    )
    at = table.distance
    fit = fitted(
        [Task(data=wave, shells=(one,), range=Range(k=(3.0, 13.0), r=(1.6, 2.8)))],
        {
            "r": Parameter(start=at, low=at - 0.2, high=at + 0.2),
            "v": Parameter(start=0.008, low=0.001, high=0.03),
            "e": Parameter(start=0.0, low=-15.0, high=15.0),
            "s": Parameter(start=0.9, low=0.3, high=1.5),
        },
    )
    print(f"S02 {fit.values['s']:.4f}, Larch {theirs['s02'].value:.4f}")
    print(f"R {fit.values['r'] - at:+.4f}, Larch {theirs['dr'].value:+.4f}")
    assert fit.values["s"] == pytest.approx(theirs["s02"].value, rel=0.02)
    assert fit.values["r"] - at == pytest.approx(theirs["dr"].value, abs=0.002)
    assert fit.values["v"] == pytest.approx(theirs["v"].value, abs=2e-4)
