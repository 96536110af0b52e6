"""The common fcc lattice gas: topotaxy's rejection-free selection beside icet and smol.

Run with: python benchmarks/lattice_gas.py [CELLS ...]. A on an fcc lattice of N = 4 CELLS³
sites, with an energy for every nearest-neighbour pair A-A and none else; B (or vacancies)
fill the rest. The number of A never changes. What is timed:

* ``tree``: rejection-free kinetic Monte Carlo of nearest-neighbour exchanges at the rate
  exp(-ΔE/2kT), an event being drawn from the binary tree of :mod:`topotaxy.lattice.places`;
* ``loop``: Metropolis swaps of any two unlike atoms, as icet and smol do them, compiled;
* ``icet`` and ``smol``: their own canonical Metropolis swaps, where they are installed.

An event and a trial are not the same thing. An event always changes the lattice and carries
a time, but moves an atom by one neighbour distance, so it decorrelates the lattice less than
an accepted swap over any distance does. A trial may be rejected. Only ``loop``, ``icet`` and
``smol`` do the same; ``tree`` is set beside them as changes of the lattice per second.

Times are of the thread, best of three, and exclude setting up, which stands in its own column.
smol is left out above 16,384 sites: its set-up compares every site with every other.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
from numba import njit

# smol opens a team of threads for every trial otherwise, which makes it slower, not faster.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from topotaxy.energetics import BOLTZMANN
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.places import drawn_leaf, leaves_of, set_leaf

PAIR_ENERGY = -0.02
"""Energy of a pair A-A, eV: an arbitrary choice, the same for all."""

THERMAL_ENERGY = BOLTZMANN * 600.0
"""kT, eV: just above the temperature at which the half-filled lattice would separate."""

CONTENTS = {"half filled": 0.5, "2 % vacancies": 0.98}
"""Share of the sites that A occupies."""

LATTICE_PARAMETER = 4.0
"""Å; only tells the peers which neighbours are nearest."""

SWEEPS = 30
"""Trials per site before anything is timed, the same start for all."""

EVENTS = 200_000
TRIALS = 1_000_000
MOST_PEER_TRIALS = 8_000_000
"""Trials of a peer times sites: its trials cost more the more sites there are."""

MOST_SMOL_SITES = 16_384
BEST_OF = 3


class Speed(NamedTuple):
    """Trials per second, and of those the ones that change the lattice; seconds of setting up."""

    trials: float
    changes: float
    setup: float


# --- the lattice gas itself


def total_energy(geometry: Geometry, occupied: np.ndarray) -> float:
    """Return the energy of a configuration, eV; ``occupied`` (n,) is 1 where A is."""
    pairs = (occupied[:, None] * occupied[geometry.octahedral_octahedra]).sum() / 2
    return PAIR_ENERGY * float(pairs)


def random_configuration(sites: int, content: float, rng: np.random.Generator) -> np.ndarray:
    """Return an arrangement, (n,) int8, of ``content`` times ``sites`` A."""
    occupied = np.zeros(sites, dtype=np.int8)
    occupied[rng.permutation(sites)[: round(content * sites)]] = 1
    return occupied


@njit(cache=True)
def metropolis(neighbours, occupied, a_sites, b_sites, pair_energy, kt, trials, rng):
    """Try swaps of a random A with a random B; return how many were accepted."""
    accepted = 0
    for _ in range(trials):
        p, q = int(rng.random() * len(a_sites)), int(rng.random() * len(b_sites))
        a, b = a_sites[p], b_sites[q]
        bonds = 0
        for k in range(12):
            bonds += occupied[neighbours[b, k]] - occupied[neighbours[a, k]]
            bonds -= neighbours[b, k] == a
        cost = pair_energy * bonds
        if cost <= 0.0 or rng.random() < np.exp(-cost / kt):
            occupied[a], occupied[b] = 0, 1
            a_sites[p], b_sites[q] = b, a
            accepted += 1
    return accepted


# --- rejection-free, with topotaxy's selection


class Gas(NamedTuple):
    """A running lattice gas: every site without A holds a leaf with its summed exchange rates.

    The rate of A at a going to b is ``into[n_b] * out[n_a]``, of the numbers n of A around.
    """

    neighbours: np.ndarray
    felt: np.ndarray
    occupied: np.ndarray
    around: np.ndarray
    out: np.ndarray
    into: np.ndarray
    tree: np.ndarray


def _felt_offsets(geometry: Geometry) -> np.ndarray:
    """Grid offsets of the sites whose rates an exchange changes, (12, m, 3), by direction.

    Those are the sites around which the number of A changes, and the neighbours of those.
    """
    edge = 2 * geometry.cells
    middle = np.rint(2 * geometry.octahedral_position[0]).astype(int)
    steps = np.rint(2 * geometry.octahedral_position[geometry.octahedral_octahedra[0]]).astype(int) - middle
    steps = (steps + edge // 2) % edge - edge // 2
    shell = {tuple(s) for s in steps}
    felt = []
    for step in steps:
        moved = {tuple(step + s) for s in steps}
        changed = (shell ^ moved) | {(0, 0, 0), tuple(step)}
        reached = changed | {tuple(np.add(c, s)) for c in changed for s in steps}
        felt.append(sorted(tuple(int(x) for x in r) for r in reached))
    return np.array(felt, dtype=np.int32)


@njit(cache=True)
def _renew(neighbours, occupied, around, out, into, tree, site):
    rate = 0.0
    if occupied[site] == 0:
        for k in range(12):
            other = neighbours[site, k]
            if occupied[other] == 1:
                rate += out[around[other]]
        rate *= into[around[site]]
    set_leaf(tree, site, rate)


@njit(cache=True)
def _renew_all(gas):
    for site in range(len(gas.occupied)):
        _renew(gas.neighbours, gas.occupied, gas.around, gas.out, gas.into, gas.tree, site)


def new_gas(geometry: Geometry, occupied: np.ndarray) -> Gas:
    """Set up the rates of a configuration."""
    neighbours = geometry.octahedral_octahedra
    count = np.arange(13)
    gas = Gas(
        neighbours=neighbours,
        felt=_felt_offsets(geometry),
        occupied=occupied.copy(),
        around=occupied[neighbours].sum(axis=1, dtype=np.int8),
        out=np.exp(PAIR_ENERGY * count / (2 * THERMAL_ENERGY)),
        into=np.exp(-PAIR_ENERGY * (count - 1) / (2 * THERMAL_ENERGY)),
        tree=np.zeros(2 * leaves_of(len(occupied))),
    )
    _renew_all(gas)
    return gas


@njit(cache=True)
def run_events(gas, edge, events, rng):
    """Carry out exchanges; return the time they took and the integral of bonds A-A over it."""
    neighbours, occupied, around, tree = gas.neighbours, gas.occupied, gas.around, gas.tree
    out, into, felt = gas.out, gas.into, gas.felt
    clock, integral, bonds = 0.0, 0.0, 0
    for site in range(len(occupied)):
        bonds += around[site] * occupied[site]
    bonds //= 2
    for _ in range(events):
        elapsed = -np.log(1.0 - rng.random()) / tree[1]
        clock += elapsed
        integral += bonds * elapsed
        b = drawn_leaf(tree, rng.random() * tree[1])
        rest = rng.random() * tree[len(tree) // 2 + b] / into[around[b]]
        chosen = -1
        for k in range(12):
            other = neighbours[b, k]
            if occupied[other] == 1:
                chosen = k
                if rest < out[around[other]]:
                    break
                rest -= out[around[other]]
        a = neighbours[b, chosen]
        bonds += around[b] - 1 - around[a]
        occupied[a], occupied[b] = 0, 1
        for k in range(12):
            around[neighbours[a, k]] -= 1
            around[neighbours[b, k]] += 1
        # In a box of one block sites are numbered along the grid, every second point of which is one.
        z = 2 * b % edge
        y = 2 * b // edge % edge
        x = 2 * b // (edge * edge)
        z += (x + y + z + 1) % 2
        set_leaf(tree, b, 0.0)
        for m in range(felt.shape[1]):
            i = (x + felt[chosen, m, 0] + edge) % edge
            j = (y + felt[chosen, m, 1] + edge) % edge
            k = (z + felt[chosen, m, 2] + edge) % edge
            site = ((i * edge + j) * edge + k) // 2
            if occupied[site] == 0:
                _renew(neighbours, occupied, around, out, into, tree, site)
    return clock, integral


# --- the peers


def icet_expansion() -> tuple[object, object]:
    """Return the primitive cell and a cluster expansion of the same energy, by icet."""
    from ase.build import bulk
    from icet import ClusterExpansion, ClusterSpace

    primitive = bulk("Au", a=LATTICE_PARAMETER)
    space = ClusterSpace(primitive, [0.8 * LATTICE_PARAMETER], ["Au", "Pd"])
    vectors, energies = _three_compositions(
        lambda atoms: space.get_cluster_vector(atoms), ("Au", "Pd"), len(space)
    )
    return primitive, ClusterExpansion(space, np.linalg.solve(vectors, energies))


def smol_expansion() -> object:
    """Return a cluster expansion of the same energy, by smol."""
    from pymatgen.core import Lattice, Structure
    from pymatgen.io.ase import AseAtomsAdaptor
    from smol.cofe import ClusterExpansion, ClusterSubspace

    lattice = Lattice(LATTICE_PARAMETER / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    primitive = Structure(lattice, [{"Au": 0.5, "Pd": 0.5}], [[0, 0, 0]])
    subspace = ClusterSubspace.from_cutoffs(primitive, cutoffs={2: 0.8 * LATTICE_PARAMETER}, basis="sinusoid")
    vectors, energies = _three_compositions(
        lambda atoms: subspace.corr_from_structure(AseAtomsAdaptor.get_structure(atoms)),
        ("Au", "Pd"),
        subspace.num_corr_functions,
    )
    return ClusterExpansion(subspace, np.linalg.solve(vectors, energies))


def _three_compositions(
    vector: Callable[[object], np.ndarray], symbols: tuple[str, str], length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cluster vectors and energies per site of A, B and the ordered A-B of alternate (001) planes.

    The constant, the composition and the nearest pair are all there is, so these three structures
    fix the expansion, whatever conventions the peer has for its functions.
    """
    from ase.build import bulk

    if length != 3:
        raise ValueError(f"expected three functions (constant, point, nearest pair), got {length}")
    vectors, energies = [], []
    # Pairs A-A per site: 6 in A; in the ordered one, each A (half of the sites) has 4 A around.
    for names, pairs in (([0] * 4, 6.0), ([1] * 4, 0.0), ([0, 1, 1, 0], 1.0)):
        atoms = bulk("Au", a=LATTICE_PARAMETER, cubic=True)
        atoms.symbols = [symbols[n] for n in names]
        vectors.append(vector(atoms))
        energies.append(PAIR_ENERGY * pairs)
    return np.array(vectors), np.array(energies)


