"""How the functions of the lattice are compiled.

Their arguments are tuples of some forty arrays, and three things about those would cost more than
the physics. numba counts references at every access to an array of a tuple, which takes longer
than the arithmetic of an event: so inner functions count none, which is safe because their caller
holds the arrays. The code that unpacks such a tuple from Python takes a second of compilation for
each function: so only an :data:`entry` has it, and the rest cannot be called from Python at all (to
try an inner function, compile a function that calls it). And a call hands over every array of
a tuple, which takes as long as the work of a short function: so short ones are put into
the code of their caller.

Compiled code takes exp, log and roots from :mod:`topotaxy.portable`, not from ``math``: those of the C
library differ between processors. Nor may ``fastmath`` be set, by which operations are fused and
reordered.

numba keeps compiled code beside each module and compiles anew when that module changes, but not when
another does that it calls: after a change, remove ``__pycache__``.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.extending import register_jitable

from topotaxy import portable
from topotaxy.caching import use_compiled_code_folder

use_compiled_code_folder(Path(__file__).parent)

# Some of the options below are real but missing from numba's own types.
_compiled: Callable[..., Any] = njit

entry = _compiled(cache=True, nogil=True, error_model="numpy")
"""Compiles a function that Python calls."""

inner = _compiled(
    cache=True,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
"""Compiles a function that only compiled functions call; it makes and returns no arrays."""

inlined = _compiled(
    cache=True,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
    forceinline=True,
)
"""The same, put into the code of its caller: what runs many times in an event."""

for _function in (portable.exp, portable.log, portable.cbrt, portable.log_factorial):
    # What runs as it stands in Python is compiled where a compiled function calls it.
    register_jitable(error_model="numpy", _nrt=False, forceinline=False)(_function)
