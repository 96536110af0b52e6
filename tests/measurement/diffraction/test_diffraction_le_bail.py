"""Le Bail fits: the cell without atoms, intensities that texture has changed, real standards."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from test_diffraction_formats import read, shared
from test_diffraction_rietveld import TUBE, X

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.le_bail import fit_cells, profiles, shared_out
from topotaxy.measurement.diffraction.observed import observed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import Powder, Values, powder
from topotaxy.measurement.diffraction.preparing import beam, prepared
from topotaxy.measurement.diffraction.rietveld import refine_phases

ZINCITE = "ZnO=cell:P 63 m c:3.251 5.21"
TRUE = {"a": 3.2495, "c": 5.2069}


def textured(seed: int, counts: float = 5000.0) -> tuple[Data, Powder, Values]:
    """Counts of zincite whose intensities are anybody's guess: a factor of 0.1 to 10 each."""
    model = powder(X, TUBE, [phase("zincite")])
    rng = np.random.default_rng(seed)
    own = model.phases[0].multiplicity * model.phases[0].squared()
    model = replace(model, intensities=(own * 10.0 ** rng.uniform(-1.0, 1.0, len(own)),))
    values = model.start() | {Key("W"): 0.006, Key("displacement"): 0.02, Key("axial"): 0.02}
    values |= {Key("size", "zincite"): 0.05, Key("strain", "zincite"): 0.08}
    pattern = model.pattern(values).sum(axis=0)
    factor = counts / pattern.max()
    values[Key("scale", "zincite")] = factor
    mean = factor * pattern + 0.04 * counts * (1.2 - (X - X[0]) / (X[-1] - X[0]))
    y = np.random.default_rng(seed + 100).poisson(mean).astype(float)
    return Data(x=X, y=y, per_count=np.ones(len(X))), model, values


QUICK = Options(le_bail=("all",), background_terms=4, spread=False)


def test_the_cell_comes_back_without_atoms_and_with_any_intensities() -> None:
    """Twelve deviates, pairwise correlated at most: their mean square stays below its 1e-4 limit."""
    z = []
    for seed in range(6):
        data, _, _ = textured(seed)
        fit = fit_cells(data, TUBE, [phase(ZINCITE)], QUICK).fit
        for kind, truth in TRUE.items():
            key = Key(kind, "ZnO")
            z.append((fit.values[key] - truth) / (fit.uncertainty(key) or math.nan))
            assert fit.values[key] == pytest.approx(truth, rel=2e-4)
    assert np.mean(np.square(z)) < 3.5


def test_intensities_are_those_that_made_the_pattern() -> None:
    """Areas of reflections that stand alone, against Poisson's law of their counts and background."""
    data, model, values = textured(1, 20000.0)
    result = fit_cells(data, TUBE, [phase(ZINCITE)], QUICK)
    found = result.fit.model.intensities[0]
    truth = model.intensities[0]
    assert found is not None
    assert truth is not None
    rows = {tuple(h): k for k, h in enumerate(result.fit.model.phases[0].hkl.tolist())}
    centre = model.peaks(0, values).centre[: len(truth)]
    compared = 0
    for k, hkl in enumerate(model.phases[0].hkl.tolist()):
        apart = np.abs(np.delete(centre, k) - centre[k]).min()
        if apart < 1.0 or not X[0] + 1.0 < centre[k] < X[-1] - 1.0:
            continue
        expected = truth[k] * values[Key("scale", "zincite")]
        counts = expected * float(profiles(model, 0, values)[k].sum())
        noise = math.sqrt(counts + 0.05 * 20000.0 * 40) / counts
        # Widths and background are fitted too: 2 % besides what counting says.
        assert found[rows[tuple(hkl)]] / expected == pytest.approx(1.0, abs=5.0 * noise + 0.02)
        compared += 1
    assert compared >= 6


def test_a_structure_misled_by_texture_fits_worse_than_free_intensities() -> None:
    data, _, _ = textured(2)
    by_structure = refine_phases(data, TUBE, [phase("zincite")], Options(spread=False))
    free = fit_cells(data, TUBE, [phase("zincite")], QUICK)
    assert free.fit.goodness == pytest.approx(1.0, abs=0.15)
    assert by_structure.fit.goodness > 3.0 * free.fit.goodness


def test_sharing_keeps_the_counts() -> None:
    """At the end of sharing out, what is calculated sums to what is observed: the law of each step."""
    x = np.arange(10.0, 30.0, 0.02)
    table = np.array([np.exp(-0.5 * ((x - c) / 0.1) ** 2) for c in (15.0, 20.0, 24.0)])
    mean = np.array([300.0, 20.0, 0.0]) @ table + 10.0
    y = np.random.default_rng(3).poisson(mean).astype(float)
    data = Data(x=x, y=y, per_count=np.ones(len(x)))
    (found,), background = shared_out(data, [table], [np.ones(3)], np.zeros(len(x)), chebyshev(x, 1), 400)
    assert (found >= 0.0).all()
    assert found[0] == pytest.approx(300.0, abs=5 * math.sqrt(300.0 / 12.5))
    assert found[1] == pytest.approx(20.0, abs=5 * math.sqrt(30.0 / 12.5))
    assert found[2] < 5 * math.sqrt(10.0 / 12.5)
    assert (found @ table + background).sum() == pytest.approx(y.sum(), rel=0.01)


