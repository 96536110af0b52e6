"""The lattice gas of the benchmark: the same energies in every code, and right probabilities."""

from __future__ import annotations

import itertools
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from topotaxy.lattice.geometry import geometry_from_cells

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "lattice_gas.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    specification = spec_from_file_location("lattice_gas", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = module_from_spec(specification)
    # The script's compiled functions are cached by the module's name.
    sys.modules["lattice_gas"] = module
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("content", [0.5, 0.98])
@pytest.mark.filterwarnings("ignore")
def test_icet_has_the_same_energy(benchmark: ModuleType, content: float) -> None:
    pytest.importorskip("icet")
    geometry = geometry_from_cells(4, block=4)
    occupied = benchmark.random_configuration(geometry.sites, content, np.random.default_rng(3))
    atoms, calculator = benchmark.icet_calculator(geometry, occupied)
    energy = calculator.calculate_total(occupations=atoms.numbers)
    assert energy == pytest.approx(benchmark.total_energy(geometry, occupied), abs=1e-9)


@pytest.mark.parametrize("content", [0.5, 0.98])
@pytest.mark.filterwarnings("ignore")
def test_smol_has_the_same_energy(benchmark: ModuleType, content: float) -> None:
    # Its wheels are compiled against one numpy, and do not load beside another.
    pytest.importorskip("smol.moca", reason="smol is not there, or does not load", exc_type=ImportError)
    geometry = geometry_from_cells(4, block=4)
    occupied = benchmark.random_configuration(geometry.sites, content, np.random.default_rng(4))
    ensemble, place, code = benchmark.smol_ensemble(geometry)
    energy = ensemble.processor.compute_property(benchmark.smol_occupancy(occupied, place, code))
    assert energy == pytest.approx(benchmark.total_energy(geometry, occupied), abs=1e-9)


def _exact_mean_bonds(benchmark: ModuleType, cells: int, vacancies: int) -> float:
    """Sum over every arrangement of a few vacancies."""
    geometry = geometry_from_cells(cells, block=cells)
    weights, bonds = [], []
    for empty in itertools.combinations(range(geometry.sites), vacancies):
        occupied = np.ones(geometry.sites, dtype=np.int8)
        occupied[list(empty)] = 0
        energy = benchmark.total_energy(geometry, occupied)
        bonds.append(energy / benchmark.PAIR_ENERGY)
        weights.append(np.exp(-energy / benchmark.THERMAL_ENERGY))
    return float(np.average(bonds, weights=weights))


def test_rejection_free_exchanges_give_the_exact_mean(benchmark: ModuleType) -> None:
    """Time-averaged bonds of 32 sites with three vacancies, against all 4,960 arrangements."""
    geometry = geometry_from_cells(2, block=2)
    rng = np.random.default_rng(5)
    gas = benchmark.new_gas(
        geometry, benchmark.random_configuration(geometry.sites, 29 / 32, np.random.default_rng(6))
    )
    benchmark.run_events(gas, 4, 1_000, rng)
    means = []
    for _ in range(40):
        clock, integral = benchmark.run_events(gas, 4, 20_000, rng)
        means.append(integral / clock)
    error = np.std(means, ddof=1) / np.sqrt(len(means))
    assert error < 0.01
    assert np.mean(means) == pytest.approx(_exact_mean_bonds(benchmark, 2, 3), abs=4 * error)


def test_counts_and_rates_stay_those_of_the_configuration(benchmark: ModuleType) -> None:
    geometry = geometry_from_cells(4, block=4)
    occupied = benchmark.random_configuration(geometry.sites, 0.5, np.random.default_rng(7))
    gas = benchmark.new_gas(geometry, occupied)
    benchmark.run_events(gas, 8, 5_000, np.random.default_rng(8))
    rebuilt = benchmark.new_gas(geometry, gas.occupied)
    assert gas.occupied.sum() == occupied.sum()
    assert (gas.around == rebuilt.around).all()
    assert np.array_equal(gas.tree, rebuilt.tree)
    assert gas.tree[1] > 0
