"""A plate of states: one scale for all, every view that is there, nothing that is not."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.content.figure import Figure, ImagePanel
from topotaxy.errors import InputError
from topotaxy.measurement.imaging import ImagingOptions, Micrograph
from topotaxy.measurement.imaging.plate import MOST_NAMED, View, plate, view_of
from topotaxy.measurement.imaging.record import checked

LOOK = ImagingOptions(crystals=("oxide=rock salt:4.2",), domains=True, profile_line=(0.0, 0.5, 1.0, 0.5))


def micrograph(spacing: float, brightness: float = 1.0, kind: str = "image") -> Micrograph:
    y, x = np.mgrid[:256, :256] * 0.25
    plain = 3.0 + np.cos(2 * np.pi * x / spacing) + np.cos(2 * np.pi * y / spacing)
    noise = np.random.default_rng(1).normal(0.0, 0.2, x.shape)
    return checked(brightness * (plain + noise), (0.25, 0.25), source="it", format="made", kind=kind)


@pytest.fixture(scope="module")
def view() -> View:
    records = {"pristine": micrograph(2.1), "discharged": micrograph(2.16, brightness=50.0)}
    return view_of("field", "Dark field", records, LOOK)


def named(figures: list[Figure]) -> dict[str, Figure]:
    return {figure.name.partition("-")[2]: figure for figure in figures}


def test_every_view_has_a_panel_of_every_state(view: View) -> None:
    figures = named(plate(view))
    assert list(figures) == ["images", "profiles", "transforms", "strain", "domains"]
    for name in ("images", "transforms", "strain", "domains"):
        titles = [panel.title for panel in figures[name].panels]
        assert [title.partition(":")[0] for title in titles] == ["pristine", "discharged"]
    (profile,) = figures["profiles"].panels
    assert [line.name for line in profile.series] == ["pristine", "discharged"]  # type: ignore[union-attr]


def test_panels_of_a_view_have_one_scale_whatever_the_exposure(view: View) -> None:
    figures = named(plate(view))
    for name in ("images", "strain", "domains"):
        panels = [panel for panel in figures[name].panels if isinstance(panel, ImagePanel)]
        assert len({panel.limits for panel in panels}) == 1
    first, second = (p for p in figures["images"].panels if isinstance(p, ImagePanel))
    assert np.ptp(first.values) == pytest.approx(np.ptp(second.values), rel=0.1)


def test_colours_of_strain_are_even_about_zero(view: View) -> None:
    for panel in named(plate(view))["strain"].panels:
        assert isinstance(panel, ImagePanel)
        low, high = panel.colour_limits()
        assert low == -high
        assert panel.colours == "diverging"


def test_only_spots_near_the_middle_are_named_but_all_are_marked(view: View) -> None:
    for panel, one in zip(named(plate(view))["transforms"].panels, view.seen.values(), strict=True):
        assert isinstance(panel, ImagePanel)
        assert len([p for p in panel.points if p[2]]) <= MOST_NAMED
        assert len(panel.points) >= len(one.search.found)


def test_margins_of_the_domain_map_are_blank(view: View) -> None:
    for panel in named(plate(view))["domains"].panels:
        assert isinstance(panel, ImagePanel)
        assert np.isnan(panel.values[0]).all()
        assert np.isfinite(panel.values[len(panel.values) // 2]).any()


def test_patterns_have_no_transform_and_no_strain() -> None:
    records = {"pristine": micrograph(2.1, 10.0, kind="diffraction")}
    made = plate(view_of("pattern", "Diffraction", records, LOOK))
    assert [figure.name for figure in made] == ["pattern-images"]


def test_an_image_without_a_lattice_says_so() -> None:
    noise = checked(np.random.default_rng(0).random((128, 128)), (0.25, 0.25), source="it", format="made")
    made = named(plate(view_of("field", "Dark field", {"charged": noise}, ImagingOptions())))
    assert made["images"].panels[0].title == "charged: no lattice"
    assert "strain" not in made


def test_candidates_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="is written as"):
        view_of("field", "x", {"pristine": micrograph(2.1)}, ImagingOptions(crystals=("oxide",)))
