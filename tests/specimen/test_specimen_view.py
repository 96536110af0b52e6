"""The scene: discharged first, every atom up to what a browser draws, metal told from ions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.inclusions import metal_spheres
from topotaxy.specimen.view import MOST_VIEWS, scene


def test_discharged_comes_first_and_all_atoms_are_shown() -> None:
    pristine = rock_salt("NiO", 2)
    discharged = replace(
        metal_spheres(antifluorite("Na", "O", 4), metal={"Ni": 1}, count=1, diameter=1.0),
        state="discharged",
        cycle=1,
    )
    charged = replace(pristine, state="charged", cycle=1)
    made = scene([pristine, charged, discharged])
    assert list(made.views) == ["Discharged 1", "Pristine", "Charged 1"]
    for name, specimen in zip(made.views, (discharged, pristine, charged), strict=True):
        assert sum(len(cloud.position) for cloud in made.views[name]) == len(specimen)
    (metal,) = [cloud for cloud in made.views["Discharged 1"] if cloud.name == "Ni metal"]
    assert len(metal.position) == discharged.clusters[0].size
    assert not any(cloud.shown for cloud in made.views["Pristine"] if cloud.key == "anions")


def test_a_large_specimen_is_cut_to_a_corner() -> None:
    crystal = rock_salt("NiO", 8)
    made = scene([crystal], most_shown=500)
    clouds = made.views["Pristine"]
    shown = sum(len(cloud.position) for cloud in clouds)
    assert 0.5 * 500 < shown < 2.0 * 500
    assert made.edge < crystal.box[0, 0]
    assert max(float(np.max(cloud.position)) for cloud in clouds) <= made.edge + 0.01


def test_first_and_last_of_each_state_are_kept() -> None:
    crystal = rock_salt("NiO", 1)
    many = [
        crystal,
        *(replace(crystal, state=s, cycle=c) for s in ("discharged", "charged") for c in range(1, 9)),
    ]
    made = scene(many)
    assert len(made.views) <= MOST_VIEWS
    assert {"Discharged 1", "Discharged 8", "Pristine", "Charged 1", "Charged 8"} <= set(made.views)
