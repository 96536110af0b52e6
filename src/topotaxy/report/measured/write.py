"""Writing the report of an analysis, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from topotaxy.files import write_atomically

FIGURE_NAMES = ("voltage", "cycles", "differential-capacity", "rates", "sweeps")
KINDS = ("svg", "pdf", "png")


def write_cycling_report(folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into the folder of an analysis; return the report's path.

    Raises
    ------
    InputError
        Where the folder holds no analysis, or one of its files cannot be read.
    """
    from topotaxy.report.content import Figure
    from topotaxy.report.measured.figures import curve_voltage_figure, differential_figure, rate_figure
    from topotaxy.report.measured.folder import read_analysis_folder
    from topotaxy.report.measured.page import page
    from topotaxy.report.measured.per_cycle import cycles_figure
    from topotaxy.report.measured.sweeps import sweep_figure
    from topotaxy.report.page import Drawn
    from topotaxy.report.printed import printed

    analysis = read_analysis_folder(Path(folder))
    makers = (
        ("voltage", "Voltage curves", curve_voltage_figure),
        ("cycles", "Cycle by cycle", cycles_figure),
        ("dqdv", "Differential capacity", differential_figure),
        ("rates", "Rate steps", rate_figure),
        ("sweeps", "Voltage sweeps", sweep_figure),
    )
    drawn = []
    for anchor, title, make in makers:
        content = make(analysis)
        images = printed(content, pdf=True) if isinstance(content, Figure) else {}
        drawn.append(Drawn(anchor=anchor, title=title, content=content, images=images))
    text = page(analysis, drawn)
    _write_figures(
        analysis.path / "figures", {d.content.name: d.images for d in drawn if isinstance(d.content, Figure)}
    )
    target = analysis.path / "report.html"
    write_atomically(target, text.encode("utf-8"))
    return target


def _write_figures(folder: Path, images: dict[str, dict[str, bytes]]) -> None:
    """Write the figures, and remove those of an earlier report that this one does not have."""
    folder.mkdir(exist_ok=True)
    for name, kinds in images.items():
        for kind, data in kinds.items():
            write_atomically(folder / f"{name}.{kind}", data)
    for name in set(FIGURE_NAMES) - set(images):
        for kind in KINDS:
            (folder / f"{name}.{kind}").unlink(missing_ok=True)