def _atoms(geometry: Geometry, occupied: np.ndarray) -> object:
    from ase import Atoms

    return Atoms(
        symbols=np.where(occupied == 1, "Au", "Pd"),
        positions=(geometry.octahedral_position - geometry.octahedral_position[0]) * LATTICE_PARAMETER,
        cell=np.eye(3) * geometry.cells * LATTICE_PARAMETER,
        pbc=True,
    )


def icet_calculator(geometry: Geometry, occupied: np.ndarray) -> tuple[object, object]:
    """Return the configuration and the calculator of its energy."""
    from mchammer.calculators import ClusterExpansionCalculator

    atoms = _atoms(geometry, occupied)
    return atoms, ClusterExpansionCalculator(atoms, icet_expansion()[1])


def smol_ensemble(geometry: Geometry) -> tuple[object, np.ndarray, dict[str, int]]:
    """Return smol's ensemble, the place of our sites in its order, and its code for a species."""
    from smol.moca import Ensemble

    n = geometry.cells
    cubic = n * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]])
    ensemble = Ensemble.from_cluster_expansion(smol_expansion(), cubic)
    index = {_grid(r, n): k for k, r in enumerate(ensemble.processor.structure.frac_coords)}
    ours = (geometry.octahedral_position - geometry.octahedral_position[0]) / n
    sublattice = ensemble.sublattices[0]
    code = {s.symbol: int(c) for s, c in zip(sublattice.species, sublattice.encoding, strict=True)}
    return ensemble, np.array([index[_grid(r, n)] for r in ours]), code


