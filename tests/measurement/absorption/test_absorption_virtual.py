"""Laws of the virtual beamline: who surrounds whom, what disorder does, what the counts do."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import virtual
from topotaxy.measurement.absorption.edges import first_inflection, half_step
from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.neighbourhood import BIN, REACH, Neighbours, bin_centres, neighbours
from topotaxy.measurement.absorption.probe import foil, probe
from topotaxy.measurement.absorption.record import edge_energies
from topotaxy.measurement.absorption.reference_values import metals
from topotaxy.measurement.absorption.scattering import path_table, shell
from topotaxy.specimen.builders import random_alloy, rock_salt
from topotaxy.specimen.inclusions import metal_spheres

K = np.arange(0.0, 14.0, 0.05)
BRIGHT = Beamline(flux=1e13, sampled_atoms=10_000)


def around(counts, absorber="Ni"):
    """Neighbours at the given (environment, element, distance): count."""
    histograms = {}
    for (environment, element, distance), count in counts.items():
        row = histograms.setdefault((environment, element), np.zeros(len(bin_centres())))
        row[round(distance / BIN - 0.5)] += count
    return Neighbours(
        absorber=absorber, count=1, sampled=1, distances=bin_centres(), histograms=histograms,
        first_shell_error=0.0,
    )  # fmt: skip


def test_bins_fill_the_reach_evenly():
    centres = bin_centres()
    assert centres[0] == pytest.approx(BIN / 2.0)
    assert centres[-1] == pytest.approx(REACH - BIN / 2.0)
    np.testing.assert_allclose(np.diff(centres), BIN)


def test_who_is_a_neighbour_is_mutual():
    alloy = random_alloy(
        cations={("Ni", 2): 0.4, ("Mg", 2): 0.6}, anions={("O", -2): 1.0}, lattice_parameter=4.2, cells=5
    )
    seen = {one: neighbours(alloy, one, sampled=10**6, rng=np.random.default_rng(0)) for one in ("Ni", "Mg")}
    # As many Ni-Mg pairs as Mg-Ni pairs, at each distance.
    np.testing.assert_allclose(
        seen["Ni"].count * seen["Ni"].histograms["oxide", "Mg"],
        seen["Mg"].count * seen["Mg"].histograms["oxide", "Ni"],
        atol=1e-9,
    )


def test_neighbours_of_all_kinds_add_up_to_the_atoms_there_are():
    specimen = rock_salt("NiO", 3, lattice_parameter=4.18)
    found = neighbours(specimen, "Ni", sampled=10**6, rng=np.random.default_rng(0))
    whole = sum(float(row.sum()) for row in found.histograms.values())
    # 6 + 12 + 8 + 6 + 24 + ... of rock salt: shells at √n a/2 with n up to (2 REACH / a)².
    n = np.indices((9, 9, 9)).reshape(3, -1) - 4
    inside = 0.5 * 4.18 * np.sqrt((n**2).sum(axis=0))
    assert whole == ((inside > 0.0) & (inside < REACH)).sum()


def test_stretching_the_specimen_stretches_the_distances():
    small, large = (
        neighbours(rock_salt("NiO", 3, lattice_parameter=a), "Ni", sampled=999, rng=np.random.default_rng(0))
        for a in (4.10, 4.30)
    )
    for low, high in ((1.9, 2.3), (2.7, 3.2)):
        means = []
        for one in (small, large):
            near = (one.distances > low) & (one.distances < high)
            row = sum(one.histograms.values())[near]
            means.append(float(np.average(one.distances[near], weights=row)))
        assert means[1] / means[0] == pytest.approx(4.30 / 4.10, abs=BIN / low)


def test_metal_next_to_oxide_is_no_metal_environment():
    specimen = metal_spheres(
        rock_salt("NiO", 6, lattice_parameter=4.18), metal={"Ni": 1.0}, count=1, diameter=1.4, seed=0
    )
    metal = specimen.is_phase("metal")
    oxide = dataclasses.replace(specimen, phases=np.where(metal, specimen.phases[~metal][0], specimen.phases))
    rng = np.random.default_rng(0)
    split, whole = (neighbours(one, "Ni", sampled=10**6, rng=rng) for one in (specimen, oxide))
    assert ("metal", "Ni") not in whole.histograms
    np.testing.assert_allclose(
        split.histograms["metal", "Ni"] + split.histograms["oxide", "Ni"], whole.histograms["oxide", "Ni"]
    )


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 12.0), st.floats(0.0, 12.0))
def test_the_wave_adds_up_over_neighbours(first, second):
    one, other = {("oxide", "O", 2.095): first}, {("metal", "Cu", 2.505): second}
    parts = [virtual.chi_of_neighbours(around(counts), K, BRIGHT)[0] for counts in (one, other)]
    whole, missing = virtual.chi_of_neighbours(around(one | other), K, BRIGHT)
    np.testing.assert_allclose(whole, parts[0] + parts[1], atol=1e-12)
    assert missing == ()


def test_the_wave_of_one_distance_is_that_of_its_table():
    found, _ = virtual.chi_of_neighbours(around({("oxide", "O", 2.095): 6.0}), K, BRIGHT)
    wanted = shell(
        path_table("Ni", "O"), K, count=6.0, distance=2.095, s02=BRIGHT.amplitude_reduction,
        variance=virtual.variance_of("oxide", "O", 2.095, BRIGHT.sample_temperature),
    )  # fmt: skip
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_neighbours_without_a_table_are_named_and_left_out():
    found, missing = virtual.chi_of_neighbours(around({("oxide", "Au", 2.005): 6.0}), K, BRIGHT)
    assert missing == ("Au",)
    assert not found.any()


def test_cooling_sharpens_the_wave():
    counts = {("oxide", "O", 2.095): 6.0, ("oxide", "Ni", 2.955): 12.0}
    sizes = []
    for temperature in (20.0, 150.0, 295.0, 600.0):
        line = BRIGHT.model_copy(update={"sample_temperature": temperature})
        sizes.append(float(np.abs(virtual.chi_of_neighbours(around(counts), K, line)[0])[160:].max()))
    assert np.all(np.diff(sizes) < 0.0)


@pytest.mark.parametrize("key", sorted(virtual.disorder()), ids="-".join)
def test_disorder_has_a_floor_and_then_grows_with_temperature(key):
    entry = virtual.disorder()[key]
    values = [entry.at(t) for t in (1.0, 10.0, 100.0, 300.0, 1000.0)]
    assert values[1] == pytest.approx(values[0], rel=1e-3)  # zero-point motion
    assert np.all(np.diff(values) >= 0.0)
    assert entry.at(virtual.ROOM) == pytest.approx(entry.variance)


def test_anions_that_are_not_bonded_move_more():
    near, far = (virtual.variance_of("oxide", "O", distance, 295.0) for distance in (2.1, 3.6))
    assert far > near
    assert virtual.variance_of("oxide", "S", 2.5, 295.0) == near


@given(st.floats(0.0, 6.0))
def test_the_edge_of_any_valence_is_a_step_of_one(valence):
    x = np.array([-5000.0, 20_000.0])
    np.testing.assert_allclose(virtual.edge_shape(x, {valence: 1.0}), [0.0, 1.0], atol=2e-3)


def test_the_imposed_edges_lie_apart_as_those_of_nickel_and_its_oxide_do():
    energy = np.arange(8200.0, 8800.0, 0.25)
    metal, oxide = (virtual.edge_shape(energy - 8333.0, {valence: 1.0}) for valence in (0.0, 2.0))
    half = [half_step(energy, values, 8338.0).energy_ev for values in (metal, oxide)]
    first = [first_inflection(energy, values) for values in (metal, oxide)]
    # Eleven scans of NiO with their foils: 1.10 eV (standard deviation 0.10) and 7.74 eV (0.09).
    assert half[1] - half[0] == pytest.approx(1.10, abs=0.1)
    assert first[1] - first[0] == pytest.approx(7.74, abs=0.3)


def test_valences_beyond_the_table_take_its_ends():
    x = np.arange(-20.0, 60.0, 0.5)
    np.testing.assert_array_equal(virtual.edge_shape(x, {-1.0: 1.0}), virtual.edge_shape(x, {0.0: 1.0}))
    np.testing.assert_array_equal(virtual.edge_shape(x, {9.0: 1.0}), virtual.edge_shape(x, {4.0: 1.0}))


@given(st.sampled_from([5000.0, 8333.0, 20_000.0]), st.floats(6.0, 18.0))
def test_a_scan_rises_without_gaps_to_its_end(threshold, last):
    energy = virtual.scan(threshold, last)
    steps = np.diff(energy)
    assert (steps > 0.0).all()
    assert steps.max() < 10.0
    above = energy - threshold
    assert steps[np.abs(above[:-1]) < 19.0].max() == pytest.approx(0.25)
    assert np.sqrt(virtual.KINETIC * above[-1]) == pytest.approx(last, abs=0.05)


def test_the_wave_is_faded_in_once():
    weight = virtual.faded_in(K)
    assert weight[0] < 1e-3
    assert weight[-1] == pytest.approx(1.0)
    assert np.all(np.diff(weight) >= 0.0)
    assert np.interp(virtual.TURN_ON, K, weight) == pytest.approx(0.5, abs=0.01)


def test_counting_scatters_about_the_absorption_and_not_beside_it():
    line = Beamline(absorbers=("Ni",), flux=1e7, sampled_atoms=64)
    specimen = [rock_salt("NiO", 3, lattice_parameter=4.18)]
    bright = probe(specimen, line.model_copy(update={"flux": 1e15}), np.random.default_rng(0))[0]
    draws = np.stack([probe(specimen, line, np.random.default_rng(s))[0].absorption for s in range(30)])
    behind = 0.9e7 * np.exp(-bright.absorption)
    error = np.sqrt((1.0 / 1e6 + 1.0 / behind) / len(draws))
    off = (draws.mean(axis=0) - bright.absorption) / error
    # Hundreds of points with unit variance: their mean square is 1 within 5 of its standard errors.
    assert np.mean(off**2) == pytest.approx(1.0, abs=5.0 * np.sqrt(2.0 / len(off)))


def test_the_same_seed_gives_the_same_spectrum_and_another_seed_another():
    specimen = [rock_salt("NiO", 3, lattice_parameter=4.18)]
    line = Beamline(absorbers=("Ni",), sampled_atoms=50)
    first, again, other = (probe(specimen, line, np.random.default_rng(s))[0] for s in (5, 5, 6))
    np.testing.assert_array_equal(first.absorption, again.absorption)
    assert (first.absorption != other.absorption).any()


def test_every_element_with_tables_is_measured_where_none_is_asked_for():
    alloy = random_alloy(
        cations={("Ni", 2): 0.5, ("Zn", 2): 0.5}, anions={("O", -2): 1.0}, lattice_parameter=4.2, cells=3
    )
    records = probe([alloy], BRIGHT, np.random.default_rng(0))
    assert sorted(record.element for record in records) == ["Ni", "Zn"]
    for record in records:
        at = edge_energies()[record.element, "K"]
        assert record.energy_ev[0] == pytest.approx(at - 200.0)
        assert record.origin == "simulated"


@pytest.mark.parametrize("element", sorted(metals()))
def test_every_metal_of_the_table_has_a_foil(element):
    record = foil(element, BRIGHT, np.random.default_rng(0))
    assert (record.element, record.formula) == (element, element)
    assert any("first shells of the metal only" in note for note in record.notes)


def test_a_metal_without_a_simple_shell_has_none():
    with pytest.raises(InputError, match="no simple first shell"):
        foil("Mn", BRIGHT, np.random.default_rng(0))


def test_the_edge_of_a_mixture_of_valences_lies_between_theirs():
    x = np.arange(-30.0, 60.0, 0.1)
    centre = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        values = np.minimum(virtual.edge_shape(x, {2.0: 1.0 - share, 3.0: share}), 1.0)
        centre.append(float((x[:-1] * np.diff(values)).sum() / (values[-1] - values[0])))
    assert np.all(np.diff(centre) > 0.0)
