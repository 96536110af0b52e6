"""Pair histograms: shells of crystals, brute force in small and tilted boxes, the ideal gas."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.specimen.builders import antifluorite, rock_salt, strained
from topotaxy.specimen.inclusions import metal_spheres
from topotaxy.specimen.pairs import pair_counts
from topotaxy.specimen.periodic import close_pairs


def test_shells_of_rock_salt_far_beyond_half_the_box() -> None:
    a = 4.2
    found = pair_counts(rock_salt("NiO", 2, lattice_parameter=a), cutoff=9.0, step=0.05)
    middles = 0.5 * (found.edges[1:] + found.edges[:-1])

    def theta(parity: int) -> dict[int, int]:
        """Points of the simple cubic lattice of a/2 by squared distance, of one parity."""
        steps = np.stack(np.meshgrid(*[np.arange(-6, 7)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        own = steps[(steps.sum(axis=1) % 2 == parity) & steps.any(axis=1)]
        squares, numbers = np.unique((own**2).sum(axis=1), return_counts=True)
        return {int(s): int(n) for s, n in zip(squares, numbers, strict=True) if 2.1 * np.sqrt(s) < 9.0}

    for other, parity in (("Ni", 0), ("O", 1)):
        counts = found.between("Ni", other) / found.number("Ni")
        expected = np.zeros(len(middles))
        for square, number in theta(parity).items():
            expected[int(2.1 * np.sqrt(square) / 0.05 + 1e-9)] += number
        # A shell that falls on an edge of a bin may be counted on either side.
        np.testing.assert_allclose(np.cumsum(counts)[20::20], np.cumsum(expected)[20::20], atol=1e-9)


@pytest.mark.parametrize("tilt", [0.0, 0.3])
@pytest.mark.parametrize("periodic", [(True, True, True), (True, False, True), (False, False, False)])
def test_all_pairs_of_brute_force(tilt: float, periodic) -> None:
    from dataclasses import replace

    crystal = metal_spheres(antifluorite("Na", "O", 3), metal={"Ni": 1}, count=1, diameter=0.9)
    crystal = replace(strained(crystal, [[0, tilt, 0], [0, 0, tilt], [0, 0, 0]]), periodic=periodic)
    found = pair_counts(crystal, cutoff=7.0, step=0.5)
    pairs, vectors = close_pairs(crystal.positions, crystal.box, periodic, 7.0)
    distance = np.sqrt((vectors**2).sum(axis=1))
    expected, _ = np.histogram(distance, found.edges)
    np.testing.assert_array_equal(found.counts.sum(axis=(0, 1)), 2 * expected)
    metal = crystal.is_phase("metal")
    mixed = metal[pairs[:, 0]] != metal[pairs[:, 1]]
    expected, _ = np.histogram(distance[mixed], found.edges)
    both = found.between("Ni", "O") + found.between("Ni", "Na")
    np.testing.assert_array_equal(both, expected)
    np.testing.assert_array_equal(found.counts, found.counts.transpose(1, 0, 2))


def test_by_element_is_the_sum_over_phases() -> None:
    crystal = rock_salt("Ni0.5Mg0.5O", 3, seed=1)
    phases = crystal.phases.copy()
    phases[::3] = 3
    from dataclasses import replace

    mixed = replace(crystal, phases=phases)
    split, whole = pair_counts(mixed, cutoff=5.0), pair_counts(mixed, cutoff=5.0, by_phase=False)
    np.testing.assert_array_equal(split.between("Ni", "O"), whole.between("Ni", "O"))
    assert split.number("O") == whole.number("O") == 108
    assert split.between("Ni", "O", phase="oxide").sum() < whole.between("Ni", "O").sum()


def test_ideal_gas_has_no_shells() -> None:
    from dataclasses import replace

    crystal = rock_salt("NiO", 6)
    rng = np.random.default_rng(4)
    gas = replace(crystal, positions=rng.random((len(crystal), 3)) @ crystal.box)
    found = pair_counts(gas, cutoff=10.0, step=2.0, by_phase=False)
    shell = 4 / 3 * np.pi * np.diff(found.edges**3)
    expected = len(gas) * (len(gas) - 1) / gas.volume * shell
    total = found.counts.sum(axis=(0, 1))
    # Pairs are counted twice: deviation of the counts √(2 n); six of them, risk 1e-8.
    assert (np.abs(total - expected) < 6 * np.sqrt(2 * expected)).all()


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="cutoff"):
        pair_counts(rock_salt("NiO", 2), cutoff=-1.0)
    with pytest.raises(InputError, match="cutoff"):
        pair_counts(rock_salt("NiO", 2), cutoff=np.inf)
