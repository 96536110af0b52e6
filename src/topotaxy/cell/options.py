"""Which physics of a conversion electrode is on."""

from __future__ import annotations

from collections.abc import Mapping

OPTIONS = ("first discharge", "early loss", "film", "stores", "loss of active material")
"""What can be switched off, one piece of physics each."""


def chosen_options(options: Mapping[str, bool] | None) -> dict[str, bool]:
    """Fill in the options that are not given: all physics on.

    Parameters
    ----------
    options : mapping of str to bool, optional
        By the names of :data:`OPTIONS`.

    Raises
    ------
    ValueError
        For a name that is no option.
    """
    given = dict(options or {})
    unknown = sorted(set(given) - set(OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; expected one of {', '.join(OPTIONS)}")
    return {name: bool(given.get(name, True)) for name in OPTIONS}
