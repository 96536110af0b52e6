"""The kernel samples the Boltzmann distribution of the one Hamiltonian: exact small systems.

A single Ni among 31 cations that may not react, at a held voltage. Its valence and its A+ (at most two on
64 sites, moving freely) make 2,081 states, all of which are enumerated; where single metal atoms hop, its
atom is at any of 32 sites as well. Two metal atoms in a box of 32 sites: apart in 496 ways, or one
object in 32. And a vacancy among 31 ions with two A+ on any of 64 sites, which only hops of ions move.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pytest
from numba import njit
from sampling import margin

from topotaxy.energetics import BOLTZMANN, lattice_energies, lattice_kinetics
from topotaxy.lattice import kernel
from topotaxy.lattice.cation_hops import try_cation_hop
from topotaxy.lattice.compiled import by_address
from topotaxy.lattice.frame import rigid_frame
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.metal import lost_bonds
from topotaxy.lattice.regions import renew_sums
from topotaxy.lattice.running import state_from
from topotaxy.lattice.state import VACANT, Configuration, ionic_configuration
from topotaxy.lattice.tables import tables_from
from topotaxy.material import parse_formula

TEMPERATURE = 1500.0
VOLTAGE = 0.68
PARTS, BETWEEN_MOMENTS = 20, 18_000.0
"""Parts of a trajectory and their length: longer than the memory of the system, of about 100, so that parts
are independent samples."""


def _box(sulfur: int, **parameters: float):  # type: ignore[no-untyped-def]
    composition = parse_formula("Mg0.97Ni0.03O0.9S0.1")
    energies = lattice_energies(composition, "Na", TEMPERATURE, overrides=parameters)
    kinetics = lattice_kinetics(energies, {"O": 0.9, "S": 0.1}, overrides=parameters)
    geometry = geometry_from_cells(2)
    rng = np.random.default_rng(1)
    sites = geometry.sites
    species = np.zeros(sites, dtype=np.int8)
    species[5] = energies.species.index("Ni")
    anion = np.zeros(sites, dtype=np.int8)
    anion[rng.choice(sites, sulfur, replace=False)] = energies.anions.index("S")
    pristine = ionic_configuration(
        geometry,
        species,
        np.full(sites, 2, dtype=np.int8),
        np.zeros(2 * sites, dtype=np.int8),
        anion,
    )
    frame = rigid_frame(geometry, pristine)
    tables = tables_from(geometry, energies, kinetics, anion, frame, spacing=4.3, atomic_volume=11.0)
    only_nickel = np.array([el == "Ni" for el in energies.species], dtype=np.int8)
    return geometry, energies, pristine, tables._replace(reducible=only_nickel)


def _metal(c: Configuration, identity: int, centre: int, place: int) -> Configuration:
    """The atom of an identity as a single one."""
    species, valence, at = c.species.copy(), c.valence.copy(), c.identity.copy()
    metal_of, centres = c.metal_of.copy(), c.centre.copy()
    species[identity], valence[identity], at[identity] = VACANT, 0, -1
    metal_of[identity], centres[place] = place, centre
    return c._replace(species=species, valence=valence, identity=at, metal_of=metal_of, centre=centres)


def _states(pristine: Configuration) -> Iterator[tuple[int, Configuration]]:
    for electrons in (0, 1, 2):
        for occupied in combinations(range(64), electrons):
            valence, alkali = pristine.valence.copy(), pristine.alkali.copy()
            valence[5] -= electrons
            alkali[list(occupied)] = 1
            c = pristine._replace(valence=valence, alkali=alkali)
            yield electrons, _metal(c, 5, 5, 0) if electrons == 2 else c


@pytest.mark.parametrize(
    ("sulfur", "hopping", "direct"), [(4, False, 0.0), (0, True, 0.0), (4, False, 1.0), (0, True, 0.3)]
)
def test_kernel_samples_the_enumerated_distribution(sulfur: int, hopping: bool, direct: float) -> None:
    parameters = {"valence_stiffness": 2.0, "interface_ratio": 0.1, "monovalent_offset": 0.3}
    parameters["two_electron_factor"] = direct
    geometry, energies, pristine, tables = _box(sulfur, **parameters)
    kt = BOLTZMANN * TEMPERATURE
    electrons, levels = np.array([(n, energy(geometry, energies, c)) for n, c in _states(pristine)]).T
    # The energy of a single atom is the same everywhere.
    ways = np.where((electrons == 2) & hopping, geometry.sites, 1)
    sums = [(np.exp(-(levels - levels.min()) / kt) * ways)[electrons == n].sum() for n in (0, 2)]
    # Where none and two electrons are as likely.
    volts = 0.5 * kt * np.log(sums[1] / sums[0])
    grand = levels + electrons * volts
    weights = np.exp(-(grand - grand.min()) / kt) * ways
    share = [float(weights[electrons == n].sum() / weights.sum()) for n in (0, 1, 2)]
    assert min(share) > 0.03, "a state too rare to test"
    state = state_from(geometry, energies, tables, pristine)
    drive = kernel.Drive(1.0, -10.0, 1.0, hop_rate=0.02, metal_rate=0.5 if hopping else 0.0, held=volts)
    # One electron a bin, so that the trace keeps the time that each number was held.
    trace = kernel.empty_trace(4, len(energies.species))
    rng = np.random.default_rng(9)
    parts = np.zeros((PARTS, 3))
    for part in parts:
        before = trace.voltage_time[:3, 1].copy()
        until = float(trace.clock[0]) + BETWEEN_MOMENTS
        reason = kernel.run(tables, state, rng, drive._replace(limit=until), trace, 1.0, 1 << 40)
        assert reason == kernel.TIMED_OUT
        held = trace.voltage_time[:3, 1] - before
        part[:] = held / held.sum()
    for samples, exact in zip(parts.T, share, strict=True):
        # The start, which is no sample, counts for less than a thousandth.
        assert abs(samples.mean() - exact) < margin(samples) + 1e-3, (parts.mean(axis=0), share)
    assert max(margin(samples) for samples in parts.T) < 0.1, "too few events to tell"


def test_two_atoms_meet_and_part_as_their_energy_says() -> None:
    geometry, energies, pristine, tables = _box(0, interface_ratio=0.3)
    nickel = energies.species.index("Ni")
    species, element = pristine.species.copy(), pristine.element.copy()
    species[[5, 6]] = element[[5, 6]] = nickel
    start = _metal(_metal(pristine._replace(species=species, element=element), 5, 5, 0), 6, 20, 1)
    kt, bond = BOLTZMANN * TEMPERATURE, float(tables.bonds[nickel])
    apart = geometry.sites * (geometry.sites - 1) / 2 * np.exp(-12.0 * bond / kt)
    together = geometry.sites * np.exp(-2.0 * lost_bonds(2) * bond / kt)
    exact = together / (apart + together)
    assert 0.05 < exact < 0.95
    state = state_from(geometry, energies, tables, start, fastest=0.5)
    # At a voltage where nothing is oxidised within the time.
    drive = kernel.Drive(1.0, -10.0, 1e-30, metal_rate=0.5, held=VOLTAGE)
    rng = np.random.default_rng(4)
    parts = np.zeros(20)
    for part in range(20):
        for _ in range(400):
            trace = kernel.empty_trace(1, len(energies.species))
            kernel.run(tables, state, rng, drive._replace(limit=60.0), trace, 1e9, 1 << 40)
            parts[part] += float(state.size.max() == 2) / 400
    assert abs(parts.mean() - exact) < margin(parts) + 2e-3, (parts.mean(), exact)
    assert margin(parts) < 0.1


@by_address
@njit
def _hop_ions(tables, state, rng, trials, found):  # type: ignore[no-untyped-def]
    """Count, over trials, how many A+ are around the vacancy, and the hops by A+ that went with them."""
    for _ in range(trials):
        if try_cation_hop(tables, state, rng):
            found[3] += 1
            renew_sums(tables, state)
        vacancy, number = state.vacant_list[0], 0
        for direction in range(8):
            number += state.alkali[tables.octahedral_tetrahedra[vacancy, direction]]
        found[number] += 1


def test_hops_of_ions_sample_the_enumerated_distribution() -> None:
    geometry, energies, pristine, tables = _box(0, valence_stiffness=0.8)
    home = 5
    species, valence = pristine.species.copy(), pristine.valence.copy()
    species[home], valence[home] = VACANT, 0
    empty = ionic_configuration(geometry, species, valence, pristine.alkali, pristine.anion)
    kt, beside = BOLTZMANN * TEMPERATURE, set(geometry.octahedral_tetrahedra[home].tolist())
    # All sites of the vacancy are alike.
    levels, around = [], []
    for occupied in combinations(range(64), 2):
        alkali = pristine.alkali.copy()
        alkali[list(occupied)] = 1
        levels.append(energy(geometry, energies, empty._replace(alkali=alkali)))
        around.append(len(beside.intersection(occupied)))
    weights = np.exp(-(np.array(levels) - min(levels)) / kt)
    exact = np.bincount(around, weights=weights) / weights.sum()
    assert exact.min() > 0.03, exact
    alkali = pristine.alkali.copy()
    alkali[geometry.octahedral_tetrahedra[home][[0, 6]]] = 1
    nothing = tables._replace(reducible=np.zeros_like(tables.reducible))
    state = state_from(geometry, energies, nothing, empty._replace(alkali=alkali), voltage=VOLTAGE)
    rng, parts = np.random.default_rng(3), np.zeros((20, 4))
    for part in parts:
        _hop_ions(nothing, state, rng, 40_000, part)
    assert parts[:, 3].min() > 1000, "too few hops to tell"
    for samples, share in zip((parts[:, :3] / 40_000).T, exact, strict=True):
        assert abs(samples.mean() - share) < margin(samples) + 2e-3, (parts.mean(axis=0) / 40_000, exact)
    assert max(margin(samples / 40_000) for samples in parts[:, :3].T) < 0.1
