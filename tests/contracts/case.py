"""What a technique's case says: specimens with a known answer, and good files of each of its formats."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A number that observables have to agree with, known from how the specimen or the file was made."""

    quantity: str
    value: float
    subject: str = ""
    """Text of the subject."""


@dataclass(frozen=True, kw_only=True)
class GoodFile:
    """A whole file, the name of its format, and what it says where that is known."""

    path: Path
    format: str
    truth: tuple[Truth, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """The contract's case of one technique.

    Attributes
    ----------
    technique:
        Its name.
    options:
        With which good files and virtual records are analysed.
    good_files:
        Writes small whole files into a folder, at least one for each format that can be made here.
    same_record:
        Writes one record in two or more formats into a folder; none where there is one format only.
    unmade:
        Formats of which no file is made here, each with the reason.
    specimens, instrument, truth:
        What the virtual instrument sees, its options, and what the observables have to say. Where there is
        no probe, all three are None and the technique says why.
    exact:
        Quantity to relative tolerance for truths whose observable states no uncertainty.
    """

    technique: str
    options: Any
    good_files: Callable[[Path], Sequence[GoodFile]]
    same_record: Callable[[Path], Sequence[Path]] | None = None
    unmade: Mapping[str, str] = field(default_factory=dict)
    specimens: Callable[[], Sequence[Any]] | None = None
    instrument: Any = None
    truth: Callable[[Sequence[Any]], Sequence[Truth]] | None = None
    exact: Mapping[str, float] = field(default_factory=dict)


def cases() -> dict[str, Case]:
    """Return the cases by technique, one for each module of the folder ``cases``."""
    found = {}
    for path in sorted(CASES.glob("[a-z]*.py")):
        name = f"contract_case_{path.stem}"
        if name not in sys.modules:
            spec = importlib.util.spec_from_file_location(name, path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
        case: Case = sys.modules[name].CASE
        found[case.technique] = case
    return found
