"""The reactive lattice: rock salt and antifluorite on one fcc anion frame."""

from topotaxy.lattice.box import Box, box_from_spec
from topotaxy.lattice.history import Curve, HalfCycle, Replica
from topotaxy.lattice.simulation import run_replica

__all__ = ["Box", "Curve", "HalfCycle", "Replica", "box_from_spec", "run_replica"]
