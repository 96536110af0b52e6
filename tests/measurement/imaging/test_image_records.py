"""Records of images: units, scales, frames and what no image can be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.imaging import ImagingOptions
from topotaxy.measurement.imaging.frames import every_frame, frame_of, frames_of
from topotaxy.measurement.imaging.record import (
    LOST_BYTES,
    UNITS,
    checked,
    known_unit,
    lost_block,
    per_length,
    scale_of,
    scaled,
)

IMAGE = np.arange(12.0).reshape(3, 4) + 1.0


def test_every_unit_has_its_reciprocal_in_the_same_measure() -> None:
    for name, (kind, size) in UNITS.items():
        if kind == "image":
            continue
        length = name.removeprefix("1/").removesuffix("^-1")
        assert length in UNITS, name
        assert UNITS[length][1] * size == pytest.approx(1.0), name


@given(text=st.sampled_from(sorted(UNITS)), brackets=st.booleans(), upper=st.booleans())
def test_units_are_known_in_any_dress(text: str, brackets: bool, upper: bool) -> None:
    dressed = f" [{text}] " if brackets else f" {text} "
    assert known_unit(dressed.upper() if upper else dressed) == UNITS[text]


@given(
    down=st.floats(1e-3, 1e3),
    across=st.floats(1e-3, 1e3),
    unit=st.sampled_from(["nm", "Å", "um", "1/nm", "1/Å"]),
)
def test_a_scale_is_the_step_times_its_unit_without_its_sign(down: float, across: float, unit: str) -> None:
    size, kind, calibrated, notes = scale_of([down, across], [unit, unit], "it")
    back, *_, said = scale_of([-down, across], [unit, unit], "it")
    np.testing.assert_allclose(size, np.array([down, across]) * (known_unit(unit) or ("", 0.0))[1])
    np.testing.assert_array_equal(size, back)
    assert calibrated
    assert kind == ("diffraction" if unit.startswith("1/") else "image")
    assert notes == ()
    assert any("backwards" in one for one in said)


@pytest.mark.parametrize("step", [0.0, math.nan, math.inf])
def test_steps_that_are_none_are_no_scale(step: float) -> None:
    size, kind, calibrated, notes = scale_of([step, 1.0], ["nm", "nm"], "it")
    assert (kind, calibrated) == ("unknown", False)
    np.testing.assert_array_equal(size, 1.0)
    assert "no scale" in notes[0]


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_a_lost_block_is_counted_in_bytes(kind: str) -> None:
    image = np.ones((40, 40), dtype=kind)
    pixels = LOST_BYTES // np.dtype(kind).itemsize
    flat = image.ravel()
    flat[500 : 500 + pixels] = 0
    assert lost_block(image) == (500 // 40, 500 % 40)
    flat[100] = 0
    assert lost_block(image) is None
    whole = np.zeros_like(image)
    assert lost_block(whole) is None


@pytest.mark.parametrize(
    ("image", "size", "says"),
    [
        (np.ones(5), (1, 1), "no image"),
        (np.ones((1, 5)), (1, 1), "no image"),
        (np.ones((4, 4, 2)), (1, 1), "no image"),
        (np.ones((4, 4), dtype=complex), (1, 1), "no real numbers"),
        (np.full((4, 4), "a"), (1, 1), "no real numbers"),
        (np.full((4, 4), np.nan), (1, 1), "not finite"),
        (np.full((4, 4), 1e31), (1, 1), "not finite"),
        (IMAGE, (0.0, 1.0), "beyond all sense"),
        (IMAGE, (1.0, 1e12), "beyond all sense"),
        (IMAGE, (1.0, np.nan), "beyond all sense"),
    ],
)
def test_what_is_no_image_is_refused(image: np.ndarray, size: tuple[float, float], says: str) -> None:
    with pytest.raises(InputError, match=says) as refused:
        checked(image, size, source="the file", format="made")
    assert str(refused.value).startswith("the file")


def test_pixels_that_are_not_square_are_said() -> None:
    one = checked(IMAGE, (1.0, 1.001), source="it", format="made")
    assert any("not square" in note for note in one.notes)
    assert not checked(IMAGE, (1.0, 1.0), source="it", format="made").notes


def test_extent_and_unit_follow_the_scale() -> None:
    one = checked(IMAGE, (0.5, 0.25), source="it", format="made")
    assert one.extent == (1.5, 1.0)
    assert one.unit == "Å"
    assert checked(IMAGE, source="it", format="made", kind="diffraction").unit == "1/Å"
    assert checked(IMAGE, source="it", format="made", calibrated=False).unit == "px"


def test_frequencies_are_per_length_in_images_and_lengths_in_patterns() -> None:
    image = checked(IMAGE, (0.5, 0.25), source="it", format="made")
    pattern = checked(IMAGE, (0.5, 0.25), source="it", format="made", kind="diffraction")
    np.testing.assert_array_equal(per_length(image), [2.0, 4.0])
    np.testing.assert_array_equal(per_length(pattern), [0.5, 0.25])


def test_a_stated_size_moves_the_corner_with_it_and_leaves_patterns_alone() -> None:
    image = checked(IMAGE, (0.5, 0.5), source="it", format="made", corner=(1.0, 2.0))
    made = scaled(image, 0.25, None)
    np.testing.assert_allclose(made.corner / made.pixel_size, image.corner / image.pixel_size)
    assert made.calibrated
    pattern = checked(IMAGE, (0.5, 0.5), source="it", format="made", kind="diffraction")
    assert scaled(pattern, 0.25, None) is pattern


def test_a_stated_kind_is_taken_only_where_the_file_says_none() -> None:
    unknown = checked(IMAGE, source="it", format="made", kind="unknown", calibrated=False)
    assert scaled(unknown, None, "diffraction").kind == "diffraction"
    image = checked(IMAGE, source="it", format="made")
    assert scaled(image, None, "diffraction").kind == "image"


def test_frames_share_their_scale_and_are_numbered_where_there_are_many() -> None:
    many = frames_of(np.stack([IMAGE, 2 * IMAGE]), "stack", (0.5, 0.5), None, kind="image", format="made")
    assert [one.source for one in many] == ["stack, frame 1", "stack, frame 2"]
    np.testing.assert_array_equal(many[1].image, 2 * IMAGE)
    (one,) = frames_of(IMAGE[None], "stack", (0.5, 0.5), None, kind="image", format="made")
    assert one.source == "stack"
    stated = frames_of(
        IMAGE[None], "stack", (1.0, 1.0), ImagingOptions(pixel_size=0.3), kind="unknown", format="made"
    )
    np.testing.assert_array_equal(stated[0].pixel_size, 0.3)


def test_a_pattern_is_centred_where_its_corner_is_not_zero() -> None:
    def centred(corner: tuple[float, float], kind: str) -> bool:
        frames = frames_of(IMAGE[None], "it", (1, 1), None, kind=kind, corner=corner, format="made")  # type: ignore[arg-type]
        return frames[0].centred

    assert centred((-1.0, -2.0), "diffraction")
    assert not centred((0.0, -2.0), "diffraction")
    assert not centred((-1.0, -2.0), "image")


def test_images_of_a_file_are_numbered_and_their_frames_flattened() -> None:
    def frames(image: np.ndarray, source: str) -> list:
        return [frame_of(image, (1.0, 1.0), None, source=f"{source}/{k}", format="made") for k in (1, 2)]

    found = every_frame("file", [IMAGE, IMAGE], frames)
    assert [one.source for one in found] == [
        "file, image 1/1",
        "file, image 1/2",
        "file, image 2/1",
        "file, image 2/2",
    ]
    assert [one.source for one in every_frame("file", [IMAGE], frames)] == ["file/1", "file/2"]
    assert every_frame("file", [], frames) == ()
