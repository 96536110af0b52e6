"""An envelope as a sum of components of stated shapes above a stated background.

Areas are linear and not negative; centres and widths lie between stated bounds. Components that overlap trade
area for shape, so that a fit says what it was told: shapes and bounds are the user's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import least_squares, nnls

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.background import Floats
from topotaxy.measurement.photoemission.line_shapes import (
    asymmetric_lorentz,
    broadened,
    damped_lorentz,
    doniach_sunjic,
    gauss_lorentz_product,
    gauss_lorentz_sum,
)

Kind = Literal["GL", "SGL", "LA", "LF", "DS"]
FINE = 20
"""Points for one of the spectrum's at which maximum and width of a component are read off."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """A component before the fit.

    Attributes
    ----------
    kind:
        ``GL`` or ``SGL`` with the share m of Lorentz, ``LA`` with α and β, ``LF`` with α, β, its
        reach and the width of its Gaussian (both in widths, so that one width scales all), ``DS`` with the
        asymmetry: see :mod:`.line_shapes`.
    shape:
        Those numbers.
    centre, width:
        Start, least and most of each, eV.
    gauss:
        The same of the Gaussian that ``LA`` and ``DS`` are broadened with; not used by others.
    """

    kind: Kind
    shape: tuple[float, ...]
    centre: tuple[float, float, float]
    width: tuple[float, float, float]
    gauss: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def is_broadened(self) -> bool:
        """Whether the width of a Gaussian is fitted as well."""
        return self.kind in ("LA", "DS") and self.gauss[2] > self.gauss[1]

    def at(self, energy: Floats, centre: float, width: float, gauss: float = 0.0) -> Floats:
        """Return the shape, its height near one, (n,).

        Parameters
        ----------
        energy : array (n,)
            Binding energy, eV.
        centre, width, gauss : float
            eV.
        """
        if self.kind == "GL":
            return gauss_lorentz_product(energy, centre, width, mix=self.shape[0])
        if self.kind == "SGL":
            return gauss_lorentz_sum(energy, centre, width, mix=self.shape[0])
        if self.kind == "LA":
            alpha, beta = self.shape
            return broadened(
                lambda x: asymmetric_lorentz(x, centre, width, alpha=alpha, beta=beta), energy, gauss
            )
        if self.kind == "LF":
            alpha, beta, reach, wide = self.shape
            return broadened(
                lambda x: damped_lorentz(x, centre, width, alpha=alpha, beta=beta, reach=reach),
                energy,
                wide * width,
            )
        return broadened(lambda x: doniach_sunjic(x, centre, width, asymmetry=self.shape[0]), energy, gauss)


@dataclass(frozen=True, kw_only=True)
class FittedComponent:
    """A component after the fit.

    Attributes
    ----------
    centre, width, gauss:
        As fitted, eV.
    maximum, full_width:
        Where the component is highest, and its full width at half of that within the window, eV.
    area:
        Within the window, counts eV.
    values:
        The component, (n,).
    """

    centre: float
    width: float
    gauss: float
    maximum: float
    full_width: float
    area: float
    values: Floats


@dataclass(frozen=True, kw_only=True)
class ComponentFit:
    """Components, what they leave, and chi square of each degree of freedom."""

    components: tuple[FittedComponent, ...]
    residual: Floats
    chi_square: float


def fitted_components(
    energy: Floats, above: Floats, deviation: Floats, components: Sequence[Component]
) -> ComponentFit:
    """Return the components that fit a line above its background.

    Parameters
    ----------
    energy, above, deviation : array (n,)
        Binding energy, eV, rising; intensity less its background; standard deviation of the intensity.
    components : sequence of Component
        Kinds, numbers, starts and bounds.

    Raises
    ------
    InputError
        Where there is no component, or there are more numbers to fit than points.
    """
    starts, lows, highs = [], [], []
    for one in components:
        for start, low, high in (one.centre, one.width, *((one.gauss,) if one.is_broadened else ())):
            starts.append(start)
            lows.append(low)
            highs.append(high)
    if not starts or len(starts) + len(components) >= len(energy):
        raise InputError(f"{len(components)} components have no fit to {len(energy)} points")
    weight = 1.0 / deviation

    def solved(state: Floats) -> tuple[Floats, Floats]:
        table = np.column_stack(
            [one.at(energy, *mine) for one, mine in zip(components, _parted(components, state), strict=True)]
        )
        amounts, _ = nnls(table * weight[:, None], above * weight)
        return table, amounts

    def residuals(state: Floats) -> Floats:
        table, amounts = solved(state)
        return np.asarray((table @ amounts - above) * weight)

    best = least_squares(residuals, starts, bounds=(lows, highs), diff_step=1e-3, x_scale="jac").x
    table, amounts = solved(best)
    numbers = _parted(components, best)
    free = max(len(energy) - len(starts) - len(components), 1)
    return ComponentFit(
        components=tuple(
            _described(energy, one, mine, float(amount))
            for one, mine, amount in zip(components, numbers, amounts, strict=True)
        ),
        residual=above - table @ amounts,
        chi_square=float((residuals(best) ** 2).sum()) / free,
    )


def _parted(components: Sequence[Component], state: Floats) -> list[tuple[float, float, float]]:
    """Centre, width and Gaussian of each component."""
    found, at = [], 0
    for one in components:
        count = 3 if one.is_broadened else 2
        mine = [float(value) for value in state[at : at + count]]
        found.append((mine[0], mine[1], mine[2] if count == 3 else one.gauss[0]))
        at += count
    return found


def _described(
    energy: Floats, one: Component, numbers: tuple[float, float, float], amount: float
) -> FittedComponent:
    values = amount * one.at(energy, *numbers)
    fine = np.linspace(energy[0], energy[-1], FINE * len(energy))
    shape = one.at(fine, *numbers)
    high = fine[shape >= 0.5 * shape.max()]
    return FittedComponent(
        centre=numbers[0],
        width=numbers[1],
        gauss=numbers[2],
        maximum=float(fine[np.argmax(shape)]),
        full_width=float(high[-1] - high[0]),
        area=float(np.trapezoid(values, energy)),
        values=values,
    )
