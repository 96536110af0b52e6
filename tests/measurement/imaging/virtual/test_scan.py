"""Laws of the dark field: fast model and multislice."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.virtual import scan
from topotaxy.measurement.imaging.virtual.lens import Lens
from topotaxy.measurement.imaging.virtual.scan import EXPONENT, Beam, incoherent_image, multislice_scan
from topotaxy.measurement.imaging.virtual.slab import Slab, slab_of
from topotaxy.specimen.builders import rock_salt

BEAM = Beam(voltage=2e5, lens=Lens(aperture=0.022), inner=0.05, outer=0.08)


def atom(element: str, edge: float = 14.0, depth: float = 1.0) -> Slab:
    return Slab(
        places=np.array([[7.0, 5.0]]),
        depths=np.array([depth]),
        elements=np.array([element]),
        edges=np.array([edge, edge]),
        thickness=2.0,
    )


def seen(slab: Slab, places: list[tuple[float, float]], **given) -> np.ndarray:
    options = {"thermal": 0.0, "configurations": 1, "rng": np.random.default_rng(0)} | given
    return multislice_scan(slab, np.array(places), BEAM, **options)


def test_the_fast_image_is_a_gaussian_of_the_strength_of_each_atom() -> None:
    width = 0.5
    image = incoherent_image(atom("Ni"), width)
    step = 14.0 / np.array(image.shape)
    y, x = (np.arange(n) * s for n, s in zip(image.shape, step, strict=True))
    expected = np.exp(-((y[:, None] - 7.0) ** 2 + (x[None] - 5.0) ** 2) / (2.0 * width**2))
    expected *= 28.0**EXPONENT * float(step.prod()) / (2.0 * np.pi * width**2)
    np.testing.assert_allclose(image, expected, atol=2e-3 * expected.max())


def test_a_fast_image_that_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(InputError, match="too large"):
        incoherent_image(atom("Ni", edge=1e5), 0.5)


def test_a_beam_sees_an_atom_where_it_is_and_only_there() -> None:
    on, beside, off = seen(atom("Ni"), [(7.0, 5.0), (7.0, 5.6), (1.0, 11.0)])
    assert on > 3.0 * beside > 0.0
    assert off < 0.02 * on
    assert on < 0.1


def test_heavier_atoms_send_more_onto_the_detector() -> None:
    """Between Z^1.3 and Z^2 from oxygen to copper."""
    light, heavy = (float(seen(atom(element), [(7.0, 5.0)])[0]) for element in ("O", "Cu"))
    exponent = np.log(heavy / light) / np.log(29 / 8)
    assert 1.3 < exponent < 2.0


def test_a_scan_moves_with_the_beam_by_parts_of_a_step() -> None:
    """All beams at one distance from the atom see the same."""
    angles = np.linspace(0.0, 2.0 * np.pi, 9)[:-1]
    ring = [(7.0 + 0.413 * float(np.sin(t)), 5.0 + 0.413 * float(np.cos(t))) for t in angles]
    values = seen(atom("Ni"), ring)
    assert np.ptp(values) < 0.04 * values.mean()


def test_the_window_goes_round_the_edges_of_the_period() -> None:
    inside = atom("Ni")
    edge = Slab(
        places=np.array([[0.1, 13.9]]),
        depths=inside.depths,
        elements=inside.elements,
        edges=inside.edges,
        thickness=2.0,
    )
    values = [float(seen(inside, [(7.0, 5.0)])[0]), float(seen(edge, [(0.1, 13.9)])[0])]
    assert values[0] == pytest.approx(values[1], rel=0.02)


def test_thermal_motion_needs_the_generator_and_repeats_with_its_seed() -> None:
    one, same, other = (
        seen(atom("Ni"), [(7.0, 5.3)], thermal=0.1, rng=np.random.default_rng(seed))[0] for seed in (1, 1, 2)
    )
    assert one == same != other


def test_what_would_take_hours_or_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="too many for multislice"):
        seen(atom("Ni"), [(0.0, 0.0)] * 10, configurations=10**6)
    monkeypatch.setattr(scan, "MOST_MEMORY", 1000)
    with pytest.raises(InputError, match="too large for a multislice scan"):
        seen(atom("Ni"), [(0.0, 0.0)])


@pytest.mark.slow
def test_the_fast_image_is_that_of_multislice_where_both_have_the_same_source() -> None:
    """The default blur of 0.4 Å has a source in it (0.286 Å beside 0.28 Å of beam and heat): with none in
    the multislice the two correlate by 0.91 only, with it by 0.99."""
    crystal = rock_salt("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", (2, 2, 5), seed=2)
    slab = slab_of(crystal, "z", None)
    points = 28
    steps = np.arange(points) / points * slab.edges[0]
    places = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    beam = scan.Beam(
        voltage=2e5,
        lens=Lens(aperture=np.radians(1.2605)),
        inner=float(np.radians(4.0107)),
        outer=float(np.radians(8.5944)),
    )
    shares = scan.multislice_scan(
        slab, places, beam, thermal=0.07, configurations=2, rng=np.random.default_rng(1)
    ).reshape(points, points)
    k = np.fft.fftfreq(points, slab.edges[0] / points)
    source = np.exp(-2.0 * (np.pi * 0.286) ** 2 * (k[:, None] ** 2 + k[None] ** 2))
    seen = np.fft.ifft2(np.fft.fft2(shares) * source).real
    fast = scan.incoherent_image(slab, 0.4)
    scale = np.array(fast.shape) / slab.edges
    rows, columns = np.meshgrid(steps * scale[0], steps * scale[1], indexing="ij")
    from scipy import ndimage

    ours = ndimage.map_coordinates(fast, [rows, columns], order=3, mode="grid-wrap")
    assert np.corrcoef(ours.ravel(), seen.ravel())[0, 1] > 0.98
