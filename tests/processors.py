"""Other processors, as environments in which this one does without its optional instructions."""

from __future__ import annotations

import numpy as np

_NUMPY = np._core._multiarray_umath  # type: ignore[attr-defined]
_USED = [name for name in _NUMPY.__cpu_dispatch__ if _NUMPY.__cpu_features__[name]]

SWITCHES = {
    "numpy": {"NPY_DISABLE_CPU_FEATURES": " ".join(_USED)},
    # Names before and since glibc 2.33; those that a version does not know it passes over.
    "glibc": {
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX2_Usable,-FMA_Usable,-FMA4_Usable"
    },
    "openblas": {"OPENBLAS_CORETYPE": "Nehalem"},
}

ALL_OFF = {name: value for switch in SWITCHES.values() for name, value in switch.items()}
