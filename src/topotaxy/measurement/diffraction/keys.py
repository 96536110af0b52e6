"""Names of the parameters of a calculated pattern."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """Name of a parameter: what it is, of which phase, and which site, where it belongs to one."""

    kind: str
    phase: str = ""
    site: str = ""
    element: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.kind, self.phase, self.site, self.element) if part)


GLOBAL = ("zero", "displacement", "transparency", "U", "V", "W", "X", "Y", "axial")
"""Parameters that all phases share: degrees (U, V, W: degrees²); ``axial`` is a ratio.

``zero`` is added to 2θ, ``displacement`` times cos θ, ``transparency`` (of a sample that the beam goes into)
times sin 2θ; a Gaussian of U tan²θ + V tanθ + W and a Lorentzian of
X/cosθ + Y tanθ.
"""

CELL = ("a", "b", "c", "alpha", "beta", "gamma")
"""Parameters of a cell: Å, then degrees."""
