"""Which mechanism observables or a paper support, as a result that shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.api.shown import Shown

if TYPE_CHECKING:
    from topotaxy.content.section import Page
    from topotaxy.evidence.verdict import Verdict


@dataclass(frozen=True)
class Judged(Shown):
    """What a judgement says.

    Attributes
    ----------
    verdict : Verdict
        Mechanisms with their shares, latents, what drives them, what would decide.
    """

    verdict: Verdict

    @property
    def document(self) -> dict[str, Any]:
        """The judgement as ``topotaxy judge --json`` writes it."""
        from topotaxy.evidence.verdict import document

        return document(self.verdict)

    def page(self) -> Page:
        """Return the content of the report."""
        from topotaxy.evidence.shown import judgement_page

        return judgement_page(self.verdict)

    def __repr__(self) -> str:
        return f"<Judged: {self.page().verdict}>"


def judge(
    sources: str | Path | Sequence[str | Path],
    *,
    material: str | None = None,
    cell: str | None = None,
    formula: str | None = None,
    ion: str | None = None,
    seed: int = 1,
    thorough: bool = False,
) -> Judged:
    """Return which mechanism of conversion the sources support, as ``topotaxy judge`` does.

    Parameters
    ----------
    sources : str, path, or sequence of them
        A paper (bundled name or ledger), or files of observables and results folders.
    material, cell : str, optional
        Of a ledger: whose claims are judged.
    formula, ion : str, optional
        Of observables that do not say them.
    seed : int
        Of the random numbers.
    thorough : bool
        Sample every other assumption as finely as the main one.

    Raises
    ------
    InputError
        Where a source cannot be read, or something is not said.
    """
    from topotaxy.evidence.verdict import judge as judged
    from topotaxy.studies.judging import case_of_sources

    given = [sources] if isinstance(sources, (str, Path)) else [*sources]
    case = case_of_sources(
        [str(one) for one in given], material=material, cell=cell, formula=formula, ion=ion
    )
    return Judged(judged(case, seed=seed, thorough=thorough))
