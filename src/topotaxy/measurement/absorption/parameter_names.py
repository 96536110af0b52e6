"""Parameters of a fit in R in words, for people; their names are for machines."""

from __future__ import annotations

from collections.abc import Mapping

_KINDS: Mapping[str, str] = {
    "n": "number of {}",
    "r": "distance to {}",
    "v": "σ² of {}",
    "e0": "E0 of the {}",
}
_SHELLS: Mapping[str, str] = {"anion": "anions", "cation": "cations", "metal": "metal neighbours"}
_ALONE: Mapping[str, str] = {
    "s02": "S02",
    "reduced": "reduced fraction",
    "e0": "E0",
    "e0_metal": "E0 of the metal",
    "stretch": "scale of distances",
    "variance": "σ²",
    "variance_2": "σ² at the second distance",
}


def parameter_name(name: str) -> str:
    """Return what a parameter of a fit is.

    Parameters
    ----------
    name : str
        As the fit calls it: ``n_cation``, ``r_metal``, ``e0_oxide``, ``s02``; another comes back as it is.
    """
    if name in _ALONE:
        return _ALONE[name]
    kind, _, of = name.partition("_")
    return _KINDS[kind].format(_SHELLS.get(of, of)) if kind in _KINDS and of else name
