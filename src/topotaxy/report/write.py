"""Writing the report of a run folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from topotaxy.files import write_atomically


def write_report(folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into a run folder and return the report's path.

    Reads ``run.nc``, ``observables.json`` and ``provenance.json`` and reports what they hold;
    of what they do not hold the report says why it is absent. The same folder gives the
    same bytes. Each file replaces its predecessor in one step.

    Raises
    ------
    InputError
        Where the folder holds no run, or one of its files cannot be read.
    """
    from topotaxy.content.figure import Figure
    from topotaxy.report.budget import budget_figure
    from topotaxy.report.coherency import coherency_figure
    from topotaxy.report.curves import element_charge_figure, voltage_figure
    from topotaxy.report.cycling import capacity_figure, lattice_figure
    from topotaxy.report.folder import read_run_folder
    from topotaxy.report.page import Drawn, page
    from topotaxy.report.printed import printed
    from topotaxy.report.structure import structure_figure

    run = read_run_folder(Path(folder))
    makers = (
        ("voltage", "Voltage curves", voltage_figure),
        ("elements", "Which elements carry the charge", element_charge_figure),
        ("lattice", "The lattice before and after", structure_figure),
        ("cycles", "Capacity and who reacted, cycle by cycle", capacity_figure),
        ("measures", "What becomes of the lattice, cycle by cycle", lattice_figure),
        ("coherency", "Does the frame hold?", coherency_figure),
        ("budget", "Capacity budget", budget_figure),
    )
    drawn = []
    for anchor, title, make in makers:
        content = make(run)
        images = printed(content) if isinstance(content, Figure) else {}
        drawn.append(Drawn(anchor=anchor, title=title, content=content, images=images))
    text = page(run, drawn)
    _write_figures(
        run.path / "figures", {d.content.name: d.images for d in drawn if isinstance(d.content, Figure)}
    )
    target = run.path / "report.html"
    write_atomically(target, text.encode("utf-8"))
    return target


FIGURE_NAMES = (
    "voltage",
    "charge-by-element",
    "lattice-slice",
    "capacity",
    "lattice-measures",
    "coherency",
    "capacity-budget",
)


def _write_figures(folder: Path, images: dict[str, dict[str, bytes]]) -> None:
    """Write the figures, and remove those of an earlier report that this one does not have."""
    folder.mkdir(exist_ok=True)
    for name, kinds in images.items():
        for kind, data in kinds.items():
            write_atomically(folder / f"{name}.{kind}", data)
    for name in set(FIGURE_NAMES) - set(images):
        for kind in ("svg", "png"):
            (folder / f"{name}.{kind}").unlink(missing_ok=True)
