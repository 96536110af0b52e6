"""Functions that are compiled once, with the whole program that they are part of.

numba optimises every function together with all that it calls, and makes machine code of both: a function
that is called by ten others, through five more, is compiled again for each of them. But the functions of the
lattice run only within those that Python calls. So a part is brought to LLVM's intermediate
code and no further; what calls it takes that in, and is optimised and made into machine code once.
"""

from __future__ import annotations

from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class _NoEnvironment:
    """In place of a part's code generator: there is no machine code yet whose environment could be set."""

    def set_env(self, name: str, environment: Any) -> None:
        """Leave it out; only what raises Python's exceptions needs one."""


class Part(JITCodeLibrary):
    """Intermediate code of one function and of all that it calls."""

    codegen = _NoEnvironment()

    def _optimize_final_module(self) -> None:
        """Leave that to the function that Python calls."""

    def _finalize_final_module(self) -> None:
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """No machine code, so nowhere.

        Parameters
        ----------
        name : str
            Of the function, as LLVM has it.

        Returns
        -------
        int
            0, by which numba knows that it must not be called.
        """
        self._ensure_finalized()  # type: ignore[no-untyped-call]
        return 0


class PartCompiler(Compiler):
    """numba's compiler, which keeps what it makes as a :class:`Part`."""

    def __init__(self, typing: Any, target: Any, library: Any, *rest: Any) -> None:
        super().__init__(typing, target, library or Part(target.codegen(), "part"), *rest)  # type: ignore[no-untyped-call]
