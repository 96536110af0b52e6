"""How the functions of the lattice are compiled.

Their arguments are named tuples of some forty arrays, which go by the address of a
:class:`~topotaxy.lattice.records.Record`: only an :func:`entry` is called from Python, and makes the records.
Inner functions cannot be called from Python at all (to try one, compile an entry that calls it) and count
no references to arrays, which is safe because the records hold them. They are compiled with each entry,
as a whole (:mod:`topotaxy.lattice.parts`); which of them are put into the code of their caller is left
to the compiler, as to force it takes ten times as long to compile and is no faster.

Compiled code takes exp, log and roots from :mod:`topotaxy.portable`, not from ``math``: those of the C
library differ between processors. Nor may ``fastmath`` be set, by which operations are fused and
reordered.

numba keeps the code of an entry beside its module and compiles anew when that module changes. When another
does that it calls, the types of records change, and so it is compiled anew too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numba import njit
from numba.extending import register_jitable

from topotaxy import portable
from topotaxy.caching import use_compiled_code_folder
from topotaxy.lattice.parts import PartCompiler
from topotaxy.lattice.records import Record

use_compiled_code_folder(Path(__file__).parent)

# Some of the options below are real but missing from numba's own types.
_compiled: Callable[..., Any] = njit

of_numbers = _compiled(cache=True, nogil=True, error_model="numpy")
"""Compiles a function of numbers alone, which Python and compiled functions call."""


def by_address(compiled: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that hands its named tuples to a compiled one as records.

    Parameters
    ----------
    compiled : callable
        Compiled for :class:`~topotaxy.lattice.records.Record` in place of each named tuple.
    """

    @functools.wraps(compiled)
    def called(*arguments: Any) -> Any:
        return compiled(*[Record(a) if hasattr(a, "_fields") else a for a in arguments])

    return called


def entry(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that Python calls, and hand it its named tuples by address.

    Parameters
    ----------
    function : callable
        Of named tuples, numbers and generators.
    """
    return by_address(of_numbers(function))


inner = _compiled(
    pipeline_class=PartCompiler,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
"""Compiles a function that only compiled functions call; it makes and returns no arrays."""

for _function in (portable.exp, portable.log, portable.cbrt, portable.log_factorial):
    # What runs as it stands in Python is compiled where a compiled function calls it.
    register_jitable(pipeline_class=PartCompiler, error_model="numpy", _nrt=False)(_function)
