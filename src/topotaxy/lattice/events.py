"""The elementary events and what each costs.

Three classes, each with its reverse edge:

* redox: an octahedral cation takes an electron while A+ enters one of its eight tetrahedral
  neighbours, or the reverse;
* hop: A+ moves to one of six neighbouring tetrahedral sites;
* exchange: M0 trades places with one of twelve neighbouring cations, or moves to a vacancy.

Energies come from integer sums (valence excess around a site, metal neighbours by species),
so nothing drifts. :mod:`topotaxy.lattice.hamiltonian` defines what they must equal.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from topotaxy.energetics import BOLTZMANN, LatticeEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import alkali_energies, site_energies, valence_excess
from topotaxy.lattice.selection import empty_tree, set_leaf
from topotaxy.lattice.state import VACANT, Configuration

EXCESS_BOUND = 2048
"""Beyond any change of Σq²: |4·144 + 24 + 6·96| = 1176."""

LARGEST_EXPONENT = 300.0
"""Keeps Boltzmann factors of configurations that never occur within the range of a double."""


class Tables(NamedTuple):
    """What never changes during a run: neighbours, energies and Boltzmann factors.

    ``half_site`` and ``half_alkali`` hold exp(-energy difference/2kT) of the one-body terms,
    ``half_excess[EXCESS_BOUND + n]`` that of a change n of Σq².
    """

    octahedral_anions: NDArray[np.int32]
    octahedral_tetrahedra: NDArray[np.int32]
    octahedral_octahedra: NDArray[np.int32]
    tetrahedral_anions: NDArray[np.int32]
    tetrahedral_octahedra: NDArray[np.int32]
    tetrahedral_tetrahedra: NDArray[np.int32]
    anion_octahedra: NDArray[np.int32]
    anion_tetrahedra: NDArray[np.int32]
    anion_reach: NDArray[np.int32]
    site_energy: NDArray[np.float64]
    half_site: NDArray[np.float64]
    alkali_energy: NDArray[np.float64]
    half_alkali: NDArray[np.float64]
    half_excess: NDArray[np.float64]
    metal_bond: NDArray[np.float64]
    highest_valence: NDArray[np.int8]
    stiffness: float
    thermal_energy: float


class State(NamedTuple):
    """What changes: the configuration and everything kept up to date with it.

    ``counts`` holds [M0, A+]; ``electrons`` those held by each species; ``site_excess`` and
    ``tetrahedral_excess`` the sums of q around a site; ``metal_neighbours`` the M0 around a
    site by species; lists and their inverse serve uniform choice; ``stamp`` marks sites to be
    renewed after an event.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
    excess: NDArray[np.int32]
    site_excess: NDArray[np.int32]
    tetrahedral_excess: NDArray[np.int32]
    metal_neighbours: NDArray[np.int16]
    metal_list: NDArray[np.int32]
    metal_place: NDArray[np.int32]
    alkali_list: NDArray[np.int32]
    alkali_place: NDArray[np.int32]
    reductions: NDArray[np.float64]
    oxidations: NDArray[np.float64]
    counts: NDArray[np.int64]
    electrons: NDArray[np.int64]
    stamp: NDArray[np.int64]
    touched: NDArray[np.int32]


def tables_from(geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]) -> Tables:
    """Tabulate the energies for one arrangement of anions."""
    kt = BOLTZMANN * energies.temperature
    by_site = site_energies(geometry, energies, anion)
    by_tetrahedron = alkali_energies(geometry, energies, anion)
    reduction = np.zeros_like(by_site)
    reduction[:, :, 1:] = by_site[:, :, :-1] - by_site[:, :, 1:]
    excess_energy = energies.valence_stiffness / 288.0 * np.arange(-EXCESS_BOUND, EXCESS_BOUND + 1)
    highest = np.where(energies.reducible, 2, 0).astype(np.int8)
    return Tables(
        octahedral_anions=geometry.octahedral_anions,
        octahedral_tetrahedra=geometry.octahedral_tetrahedra,
        octahedral_octahedra=geometry.octahedral_octahedra,
        tetrahedral_anions=geometry.tetrahedral_anions,
        tetrahedral_octahedra=geometry.tetrahedral_octahedra,
        tetrahedral_tetrahedra=geometry.tetrahedral_tetrahedra,
        anion_octahedra=geometry.anion_octahedra,
        anion_tetrahedra=geometry.anion_tetrahedra,
        anion_reach=geometry.anion_reach,
        site_energy=by_site,
        half_site=np.exp(-reduction / (2 * kt)),
        alkali_energy=by_tetrahedron,
        half_alkali=np.exp(-by_tetrahedron / (2 * kt)),
        half_excess=np.exp(-np.clip(excess_energy / (2 * kt), -LARGEST_EXPONENT, LARGEST_EXPONENT)),
        metal_bond=energies.metal_bond,
        highest_valence=highest,
        stiffness=energies.valence_stiffness / 288.0,
        thermal_energy=kt,
    )


