"""Writing the report of an analysis, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from topotaxy.files import write_atomically


def write_cycling_report(folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into the folder of an analysis; return the report's path.

    Raises
    ------
    InputError
        Where the folder holds no analysis, or one of its files cannot be read.
    """
    from topotaxy.content.figure import Figure
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
    for item in drawn:
        if isinstance(item.content, Figure):
            figures = analysis.path / "figures"
            figures.mkdir(exist_ok=True)
            for kind, data in item.images.items():
                write_atomically(figures / f"{item.content.name}.{kind}", data)
    target = analysis.path / "report.html"
    write_atomically(target, text.encode("utf-8"))
    return target
