"""Maps and images of a paper's electrode: through files, and what the rule says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from topotaxy.content.figure import Absent, Figure
from topotaxy.evidence import load_ledger
from topotaxy.observables import Observable, observable
from topotaxy.studies import paper_microscopy
from topotaxy.studies.electrodes import Electrode, by_hand
from topotaxy.studies.instrument_claims import instrument_claim
from topotaxy.studies.instruments_seen import Computed, Seen
from topotaxy.studies.paper_images import map_figure, resolved_figure
from topotaxy.studies.paper_microscopy import map_options, mapped, resolved

CLAIMS = {claim.id: claim for claim in load_ledger("fang2022").claims}


@pytest.fixture(scope="module", autouse=True)
def few_null_maps() -> Iterator[None]:
    """Unevenness is not tested for here, so the fewest maps at random places do."""
    full = paper_microscopy.map_options

    def fewer(formula: str, ion: str) -> Any:
        return full(formula, ion).model_copy(update={"null_maps": 19})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper_microscopy, "map_options", fewer)
        yield


@pytest.fixture(scope="module")
def electrode() -> Electrode:
    return by_hand("intercalation", "Co0.5Ni0.5O", "Li", seed=3, cells=3, reacted=0.5)


@pytest.fixture(scope="module")
def folder(electrode: Electrode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("seen")
    resolved(electrode, place)
    return place


@pytest.fixture(scope="module")
def found(electrode: Electrode, folder: Path) -> list[Observable]:
    return mapped(electrode, folder)


def index(value: float, state: str, element: str, uncertainty: float = 0.01) -> Observable:
    return observable(
        "segregation_index",
        value,
        uncertainty=uncertainty,
        state=state,
        subject={"element": element},
        origin="simulated",
        technique="energy_dispersive",
    )


def say(claim: str, *observables: Observable, **fields: object) -> Computed:
    known = {"spots": {}, "others": {}, "missing": {}, "folder": Path(), **fields}
    return instrument_claim(CLAIMS[claim], Seen(observables=observables, **known))


def test_files_that_are_there_are_read_and_not_made_again(
    electrode: Electrode, folder: Path, found: list[Observable]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
    assert mapped(electrode, folder) == found
    assert {one.state for one in found} <= {"pristine", "discharged", "charged"}
    assert {one.quantity for one in found} == {"segregation_index"}
    resolved(electrode, folder)
    after = {path: path.stat().st_mtime_ns for path in folder.iterdir() if path.is_file()}
    assert before == after


def test_two_cations_that_share_a_sublattice_are_uneven_together(found: list[Observable]) -> None:
    """Where one has more the other has less: with equal shares the indices are the same within noise."""
    both = {one.subject.element: one for one in found if one.state == "pristine"}
    cobalt, nickel = both["Co"], both["Ni"]
    noise = np.hypot(cobalt.uncertainty or 0.0, nickel.uncertainty or 0.0)
    assert abs(cobalt.value - nickel.value) < 4 * noise + 0.05


def test_all_elements_of_the_material_are_looked_for_and_no_lithium() -> None:
    options = map_options("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11", "Na")
    assert set(options.x_ray_elements) == {"Mg", "Co", "Ni", "Cu", "Zn", "O", "S", "Na"}
    assert set(options.sublattice) == {"Mg", "Co", "Ni", "Cu", "Zn"}
    assert "Li" not in map_options("NiO", "Li").x_ray_elements


def test_figures_are_drawn_from_the_files(folder: Path, found: list[Observable]) -> None:
    maps, images = map_figure(folder), resolved_figure(folder)
    assert isinstance(maps, Figure)
    assert sorted(panel.title for panel in maps.panels) == ["Co", "Ni"]
    assert isinstance(images, Figure)
    assert [panel.title for panel in images.panels] == ["pristine", "discharged"]
    for panel in (*maps.panels, *images.panels):
        assert panel.x_range[1] > 0.5
        assert panel.y_range[1] > panel.y_range[0] == 0.0


def test_without_files_a_figure_says_so(tmp_path: Path) -> None:
    assert all(isinstance(draw(tmp_path), Absent) for draw in (map_figure, resolved_figure))


@pytest.mark.parametrize(
    ("charged", "agrees"),
    [((0.4, 0.5), True), ((0.35, 0.48), True), ((0.9, 1.1), False)],
)
def test_evenly_spread_is_no_more_uneven_than_the_pristine_alloy(
    charged: tuple[float, float], agrees: bool
) -> None:
    before = [index(0.4, "pristine", "Co"), index(0.5, "pristine", "Ni")]
    after = [index(charged[0], "charged", "Co"), index(charged[1], "charged", "Ni")]
    found = say("eds.charged", *before, *after)
    assert found.agrees is agrees
    assert found.value == pytest.approx((charged[0] / 0.4 + charged[1] / 0.5) / 2)
    assert found.label == "imposed"


def test_a_change_of_scale_of_both_states_changes_nothing() -> None:
    found = [
        say(
            "eds.charged",
            index(0.4 * s, "pristine", "Co"),
            index(0.5 * s, "pristine", "Ni"),
            index(0.6 * s, "charged", "Co"),
            index(0.7 * s, "charged", "Ni"),
        )
        for s in (1.0, 0.3)
    ]
    assert found[0].value == pytest.approx(found[1].value)
    assert found[0].uncertainty == pytest.approx(found[1].uncertainty)


def test_without_maps_nothing_is_compared() -> None:
    assert say("eds.charged").agrees is None
    assert say("eds.charged", index(0.4, "charged", "Co")).agrees is None
    assert say("eds.heof", others={"heof": ()}).agrees is None
