"""Whether an element gathers: the spread of a local composition beyond counting, with its null and its power.

Every X-ray carries a weight r: what it says for the element less the element's mean share of what it says for
all of the sublattice. Within a pixel the sum over pairs of different X-rays of r r' has mean zero where the
composition is even, whatever the pixel's thickness and background, and mean n(n-1) times the variance of the
composition where it is not: for windows it is the estimate of counts c of n with share p, sum of (c - n p)² -
n p (1-p) over sum of n (n-1). It is taken over pixels and over blocks of them, divided by its standard
deviation, and the largest is compared with the same after the X-rays changed places at random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from topotaxy.measurement.files.spectra.stored import Floats

Integers = NDArray[np.int64]

BLOCKS = (1, 2, 4, 8)
FEWEST_BLOCKS = 16
PERMUTATIONS = 99
TRIALS = 60
LEVEL = 0.05
MODULATION, LENGTH = 0.1, 4.0
"""Relative size and correlation length (pixels) of the modulation that the power is stated for."""
MOST_EVENTS = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Events:
    """X-rays of a map: their pixel and channel, (n,), and the map's rows and columns."""

    pixel: Integers
    channel: Integers
    rows: int
    columns: int


@dataclass(frozen=True, kw_only=True)
class Segregation:
    """How far an element's share varies from pixel to pixel.

    Attributes
    ----------
    index:
        Standard deviation of the local share over its mean, beyond counting; 0 where it is not above it.
    uncertainty:
        Its standard deviation.
    upper:
        What it is below, at 95 %.
    p_value:
        Share of maps with the X-rays at random places that look as uneven.
    power:
        Share of maps with a modulation of 10 % over 4 pixels that would have been told from an even one.
    share:
        Mean share of the element.
    """

    index: float
    uncertainty: float
    upper: float
    p_value: float
    power: float
    share: float

    @property
    def seen(self) -> bool:
        """Whether the map is uneven beyond chance."""
        return self.p_value <= LEVEL


def events_of(image: Floats, channels: Integers) -> Events | None:
    """Return the X-rays of a map in some channels; None where they are too many or no whole numbers.

    Parameters
    ----------
    image : array (rows, columns, n)
        Counts.
    channels : array (m,)
        Which of them.
    """
    part = image[..., channels]
    if part.sum() > MOST_EVENTS or (part != np.round(part)).any():
        return None
    rows, columns, count = part.shape
    flat = part.reshape(rows * columns, count)
    pixel, channel = np.nonzero(flat)
    times = flat[pixel, channel].astype(np.int64)
    return Events(
        pixel=np.repeat(pixel, times).astype(np.int64),
        channel=np.repeat(channel, times).astype(np.int64),
        rows=rows,
        columns=columns,
    )


