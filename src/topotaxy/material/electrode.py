"""The material of a specification: its formula, checked against what is said of it."""

from __future__ import annotations

from topotaxy.errors import InputError
from topotaxy.material.composition import Composition, parse_formula
from topotaxy.spec import Electrode


def electrode_composition(electrode: Electrode) -> Composition:
    """Return the composition of an electrode.

    Parameters
    ----------
    electrode : Electrode
        As the specification has it.

    Raises
    ------
    InputError
        Where the formula cannot be used, or a cation claimed active is not in it.
    """
    try:
        composition = parse_formula(electrode.formula)
    except InputError as error:
        raise InputError(f"electrode.formula: {error}") from None
    for element in electrode.claimed_active:
        if element not in composition.cations:
            raise InputError(
                f"electrode.claimed_active: {element!r:.20} is no cation of the formula; "
                f"expected some of {', '.join(composition.cations)}"
            )
    return composition
