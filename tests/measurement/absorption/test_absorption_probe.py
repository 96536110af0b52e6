from __future__ import annotations

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import TECHNIQUE, virtual
from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.neighbourhood import BIN, neighbours
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.probe import probe
from topotaxy.specimen.builders import random_alloy, rock_salt
from topotaxy.specimen.inclusions import metal_spheres

EDGE = 4.18


def within(found, environment, element, low, high):
    near = (found.distances > low) & (found.distances < high)
    return float(found.histograms[environment, element][near].sum())


def test_rock_salt_has_six_twelve_and_eight_neighbours():
    found = neighbours(
        rock_salt("NiO", 4, lattice_parameter=EDGE), "Ni", sampled=10_000, rng=np.random.default_rng(0)
    )
    assert found.count == found.sampled == 256
    assert within(found, "oxide", "O", 2.0, 2.2) == 6.0
    assert within(found, "oxide", "Ni", 2.9, 3.05) == 12.0
    assert within(found, "oxide", "O", 3.5, 3.7) == 8.0
    peak = found.distances[np.argmax(found.histograms["oxide", "O"] * (found.distances < 2.5))]
    assert peak == pytest.approx(EDGE / 2, abs=BIN)
    assert found.first_shell_error == 0.0


def test_a_small_box_is_seen_as_endless():
    rng = np.random.default_rng(0)
    small, large = (
        neighbours(rock_salt("NiO", n, lattice_parameter=EDGE), "Ni", sampled=99999, rng=rng) for n in (1, 4)
    )
    for key, counted in large.histograms.items():
        np.testing.assert_allclose(small.histograms[key], counted, atol=1e-12)


def test_sampling_errors_are_as_stated():
    alloy = random_alloy(
        cations={("Ni", 2): 0.3, ("Mg", 2): 0.7}, anions={("O", -2): 1.0}, lattice_parameter=EDGE, cells=12
    )
    whole = within(
        neighbours(alloy, "Ni", sampled=10**6, rng=np.random.default_rng(0)), "oxide", "Ni", 2.9, 3.1
    )
    assert whole == pytest.approx(3.6, abs=0.2)
    draws = [neighbours(alloy, "Ni", sampled=100, rng=np.random.default_rng(s)) for s in range(40)]
    assert draws[0].first_shell_error == 0.0  # every absorber has 6 and 12 neighbours of some kind
    spread = np.std([within(one, "oxide", "Ni", 2.9, 3.1) for one in draws])
    assert spread < 0.3


def test_metal_is_looked_at_as_metal():
    specimen = metal_spheres(
        rock_salt("NiO", 8, lattice_parameter=EDGE), metal={"Ni": 1.0}, count=1, diameter=1.6, seed=1
    )
    found = neighbours(specimen, "Ni", sampled=10**6, rng=np.random.default_rng(0))
    share = float((specimen.is_phase("metal")).sum() / found.count)
    assert 0.0 < share < 0.5
    bonds = within(found, "metal", "Ni", 2.3, 2.7)
    # Atoms of a ball have fewer than twelve neighbours.
    assert 6.0 * share < bonds < 12.0 * share


def test_an_element_that_is_not_there_is_not_measured():
    assert neighbours(rock_salt("NiO", 2), "Cu", sampled=9, rng=np.random.default_rng(0)) is None
    with pytest.raises(InputError, match="holds none"):
        probe([rock_salt("NiO", 2)], Beamline(absorbers=("Cu",)), np.random.default_rng(0))
    with pytest.raises(InputError, match="no scattering tables"):
        probe([rock_salt("NiO", 2)], Beamline(absorbers=("Au",)), np.random.default_rng(0))


def test_disorder_grows_with_temperature():
    for key, entry in virtual.disorder().items():
        assert entry.at(virtual.ROOM) == pytest.approx(entry.variance), key
        assert entry.at(10.0) < entry.variance < entry.at(600.0)
        assert entry.at(4000.0) / entry.at(2000.0) == pytest.approx(2.0, rel=0.02)


