"""Flips of blocks sample the Boltzmann distribution of the one Hamiltonian: all states of a small box.

Eight blocks of an oxide in which nothing reacts, one of them with a Co and a Ni already metal.
A block is in the frame or out of it, and back in the frame the two atoms may have changed
places: 384 states, all enumerated.
"""

from __future__ import annotations

import dataclasses
import math
from itertools import product

import numpy as np
from sampling import margin

from topotaxy.energetics import BOLTZMANN, coherency_energies, lattice_energies
from topotaxy.lattice import kernel
from topotaxy.lattice.frame import frame_of
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import coherent_configuration
from topotaxy.lattice.tables import tables_from
from topotaxy.material import parse_formula

TEMPERATURE = 1500.0


def _system():  # type: ignore[no-untyped-def]
    composition = parse_formula("Mg0.9Co0.05Ni0.05O")
    energies = lattice_energies(composition, "Na", TEMPERATURE, overrides={"interface_ratio": 0.1})
    geometry = geometry_from_cells(4)
    coherency = coherency_energies(composition, "Na", TEMPERATURE)
    frame = frame_of(coherency, geometry, composition, energies, nucleation_factor=0.3)
    # Faces of about kT, so that every number of blocks out of the frame occurs.
    frame = dataclasses.replace(frame, interface=0.05, surface=1e-3, elastic=0.01)
    species = np.full(geometry.sites, energies.species.index("Mg"), dtype=np.int8)
    valence = np.full(geometry.sites, 2, dtype=np.int8)
    alkali = np.zeros(2 * geometry.sites, dtype=np.int8)
    first = 3
    second = next(j for j in geometry.octahedral_octahedra[first] if j < geometry.sites_per_block)
    species[[first, second]] = [energies.species.index(el) for el in ("Co", "Ni")]
    valence[[first, second]] = 0
    for site in (first, second):
        free = [t for t in geometry.octahedral_tetrahedra[site] if not alkali[t]]
        alkali[free[:2]] = 1
    anion = np.zeros(geometry.sites, dtype=np.int8)
    start = coherent_configuration(geometry, species, valence, alkali, anion)
    return geometry, energies, frame, start, [first, second]


def _exact(geometry, energies, frame, start, pair, strain):  # type: ignore[no-untyped-def]
    kt = BOLTZMANN * TEMPERATURE
    levels, out, first_out = [], [], []
    for gone in product((0, 1), repeat=geometry.blocks):
        incoherent = np.array(gone, dtype=np.int8)
        for swapped in (0, 1) if not gone[0] else (0,):
            c = start._replace(incoherent=incoherent)
            if gone[0]:
                species, identity = c.species.copy(), c.identity.copy()
                valence, pooled = c.valence.copy(), c.pooled.copy()
                species[pair], identity[pair] = -1, -1
                pooled[pair] = 0
                c = c._replace(species=species, identity=identity, valence=valence, pooled=pooled)
            elif swapped:
                species, identity = c.species.copy(), c.identity.copy()
                species[pair], identity[pair] = species[pair[::-1]], identity[pair[::-1]]
                c = c._replace(species=species, identity=identity)
            mixing = kt * math.log(2.0) if gone[0] else 0.0
            levels.append(energy(geometry, energies, c, frame, strain) - mixing)
            out.append(sum(gone))
            first_out.append(gone[0])
    weights = np.exp(-(np.array(levels) - min(levels)) / kt)
    weights /= weights.sum()
    return np.bincount(out, weights), float(weights @ np.array(first_out))


def test_flips_sample_the_enumerated_distribution() -> None:
    geometry, energies, frame, start, pair = _system()
    tables = tables_from(geometry, energies, start.anion, frame)
    # The content of the frame would change its strain with every flip; held here.
    tables = tables._replace(growth=0.0)
    state = state_from(geometry, energies, tables, start)
    exact, first = _exact(geometry, energies, frame, start, pair, 0.0)
    drive = kernel.Drive(1.0, -10.0, 1e-30, 0.0, 0.0, held=0.7, flip_rate=1.0, ceiling=0.0)
    trace = kernel.empty_trace(2, len(energies.species))
    rng = np.random.default_rng(4)
    shares = np.zeros((20, geometry.blocks + 1))
    gone = np.zeros(20)
    per_part = 2500
    for part in range(20):
        for _ in range(per_part):
            kernel.run(tables, state, rng, drive, trace, 1.0, 4)
            shares[part, int(state.incoherent.sum())] += 1.0 / per_part
            gone[part] += state.incoherent[0] / per_part
    for samples, expected in zip(shares.T, exact, strict=True):
        assert abs(samples.mean() - expected) < margin(samples) + 2e-3, (shares.mean(axis=0), exact)
        assert margin(samples) < 0.1, "too few trials to tell"
    assert abs(gone.mean() - first) < margin(gone) + 2e-3
    assert 0.02 < first < 0.98, "a block that never flips tests nothing"
    assert (exact > 0.02).sum() >= 3
    seated = np.sort(configuration_of(state).identity[configuration_of(state).identity >= 0])
    pooled = np.flatnonzero(configuration_of(state).pooled >= 0)
    assert len(seated) + len(pooled) == geometry.sites
