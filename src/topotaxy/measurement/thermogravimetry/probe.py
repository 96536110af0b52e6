"""A virtual thermobalance: a specimen's composition, burnt to oxides at a steady heating rate, weighed."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from topotaxy.errors import InputError
from topotaxy.measurement.instrument import linear_drift, white_noise
from topotaxy.measurement.options import Quantity
from topotaxy.measurement.thermogravimetry.end_products import EndProduct, possible_products
from topotaxy.measurement.thermogravimetry.oxysulfide import Host, mass_change
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked

if TYPE_CHECKING:
    from topotaxy.specimen import Specimen

WEIGHED = frozenset({"O", "S"})


class Thermobalance(BaseModel):
    """Options of the virtual thermobalance."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample_mass: Annotated[float, Quantity("mass", "10mg")] = Field(
        default=0.010, description="Mass of the sample at the start."
    )
    heating_rate: Annotated[float, Quantity("heating_rate", "10K/min")] = Field(
        default=10.0, description="Heating rate."
    )
    start_temperature: Annotated[float, Quantity("temperature", "30degC")] = Field(
        default=303.15, description="Temperature at which the run begins."
    )
    final_temperature: Annotated[float, Quantity("temperature", "1000degC")] = Field(
        default=1273.15, description="Temperature at which the heating ends."
    )
    hold: Annotated[float, Quantity("time", "600s", "non-negative")] = Field(
        default=600.0, description="Time at the final temperature."
    )
    reaction_temperature: Annotated[float, Quantity("temperature", "550degC")] = Field(
        default=823.15, description="Temperature at which half of the sample has burnt."
    )
    reaction_width: Annotated[float, Quantity("temperature", "15K")] = Field(
        default=15.0, description="Width of that step: 12 to 88 % of it lie within twice this."
    )
    sampling: Annotated[float, Quantity("time", "2s")] = Field(
        default=2.0, description="Time between points."
    )
    balance_noise: Annotated[float, Quantity("mass", "1ug", "non-negative")] = Field(
        default=1e-6, description="Noise of each point, one standard deviation."
    )
    drift_by_end: Annotated[float, Quantity("mass", "10ug", "non-negative")] = Field(
        default=1e-5, description="Drift by the end of the run, one standard deviation."
    )
    burnt_to: tuple[str, ...] = Field(
        default=(), description="Oxide that a cation ends as, as Co3O4; of others the first of the table."
    )
    sulfate_kept: Annotated[float, Quantity("dimensionless", "0.1", "non-negative")] = Field(
        default=0.0, description="Share of the sulfur that is left as sulfate."
    )


def composition_of(specimens: Sequence[Specimen]) -> tuple[Host, float]:
    """Return cations and anion sites of all specimens together, per anion site, and the share of sulfur.

    Parameters
    ----------
    specimens : sequence of Specimen
        Pristine ones: no alkali metal.

    Raises
    ------
    InputError
        Where there is no anion, or something besides the cations of the table, oxygen and sulfur.
    """
    counts: Counter[str] = Counter()
    for specimen in specimens:
        elements, numbers = np.unique(specimen.elements, return_counts=True)
        counts.update({str(el): int(n) for el, n in zip(elements, numbers, strict=True)})
    anions = sum(counts[el] for el in WEIGHED)
    if not anions:
        raise InputError("the specimen holds no oxygen or sulfur: nothing to burn to oxides")
    alkali = sorted({"Li", "Na", "K"} & set(counts))
    if alkali:
        raise InputError(
            f"the specimen holds {alkali[0]}: a discharged electrode does not burn to oxides alone; "
            "probe a pristine one"
        )
    cations = {el: n / anions for el, n in sorted(counts.items()) if el not in WEIGHED}
    return Host(cations=cations, anions=1.0), counts["S"] / anions


def burnt(host: Host, balance: Thermobalance) -> dict[str, EndProduct]:
    """Return the oxide that each cation ends as in the virtual balance.

    Parameters
    ----------
    host : Host
        Its cations.
    balance : Thermobalance
        Final temperature, and the oxides that are stated.
    """
    possible = possible_products(tuple(host.cations), balance.final_temperature, balance.burnt_to)
    return {element: every[0] for element, every in possible.items()}


def true_change(specimens: Sequence[Specimen], balance: Thermobalance) -> float:
    """Return the change of mass that the balance would show without noise and drift.

    Parameters
    ----------
    specimens : sequence of Specimen
        Weighed together.
    balance : Thermobalance
        End products and sulfate.
    """
    host, sulfur = composition_of(specimens)
    return mass_change(host, sulfur, burnt(host, balance), sulfate=balance.sulfate_kept)


def probe(
    specimens: Sequence[Specimen], balance: Thermobalance, rng: np.random.Generator
) -> tuple[ThermogravimetryRecord, ...]:
    """Return the record of one run with the specimens' composition.

    The step is a logistic of the temperature: its place and width are imposed, its height follows from the
    composition.

    Parameters
    ----------
    specimens : sequence of Specimen
        Weighed together.
    balance : Thermobalance
        Mass, temperatures, noise and drift.
    rng : numpy Generator
        For noise and drift.

    Raises
    ------
    InputError
        Where the specimens cannot be burnt, or the run is longer than a million points.
    """
    change = true_change(specimens, balance)
    rise = (balance.final_temperature - balance.start_temperature) * 60.0 / balance.heating_rate
    points = math.floor((rise + balance.hold) / balance.sampling) + 1
    if rise <= 0.0 or not 3 <= points <= 1_000_000:
        raise InputError(f"the run would have {points} points; set temperatures, rate and sampling anew")
    time = balance.sampling * np.arange(points, dtype=np.float64)
    temperature = np.minimum(
        balance.start_temperature + balance.heating_rate * time / 60.0, balance.final_temperature
    )
    reduced = (temperature - balance.reaction_temperature) / balance.reaction_width
    share = np.array([1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, value)))) for value in reduced])
    start = 1e3 * balance.sample_mass
    mass = start * (1.0 + change * share)
    mass += white_noise(points, 1e3 * balance.balance_noise, rng)
    mass += linear_drift(time, 1e3 * balance.drift_by_end, rng)
    source = specimens[0].formula or specimens[0].source or "specimen"
    return (
        checked(
            time,
            temperature,
            mass,
            source=f"{source}, virtual balance",
            format="virtual thermobalance",
            instrument="virtual thermobalance",
            stated_mass=start,
            origin="simulated",
        ),
    )
