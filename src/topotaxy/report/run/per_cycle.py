"""Lines against the cycle number: mean over the replicas, and their range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from topotaxy.content.curves import thinned, without_padding
from topotaxy.content.figure import Dash, Panel, Series, Swatch, Symbol, Values
from topotaxy.content.palette import element_colour, element_symbol
from topotaxy.report.run.replicas import over_replicas

if TYPE_CHECKING:
    import xarray as xr

STATE_DASH: dict[str, Dash] = {"discharged": "solid", "charged": "dash"}
STATE_SWATCHES = (Swatch(name="discharged", dash="solid"), Swatch(name="charged", dash="dash"))
MARKED_CYCLES = 30
PER_CYCLE = ("replica", "cycle")
PER_STATE = ("replica", "cycle", "state")
PER_ELEMENT = ("replica", "cycle", "state", "element")


def series_of(
    cycle: Values,
    values: Values,
    name: str,
    key: str,
    colour: str,
    *,
    dash: Dash = "solid",
    symbol: Symbol = "",
    in_legend: bool = True,
) -> Series | None:
    """Return mean and range of ``values`` (replica, cycle); ``None`` where nothing is finite.

    Parameters
    ----------
    cycle : Values
        Cycle numbers; shape (cycles,).
    values : Values
        Values; shape (replicas, cycles).
    name : str
        Name that is shown where the line is pointed at.
    key : str
        Name under which the legend joins lines.
    colour : str
        ``#rrggbb``.
    dash : Dash
        How the line is broken.
    symbol : Symbol
        Mark on the points; empty for none.
    in_legend : bool
        Whether the legend names it.
    """
    spread = over_replicas(values)
    x, mean, low, high = thinned(*without_padding(cycle, *spread))
    if not len(x):
        return None
    return Series(
        x=x,
        y=mean,
        name=name,
        key=key,
        colour=colour,
        dash=dash,
        symbol=symbol if len(x) <= MARKED_CYCLES else "",
        band=(low, high) if len(values) > 1 else None,
        in_legend=in_legend,
    )


def state_lines(
    cycles: xr.Dataset,
    variable: str,
    key: str,
    colour: str,
    symbol: Symbol,
    *,
    scale: float = 1.0,
    in_legend: bool = True,
) -> list[Series]:
    """Return one line a state of a measure of the whole.

    Parameters
    ----------
    cycles : xr.Dataset
        Group ``cycles`` of a run's dataset.
    variable : str
        Name of the variable in the dataset.
    key : str
        Name under which the legend joins lines.
    colour : str
        ``#rrggbb``.
    symbol : Symbol
        Mark on the points; empty for none.
    scale : float
        Factor on the values.
    in_legend : bool
        Whether the legend names it.
    """
    data = cycles[variable].transpose(*PER_STATE)
    found = [
        series_of(
            cycles["cycle"].values,
            scale * data.sel(state=state).values,
            f"{key}, {state}",
            key,
            colour,
            dash=STATE_DASH[state],
            symbol=symbol,
            in_legend=in_legend,
        )
        for state in STATE_DASH
        if state in data["state"].values
    ]
    return [s for s in found if s is not None]


def element_lines(cycles: xr.Dataset, variable: str, scale: float = 1.0) -> list[Series]:
    """Return one line for each element and state.

    Parameters
    ----------
    cycles : xr.Dataset
        Group ``cycles`` of a run's dataset.
    variable : str
        Name of the variable in the dataset.
    scale : float
        Factor on the values.
    """
    data = cycles[variable].transpose(*PER_ELEMENT)
    found = [
        series_of(
            cycles["cycle"].values,
            scale * data.sel(state=state).values[:, :, column],
            f"{element}, {state}",
            element,
            element_colour(element),
            dash=STATE_DASH[state],
            symbol=element_symbol(element),
        )
        for column, element in enumerate(map(str, data["element"].values))
        for state in STATE_DASH
        if state in data["state"].values
    ]
    return [s for s in found if s is not None]


def panel(
    title: str,
    y_label: str,
    series: list[Series],
    *,
    y_from_zero: bool = False,
    y_limit: float | None = None,
) -> Panel:
    """Return a panel against the cycle number.

    Parameters
    ----------
    title : str
        Title of the panel.
    y_label : str
        Words and unit beside the y axis.
    series : list[Series]
        Lines of the panel.
    y_from_zero : bool
        Whether the y axis starts at 0.
    y_limit : float | None
        Upper end of the y axis; None to fit the lines.
    """
    return Panel(
        title=title,
        x_label="Cycle",
        y_label=y_label,
        series=tuple(series),
        whole_numbers=True,
        y_from_zero=y_from_zero,
        y_limit=y_limit,
    )


def definition(cycles: xr.Dataset, variable: str, words: str) -> str:
    """Say how the run file itself defines a variable, where it does.

    Parameters
    ----------
    cycles : xr.Dataset
        Group ``cycles`` of a run's dataset.
    variable : str
        Name of the variable in the dataset.
    words : str
        What the variable means.
    """
    stated = str(cycles[variable].attrs.get("long_name", "")).strip().rstrip(".")
    says_more = stated.lower() != variable.replace("_", " ")
    return f"{words}: {stated}." if stated and says_more else ""


def caption(cycles: xr.Dataset, words: Mapping[str, str], lost: Mapping[str, str]) -> str:
    """Define the variables that a figure shows, and say which are absent, and why.

    ``words`` introduces each variable; ``lost`` gives the reason for each absent one.

    Parameters
    ----------
    cycles : xr.Dataset
        Group ``cycles`` of a run's dataset.
    words : Mapping[str, str]
        What each variable means, by its name.
    lost : Mapping[str, str]
        Why a variable is missing, by its name.
    """
    notes = [definition(cycles, name, known) for name, known in words.items() if name not in lost]
    notes += [f"{name} is absent, because {why}." for name, why in lost.items()]
    return " ".join(note for note in notes if note)
