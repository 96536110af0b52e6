"""topotaxy: is a conversion electrode's reaction confined to the lattice of its host?

Heavy parts load when first used, so that ``import topotaxy`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from topotaxy.version import __version__

_EXPORTS = {
    "simulate": "topotaxy.runs",
    "describe": "topotaxy.material",
    "parse_formula": "topotaxy.material",
    "analyse": "topotaxy.api",
    "probe": "topotaxy.api",
    "judge": "topotaxy.api",
    "audit": "topotaxy.evidence",
    "load_spec": "topotaxy.spec",
    "Spec": "topotaxy.spec",
    "Observable": "topotaxy.observables",
    "InputError": "topotaxy.errors",
}

__all__ = [
    "InputError",
    "Observable",
    "Spec",
    "__version__",
    "analyse",
    "audit",
    "describe",
    "judge",
    "load_spec",
    "parse_formula",
    "probe",
    "simulate",
]

if TYPE_CHECKING:
    from topotaxy.api import analyse, judge, probe
    from topotaxy.errors import InputError
    from topotaxy.evidence import audit
    from topotaxy.material import describe, parse_formula
    from topotaxy.observables import Observable
    from topotaxy.runs import simulate
    from topotaxy.spec import Spec, load_spec


def __getattr__(name: str) -> Any:
    if name in _EXPORTS:
        return getattr(import_module(_EXPORTS[name]), name)
    raise AttributeError(f"module 'topotaxy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_EXPORTS])
