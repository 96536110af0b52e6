"""Mechanisms by hand: what an electrode looks like pristine, discharged and charged if one of them is true.

Definitions: a metal share below 0.3 of what could be reduced is *intercalation*; a frame of which at least
half never reacts an *unreacted core*; where the frame holds, metal on its sites is *confined* and metal
gathered in it *inlaid*; where it does not, a *metal network* stays reduced, *vanished* rock salt comes back
on charge and *collapsed* rock salt does not. These specimens are construction, made to test instruments and
judgement on; they say nothing of which mechanism is true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from topotaxy.errors import InputError
from topotaxy.material import (
    ANION_CHARGE,
    IONS,
    Composition,
    conversion_voltages,
    parse_formula,
    reducible_cations,
)
from topotaxy.specimen.builders import (
    rock_salt,
)
from topotaxy.specimen.electrode_states import CORE, MECHANISMS, Electrode
from topotaxy.specimen.specimen import Specimen, State

LEAST_VOLTAGE = 0.1
"""Conversion voltage below which a cation is taken as inert, V (estimate: polarisation stops it there)."""


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """The states of one electrode under one mechanism, and what is true of it.

    Attributes
    ----------
    name:
        One of :data:`MECHANISMS`.
    states:
        Specimens by state.
    core:
        Share of the cations in a core that never reacts.
    """

    name: str
    states: Mapping[State, Specimen]
    core: float

    def truth(self, state: State) -> dict[str, float]:
        """Return what is true of a state, counted: see :func:`counted`.

        Parameters
        ----------
        state : str
            One of the keys of ``states``.
        """
        return counted(self.states[state])


def counted(specimen: Specimen) -> dict[str, float]:
    """Return what is true of a specimen, by counting atoms.

    ``metal:El``: share of an element that is metal; ``metal``: of all cations; ``coherent``: share of the
    metal that sits on sites of the frame; ``frame``: cations of valence above 0 in the frame, of all cations;
    ``alkali``: per cation. What has no atoms to count is absent.

    Parameters
    ----------
    specimen : Specimen
        Any.
    """
    cation = ~specimen.is_element(*ANION_CHARGE, *IONS)
    metal = cation & (specimen.valences == 0)
    frame = cation & specimen.is_phase("frame")
    found: dict[str, float] = {}
    if not cation.any():
        return found
    for element in sorted(set(specimen.elements[cation].tolist())):
        own = specimen.elements == element
        found[f"metal:{element}"] = float((metal & own).sum() / own.sum())
    found["metal"] = float(metal.sum() / cation.sum())
    if metal.any():
        found["coherent"] = float((metal & frame).sum() / metal.sum())
    found["frame"] = float((frame & ~metal).sum() / cation.sum())
    found["alkali"] = float(specimen.is_element(*IONS).sum() / cation.sum())
    return found


def _reaction(
    name: str, formula: str, ion: str, reacted: float, redox: Iterable[str] | None
) -> tuple[Composition, tuple[str, ...]]:
    """The composition and the cations that react, once all that is asked for can be."""
    if name not in MECHANISMS:
        raise InputError(f"unknown mechanism {name!r:.40}; expected one of {', '.join(MECHANISMS)}")
    if not 0.0 < reacted <= 1.0:
        raise InputError(f"expected a reacted share above 0 and up to 1, got {reacted!r:.40}")
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    composition = parse_formula(formula)
    if redox is None:
        voltages, _ = conversion_voltages(composition, ion)
        reacting = tuple(el for el, voltage in voltages.items() if voltage > LEAST_VOLTAGE)
    else:
        reacting = tuple(dict.fromkeys(redox))
    for element in reacting:
        if element not in reducible_cations(composition):
            raise InputError(f"{element!r:.20} cannot be reduced in {formula}")
    if not reacting:
        raise InputError(f"no cation of {formula} is reduced by {ion}")
    return composition, reacting


def mechanism(
    name: str,
    formula: str,
    ion: str,
    *,
    cells: int = 8,
    reacted: float = 0.7,
    redox: Iterable[str] | None = None,
    strain: float = 0.03,
    seed: int = 0,
) -> Mechanism:
    """Return the three states of an electrode under one mechanism.

    Parameters
    ----------
    name
        One of :data:`MECHANISMS`.
    formula, ion
        Rock salt and alkali metal.
    cells
        Conventional cells along the edge of the pristine box.
    reacted
        Share of the reducible cations that react when discharged; in an intercalation they take one electron
        each, in all others two.
    redox
        Cations that react; where None, those whose conversion voltage in bulk is above
        :data:`LEAST_VOLTAGE`.
    strain
        Linear strain of a frame that holds, when discharged. Imposed: anything from 0 to
        :func:`~topotaxy.material.swelling_strain` has been argued for.
    seed
        Of everything that is drawn.

    Raises
    ------
    InputError
        For an unknown mechanism, a formula without reducible cations, or numbers that cannot be.
    """
    composition, reacting = _reaction(name, formula, ion, reacted, redox)
    host = replace(rock_salt(formula, cells, seed=seed), source=name)
    electrode = Electrode(
        composition=composition,
        ion=ion,
        host=host,
        reacted=reacted,
        strain=strain,
        seed=seed,
        reducible=reacting,
    )
    states: dict[State, Specimen] = {"pristine": host}
    for state, specimen in MECHANISMS[name](electrode).items():
        states[state] = replace(specimen, state=state, cycle=1, formula=formula, source=name)
    return Mechanism(name=name, states=states, core=CORE if name == "unreacted-core" else 0.0)