def test_reflections_at_one_place_keep_their_ratio() -> None:
    x = np.arange(10.0, 20.0, 0.02)
    row = np.exp(-0.5 * ((x - 15.0) / 0.1) ** 2)
    data = Data(x=x, y=100.0 * row + 5.0, per_count=np.ones(len(x)))
    (found,), _ = shared_out(
        data, [np.array([row, row])], [np.array([1.0, 3.0])], np.zeros(len(x)), chebyshev(x, 1), 200
    )
    assert found[1] / found[0] == pytest.approx(3.0)
    assert found.sum() == pytest.approx(100.0, rel=0.01)


def test_a_phase_with_a_structure_stands_beside_one_without() -> None:
    data, _, _ = textured(4)
    corundum = phase("corundum")
    other = powder(X, TUBE, [corundum])
    values = other.start() | {Key("W"): 0.006, Key("displacement"): 0.02, Key("axial"): 0.02}
    values |= {Key("size", "corundum"): 0.05, Key("strain", "corundum"): 0.05}
    pattern = other.pattern(values)[0]
    extra = np.random.default_rng(9).poisson(2000.0 * pattern / pattern.max())
    mixed = replace(data, y=data.y + extra)
    options = QUICK.model_copy(update={"le_bail": ("ZnO",)})
    result = fit_cells(mixed, TUBE, [phase(ZINCITE), corundum], options)
    assert result.fit.values[Key("a", "ZnO")] == pytest.approx(TRUE["a"], rel=2e-4)
    assert result.fit.values[Key("a", "corundum")] == pytest.approx(4.7589, rel=2e-4)
    scale = result.fit.values[Key("scale", "corundum")] * pattern.max() / 2000.0
    assert scale == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("wanted", "given", "message"),
    [
        (("nothing",), "zincite", "none of the phases"),
        ((), ZINCITE, "no atoms"),
    ],
)
def test_names_that_are_no_phases_and_phases_without_atoms_are_refused(
    wanted: tuple[str, ...], given: str, message: str
) -> None:
    from test_diffraction_complaints import pattern

    with pytest.raises(InputError, match=message):
        observed([pattern()], Options(phases=(given,), le_bail=wanted))


@pytest.mark.parametrize(
    "text",
    ["cell:P m -3 m:", "cell:P m -3 m:4 5", "cell:P 99:4", "cell:P m -3 m:far", "cell:P m -3 m:0.1", "cell:"],
)
def test_cells_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        phase(text)


def test_a_bare_cell_has_the_angles_of_its_system() -> None:
    assert phase("x=cell:P 63 m c:3.25 5.21").cell == (3.25, 3.25, 5.21, 90.0, 90.0, 120.0)
    assert phase("x=cell:R -3 c:H:4.76 12.99").cell == (4.76, 4.76, 12.99, 90.0, 90.0, 120.0)
    assert phase("x=cell:P 1 21/c 1:5 6 7 95").cell == (5.0, 6.0, 7.0, 90.0, 95.0, 90.0)
    assert phase("x=cell:F m -3 m:4.19").cell == (4.19, 4.19, 4.19, 90.0, 90.0, 90.0)


def test_observables_of_a_le_bail_fit_are_cells_and_no_shares() -> None:
    from test_diffraction_complaints import pattern

    options = Options(
        phases=("rock salt=cell:F m -3 m:4.21",), le_bail=("all",), background_terms=4, spread=False
    )
    found = observed([pattern()], options)
    (cell,) = [o for o in found.observables if o.quantity == "lattice_parameter"]
    assert cell.value == pytest.approx(4.20, abs=1e-3)
    assert "Le Bail" in cell.method
    assert not [o for o in found.observables if o.quantity == "phase_fraction"]
    assert "le_bail" in found.absent["made"]["phase_fraction"]


def test_lab6_of_nist_by_le_bail_and_by_its_structure_have_one_cell() -> None:
    options = Options(emission="Cu Ka", monochromator=26.6, axis_start=20.0, le_bail=("all",))
    (record,) = read(
        shared("diffraction/NIST660CBI.gsas"), emission="Cu Ka", monochromator=26.6, axis_start=20.0
    )
    rays, _ = beam(record, options)
    result = fit_cells(prepared(record, options).data, rays, [phase("LaB6=cell:P m -3 m:4.157")], options)
    a, statistical, systematic = result.cell(Key("a", "LaB6"))
    assert abs(a / 4.156826 - 1.0) < 1.5e-4
    assert abs(a - 4.156826) < 1.96 * math.hypot(statistical, systematic)
