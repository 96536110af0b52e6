"""Mechanisms by hand: each lies in the region that its name says, by counting its atoms."""

from __future__ import annotations

import pytest
from atoms_compared import closest

from topotaxy.errors import InputError
from topotaxy.specimen.mechanisms import MECHANISMS, mechanism

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


@pytest.fixture(scope="module", params=["Na", "Li"])
def library(request):
    return {name: mechanism(name, HEOS, request.param, cells=8, seed=4) for name in MECHANISMS}


def test_states_are_pristine_discharged_charged_and_no_atoms_overlap(library) -> None:
    for made in library.values():
        assert set(made.states) == {"pristine", "discharged", "charged"}
        for state, specimen in made.states.items():
            assert specimen.state == state
            assert closest(specimen) >= 1.5
            metal = specimen.is_phase("metal")
            assert sum(c.size for c in specimen.clusters) == metal.sum()


def test_each_lies_in_its_region(library) -> None:
    truth = {name: made.truth("discharged") for name, made in library.items()}
    back = {name: made.truth("charged")["frame"] for name, made in library.items()}
    assert truth["intercalation"]["metal"] < 0.3 * 0.8
    assert truth["intercalation"]["alkali"] > 0.3
    for name in ("lattice-confined", "inlaid"):
        assert truth[name]["frame"] >= 0.3
        assert truth[name]["metal"] > 0.3
    assert truth["lattice-confined"]["coherent"] >= 0.67
    assert truth["inlaid"]["coherent"] <= 0.33
    for name in ("metal-network", "vanished", "collapsed"):
        assert truth[name]["frame"] < 0.2
    assert library["metal-network"].truth("charged")["metal"] > 0.3 * truth["metal-network"]["metal"]
    assert len(library["metal-network"].states["discharged"].clusters) == 1
    assert back["vanished"] >= 0.7
    assert back["collapsed"] < 0.5
    assert truth["unreacted-core"]["frame"] >= 0.5


def test_frames_that_hold_are_neutral_and_complete(library) -> None:
    for name in ("intercalation", "lattice-confined"):
        pristine, discharged = (library[name].states[s] for s in ("pristine", "discharged"))
        assert discharged.valences.sum() == 0
        counts = discharged.counts()
        assert all(counts[el] == n for el, n in pristine.counts().items())


def test_only_what_the_alkali_metal_reduces_reacts(library) -> None:
    truth = library["lattice-confined"].truth("discharged")
    assert truth["metal:Mg"] == 0
    assert truth["metal:Ni"] == pytest.approx(0.7, abs=0.01)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="unknown mechanism"):
        mechanism("alchemy", HEOS, "Na")
    with pytest.raises(InputError, match="is reduced by"):
        mechanism("inlaid", "MgO", "Na")
    with pytest.raises(InputError, match="cannot be reduced"):
        mechanism("inlaid", HEOS, "Na", redox=["Fe"])