def _blocks(events: Events) -> list[Integers]:
    """Number of the block of each pixel of the map, for each size of blocks."""
    row, column = np.divmod(np.arange(events.rows * events.columns), events.columns)
    found = []
    for by in BLOCKS:
        across = -(-events.columns // by)
        down = -(-events.rows // by)
        if by == 1 or across * down >= FEWEST_BLOCKS:
            found.append((row // by) * across + column // by)
    return found


def _sums(events: Events, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum of weights, of their squares and of fourth powers in each pixel."""
    size = events.rows * events.columns
    square = weight * weight
    first, second, fourth = (
        np.bincount(events.pixel, weights=one, minlength=size).astype(np.float64)
        for one in (weight, square, square * square)
    )
    return first, second, fourth


def _pairs(total: Floats, squares: Floats, fourths: Floats) -> tuple[float, float]:
    """Sum over pairs of different X-rays of a pixel or block, and its variance where composition is even."""
    pairs = float((total**2 - squares).sum())
    variance = float(2.0 * (squares**2 - fourths).sum())
    return pairs, variance


def _statistic(events: Events, blocks: Sequence[Integers], weight: Floats) -> float:
    """The largest standardised sum over pairs, of all sizes of blocks."""
    pixels = _sums(events, weight)
    found = []
    for block in blocks:
        total, squares, fourths = (np.bincount(block, weights=one).astype(np.float64) for one in pixels)
        pairs, variance = _pairs(total, squares, fourths)
        found.append(pairs / np.sqrt(variance) if variance > 0.0 else 0.0)
    return float(max(found))


def segregation(
    events: Events,
    says: Floats,
    says_all: Floats,
    *,
    rng: np.random.Generator,
    permutations: int = PERMUTATIONS,
    trials: int = TRIALS,
) -> Segregation | None:
    """Return how far an element's share varies over a map; None where nothing is said for it.

    Parameters
    ----------
    events : Events
        The X-rays.
    says, says_all : array (channels,)
        What an X-ray of a channel says for the element, and for all elements of the sublattice together:
        rows of the linear estimate of amounts, in atoms or photons.
    rng : numpy Generator
        Of the random places and of the made maps.
    permutations, trials : int
        Maps of the null, and of the power.
    """
    mine, everything = says[events.channel], says_all[events.channel]
    both, own = float(everything.sum()), float(mine.sum())
    if not (both > 0.0 and own > 0.0) or len(mine) < 2:
        return None
    share = own / both
    weight = mine - share * everything
    blocks = _blocks(events)
    statistic = _statistic(events, blocks, weight)
    by_channel = says - share * says_all
    null = np.array(
        [_statistic(events, blocks, by_channel[rng.permutation(events.channel)]) for _ in range(permutations)]
    )
    p_value = (1.0 + float((null >= statistic).sum())) / (permutations + 1.0)
    threshold = float(np.quantile(null, 1.0 - LEVEL))
    made = [
        _statistic(events, blocks, by_channel[_modulated(events, says, says_all, share, rng)])
        for _ in range(trials)
    ]
    power = float((np.array(made) > threshold).mean()) if trials else float("nan")
    index, uncertainty, upper = _size(events, weight, share * everything)
    return Segregation(
        index=index, uncertainty=uncertainty, upper=upper, p_value=p_value, power=power, share=share
    )


def _size(events: Events, weight: Floats, mean: Floats) -> tuple[float, float, float]:
    """Relative standard deviation at the size of a pixel, its error, and its bound at 95 %."""
    total, squares, fourths = _sums(events, weight)
    pairs, variance = _pairs(total, squares, fourths)
    norm, _ = _pairs(*_sums(events, mean))
    if norm <= 0.0:
        return 0.0, 0.0, float("inf")
    signal = np.maximum(total**2 - squares, 0.0)
    error = float(np.sqrt(max(variance, 0.0) + 4.0 * float((squares * signal).sum())))
    index = float(np.sqrt(max(pairs, 0.0) / norm))
    upper = float(np.sqrt(max(pairs, 0.0) / norm + 1.645 * error / norm))
    return index, error / norm / (2.0 * index) if index > 0.0 else float(np.sqrt(error / norm)), upper


def _modulated(
    events: Events, mine: Floats, everything: Floats, share: float, rng: np.random.Generator
) -> Integers:
    """Channels of the X-rays of a map whose element is modulated, drawn from all of the map, (n,).

    An X-ray of channel c comes in proportion to N_c (1 + a d_c), a the modulation of its pixel and d how far
    it is one of the element. That is a share of draws from N_c, and the rest from N_c (d_c - min d), or
    N_c (max d - d_c) where a is below zero.

    Parameters
    ----------
    mine, everything : array (channels,)
        What an X-ray of a channel says for the element, and for all of the sublattice.
    """
    field = ndimage.gaussian_filter(rng.normal(size=(events.rows, events.columns)), LENGTH, mode="wrap")
    field = np.clip(MODULATION * field / field.std(), -3.0 * MODULATION, 3.0 * MODULATION)
    # How far an X-ray is one of the element: the others of the sublattice fall as it rises.
    scale = max(float(np.abs(mine[events.channel]).max()), 1e-300)
    kind = np.clip(mine / scale, -1.0, 1.0)
    rest = np.clip((everything - mine) / scale, -1.0, 1.0) * share / max(1.0 - share, 1e-9)
    # No chance is below zero.
    own = np.clip(kind - rest, -1.0 / (3.0 * MODULATION), 1.0 / (3.0 * MODULATION))
    held = np.bincount(events.channel, minlength=len(own)).astype(np.float64)
    seen = held > 0.0
    total = float(held.sum())
    low, high = min(0.0, float(own[seen].min())), max(0.0, float(own[seen].max()))
    drawn = events.channel[rng.integers(len(events.channel), size=len(events.channel))]
    for sign, weights in ((1.0, held * (own - low)), (-1.0, held * (high - own))):
        size = np.maximum(sign * field, 0.0)
        plain = 1.0 - size * (-low if sign > 0.0 else high)
        biased = size * float(weights[seen].sum()) / total
        chance = biased / (plain + biased)
        chosen = np.flatnonzero(rng.random(len(drawn)) < chance.ravel()[events.pixel])
        if len(chosen):
            steps = np.cumsum(np.where(seen, weights, 0.0))
            drawn[chosen] = np.searchsorted(steps, rng.random(len(chosen)) * steps[-1], side="right")
    return drawn


def random_alloy_index(share: float, atoms: float) -> float:
    """Return the index of a random alloy: atoms of an element with a share, drawn for each column.

    Parameters
    ----------
    share : float
        Of the element, above 0.
    atoms : float
        Of the sublattice in the column that a pixel sees.
    """
    return float(np.sqrt((1.0 - share) / (share * atoms)))
