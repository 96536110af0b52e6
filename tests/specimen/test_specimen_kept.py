"""What a run keeps of its specimens: all of it comes back, chosen ones only, and damage is refused."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.specimen.builders import rock_salt
from topotaxy.specimen.construction import LatticeState
from topotaxy.specimen.kept import VARIABLES, Moment, kept, specimens_in, specimens_of

CELLS = 3
FORMULAS = ("NiO", "MgO")


def lattice(grain: int, metal: int, strain: float) -> LatticeState:
    host = rock_salt(FORMULAS[grain], CELLS)
    gone = np.flatnonzero(host.elements != "O")[:metal]
    stay = np.setdiff1d(np.arange(len(host)), gone)
    return LatticeState(
        sites=host.positions[stay] / host.box[0, 0],
        elements=host.elements[stay],
        valences=host.valences[stay],
        phases=host.phases[stay],
        identities=host.identities[stay],
        metal_elements=host.elements[gone],
        metal_identities=host.identities[gone],
        piece=np.zeros(metal, dtype=np.int64),
        centres=np.full((1 if metal else 0, 3), 0.5),
        registered=np.ones(1 if metal else 0, dtype=bool),
        edge=float(host.box[0, 0]) * (1.0 + strain),
        cells=CELLS,
        framed=True,
    )


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    made = []
    for grain in (0, 1):
        for replica in (0, 1):
            plan = [("pristine", 0, 0), ("discharged", 1, 4), ("charged", 1, 2), ("discharged", 2, 5)]
            for when, cycle, metal in plan:
                strain = 0.01 * cycle
                made.append(
                    Moment(
                        grain=grain,
                        replica=replica,
                        cycle=cycle,
                        when=when,  # type: ignore[arg-type]
                        frame_strain=float("nan") if metal == 5 else strain,
                        state=lattice(grain, metal, strain),
                    )
                )
    return made


@pytest.fixture
def dataset(moments: list[Moment]):
    return kept(moments, symbols=("Mg", "Ni", "O"), formulas=FORMULAS)


def test_every_state_comes_back_in_order(moments: list[Moment], dataset) -> None:
    found = list(specimens_in(dataset, "run"))
    assert len(found) == len(moments)
    for moment, specimen in zip(moments, found, strict=True):
        assert (specimen.state, specimen.cycle, specimen.replica) == (
            moment.when,
            moment.cycle,
            moment.replica,
        )
        assert specimen.formula == FORMULAS[moment.grain]
        own = moment.state
        np.testing.assert_array_equal(
            specimen.identities, np.concatenate([own.identities, own.metal_identities])
        )
        np.testing.assert_array_equal(specimen.elements, np.concatenate([own.elements, own.metal_elements]))
        assert specimen.box[0, 0] == own.edge
        assert sum(c.size for c in specimen.clusters) == len(own.piece)


def test_sites_come_back_to_a_quarter_of_a_cell(moments: list[Moment], dataset) -> None:
    first = next(iter(specimens_in(dataset, "run")))
    np.testing.assert_allclose(first.positions, moments[0].state.sites * moments[0].state.edge, atol=1e-9)


def test_strain_of_the_frame_is_said_or_that_there_is_none(moments: list[Moment], dataset) -> None:
    for moment, specimen in zip(moments, specimens_in(dataset, "run"), strict=True):
        (note,) = specimen.notes
        if np.isnan(moment.frame_strain):
            assert "nothing of the frame" in note
        else:
            assert f"{moment.frame_strain:.5f}" in note


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        ({"replica": 1}, 8),
        ({"cycle": 1}, 8),
        ({"state": "discharged"}, 8),
        ({"state": "pristine"}, 4),
        ({"grain": 1}, 8),
        ({"grain": 1, "replica": 0, "cycle": 2}, 1),
        ({"cycle": 9}, 0),
    ],
)
def test_only_what_is_chosen(dataset, chosen: dict, count: int) -> None:
    found = list(specimens_in(dataset, "run", **chosen))
    assert len(found) == count
    for key, value in chosen.items():
        if key == "grain":
            assert {s.formula for s in found} <= {FORMULAS[value]}
        else:
            assert {getattr(s, key) for s in found} <= {value}


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_a_variable_that_is_lost_or_of_another_type_is_refused(dataset, name: str) -> None:
    with pytest.raises(InputError, match="damaged"):
        next(iter(specimens_in(dataset.drop_vars(name), "run")))
    wrong = dataset.copy()
    kind = "U1" if dataset[name].dtype.kind != "U" else "int64"
    wrong[name] = (dataset[name].dims, np.zeros(dataset[name].shape, dtype=kind))
    with pytest.raises(InputError, match="damaged"):
        next(iter(specimens_in(wrong, "run")))


@pytest.mark.parametrize("name", ["symbols", "formulas"])
def test_lost_attributes_are_refused(dataset, name: str) -> None:
    dataset.attrs.pop(name)
    with pytest.raises(InputError, match="damaged"):
        next(iter(specimens_in(dataset, "run")))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("element", 3),
        ("element", -1),
        ("phase", 4),
        ("piece", 1),
        ("state", 3),
        ("grain", 2),
        ("cells", 0),
        ("edge", -1.0),
        ("edge", float("inf")),
        ("atoms", -1),
        ("metals", 10**6),
        ("metal_element", 3),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(dataset, name: str, value: float) -> None:
    wrong = dataset.copy(deep=True)
    wrong[name].values[...] = value
    with pytest.raises(InputError, match="damaged") as refused:
        list(specimens_in(wrong, "the run"))
    assert str(refused.value).startswith("the run")


def test_what_is_kept_says_units_and_meaning(dataset) -> None:
    for name, (dims, kind, units, meaning) in VARIABLES.items():
        assert dataset[name].dims == dims
        assert dataset[name].dtype == np.dtype(kind)
        assert dataset[name].attrs == {"units": units, "long_name": meaning}


def test_folders_without_a_run_or_without_specimens_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished run"):
        list(specimens_of(tmp_path))


def test_a_state_has_no_field_that_is_not_kept() -> None:
    names = {"sites": "site", "elements": "element", "valences": "valence", "phases": "phase"}
    names |= {"identities": "identity", "metal_elements": "metal_element"}
    names |= {"metal_identities": "metal_identity", "centres": "centre"}
    assert {names.get(f.name, f.name) for f in fields(LatticeState)} <= set(VARIABLES)