def smol_occupancy(occupied: np.ndarray, place: np.ndarray, code: dict[str, int]) -> np.ndarray:
    """Return a configuration as smol encodes it."""
    encoded = np.zeros(len(occupied), dtype=np.int32)
    encoded[place] = np.where(occupied == 1, code["Au"], code["Pd"])
    return encoded


def _grid(fraction: np.ndarray, cells: int) -> tuple[int, ...]:
    return tuple(int(x) for x in np.rint(fraction * 2 * cells).astype(int) % (2 * cells))


# --- timing


def best_seconds(run: Callable[[], object]) -> float:
    """Return the shortest thread time of some runs."""
    seconds = []
    for _ in range(BEST_OF):
        start = time.thread_time()
        run()
        seconds.append(time.thread_time() - start)
    return min(seconds)


def tree_speed(geometry: Geometry, occupied: np.ndarray, rng: np.random.Generator) -> Speed:
    """Measure rejection-free exchanges: every event changes the lattice."""
    start = time.thread_time()
    gas, edge = new_gas(geometry, occupied), 2 * geometry.cells
    setup = time.thread_time() - start
    run_events(gas, edge, EVENTS // 10, rng)
    rate = EVENTS / best_seconds(lambda: run_events(gas, edge, EVENTS, rng))
    return Speed(rate, rate, setup)


def loop_speed(geometry: Geometry, occupied: np.ndarray, rng: np.random.Generator) -> Speed:
    """Measure Metropolis swaps, compiled."""
    accepted = []
    running = occupied.copy()
    sites = np.flatnonzero(running == 1), np.flatnonzero(running == 0)

    def run() -> None:
        accepted.append(
            metropolis(
                geometry.octahedral_octahedra, running, *sites, PAIR_ENERGY, THERMAL_ENERGY, TRIALS, rng
            )
        )

    rate = TRIALS / best_seconds(run)
    return Speed(rate, rate * sum(accepted) / (TRIALS * len(accepted)), 0.0)


def icet_speeds(geometry: Geometry, starts: dict[str, np.ndarray]) -> dict[str, Speed]:
    """Measure mchammer's canonical ensemble; one calculator serves all starts."""
    from mchammer.ensembles import CanonicalEnsemble

    begin = time.thread_time()
    _, calculator = icet_calculator(geometry, next(iter(starts.values())))
    setup = time.thread_time() - begin
    trials = max(200, min(4_000, MOST_PEER_TRIALS // 2 // geometry.sites))
    warming = BEST_OF * trials + 1
    speeds = {}
    for name, occupied in starts.items():
        # Only between observations is nothing but trials done, so the timed runs lie between two.
        ensemble = CanonicalEnsemble(
            _atoms(geometry, occupied),
            calculator,
            temperature=THERMAL_ENERGY / BOLTZMANN,
            boltzmann_constant=BOLTZMANN,
            random_seed=1,
            ensemble_data_write_interval=warming,
            trajectory_write_interval=10 * warming,
        )
        ensemble.run(warming)
        share = float(ensemble.data_container.get("acceptance_ratio")[-1])
        rate = trials / best_seconds(lambda: ensemble.run(trials))  # noqa: B023
        speeds[name] = Speed(rate, rate * share, setup)
    return speeds


def smol_speeds(geometry: Geometry, starts: dict[str, np.ndarray]) -> dict[str, Speed]:
    """Measure smol's Metropolis kernel; one ensemble serves all starts."""
    from smol.moca import Sampler

    begin = time.thread_time()
    ensemble, place, code = smol_ensemble(geometry)
    setup = time.thread_time() - begin
    trials = max(500, min(4_000, MOST_PEER_TRIALS // geometry.sites))
    speeds = {}
    for name, occupied in starts.items():
        encoded = smol_occupancy(occupied, place, code)
        # smol's temperature is in K with its own Boltzmann constant, the same to eight digits.
        sampler = Sampler.from_ensemble(ensemble, temperature=THERMAL_ENERGY / BOLTZMANN, seeds=[1])
        # Only with every trial kept does smol count the accepted ones.
        sampler.run(500, encoded[None], thin_by=1)
        share = float(sampler.efficiency())
        rate = trials / best_seconds(lambda: sampler.run(trials, thin_by=trials))  # noqa: B023
        speeds[name] = Speed(rate, rate * share, setup)
    return speeds


def speeds_of(cells: int) -> dict[str, dict[str, Speed]]:
    """Measure everything that is installed for a box of ``cells``³ cells: speeds by content and code."""
    geometry = geometry_from_cells(cells, block=cells)
    rng = np.random.Generator(np.random.PCG64(1))
    starts, speeds = {}, {}
    for name, content in CONTENTS.items():
        occupied = random_configuration(geometry.sites, content, rng)
        sites = np.flatnonzero(occupied == 1), np.flatnonzero(occupied == 0)
        trials = SWEEPS * geometry.sites
        metropolis(geometry.octahedral_octahedra, occupied, *sites, PAIR_ENERGY, THERMAL_ENERGY, trials, rng)
        starts[name] = occupied
        speeds[name] = {
            "tree": tree_speed(geometry, occupied, rng),
            "loop": loop_speed(geometry, occupied, rng),
        }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peers = {"icet": icet_speeds} if installed("icet") else {}
        if installed("smol") and geometry.sites <= MOST_SMOL_SITES:
            peers["smol"] = smol_speeds
        for peer, measure in peers.items():
            for name, speed in measure(geometry, starts).items():
                speeds[name][peer] = speed
    return speeds


def installed(peer: str) -> bool:
    """Whether a peer can be imported."""
    return find_spec(peer) is not None


def main() -> None:
    """Print one line for each box, content and code."""
    for peer in ("icet", "smol"):
        if not installed(peer):
            print(f"{peer} is not installed: skipped (pip install {peer})")
    columns = f"{'trials/s':>11} {'changes/s':>11} {'set-up s':>8} {'tree/it':>8} {'loop/it':>8}"
    print(f"{'sites':>7} {'content':>14} {'code':>5} {columns}")
    for cells in [int(a) for a in sys.argv[1:]] or [8, 16, 32]:
        for content, speeds in speeds_of(cells).items():
            for code, speed in speeds.items():
                ratios = f"{speeds['tree'].changes / speed.changes:8.2f}"
                ratios += f" {speeds['loop'].trials / speed.trials:8.2f}" if code != "tree" else f" {'-':>8}"
                trials = f"{speed.trials:11,.0f}" if code != "tree" else f"{'-':>11}"
                row = f"{4 * cells**3:7,} {content:>14} {code:>5} {trials} {speed.changes:11,.0f}"
                print(f"{row} {speed.setup:8.1f} {ratios}", flush=True)
    print(
        "tree/it: changes of the lattice per second, of different moves; loop/it: trials, of the same moves."
    )


if __name__ == "__main__":
    main()
