"""What users of other programs for micrographs complained about; each would be a wrong number here too."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions, Micrograph
from topotaxy.measurement.imaging.formats import berkeley
from topotaxy.measurement.imaging.record import checked, known_unit, scale_of


def waves(shape: tuple[int, int], down: float, across: float) -> np.ndarray:
    """Planes of two spacings in pixels, along rows and columns."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(float)
    noise = np.random.default_rng(0).normal(0.0, 0.2, shape)
    return np.cos(2 * np.pi * y / down) + np.cos(2 * np.pi * x / across) + noise


def spacings(record: Micrograph, **options) -> list[float]:
    found = TECHNIQUE.observed([record], ImagingOptions(**options)).observables
    return sorted(o.value for o in found if o.quantity == "interplanar_spacing")


def test_pixels_that_are_not_square_give_each_axis_its_own_spacing() -> None:
    """openNCEM 71, hyperspy 331: one size for both axes, or the two exchanged."""
    record = checked(waves((256, 320), 8.0, 10.0), (0.5, 0.2), source="made", format="made")
    found = spacings(record)
    for true in (4.0, 2.0):
        assert min(abs(one / true - 1.0) for one in found) < 2e-3, found
    assert any("not square" in note for note in record.notes)


def test_axes_in_two_units_have_one_scale() -> None:
    """hyperspy 3341: x in nm and y in µm."""
    size, kind, calibrated, _ = scale_of((1e-5, 0.02), ("µm", "nm"), "made")
    np.testing.assert_allclose(size, (0.1, 0.2))
    assert (kind, calibrated) == ("image", True)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("1/nm", ("diffraction", 0.1)), ("nm", ("image", 10.0)), ("1/µm", ("diffraction", 1e-4))],
)
def test_a_reciprocal_unit_is_no_length(unit: str, expected: tuple[str, float]) -> None:
    """py4DSTEM 338 and 410: 1/nm read as µm."""
    assert known_unit(unit) == expected


def test_a_length_beside_a_reciprocal_length_is_refused() -> None:
    with pytest.raises(InputError, match="reciprocal length along the other"):
        scale_of((0.1, 0.1), ("nm", "1/nm"), "made")


def test_a_spot_of_a_pattern_is_at_one_over_the_spacing() -> None:
    """abTEM 216, pyxem 948: a factor of 2 pi between g and d."""
    g, pixel = 0.5, 0.01
    y, x = (np.mgrid[:256, :256] - 128.0) * pixel
    image = 1000.0 * np.exp(-(y**2 + x**2) / (2 * 0.012**2))
    for i in (-2, -1, 0, 1, 2):
        for j in (-2, -1, 0, 1, 2):
            if (i or j) and abs(i) + abs(j) < 3:
                image += 100.0 * np.exp(-((y - g * i) ** 2 + (x - g * j) ** 2) / (2 * 0.012**2))
    image = np.random.default_rng(0).poisson(image + 5.0).astype(float)
    record = checked(
        image,
        (pixel, pixel),
        source="made",
        format="made",
        kind="diffraction",
        corner=(-1.28, -1.28),
        centred=True,
    )
    assert max(spacings(record)) == pytest.approx(1.0 / g, rel=2e-3)


def test_a_stated_pixel_size_is_in_angstroms_and_counts_alone() -> None:
    """rosettasciio 91: lengths ten times too large."""
    record = checked(waves((256, 256), 8.0, 8.0), (1.0, 1.0), source="made", format="made")
    from topotaxy.measurement.imaging.record import scaled

    stated = scaled(record, 0.25, None)
    assert max(spacings(stated)) == pytest.approx(2.0, rel=1e-3)
    assert ImagingOptions(pixel_size="0.025nm").pixel_size == pytest.approx(0.25)


def test_a_wider_lattice_is_a_positive_strain_along_its_own_axis() -> None:
    """py4DSTEM 85 and 648: sign and axes of strain. The right half is 2 % wider along x."""
    x = np.arange(512, dtype=float)
    phase = np.where(x < 256, x / 8.0, 256 / 8.0 + (x - 256) / (8.0 * 1.02))
    image = np.cos(2 * np.pi * phase)[None] + np.cos(2 * np.pi * x / 8.0)[:, None]
    image = image + np.random.default_rng(1).normal(0.0, 0.1, image.shape)
    record = checked(image, (0.25, 0.25), source="made", format="made")
    options = ImagingOptions(reference_region=(0.0, 0.45, 0.0, 1.0))
    strain = TECHNIQUE.observed([record], options).details[0].strain
    right = (slice(100, 400), slice(320, 450))
    assert np.nanmean(strain.xx[right]) == pytest.approx(0.02, abs=1e-3)
    assert np.nanmean(strain.yy[right]) == pytest.approx(0.0, abs=1e-3)


def test_lengths_survive_writing_whatever_the_scale(tmp_path: Path) -> None:
    """Written in nm, read in Å: the same spacing, for images of Å and of µm."""
    for size in (0.2, 2e4):
        record = checked(waves((128, 128), 8.0, 8.0), (size, size), source="made", format="made")
        berkeley.write(record, tmp_path / "one.emd")
        (read,) = berkeley.read(tmp_path / "one.emd", None)
        np.testing.assert_allclose(read.pixel_size, record.pixel_size, rtol=1e-9)


def test_the_origin_of_a_pattern_moves_its_spots_and_not_their_spacing() -> None:
    record = checked(waves((256, 256), 8.0, 8.0), (0.25, 0.25), source="made", format="made")
    moved = dataclasses.replace(record, corner=np.array([100.0, -7.0]))
    assert spacings(record) == spacings(moved)
    assert math.isclose(max(spacings(record)), 2.0, rel_tol=1e-3)
