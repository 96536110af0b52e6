"""Pages and remarks of micrographs: what is seen, what is not and why, with lengths that can be checked."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.content.figure import Figure, ImagePanel
from topotaxy.content.section import Paragraph, Section
from topotaxy.errors import InputError
from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions, Micrograph
from topotaxy.measurement.imaging.record import checked
from topotaxy.measurement.technique import Observed

SPACING = 2.1
OXIDE = "oxide=rock salt:4.2"


def lattice(pixel: float = 0.25, size: int = 192, **known) -> Micrograph:
    y, x = np.mgrid[:size, :size] * 0.25
    image = 3.0 + np.cos(2 * np.pi * x / SPACING) + np.cos(2 * np.pi * y / SPACING)
    image += np.random.default_rng(1).normal(0.0, 0.2, x.shape)
    return checked(image, (pixel, pixel), **({"source": "a micrograph", "format": "made"} | known))


def seen(record: Micrograph, **options) -> tuple[Observed, list[Section]]:
    found = TECHNIQUE.observed([record], ImagingOptions(**options))
    return found, list(TECHNIQUE.shown([record], found))


def answer(sections: list[Section]) -> str:
    first = sections[0].parts[0]
    assert isinstance(first, Paragraph)
    return first.text


def figures(sections: list[Section]) -> list[Figure]:
    return [part for section in sections for part in section.parts if isinstance(part, Figure)]


def test_the_first_sentence_names_crystal_zone_and_spacing() -> None:
    _, sections = seen(lattice(), crystals=(OXIDE,))
    assert "is oxide seen along [1 0 0]" in answer(sections)
    assert "(200)" in answer(sections)


def test_without_a_candidate_spacings_are_said_without_a_name() -> None:
    found, sections = seen(lattice())
    assert "shows a lattice of" in answer(sections)
    values = [o.value for o in found.observables if o.quantity == "interplanar_spacing"]
    assert min(abs(v - SPACING) for v in values) < 1e-3


def test_without_a_scale_there_is_no_spacing_and_the_page_says_so() -> None:
    found, sections = seen(lattice(calibrated=False, kind="unknown"))
    assert "without a scale" in answer(sections)
    assert "no scale" in found.absent["a micrograph"]["interplanar_spacing"]
    assert not [o for o in found.observables if o.quantity == "interplanar_spacing"]


def test_without_a_lattice_the_page_says_why() -> None:
    noise = checked(np.random.default_rng(0).random((128, 128)), (0.2, 0.2), source="noise", format="made")
    found, sections = seen(noise)
    assert "shows no lattice: no spot stands above the detection limit" in answer(sections)
    assert set(found.absent["noise"]) >= {"interplanar_spacing", "stress", "twin_density"}
    flat = checked(np.full((64, 64), 2.0), (0.2, 0.2), source="flat", format="made")
    assert "all of one value" in answer(seen(flat)[1])


def test_a_candidate_of_another_size_does_not_fit_and_it_is_said() -> None:
    found, _ = seen(lattice(), crystals=("salt=rock salt:5.05",), scale_error=0.01)
    assert any("no candidate phase fits" in said for said in found.remarks)


@pytest.mark.parametrize("error", [0.0, 0.01, 0.05])
def test_the_calibration_is_a_part_of_every_spacing(error: float) -> None:
    found, _ = seen(lattice(), crystals=(OXIDE,), scale_error=error)
    for one in found.observables:
        if one.quantity == "interplanar_spacing":
            assert one.systematic == pytest.approx(error * one.value)
    assert any("for the calibration" in said for said in found.remarks)


@pytest.mark.parametrize("pixel", [0.24, 0.25, 0.262])
def test_an_internal_standard_gives_the_scale_whatever_was_stated(pixel: float) -> None:
    found, _ = seen(lattice(pixel), crystals=(OXIDE,), standard_crystal="oxide")
    (one,) = [o for o in found.observables if str(o.subject.reflection) == "(2, 0, 0)"]
    assert one.value == pytest.approx(SPACING, rel=1e-3)
    change = 100.0 * (0.25 / pixel - 1.0)
    (said,) = [s for s in found.remarks if "internal standard" in s]
    assert f"{change:+.2f}"[:4] in said


@pytest.mark.parametrize("pixel", [0.22, 0.25, 0.262])
def test_a_standard_sets_the_scale_of_another_crystal_once(pixel: float) -> None:
    """A wave of a metal beside the oxide has its own spacing, whatever scale had been stated."""
    made, edge = lattice(), 3.30
    y, x = np.mgrid[: made.image.shape[0], : made.image.shape[1]] * 0.25
    wave = np.cos(2 * np.pi * (x * math.cos(0.5) + y * math.sin(0.5)) / (edge / math.sqrt(3.0)))
    for sign in (1.0, -1.0):
        wave += np.cos(2 * np.pi * (x + sign * y) / SPACING)
    both = checked(made.image + wave, (pixel, pixel), source="a micrograph", format="made")
    found, _ = seen(both, crystals=(OXIDE, f"metal=fcc:{edge}"), standard_crystal="oxide")
    (one,) = [o for o in found.observables if o.subject.phase == "metal"]
    assert str(one.subject.reflection) == "(1, 1, 1)"
    assert one.value == pytest.approx(edge / math.sqrt(3.0), rel=2e-3)


def test_an_internal_standard_that_is_no_candidate_is_refused() -> None:
    with pytest.raises(InputError, match="'gold' is no candidate"):
        seen(lattice(), crystals=(OXIDE,), standard_crystal="gold")


@pytest.mark.parametrize("pixel", [0.05, 0.25, 1.3, 9.0])
def test_scale_bars_are_round_and_about_a_fifth_of_the_width(pixel: float) -> None:
    _, sections = seen(lattice(pixel))
    panel = next(p for p in figures(sections)[0].panels if isinstance(p, ImagePanel))
    assert panel.scale_bar is not None
    length, text = panel.scale_bar
    width = panel.x_range[1] - panel.x_range[0]
    assert 0.08 * width <= length <= 0.2 * width
    digit = length / 10.0 ** math.floor(math.log10(length) + 1e-9)
    assert min(abs(digit - d) for d in (1.0, 2.0, 5.0)) < 1e-6
    assert text.endswith(" nm")
    assert width == pytest.approx(192 * 0.1 * pixel)


def test_marked_spots_lie_at_their_frequencies() -> None:
    _, sections = seen(lattice(), crystals=(OXIDE,))
    panel = next(p for p in figures(sections)[0].panels if p.title == "Fourier transform")
    assert isinstance(panel, ImagePanel)
    named = {text: (x, y) for x, y, text in panel.points if text}
    found = [
        math.hypot(*place) for text, place in named.items() if text.replace("-", "") in ("2 0 0", "0 2 0")
    ]
    np.testing.assert_allclose(found, 1.0 / SPACING, rtol=1e-3)
    for x, y, _ in panel.points:
        assert panel.x_range[0] <= x <= panel.x_range[1]
        assert panel.y_range[0] <= y <= panel.y_range[1]


def test_marks_lie_on_what_they_mark() -> None:
    """In an image that is no mirror image of itself, the place of every marked spot is bright."""
    y, x = np.mgrid[:192, :192] * 0.25
    turn = 0.4
    along, across = x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
    image = 3.0 + np.cos(2 * np.pi * along / SPACING) + np.cos(2 * np.pi * across / SPACING)
    image += np.random.default_rng(1).normal(0.0, 0.2, x.shape)
    _, sections = seen(checked(image, (0.25, 0.25), source="turned", format="made"), crystals=(OXIDE,))
    panel = next(p for p in figures(sections)[0].panels if p.title == "Fourier transform")
    assert isinstance(panel, ImagePanel)
    rows, columns = panel.values.shape
    assert len(panel.points) >= 4
    for at_x, at_y, _ in panel.points:
        column = int((at_x - panel.x_range[0]) / (panel.x_range[1] - panel.x_range[0]) * columns)
        row = int((at_y - panel.y_range[0]) / (panel.y_range[1] - panel.y_range[0]) * rows)
        near = panel.values[max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        assert near.max() > np.percentile(panel.values, 99.7)


def test_names_of_spots_do_not_cover_each_other() -> None:
    """Words of a fifth by a fourteenth of the panel; every spot keeps its mark."""
    y, x = np.mgrid[:400, :400] * 0.25
    orders = [(m, n) for m in range(-4, 5) for n in range(-4, 5) if (m, n) > (0, 0)]
    image = np.random.default_rng(2).normal(0.0, 0.1, x.shape)
    for m, n in orders:
        image += np.cos(2 * np.pi * (m * x + n * y) / 8.0)
    _, sections = seen(checked(image, (0.25, 0.25), source="many", format="made"))
    panel = next(p for p in figures(sections)[0].panels if p.title == "Fourier transform")
    assert isinstance(panel, ImagePanel)
    assert len(panel.points) >= len(orders)
    wide, high = (r[1] - r[0] for r in (panel.x_range, panel.y_range))
    named = [(x / wide, y / high) for x, y, text in panel.points if text]
    assert len(named) >= 3
    for number, (x, y) in enumerate(named):
        for a, b in named[:number]:
            assert abs(x - a) > 0.19 or abs(y - b) > 0.07


def test_remarks_stand_once_on_a_page() -> None:
    found, sections = seen(lattice(), crystals=(OXIDE,))
    assert found.remarks
    assert "Remarks" not in [section.title for section in sections]


def test_strain_needs_a_reference_and_says_so() -> None:
    found, _ = seen(lattice())
    assert "reference region" in found.absent["a micrograph"]["strain"]
    spread = [o for o in found.observables if o.quantity == "microstrain"]
    assert {o.subject.note for o in spread} == {"along x", "along y"}
    assert all(o.bound == "upper" for o in spread)


def test_a_reference_of_the_whole_image_leaves_nothing_to_compare() -> None:
    found, _ = seen(lattice(), reference_region=(0.0, 1.0, 0.0, 1.0))
    assert "outside the reference region" in found.absent["a micrograph"]["strain"]
    corner, _ = seen(lattice(), reference_region=(0.0, 0.02, 0.0, 0.02))
    assert "in the reference region" in corner.absent["a micrograph"]["strain"]


def test_patterns_have_no_strain_and_no_domains() -> None:
    y, x = np.mgrid[:128, :128] - 64.0
    expected = np.full(x.shape, 20.0)
    for k in range(-4, 5):
        for m in range(-4, 5):
            # Not along the rows of the camera, whose medians are taken off.
            height = 2000.0 * math.exp(-0.15 * (k * k + m * m))
            expected += height * np.exp(-((y - 12 * k - 2 * m) ** 2 + (x - 12 * m + 2 * k) ** 2) / 2.0)
    image = np.random.default_rng(2).poisson(expected).astype(float)
    record = checked(
        image,
        (0.04, 0.04),
        source="pattern",
        format="made",
        kind="diffraction",
        corner=(-64 * 0.04, -64 * 0.04),
        centred=True,
    )
    found, _ = seen(record)
    reasons = found.absent["pattern"]
    assert "no map of strain" in reasons["strain"]
    assert "no places" in reasons["domain_size"]
    longest = max(o.value for o in found.observables if o.quantity == "interplanar_spacing")
    assert longest == pytest.approx(1.0 / (math.hypot(12, 2) * 0.04), rel=5e-3)


def test_maps_of_the_dataset_have_units_and_are_coarse() -> None:
    found, _ = seen(lattice(size=512))
    assert found.dataset is not None
    group = found.dataset["image_0"]
    for name in group.data_vars:
        assert "units" in group[name].attrs, name
        assert group[name].shape[-1] <= 400 or group[name].ndim == 1
    spots = np.hypot(group["g_row"].values, group["g_column"].values)
    assert np.abs(spots - 1.0 / SPACING).min() < 1e-3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"strain_mask": 0.01}, "strain_mask"),
        ({"strain_mask": 0.9}, "strain_mask"),
        ({"reference_region": (0.1, 0.2, 0.3)}, "four rising"),
        ({"reference_region": (0.5, 0.2, 0.0, 1.0)}, "four rising"),
        ({"profile_line": (0.1, 0.1, 0.1, 0.1)}, "two different points"),
        ({"profile_line": (0.1, 0.1, 1.5, 0.1)}, "from 0 to 1"),
    ],
)
def test_options_that_cannot_be_are_refused(given: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ImagingOptions(**given)


def test_a_pattern_has_its_spots_marked_where_they_are() -> None:
    y, x = np.mgrid[:128, :128] - 64.0
    expected = np.full(x.shape, 20.0)
    for k in range(-3, 4):
        for m in range(-3, 4):
            height = 2000.0 * math.exp(-0.15 * (k * k + m * m))
            expected += height * np.exp(-((y - 12 * k - 2 * m) ** 2 + (x - 12 * m + 2 * k) ** 2) / 2.0)
    image = np.random.default_rng(2).poisson(expected).astype(float)
    size, corner = (0.03, 0.04), (-64 * 0.03, -64 * 0.04)
    record = checked(
        image, size, source="pattern", format="made", kind="diffraction", corner=corner, centred=True
    )
    _, sections = seen(record)
    figure = figures(sections)[0]
    (panel,) = figure.panels
    assert isinstance(panel, ImagePanel)
    assert "Fourier" not in figure.caption + figure.alt
    assert len(panel.points) > 10
    for at_x, at_y, _ in panel.points:
        row = at_y / (panel.y_range[1] - panel.y_range[0]) * 128 - 0.5
        column = at_x / (panel.x_range[1] - panel.x_range[0]) * 128 - 0.5
        i, j = round(row), round(column)
        near = image[i - 1 : i + 2, j - 1 : j + 2]
        assert near.max() == image[i - 3 : i + 4, j - 3 : j + 4].max()