def test_the_imposed_edge_rises_by_one_and_moves_with_valence():
    x = np.arange(-100.0, 1500.0, 0.1)
    places = []
    for valence in (0.0, 1.0, 2.0, 3.0, 4.0):
        values = virtual.edge_shape(x, {valence: 1.0})
        assert values[0] == pytest.approx(0.0, abs=0.02)
        assert values[-1] == pytest.approx(1.0, abs=0.005)
        places.append(float((x[:-1] * np.diff(np.minimum(values, 1.0))).sum()))
    assert np.all(np.diff(places[2:]) > 0.0)
    mixed = virtual.edge_shape(x, {0.0: 0.4, 2.0: 0.6})
    np.testing.assert_allclose(
        mixed, 0.4 * virtual.edge_shape(x, {0.0: 1.0}) + 0.6 * virtual.edge_shape(x, {2.0: 1.0})
    )


def test_noise_is_that_of_the_counts():
    specimen = [rock_salt("NiO", 3, lattice_parameter=EDGE)]
    beamline = Beamline(absorbers=("Ni",), flux=1e6, sampled_atoms=50)
    draws = np.stack([probe(specimen, beamline, np.random.default_rng(s))[0].absorption for s in range(60)])
    behind = 0.9e6 * np.exp(-draws.mean(axis=0))
    expected = np.sqrt(1.0 / 1e5 + 1.0 / behind)
    assert np.median(draws.std(axis=0, ddof=1) / expected) == pytest.approx(1.0, abs=0.06)


def test_records_say_what_is_imposed_and_which_state_they_are_of():
    from dataclasses import replace

    specimen = replace(rock_salt("NiO", 4), state="discharged", cycle=2)
    (record,) = probe([specimen], Beamline(absorbers=("Ni",), sampled_atoms=60), np.random.default_rng(0))
    assert (record.state, record.cycle, record.origin) == ("discharged", 2, "simulated")
    assert any("imposed" in note for note in record.notes)
    assert any("60 of 256" in note for note in record.notes)


def test_a_foil_beside_the_sample_gives_s02():
    records = probe(
        [rock_salt("NiO", 4, lattice_parameter=EDGE)],
        Beamline(absorbers=("Ni",), foils=True, amplitude_reduction=0.8, flux=1e11),
        np.random.default_rng(0),
    )
    assert [one.formula for one in records] == ["NiO", "Ni"] or records[1].formula == "Ni"
    seen = TECHNIQUE.observed(records, AbsorptionOptions())
    reduction = seen.details.spectra[0].s02
    assert reduction.measured
    assert reduction.value == pytest.approx(0.8, abs=3 * reduction.deviation + 0.02)


def test_spheres_of_metal_in_rock_salt_are_told_from_it():
    """Oxide at the interface lacks neighbours, which counts as reduced: what is found is the bonds' share."""
    specimen = metal_spheres(
        rock_salt("NiO", 8, lattice_parameter=EDGE),
        metal={"Ni": 1.0},
        volume_fraction=0.25,
        diameter=2.0,
        seed=2,
    )
    own = specimen.is_element("Ni")
    share = float((specimen.is_phase("metal") & own).sum() / own.sum())
    around = neighbours(specimen, "Ni", sampled=10_000, rng=np.random.default_rng(0))
    bonds = within(around, "metal", "Ni", 2.2, 2.8)
    records = probe(
        [specimen],
        Beamline(absorbers=("Ni",), sampled_atoms=10_000, flux=1e12, foils=True),
        np.random.default_rng(0),
    )
    seen = TECHNIQUE.observed(records, AbsorptionOptions(environment="rock salt and metal"))
    (found,) = [o for o in seen.observables if o.quantity == "reduced_fraction"]
    assert abs(found.value - (1.0 - within(around, "oxide", "O", 1.7, 2.5) / 6.0)) < 0.015
    assert abs(found.value - share) < 0.05
    own = {o.quantity: o for o in seen.observables if o.subject.shell == "metal" and "S02" in o.method}
    number, length = own["coordination_number"], own["bond_length"]
    assert number.value == pytest.approx(bonds, rel=0.05)
    assert abs(number.value - bonds) < 2.0 * float(np.hypot(number.uncertainty, number.systematic))
    assert abs(length.value - 2.495) < 2.0 * float(np.hypot(length.uncertainty, length.systematic)) < 0.1
