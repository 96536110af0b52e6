from __future__ import annotations

import numpy as np
import pytest
import spectrum_files as made

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import virtual
from topotaxy.measurement.absorption.combination import combined
from topotaxy.measurement.absorption.components import components, significance
from topotaxy.measurement.absorption.normalisation import normalised
from topotaxy.measurement.absorption.record import AbsorptionRecord

E = np.arange(8200.0, 8800.0, 0.3)


def shape(valence, shift=0.0):
    return virtual.edge_shape(E - 8333.0 - shift, {valence: 1.0})


def spectrum(values, *, noise=0.0, seed=0, label="made"):
    noisy = values + noise * np.random.default_rng(seed).normal(size=len(E))
    return normalised(
        AbsorptionRecord(
            source="s", format="f", label=label, energy_ev=E, absorption=noisy, element="Ni", edge="K",
            normalised=True,
        ),
        e0=8335.0,
    )  # fmt: skip


METAL, OXIDE = spectrum(shape(0.0), label="metal"), spectrum(shape(2.0), label="oxide")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.7, 1.0])
@pytest.mark.parametrize("shift", [0.0, 0.5, 2.0, -1.5])
def test_shares_are_found_whatever_the_drift_of_energies(share, shift):
    mixed = share * shape(0.0, shift) + (1.0 - share) * shape(2.0, shift)
    found = combined(spectrum(mixed), [METAL, OXIDE], np.random.default_rng(0), repeats=2)
    assert found.shares[0] == pytest.approx(share, abs=0.006)
    assert found.shift_ev == pytest.approx(shift, abs=0.06)
    assert found.sum == pytest.approx(1.0, abs=0.01)


def test_a_drift_that_is_not_fitted_costs_shares():
    mixed = 0.35 * shape(0.0, 2.0) + 0.65 * shape(2.0, 2.0)
    rng = np.random.default_rng(0)
    fixed = combined(spectrum(mixed), [METAL, OXIDE], rng, fit_shift=False, repeats=2)
    assert abs(fixed.shares[0] - 0.35) > 0.03


def test_bootstrap_errors_cover_the_truth():
    inside = 0
    for seed in range(60):
        one = spectrum(0.4 * shape(0.0) + 0.6 * shape(2.0), noise=0.01, seed=seed)
        found = combined(one, [METAL, OXIDE], np.random.default_rng(seed), repeats=30)
        inside += abs(found.shares[0] - 0.4) <= 2.0 * found.errors[0]
    # 95 % of 60 with a risk below 1e-4 of a fair one failing.
    assert inside >= 48


def test_one_standard_is_no_combination():
    with pytest.raises(InputError, match="two standards"):
        combined(OXIDE, [METAL], np.random.default_rng(0))


@pytest.mark.parametrize("species", [1, 2, 3])
def test_the_number_of_species_of_a_mixture_is_found(species):
    parts = [shape(0.0), shape(2.0), 0.5 * shape(4.0) + 0.5 * shape(0.0, 12.0)][:species]
    rng = np.random.default_rng(3)
    series = [
        spectrum(
            sum(w * p for w, p in zip(rng.dirichlet(np.ones(species)), parts, strict=True)),
            noise=0.002,
            seed=n,
        )
        for n in range(12)
    ]
    found = components(series)
    assert found.count == species
    assert not found.drifts


def test_energies_that_drift_are_no_species():
    rng = np.random.default_rng(4)
    series = [spectrum(shape(2.0, float(rng.normal(0.0, 0.3))), noise=0.001, seed=n) for n in range(12)]
    found = components(series)
    assert found.drifts
    assert found.count <= 2


def test_eigenvalues_of_noise_are_not_significant():
    rng = np.random.default_rng(5)
    above = 0
    for _ in range(40):
        noise = rng.normal(size=(12, 200))
        above += significance(np.linalg.svd(noise, compute_uv=False) ** 2, 12, 200)[0] < 0.05
    # 5 % by the test's own measure; Poisson with mean 2 exceeds 9 once in 20,000.
    assert above <= 9


def test_few_spectra_do_not_tell_species():
    with pytest.raises(InputError, match="four spectra"):
        components([METAL, OXIDE])


def test_the_operando_series_of_nickel(real_spectrum):
    """Its half step rises as it is charged, evenly: 8344.77 to 8346.2 eV by the files' own normalisation."""
    from topotaxy.measurement.absorption.formats import columns
    from topotaxy.measurement.absorption.options import AbsorptionOptions
    from topotaxy.measurement.absorption.spectra import positions

    series = []
    for number in (1, 12, 24, 36, 48, 58):
        path = real_spectrum(f"operando/norm_op2_cell4_pos1_dq1_{number:04d}_av240_00001.txt")
        series.append(normalised(columns.read(path, AbsorptionOptions())[0]))
    half = [positions(one)["half step"].energy_ev for one in series]
    assert np.all(np.diff(half) > 0.0)
    assert half[0] == pytest.approx(8344.77, abs=0.15)
    assert half[-1] == pytest.approx(8346.2, abs=0.15)
    assert components(series).count >= 2
    assert made.THRESHOLD == 8333.0
