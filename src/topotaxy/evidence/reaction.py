"""The reaction that is judged: what a formula and an alkali ion fix before anything was measured."""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """A host, an ion, and what full conversion would do to it.

    Attributes
    ----------
    formula, ion:
        The host and the alkali.
    cations:
        Symbols, in the order of the formula.
    amounts:
        Cations of each element per formula unit.
    electrons:
        Electrons from each cation's pristine valence to the metal.
    capacity_per_electron:
        mAh/g for one electron a formula unit: F / (3.6 M).
    salt_volume, product_volume:
        Volume of the alkali salt, and of salt and metal, at full conversion over that of the host. Metal on
        the host's own sites adds no volume, so a coherent product swells by the salt alone.
    """

    formula: str
    ion: str
    cations: tuple[str, ...]
    amounts: tuple[float, ...]
    electrons: tuple[float, ...]
    capacity_per_electron: float
    salt_volume: float
    product_volume: float

    @property
    def total(self) -> float:
        """Cations per formula unit."""
        return sum(self.amounts)


def reaction_of(formula: str, ion: str) -> Reaction:
    """Return the reaction of a rock-salt formula with ``Li``, ``Na`` or ``K``.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    ion : str
        Li, Na or K.

    Raises
    ------
    InputError
        Where the formula cannot be read, is no rock salt, or a volume is not tabulated.
    """
    from topotaxy.material import (
        FARADAY,
        IONS,
        conversion_volume_ratio,
        lattice_parameter,
        molar_mass,
        parse_formula,
        product_volume,
        reducible_cations,
    )

    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    composition = parse_formula(formula)
    reducible = reducible_cations(composition)
    if not reducible:
        raise InputError(f"no cation of {formula} can be reduced, so there is no conversion to judge")
    anions = sum(composition.anions.values())
    host = lattice_parameter(composition) ** 3 / 4 * anions
    metal = sum(composition.cations[element] * product_volume(element) for element in reducible)
    share = sum(composition.cations[element] for element in reducible) / sum(composition.cations.values())
    # What cannot be reduced at all keeps its volume; the rest turns into salt and metal.
    whole = conversion_volume_ratio(composition, ion)
    return Reaction(
        formula=formula,
        ion=ion,
        cations=tuple(composition.cations),
        amounts=tuple(float(n) for n in composition.cations.values()),
        electrons=tuple(float(composition.mean_valences[element]) for element in composition.cations),
        capacity_per_electron=float(FARADAY / (3.6 * molar_mass(composition))),
        salt_volume=float(whole - metal / (host * share)),
        product_volume=float(whole),
    )
