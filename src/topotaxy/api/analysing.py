"""Files of instruments, and specimens under virtual ones, to observables that show themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.api.shown import Shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from topotaxy.content.section import Page
    from topotaxy.measurement.analysis import Analysis
    from topotaxy.measurement.sample import Given
    from topotaxy.observables import Observable
    from topotaxy.specimen import Specimen


@dataclass(frozen=True)
class Analysed(Shown):
    """What files of instruments show.

    Attributes
    ----------
    analysis : Analysis
        Records and what was observed in them, by technique.
    files : mapping of str to bytes
        Files that a virtual instrument wrote; empty for measured ones.
    """

    analysis: Analysis
    files: dict[str, bytes]

    @property
    def observables(self) -> list[Observable]:
        """The numbers, each with unit, uncertainty, conditions, method and label."""
        return [entry for part in self.analysis.parts for entry in part.observed.observables]

    @property
    def dataset(self) -> xr.DataTree:
        """The curves, as ``analysis.nc`` holds them."""
        from topotaxy.measurement.analysis import dataset
        from topotaxy.version import __version__

        return dataset(self.analysis, __version__)

    def table(self) -> pd.DataFrame:
        """Return the numbers as a table, one row an observable, with the columns of ``observables.csv``."""
        from io import StringIO

        import pandas as pd

        from topotaxy.observables import to_csv

        # The unit of a plain number is the text "1", and only an empty cell is unknown.
        return pd.read_csv(
            StringIO(to_csv(self.observables)), dtype={"unit": str}, keep_default_na=False, na_values=[""]
        )

    def page(self) -> Page:
        """Return the content of the report."""
        from topotaxy.measurement.pages import page_of

        return page_of(self.analysis)

    def __repr__(self) -> str:
        parts = ", ".join(
            f"{part.technique.name}: {len(part.observed.observables)}" for part in self.analysis.parts
        )
        return f"<Analysed, observables of {parts}>"


def analyse(
    files: str | Path | Sequence[str | Path],
    *,
    sample: str | Path | None = None,
    technique: str | None = None,
    format: str | None = None,
    mapping: str | Path | None = None,
    **options: Any,
) -> Analysed:
    """Read files of instruments and return what they show, as ``topotaxy analyse`` does.

    Parameters
    ----------
    files : path or sequence of paths
        Files of one technique or of several.
    sample : path, optional
        TOML that says what the sample is.
    technique, format : str, optional
        Name of either, where more than one would fit.
    mapping : path, optional
        TOML that names the columns of a csv.
    **options
        Options of the techniques, as in ``mass="1.23mg"``, ``role="half-cell-anode"``; those of
        ``topotaxy analyse --help`` with ``_`` for ``-``.

    Raises
    ------
    InputError
        Where a file cannot be read or an option does not fit.

    Examples
    --------
    >>> found = topotaxy.analyse("cell.ndax", mass="1.23mg", role="half-cell-anode")  # doctest: +SKIP
    >>> found.table()[["quantity", "value", "unit"]]  # doctest: +SKIP
    """
    from topotaxy.measurement.analysis import analysed_files

    paths = [Path(files)] if isinstance(files, (str, Path)) else [Path(one) for one in files]
    analysis = analysed_files(
        paths,
        _given(sample, options),
        technique=technique,
        format=format,
        mapping=None if mapping is None else Path(mapping),
    )
    return Analysed(analysis, {})


def probe(
    specimen: Specimen | Sequence[Specimen] | str | Path,
    technique: str,
    *,
    state: str | None = None,
    cycle: int | None = None,
    replica: int | None = None,
    seed: int = 0,
    format: str | None = None,
    sample: str | Path | None = None,
    **options: Any,
) -> Analysed:
    """Look at a specimen with a virtual instrument and analyse its file as a measured one is.

    Parameters
    ----------
    specimen : Specimen, sequence of Specimen, or path
        Replicas of one sample in one state; the folder of a run; or a specimen's file.
    technique : str
        Name of the technique, as ``"diffraction"``.
    state, cycle, replica : optional
        Of a run, as for ``topotaxy probe``.
    seed : int
        Of the noise.
    format : str, optional
        Name of the format that is written.
    sample : path, optional
        TOML that says what the sample is.
    **options
        Options of the virtual instrument and of the analysis.

    Raises
    ------
    InputError
        Where the specimen or an option does not suit the instrument.
    """
    from topotaxy.measurement.recognise import technique_named
    from topotaxy.studies.probing import probed, specimens_at

    chosen = technique_named(technique)
    if isinstance(specimen, (str, Path)):
        found = specimens_at(Path(specimen), state=state, cycle=cycle, replica=replica)
        stem = Path(specimen).stem or "specimen"
    else:
        found = [*specimen] if isinstance(specimen, Sequence) else [specimen]
        stem = "specimen"
    own = set(chosen.instrument.model_fields) if chosen.instrument is not None else set()
    instrument = {key: value for key, value in options.items() if key in own}
    given = _given(sample, {key: value for key, value in options.items() if key not in own})
    analysis, files = probed(chosen, found, instrument, given, seed=seed, format=format, stem=stem)
    return Analysed(analysis, files)


def _given(sample: str | Path | None, options: dict[str, Any]) -> Given:
    from topotaxy.measurement.sample import Given, load

    return replace(Given() if sample is None else load(Path(sample)), shared=options)
