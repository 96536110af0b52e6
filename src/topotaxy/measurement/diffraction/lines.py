"""Emission lines of X-ray tubes."""

from __future__ import annotations

from topotaxy.errors import InputError
from topotaxy.tables import read_table

PACKAGE = "topotaxy.measurement.diffraction"


def emissions() -> tuple[str, ...]:
    """Return the names of the known emissions, as in ``Cu Ka``."""
    return tuple(dict.fromkeys(row["name"] for row in read_table(PACKAGE, "emission_lines")))


def emission(name: str) -> tuple[tuple[float, float], ...]:
    """Return wavelengths (Å) and weights of an emission, the strongest first.

    Parameters
    ----------
    name : str
        As in ``Cu Ka``.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    plain = name.strip().replace("α", "a").replace("K-alpha", "Ka").replace("Kalpha", "Ka")
    rows = [row for row in read_table(PACKAGE, "emission_lines") if row["name"].lower() == plain.lower()]
    if not rows:
        raise InputError(f"emission {name!r:.30} is not known: {', '.join(emissions())}")
    return tuple((float(row["wavelength"]), float(row["weight"])) for row in rows)


def doublet_of(wavelength: float) -> str | None:
    """Return the emission whose Kα1 a wavelength is to 0.03 %, or None.

    Parameters
    ----------
    wavelength : float
        Å.
    """
    for row in read_table(PACKAGE, "emission_lines"):
        is_doublet = row["line"] == "Ka1" and row["name"].endswith("Ka")
        if is_doublet and abs(float(row["wavelength"]) / wavelength - 1.0) < 3e-4:
            return row["name"]
    return None


def mean_of_doublet(wavelength: float) -> str | None:
    """Return the emission whose weighted mean of Kα1 and Kα2 a wavelength is to 0.02 %, or None.

    Such a number stands for two lines at once and fits neither: a lattice parameter from it would be off by
    up to 1e-3.

    Parameters
    ----------
    wavelength : float
        Å.
    """
    for name in emissions():
        lines = emission(name)
        if len(lines) == 2:
            mean = sum(w * s for w, s in lines) / sum(s for _, s in lines)
            if abs(mean / wavelength - 1.0) < 2e-4:
                return name
    return None
