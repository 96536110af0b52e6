"""The specimen: atoms that an instrument can look at, wherever they come from.

``builders``, ``inclusions``, ``domains`` and ``mechanisms`` make specimens without a simulation, ``exchange``
takes them to and from files and other codes, ``pairs`` counts neighbours, ``view`` shows them to people.
"""

from __future__ import annotations

from topotaxy.specimen.exchange import read, write
from topotaxy.specimen.specimen import PHASES, Cluster, Phase, Specimen, State

__all__ = ["PHASES", "Cluster", "Phase", "Specimen", "State", "read", "write"]
