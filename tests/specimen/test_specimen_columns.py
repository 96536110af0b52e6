"""Columns and header of a specimen, valences that are assumed, and what a specimen refuses to be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from atoms_compared import assert_same

from topotaxy.errors import InputError
from topotaxy.specimen import PHASES, Cluster, Specimen
from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.columns import assumed, cluster_column, header_of, known_elements, specimen_from
from topotaxy.specimen.inclusions import metal_spheres


@pytest.fixture(scope="module")
def specimen() -> Specimen:
    made = metal_spheres(
        antifluorite("Na", "O", 5), metal={"Ni": 1}, count=2, diameter=0.8, registered=True, seed=1
    )
    return replace(made, state="discharged", cycle=3, replica=1, notes=("one", "two"))


def columns(specimen: Specimen) -> dict[str, Any]:
    return {
        "positions": specimen.positions,
        "elements": specimen.elements,
        "valences": specimen.valences,
        "phases": np.array(PHASES)[specimen.phases],
        "identities": specimen.identities,
        "clusters": cluster_column(specimen),
        "box": specimen.box,
        "periodic": specimen.periodic,
        "where": "file",
    }


def test_columns_and_header_are_all_of_a_specimen(specimen: Specimen) -> None:
    header = json.loads(json.dumps(header_of(specimen)))
    assert_same(specimen_from(header, **columns(specimen)), specimen)


def test_the_column_of_clusters_says_each_member_once(specimen: Specimen) -> None:
    column = cluster_column(specimen)
    assert (column == -1).sum() == len(specimen) - sum(c.size for c in specimen.clusters)
    for number, cluster in enumerate(specimen.clusters):
        np.testing.assert_array_equal(np.flatnonzero(column == number), np.sort(cluster.members))


def test_an_empty_header_has_defaults(specimen: Specimen) -> None:
    plain = columns(specimen) | {"clusters": np.full(len(specimen), -1)}
    found = specimen_from({}, **plain)
    assert (found.state, found.cycle, found.formula, found.unit_cell) == ("pristine", 0, "", None)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ({"state": "melted"}, "state 'melted'"),
        ({"cycle": -1}, "cycle -1"),
        ({"cycle": True}, "cycle True"),
        ({"replica": 1.5}, "replica 1.5"),
        ({"unit_cell": 0.0}, "unit cell 0.0"),
        ({"unit_cell": "4"}, "unit cell '4'"),
        ({"formula": 3}, "formula has to be a text"),
        ({"source": "x" * 10_001}, "source has to be a text"),
        ({"notes": "one"}, "notes have to be a list"),
        ({"notes": [1]}, "a note has to be a text"),
        ({"centres": [[0, 0, 0]], "registered": []}, "as many centres"),
        ({"centres": [[0, 0]], "registered": [True]}, "three numbers each|three finite"),
        ({"centres": [[0, 0, float("nan")]], "registered": [True]}, "three finite"),
        ({"centres": [[0, 0, 0]], "registered": [1]}, "true or false"),
        ({"centres": [], "registered": []}, "in a cluster that is none"),
    ],
)
def test_headers_that_cannot_be_are_refused(specimen: Specimen, header: dict, says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        specimen_from(header_of(specimen) | header, **columns(specimen))
    assert str(refused.value).startswith("file")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("elements", "Xx", "no element"),
        ("valences", np.inf, "finite"),
        ("phases", "glass", "phase 'glass'; expected one of frame"),
        ("identities", 5, "one identity"),
        ("positions", np.nan, "finite"),
    ],
)
def test_columns_that_cannot_be_are_refused(specimen: Specimen, name: str, value: Any, says: str) -> None:
    given = columns(specimen)
    given[name] = np.full_like(given[name], value)
    with pytest.raises(InputError, match=says):
        specimen_from(header_of(specimen), **given)


def test_elements_are_all_of_the_periodic_table() -> None:
    assert len(known_elements()) == 118
    assert {"H", "Na", "Cu", "Og"} <= known_elements()


@pytest.mark.parametrize("formula", ["NiO", "Mg0.5Ni0.5O", "Na2O"])
def test_assumed_valences_balance(formula: str) -> None:
    made = antifluorite("Na", "O", 2) if formula == "Na2O" else rock_salt(formula, 2)
    valences, phase, clusters, note = assumed(made.elements)
    assert valences.sum() == pytest.approx(0.0, abs=1e-9)
    assert phase == ("salt" if formula == "Na2O" else "frame")
    assert (clusters == -1).all()
    assert "assumed" in note


def test_metals_alone_are_one_piece_of_metal() -> None:
    valences, phase, clusters, note = assumed(np.array(["Ni", "Cu", "Ni"]))
    assert not valences.any()
    assert (phase, set(clusters.tolist())) == ("metal", {0})
    assert "metal" in note


def test_what_no_table_balances_has_no_valence() -> None:
    valences, phase, _, note = assumed(np.array(["C", "C"]))
    assert not valences.any()
    assert phase == "frame"
    assert "none could be assumed" in note


def test_parts_of_a_specimen_keep_their_atoms_and_clusters(specimen: Specimen) -> None:
    chosen = np.random.default_rng(0).random(len(specimen)) < 0.6
    part = specimen.subset(chosen)
    np.testing.assert_array_equal(part.identities, specimen.identities[chosen])
    np.testing.assert_array_equal(part.subset(np.arange(len(part))).positions, part.positions)
    members = {int(part.identities[k]) for c in part.clusters for k in c.members}
    everyone = {int(specimen.identities[k]) for c in specimen.clusters for k in c.members}
    assert members == everyone & set(part.identities.tolist())
    assert specimen.subset(np.zeros(len(specimen), dtype=bool)).clusters == ()


def test_phases_and_elements_divide_the_atoms(specimen: Specimen) -> None:
    total = sum(int(specimen.is_phase(name).sum()) for name in PHASES)
    assert total == len(specimen) == sum(specimen.counts().values())
    for symbol, number in specimen.counts().items():
        assert specimen.is_element(symbol).sum() == number
    assert specimen.is_element("Na", "O", "Ni").all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"box": np.zeros((3, 3))}, "no volume"),
        ({"box": np.eye(2)}, "shape"),
        ({"valences": np.zeros(1)}, "one for each"),
        ({"phases": np.full(8, 9, dtype=np.int8)}, "indices below"),
        ({"positions": np.full((8, 3), np.nan)}, "finite"),
        (
            {"clusters": (Cluster(centre=np.zeros(3), members=np.array([9]), registered=True),)},
            "no atoms",
        ),
        (
            {"clusters": (Cluster(centre=np.zeros(3), members=np.array([1]), registered=True),) * 2},
            "two clusters",
        ),
    ],
)
def test_no_specimen_is_made_of_what_cannot_be(change: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        replace(rock_salt("NiO", 1), **change)
