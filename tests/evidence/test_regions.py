"""Laws of the regions: one for each reaction, and a frame is asked of what is no metal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.mechanisms import Map
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.regions import MEANING, REGIONS, border_ranges, borders, region_of

NIO = reaction_of("NiO", "Li")

CONFINED = {
    "core": 0.0,
    "coherent": 1.0,
    "frame": 1.0,
    "frame_share": 1.0,
    "metal_of_charge": 1.0,
    "reoxidised": 1.0,
    "back": 1.0,
}


def named(**changes: float) -> str:
    """Return the region of a lattice-confined reaction with some values changed."""
    o = {name: np.array([value]) for name, value in {**CONFINED, **changes}.items()}
    return REGIONS[int(region_of(o)[0])]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "lattice-confined"),
        ({"coherent": 0.0}, "inlaid domains"),
        ({"coherent": 0.0, "frame_share": 0.3}, "inlaid domains"),
        ({"coherent": 0.0, "frame_share": 0.1}, "mixture"),
        ({"coherent": 0.5}, "mixture"),
        ({"metal_of_charge": 0.1}, "intercalation"),
        ({"frame": 0.1, "frame_share": 0.05, "reoxidised": 0.2}, "metal network"),
        ({"frame": 0.1, "frame_share": 0.05}, "vanished and recovered"),
        ({"frame": 0.1, "frame_share": 0.05, "back": 0.1}, "collapse"),
        ({"frame": 0.1, "frame_share": 0.05, "back": 0.6}, "mixture"),
        ({"frame": 0.4, "frame_share": 0.3}, "mixture"),
        ({"core": 0.7}, "unreacted core"),
        ({"core": 0.3}, "mixture"),
    ],
)
def test_clear_cases_have_their_names(changes: dict[str, float], wanted: str) -> None:
    assert named(**changes) == wanted


def test_a_frame_of_which_most_became_inlaid_metal_persists_while_it_is_a_crystal() -> None:
    """With 65 % of the cations metal the others are 35 %: all of them on the host's sites are its frame."""
    assert named(coherent=0.0, frame=1.0, frame_share=0.35) == "inlaid domains"
    assert named(coherent=0.0, frame=0.1, frame_share=0.035) == "vanished and recovered"


@pytest.mark.parametrize(
    ("border", "value", "outside", "base"),
    [
        ("core", "core", "mixture", {"core": 0.5}),
        ("frame_kept", "frame", "mixture", {"frame": 0.5, "frame_share": 0.5}),
        ("frame_occupied", "frame_share", "mixture", {"frame_share": 0.2}),
        ("coherent_high", "coherent", "mixture", {"coherent": 0.67}),
        ("metal", "metal_of_charge", "intercalation", {"metal_of_charge": 0.3}),
    ],
)
def test_a_border_belongs_to_what_lies_above_it(
    border: str, value: str, outside: str, base: dict[str, float]
) -> None:
    at = borders()[border]
    inside = named(**{**base, value: at})
    assert inside != outside
    assert named(**{**base, value: at - 1e-6}) == outside


@pytest.mark.parametrize("border", sorted(borders()))
@pytest.mark.parametrize("end", [0, 1])
def test_a_border_moves_only_what_lies_between_its_places(border: str, end: int) -> None:
    """Reactions whose region changes have some value between the old and the new place of the border."""
    z = np.random.default_rng(3).normal(size=(3000, len(coordinates(NIO))))
    o = Map(reaction=NIO).expected(z)
    old, new = borders()[border], border_ranges()[border][end]
    moved = region_of(o) != region_of(o, {border: new})
    low, high = min(old, new), max(old, new)
    between: Any = np.zeros(len(z), dtype=bool)
    for name in CONFINED:
        between |= (o[name] >= low) & (o[name] <= high)
    assert not (moved & ~between).any()


def test_every_reaction_has_one_region_with_a_meaning() -> None:
    z = np.random.default_rng(4).normal(size=(2000, len(coordinates(NIO))))
    found = region_of(Map(reaction=NIO).expected(z))
    assert ((found >= 0) & (found < len(REGIONS))).all()
    assert set(MEANING) == set(REGIONS)


def test_bragg_lines_count_a_frame_short_only_where_metal_left_it() -> None:
    z = np.random.default_rng(6).normal(size=(500, len(coordinates(NIO))))
    names = list(coordinates(NIO))
    z[:, names.index("offset.diffraction")] = 0.0
    z[:, names.index("frame_scattering")] = -1.0
    o = Map(reaction=NIO).expected(z)
    assert (o["phase_fraction"] <= o["rock_salt"] + 1e-12).all()
    z[:, names.index("frame_scattering")] = 9.0
    full = Map(reaction=NIO).expected(z)
    # The prior ends a share of 1e-12 before its own end, 1e-5 of the latent.
    assert full["phase_fraction"] == pytest.approx(full["rock_salt"], rel=1e-4)
    # Metal that stays on its sites takes nothing away.
    coherent = np.argmax(o["coherent"])
    gap = 1.0 - o["phase_fraction"][coherent] / o["rock_salt"][coherent]
    assert gap <= (1.0 - o["coherent"][coherent]) * o["metal_share"][coherent] + 1e-12