def _list_and_place(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    members = np.flatnonzero(mask).astype(np.int32)
    listed = np.full(len(mask), -1, dtype=np.int32)
    place = np.full(len(mask), -1, dtype=np.int32)
    listed[: len(members)] = members
    place[members] = np.arange(len(members))
    return listed, place


def state_from(
    geometry: Geometry, energies: LatticeEnergies, tables: Tables, configuration: Configuration
) -> State:
    """Derive the running state of a configuration, from scratch."""
    species, valence = configuration.species.copy(), configuration.valence.copy()
    excess = valence_excess(geometry, energies, configuration)
    metal = (species != VACANT) & (valence == 0)
    around = geometry.octahedral_octahedra
    kinds = np.arange(len(energies.species))
    metal_neighbours = (metal[around][:, :, None] & (species[around][:, :, None] == kinds)).sum(axis=1)
    metal_list, metal_place = _list_and_place(metal)
    alkali_list, alkali_place = _list_and_place(configuration.alkali == 1)
    held = [int((2 - valence[species == s]).sum()) for s in kinds]
    state = State(
        species=species,
        valence=valence,
        identity=configuration.identity.copy(),
        alkali=configuration.alkali.copy(),
        anion=configuration.anion.copy(),
        excess=excess,
        site_excess=excess[geometry.octahedral_anions].sum(axis=1, dtype=np.int32),
        tetrahedral_excess=excess[geometry.tetrahedral_anions].sum(axis=1, dtype=np.int32),
        metal_neighbours=metal_neighbours.astype(np.int16),
        metal_list=metal_list,
        metal_place=metal_place,
        alkali_list=alkali_list,
        alkali_place=alkali_place,
        reductions=empty_tree(geometry.sites),
        oxidations=empty_tree(geometry.sites),
        counts=np.array([metal.sum(), configuration.alkali.sum()], dtype=np.int64),
        electrons=np.array(held, dtype=np.int64),
        stamp=np.zeros(geometry.sites + 1, dtype=np.int64),
        touched=np.zeros(geometry.sites, dtype=np.int32),
    )
    renew_all(tables, state)
    return state


def configuration_of(state: State) -> Configuration:
    """Return a copy of the configuration within a running state."""
    return Configuration(
        state.species.copy(),
        state.valence.copy(),
        state.identity.copy(),
        state.alkali.copy(),
        state.anion.copy(),
    )


@njit(cache=True, nogil=True, inline="always")
def metal_contacts(tables, state, site, species):  # type: ignore[no-untyped-def]
    """Bond energy (eV) that M0 of ``species`` would have at ``site``."""
    total = 0.0
    for other in range(len(tables.metal_bond)):
        total += state.metal_neighbours[site, other] * tables.metal_bond[species, other]
    return total


@njit(cache=True, nogil=True, inline="always")
def reduction_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of reducing the cation at ``site`` with A+ into tetrahedron ``direction``.

    The six anions of the site lose 2 twelfths and the four of the tetrahedron gain 3:
    Δ(Σq²) = -4 Σ_6 q + 6 Σ_4 q + 24, the three shared anions included.
    """
    species, valence = state.species[site], state.valence[site]
    if species < 0 or valence == 0 or tables.highest_valence[species] == 0:
        return 0.0
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    if state.alkali[tetrahedron] == 1:
        return 0.0
    change = -4 * state.site_excess[site] + 6 * state.tetrahedral_excess[tetrahedron] + 24
    weight = (
        tables.half_site[site, species, valence]
        * tables.half_alkali[tetrahedron]
        * tables.half_excess[EXCESS_BOUND + change]
    )
    if valence == 1:
        weight *= np.exp(metal_contacts(tables, state, site, species) / (2.0 * tables.thermal_energy))
    return weight


@njit(cache=True, nogil=True, inline="always")
def oxidation_weight(tables, state, site, direction):  # type: ignore[no-untyped-def]
    """exp(-ΔE/2kT) of oxidising the cation at ``site`` while A+ leaves ``direction``."""
    species, valence = state.species[site], state.valence[site]
    if species < 0 or valence >= tables.highest_valence[species]:
        return 0.0
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    if state.alkali[tetrahedron] == 0:
        return 0.0
    change = 4 * state.site_excess[site] - 6 * state.tetrahedral_excess[tetrahedron] + 24
    weight = tables.half_excess[EXCESS_BOUND + change] / (
        tables.half_site[site, species, valence + 1] * tables.half_alkali[tetrahedron]
    )
    if valence == 0:
        weight *= np.exp(-metal_contacts(tables, state, site, species) / (2.0 * tables.thermal_energy))
    return weight


@njit(cache=True, nogil=True, inline="always")
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    """ΔE (eV) of A+ moving between neighbouring tetrahedra; ``end`` must be empty."""
    change = 6 * (state.tetrahedral_excess[end] - state.tetrahedral_excess[start]) + 36
    return tables.alkali_energy[end] - tables.alkali_energy[start] + tables.stiffness * change


@njit(cache=True, nogil=True, inline="always")
def exchange_cost(tables, state, metal, other):  # type: ignore[no-untyped-def]
    """ΔE (eV) of M0 at site ``metal`` trading places with whatever is at ``other``."""
    mover, partner = state.species[metal], state.species[other]
    left = metal_contacts(tables, state, metal, mover)
    arrived = metal_contacts(tables, state, other, mover) - tables.metal_bond[mover, mover]
    cost = left - arrived + tables.site_energy[other, mover, 0] - tables.site_energy[metal, mover, 0]
    if partner < 0:
        return cost
    valence = state.valence[other]
    if valence == 0:
        # Both are metal: their common bond stays, and each keeps the other out of its count.
        between = tables.metal_bond[mover, partner]
        cost = left - (metal_contacts(tables, state, other, mover) - tables.metal_bond[mover, mover])
        cost += metal_contacts(tables, state, other, partner)
        cost -= metal_contacts(tables, state, metal, partner) - tables.metal_bond[partner, partner]
        return cost - 2.0 * between
    change = 4 * valence * (state.site_excess[metal] - state.site_excess[other]) + 32 * valence * valence
    cost += tables.site_energy[metal, partner, valence] - tables.site_energy[other, partner, valence]
    return cost + tables.stiffness * change


@njit(cache=True, nogil=True, inline="always")
def renew(tables, state, site):  # type: ignore[no-untyped-def]
    """Recompute the redox weights of one site."""
    reduction = 0.0
    oxidation = 0.0
    species = state.species[site]
    if species >= 0 and tables.highest_valence[species] > 0:
        valence = state.valence[site]
        at_site = 4 * state.site_excess[site]
        for direction in range(8):
            t = tables.octahedral_tetrahedra[site, direction]
            around = 6 * state.tetrahedral_excess[t]
            if state.alkali[t] == 0:
                reduction += tables.half_alkali[t] * tables.half_excess[EXCESS_BOUND + around - at_site + 24]
            else:
                oxidation += tables.half_excess[EXCESS_BOUND + at_site - around + 24] / tables.half_alkali[t]
        reduction *= tables.half_site[site, species, valence] if valence > 0 else 0.0
        oxidation /= tables.half_site[site, species, valence + 1] if valence < 2 else np.inf
        if valence < 2:
            contacts = np.exp(metal_contacts(tables, state, site, species) / (2.0 * tables.thermal_energy))
            if valence == 1:
                reduction *= contacts
            else:
                oxidation /= contacts
    set_leaf(state.reductions, site, reduction)
    set_leaf(state.oxidations, site, oxidation)


@njit(cache=True, nogil=True)
def renew_all(tables, state):  # type: ignore[no-untyped-def]
    """Recompute the redox weights of every site."""
    for site in range(len(state.species)):
        renew(tables, state, site)


@njit(cache=True, nogil=True, inline="always")
def _touch(state, site, count):  # type: ignore[no-untyped-def]
    """Mark ``site`` for renewal once per event; the last entry of ``stamp`` is the event."""
    if state.stamp[site] != state.stamp[-1]:
        state.stamp[site] = state.stamp[-1]
        state.touched[count] = site
        return count + 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _shift_excess(tables, state, anion, change, count):  # type: ignore[no-untyped-def]
    """Change q of one anion, the sums that contain it, and mark the sites that feel it."""
    state.excess[anion] += change
    for site in tables.anion_octahedra[anion]:
        state.site_excess[site] += change
    for t in tables.anion_tetrahedra[anion]:
        state.tetrahedral_excess[t] += change
    for site in tables.anion_reach[anion]:
        count = _touch(state, site, count)
    return count


@njit(cache=True, nogil=True, inline="always")
def _set_metal(tables, state, site, species, change, count):  # type: ignore[no-untyped-def]
    """Add (+1) or take away (-1) M0 of ``species`` at ``site`` in counts of its neighbours."""
    for other in tables.octahedral_octahedra[site]:
        state.metal_neighbours[other, species] += change
        count = _touch(state, other, count)
    return count


@njit(cache=True, nogil=True, inline="always")
def _enlist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    members[counts[which]] = item
    place[item] = counts[which]
    counts[which] += 1


@njit(cache=True, nogil=True, inline="always")
def _delist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    counts[which] -= 1
    last = members[counts[which]]
    members[place[item]] = last
    place[last] = place[item]
    members[counts[which]] = -1
    place[item] = -1


@njit(cache=True, nogil=True, inline="always")
def _finish(tables, state, count):  # type: ignore[no-untyped-def]
    for index in range(count):
        renew(tables, state, state.touched[index])


@njit(cache=True, nogil=True)
def apply_redox(tables, state, site, direction, step):  # type: ignore[no-untyped-def]
    """Reduce (``step`` = -1) or oxidise (+1) a cation together with its A+."""
    state.stamp[-1] += 1
    species = state.species[site]
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    was_metal = state.valence[site] == 0
    state.valence[site] += step
    state.electrons[species] -= step
    count = _touch(state, site, 0)
    for anion in tables.octahedral_anions[site]:
        count = _shift_excess(tables, state, anion, 2 * step, count)
    for anion in tables.tetrahedral_anions[tetrahedron]:
        count = _shift_excess(tables, state, anion, -3 * step, count)
    if step < 0:
        state.alkali[tetrahedron] = 1
        _enlist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    else:
        state.alkali[tetrahedron] = 0
        _delist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    for other in tables.tetrahedral_octahedra[tetrahedron]:
        count = _touch(state, other, count)
    if was_metal:
        _delist(state.metal_list, state.metal_place, state.counts, 0, site)
        count = _set_metal(tables, state, site, species, -1, count)
    elif state.valence[site] == 0:
        _enlist(state.metal_list, state.metal_place, state.counts, 0, site)
        count = _set_metal(tables, state, site, species, 1, count)
    _finish(tables, state, count)


@njit(cache=True, nogil=True)
def apply_hop(tables, state, start, end):  # type: ignore[no-untyped-def]
    """Move A+ between neighbouring tetrahedra."""
    state.stamp[-1] += 1
    count = 0
    state.alkali[start] = 0
    state.alkali[end] = 1
    _delist(state.alkali_list, state.alkali_place, state.counts, 1, start)
    _enlist(state.alkali_list, state.alkali_place, state.counts, 1, end)
    for anion in tables.tetrahedral_anions[start]:
        count = _shift_excess(tables, state, anion, -3, count)
    for anion in tables.tetrahedral_anions[end]:
        count = _shift_excess(tables, state, anion, 3, count)
    _finish(tables, state, count)


@njit(cache=True, nogil=True)
def apply_exchange(tables, state, metal, other):  # type: ignore[no-untyped-def]
    """Let M0 at ``metal`` trade places with the cation or vacancy at ``other``."""
    state.stamp[-1] += 1
    mover, partner = state.species[metal], state.species[other]
    valence = state.valence[other]
    both_metal = partner >= 0 and valence == 0
    state.identity[metal], state.identity[other] = state.identity[other], state.identity[metal]
    if both_metal and mover == partner:
        return
    count = _touch(state, metal, 0)
    count = _touch(state, other, count)
    count = _set_metal(tables, state, metal, mover, -1, count)
    if both_metal:
        count = _set_metal(tables, state, other, partner, -1, count)
        count = _set_metal(tables, state, metal, partner, 1, count)
    else:
        _delist(state.metal_list, state.metal_place, state.counts, 0, metal)
        _enlist(state.metal_list, state.metal_place, state.counts, 0, other)
    count = _set_metal(tables, state, other, mover, 1, count)
    state.species[metal], state.species[other] = partner, mover
    state.valence[metal], state.valence[other] = valence, 0
    if valence != 0:
        for anion in tables.octahedral_anions[metal]:
            count = _shift_excess(tables, state, anion, 2 * valence, count)
        for anion in tables.octahedral_anions[other]:
            count = _shift_excess(tables, state, anion, -2 * valence, count)
    _finish(tables, state, count)
