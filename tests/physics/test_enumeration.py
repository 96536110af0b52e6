"""The kernel samples the Boltzmann distribution of the one Hamiltonian: exact small systems.

A single Ni among 31 cations that may not react, at a held voltage. Its valence and its A+
(at most two on 64 sites, moving freely) make 2,081 states, all of which are enumerated. Where
Ni may also trade places, all sites of the oxide are alike and the same states suffice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from sampling import margin

from topotaxy.energetics import BOLTZMANN, lattice_energies
from topotaxy.lattice import kernel
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import Configuration, coherent_configuration
from topotaxy.lattice.tables import tables_from
from topotaxy.material import parse_formula

TEMPERATURE = 1500.0
VOLTAGE = 0.68
PARTS, MOMENTS, BETWEEN_MOMENTS = 20, 60, 300.0
"""Parts of a trajectory, moments in each, and the time between them: longer than the memory of the system,
of about 100, so that parts are independent samples."""


def _lone_nickel(sulfur: int):  # type: ignore[no-untyped-def]
    composition = parse_formula("Mg0.97Ni0.03O0.9S0.1")
    energies = lattice_energies(
        composition, "Na", TEMPERATURE, overrides={"valence_stiffness": 2.0, "interface_ratio": 0.1}
    )
    geometry = geometry_from_cells(2)
    rng = np.random.default_rng(1)
    sites = geometry.sites
    species = np.zeros(sites, dtype=np.int8)
    species[5] = energies.species.index("Ni")
    anion = np.zeros(sites, dtype=np.int8)
    anion[rng.choice(sites, sulfur, replace=False)] = energies.anions.index("S")
    pristine = coherent_configuration(
        geometry,
        species,
        np.full(sites, 2, dtype=np.int8),
        np.zeros(2 * sites, dtype=np.int8),
        anion,
    )
    tables = tables_from(geometry, energies, anion)
    only_nickel = np.array([2 if el == "Ni" else 0 for el in energies.species], dtype=np.int8)
    return geometry, energies, pristine, tables._replace(highest_valence=only_nickel)


def _states(pristine: Configuration) -> Iterator[tuple[int, Configuration]]:
    for electrons in (0, 1, 2):
        for occupied in combinations(range(64), electrons):
            valence, alkali = pristine.valence.copy(), pristine.alkali.copy()
            valence[5] -= electrons
            alkali[list(occupied)] = 1
            yield electrons, pristine._replace(valence=valence, alkali=alkali)


def _exact(geometry, energies, pristine):  # type: ignore[no-untyped-def]
    kt = BOLTZMANN * TEMPERATURE
    table = [(n, energy(geometry, energies, c)) for n, c in _states(pristine)]
    electrons, levels = np.array(table).T
    grand = levels + electrons * VOLTAGE
    weights = np.exp(-(grand - grand.min()) / kt)
    weights /= weights.sum()
    share = [float(weights[electrons == n].sum()) for n in (0, 1, 2)]
    return share, float((weights * levels).sum())


def _sampled(system, hop_rate: float, exchange_rate: float):  # type: ignore[no-untyped-def]
    """Shares of zero, one and two electrons over time, and the mean energy at moments: (parts, 4)."""
    geometry, energies, pristine, tables = system
    state = state_from(geometry, energies, tables, pristine)
    drive = kernel.Drive(1.0, -10.0, 1.0, hop_rate, exchange_rate, VOLTAGE)
    # One electron a bin, so that the trace keeps the time that each number was held.
    trace = kernel.empty_trace(4, len(energies.species))
    rng = np.random.default_rng(9)
    found = np.zeros((PARTS, 4))
    known: dict[tuple[bytes, ...], float] = {}
    for part in found:
        before = trace.voltage_time[:3, 1].copy()
        for _ in range(MOMENTS):
            until = float(trace.clock[0]) + BETWEEN_MOMENTS
            reason = kernel.run(tables, state, rng, drive._replace(limit=until), trace, 1.0, 1 << 40)
            assert reason == kernel.TIMED_OUT
            c = (state.valence.tobytes(), state.alkali.tobytes(), state.species.tobytes())
            if c not in known:
                known[c] = energy(geometry, energies, configuration_of(state))
            part[3] += known[c] / MOMENTS
        held = trace.voltage_time[:3, 1] - before
        part[:3] = held / held.sum()
    return found


@pytest.mark.parametrize(("sulfur", "exchange_rate"), [(4, 0.0), (0, 0.02)])
def test_kernel_samples_the_enumerated_distribution(sulfur: int, exchange_rate: float) -> None:
    system = _lone_nickel(sulfur)
    share, mean = _exact(*system[:3])
    assert min(share) > 0.1, "a state too rare to test"
    parts = _sampled(system, 0.02, exchange_rate)
    for samples, exact in zip(parts.T, [*share, mean], strict=True):
        # The start, which is no sample, counts for less than a thousandth.
        assert abs(samples.mean() - exact) < margin(samples) + 1e-3, (parts.mean(axis=0), share, mean)
    assert max(margin(samples) for samples in parts.T[:3]) < 0.1, "too few events to tell"
