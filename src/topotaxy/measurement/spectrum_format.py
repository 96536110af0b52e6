"""A format of spectra that several techniques read: what of a file is a technique's becomes its records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from topotaxy.measurement.files.spectra.stored import StoredSpectrum, record_of, stored_of
from topotaxy.measurement.technique import Format, Record

R = TypeVar("R", bound=Record)


def spectrum_format(
    record: type[R],
    name: str,
    extensions: tuple[str, ...],
    *,
    holds: Callable[[bytes, Path], bool],
    spectra: Callable[[Path], Iterable[StoredSpectrum]],
    store: Callable[[StoredSpectrum, Path], None] | None = None,
) -> Format[R]:
    """Return a format whose files state their own axes, so that no option is asked for.

    Parameters
    ----------
    record : type
        The technique's record, a dataclass, made of each spectrum.
    name, extensions
        As in :class:`~topotaxy.measurement.technique.Format`.
    holds : callable
        From the first bytes of a file and its path to whether it holds spectra of this technique; never
        raises.
    spectra : callable
        From the path to these spectra; InputError where there is none, or the file is damaged.
    store : callable, optional
        Writes one spectrum to a path so that it reads back as it is.
    """

    def read(path: Path, options: Any) -> tuple[R, ...]:
        return tuple(record_of(record, one, name) for one in spectra(path))

    def write(one: Any, path: Path) -> None:
        assert store is not None
        store(stored_of(one), path)

    return Format(name, extensions, holds, read, None if store is None else write)
