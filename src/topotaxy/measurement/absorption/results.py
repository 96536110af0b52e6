"""What the analysis keeps of each spectrum, for observables, dataset and figures."""

from __future__ import annotations

from dataclasses import dataclass, field

from topotaxy.measurement.absorption.background import Exafs
from topotaxy.measurement.absorption.combination import Combination
from topotaxy.measurement.absorption.components import Components
from topotaxy.measurement.absorption.edges import Position
from topotaxy.measurement.absorption.fitting import Fit
from topotaxy.measurement.absorption.normalisation import Normalised
from topotaxy.measurement.absorption.record import AbsorptionRecord


@dataclass(frozen=True, kw_only=True)
class AmplitudeReduction:
    """S02 and where it comes from; from there also what is expected of the variance of metal distances.

    Attributes
    ----------
    value, deviation:
        S02 and its standard deviation.
    source, measured:
        In words; whether a foil gave it.
    metal_variance:
        Å², with its standard deviation.
    """

    value: float
    deviation: float
    source: str
    measured: bool
    metal_variance: tuple[float, float]


@dataclass(kw_only=True)
class Spectrum:
    """One spectrum as far as it could be analysed; None where a step was not possible."""

    record: AbsorptionRecord
    normal: Normalised
    positions: dict[str, Position] = field(default_factory=dict)
    reference_positions: dict[str, Position] = field(default_factory=dict)
    calibrated: bool = False
    exafs: Exafs | None = None
    s02: AmplitudeReduction | None = None
    fit: Fit | None = None
    stoichiometric_fit: Fit | None = None
    other_background: Fit | None = None
    other_stoichiometric: Fit | None = None
    other_metal: Fit | None = None
    is_foil: bool = False
    combination: Combination | None = None

    @property
    def name(self) -> str:
        """The record's name."""
        return self.record.name


@dataclass(frozen=True, kw_only=True)
class Results:
    """All spectra, and what concerns several: components by element and edge, the cell's current in A/g."""

    spectra: tuple[Spectrum, ...]
    components: dict[tuple[str, str], Components] = field(default_factory=dict)
    specific_current: float | None = None
