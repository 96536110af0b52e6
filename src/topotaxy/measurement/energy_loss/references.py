"""Spectra of metals and oxides, and the low-loss spectrum, that a user hands in beside the records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.energy_loss.background import extrapolated
from topotaxy.measurement.energy_loss.combination import Shape, reference_of
from topotaxy.measurement.energy_loss.edges import GAP, Edge, edges_in
from topotaxy.measurement.energy_loss.imposed import State, is_imposed, shape
from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.energy_loss.white_lines import WhiteLines, white_lines
from topotaxy.measurement.energy_loss.zero_loss import ZeroLoss, without_plural, zero_loss
from topotaxy.measurement.files.spectra.stored import Floats


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Shapes of metal and oxide, and whether they are imposed."""

    shapes: tuple[Shape, Shape]
    imposed: bool


@dataclass(frozen=True, kw_only=True)
class References:
    """What is known of metals and oxides."""

    metals: dict[str, LossRecord]
    oxides: dict[str, LossRecord]
    impose: bool
    width: float

    def of(self, edge: Edge) -> Pair | None:
        """Return the shapes for an edge; None where there are none.

        Parameters
        ----------
        edge : Edge
            Which one.
        """
        metal, oxide = self.metals.get(edge.element), self.oxides.get(edge.element)
        if metal is not None and oxide is not None:
            measured = tuple(reference_of(one, edge, self.width) for one in (metal, oxide))
            return Pair(shapes=(measured[0], measured[1]), imposed=False)
        if self.impose and is_imposed(edge.element):
            return Pair(shapes=(_imposed(edge, "metal"), _imposed(edge, "oxide")), imposed=True)
        return None

    def lacks(self, edge: Edge) -> str:
        """Return why there are no shapes for an edge.

        Parameters
        ----------
        edge : Edge
            One that :meth:`of` has none for.
        """
        have = [
            word for word, some in (("metal", self.metals), ("oxide", self.oxides)) if edge.element in some
        ]
        if have:
            return f"of {edge.element} there is a reference of the {have[0]} alone"
        return f"no references of {edge.element}: --loss-metals and --loss-oxides, or --imposed-references"

    def white_lines(self, edge: Edge) -> WhiteLines | None:
        """Return the white lines of the oxide reference, None where there is none.

        Parameters
        ----------
        edge : Edge
            Which one.
        """
        oxide = self.oxides.get(edge.element)
        if oxide is None:
            return None
        rng = np.random.default_rng(0)
        return white_lines(oxide.energy, oxide.total, oxide.variance, edge, width=self.width, rng=rng)


def _imposed(edge: Edge, state: State) -> Shape:
    fine = np.arange(edge.energy - 60.0, edge.end + 60.0, 0.05)
    values = shape(fine, edge, state)
    return lambda at: np.interp(at, fine, values)


def references_in(options: EnergyLossOptions) -> References:
    """Return the references that the options name.

    Parameters
    ----------
    options : EnergyLossOptions
        Files of metals and oxides, elements, window.

    Raises
    ------
    InputError
        Where a file cannot be read, or no L edge of a 3d element stands out in it.
    """
    found: list[dict[str, LossRecord]] = []
    for paths in (options.loss_metals, options.loss_oxides):
        mine: dict[str, LossRecord] = {}
        for path in paths:
            for record in read_any(path):
                for edge in _edges(record, options):
                    mine.setdefault(edge.element, record)
        found.append(mine)
        if paths and not mine:
            raise InputError("shows no L edge of a 3d element", where=paths[0].name)
    return References(
        metals=found[0],
        oxides=found[1],
        impose=options.imposed_references,
        width=options.background_width,
    )


def _edges(record: LossRecord, options: EnergyLossOptions) -> tuple[Edge, ...]:
    seen = edges_in(record.energy, record.total, record.variance, elements=(), width=options.background_width)
    wanted = options.loss_elements
    return tuple(one for one in seen if one.has_lines and (not wanted or one.element in wanted))


def read_any(path: Path) -> tuple[LossRecord, ...]:
    """Read a file of any of the technique's formats.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where there is none, or it is of no such format.
    """
    from topotaxy.measurement.technique import formats_in

    try:
        with path.open("rb") as file:
            head = file.read(65536)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    for one in formats_in("topotaxy.measurement.energy_loss.formats"):
        if one.recognises(head, path):
            return tuple(one.read(path, None))
    raise InputError("is no energy-loss spectrum of a known format", where=path.name)


@dataclass(frozen=True, kw_only=True)
class LowLoss:
    """The low-loss spectrum of the place that records are of."""

    energy: Floats
    total: Floats
    peak: ZeroLoss

    def single(self, energy: Floats, total: Floats, edge: Edge, width: float) -> Floats:
        """Return a spectrum whose edge is that of single scattering, (n,); its background stays as it is.

        Parameters
        ----------
        energy, total : array (n,)
            eV, rising evenly; a spectrum with the edge.
        edge : Edge
            Which one.
        width : float
            Of the background window, eV.
        """
        high = edge.energy - GAP
        under = extrapolated(energy, total, max(high - width, float(energy[0])), high)
        behind = energy > high
        core = np.where(behind, total - under, 0.0)[behind]
        step = float(energy[1] - energy[0])
        single = total.copy()
        single[behind] = under[behind] + without_plural(core, self.energy, self.total, self.peak, step)
        return np.asarray(single)


def low_loss_of(options: EnergyLossOptions) -> LowLoss | None:
    """Return the low-loss spectrum that the options name, None where they name none.

    Parameters
    ----------
    options : EnergyLossOptions
        For the name of the file.

    Raises
    ------
    InputError
        Where it cannot be read or has no zero-loss peak.
    """
    if options.low_loss is None:
        return None
    for record in read_any(options.low_loss):
        peak = zero_loss(record.energy, record.total) if record.reaches_zero else None
        if peak is not None:
            return LowLoss(energy=record.energy, total=record.total, peak=peak)
    raise InputError("has no zero-loss peak within its range", where=options.low_loss.name)
