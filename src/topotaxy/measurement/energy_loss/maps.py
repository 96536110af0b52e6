"""Maps of a spectrum image: how much of an element stands in a pixel, and what share of it is metal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.energy_loss.background import extrapolated
from topotaxy.measurement.energy_loss.combination import LossCombination, Shape
from topotaxy.measurement.energy_loss.edges import GAP, Edge
from topotaxy.measurement.files.spectra.stored import Floats

LEAST_SIGNIFICANCE = 3.0
"""Standard deviations of an edge's intensity below which a pixel gets no share."""


@dataclass(frozen=True, kw_only=True)
class EdgeMap:
    """Maps of one edge, (rows, columns).

    Attributes
    ----------
    edge:
        Which one.
    intensity:
        Counts above the background, from the edge to behind both lines.
    share:
        Of the metal by atoms; NaN where the edge does not stand out. None without references.
    share_error:
        Its standard deviation by counting.
    """

    edge: Edge
    intensity: Floats
    share: Floats | None
    share_error: Floats | None


def edge_map(
    energy: Floats,
    image: Floats,
    edge: Edge,
    *,
    width: float,
    whole: LossCombination | None,
    shapes: tuple[Shape, Shape] | None,
) -> EdgeMap:
    """Return the maps of an edge in a spectrum image.

    Shares come from one linear fit a pixel, at the offset that the sum of all pixels has.

    Parameters
    ----------
    energy : array (n,)
        eV.
    image : array (rows, columns, n)
        Counts.
    edge : Edge
        Which one.
    width : float
        Of the background window, eV.
    whole : LossCombination, optional
        The combination that fits the sum of all pixels.
    shapes : pair of callable, optional
        Shapes of metal and oxide.
    """
    high = edge.energy - GAP
    low = max(high - width, float(energy[0]))
    behind = (energy >= edge.energy - 2.0) & (energy <= edge.end + 12.0)
    background = extrapolated(energy, image, low, high)
    intensity = (image - background)[..., behind].sum(axis=-1)
    if whole is None or shapes is None:
        return EdgeMap(edge=edge, intensity=intensity, share=None, share_error=None)
    share, error, strength = _shares(energy, image, whole, shapes)
    clear = strength > LEAST_SIGNIFICANCE
    return EdgeMap(
        edge=edge,
        intensity=intensity,
        share=np.where(clear, share, np.nan),
        share_error=np.where(clear, error, np.nan),
    )


def _shares(
    energy: Floats, image: Floats, whole: LossCombination, shapes: tuple[Shape, Shape]
) -> tuple[Floats, Floats, Floats]:
    """Share, its error, and significance of the edge of each pixel, by weighted least squares."""
    part = (energy >= whole.energy[0] - 1e-9) & (energy <= whole.energy[-1] + 1e-9)
    x = energy[part]
    # The background of all pixels in its own shape, and one that is steeper.
    law = whole.background / whole.background.mean()
    table = np.column_stack(
        [shape(x - whole.offset) for shape in shapes] + [law, law * (x / x.mean()) ** -2.0]
    )
    weight = 1.0 / np.maximum(whole.fit, 1e-12)
    normal = table.T @ (table * weight[:, None])
    inverse = np.linalg.pinv(normal)
    amounts = image[..., part] @ (table * weight[:, None]) @ inverse.T
    # Counts of a pixel are those of the sum, scaled: so is the covariance.
    scale = image[..., part].sum(axis=-1) / whole.fit.sum()
    a, b = amounts[..., 0], amounts[..., 1]
    both = a + b
    safe = np.where(np.abs(both) > 1e-300, both, np.nan)
    variance = np.maximum(scale, 1e-300)
    spread = np.sqrt(variance * (inverse[0, 0] + inverse[1, 1] + 2.0 * inverse[0, 1]))
    gradient = np.stack([b / safe**2, -a / safe**2], axis=-1)
    error = np.sqrt(variance * np.einsum("...i,ij,...j->...", gradient, inverse[:2, :2], gradient))
    return a / safe, error, both / spread
