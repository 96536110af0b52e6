"""Writing the report of a run folder, whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_report(folder: Path) -> Path:
    """Write ``report.html`` and ``figures/`` into a run folder and return the report's path.

    Reads ``run.nc``, ``observables.json`` and ``provenance.json`` and reports what they hold;
    of what they do not hold the report says why it is absent. The same folder gives the
    same bytes. Each file replaces its predecessor in one step.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.

    Raises
    ------
    InputError
        Where the folder holds no run, or one of its files cannot be read.
    """
    from topotaxy.report.page import write_page
    from topotaxy.report.pages.run import run_page

    return write_page(Path(folder), run_page(Path(folder)))


def write_cell_report(folder: Path) -> Path:
    """Write the report into the folder of a cell's run and return its path; errors as above.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.
    """
    from topotaxy.report.page import write_page
    from topotaxy.report.pages.cell import cell_page

    return write_page(folder, cell_page(folder))


def write_study_report(folder: Path) -> Path:
    """Write the report into the folder of a reproduction and return its path; errors as above.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.
    """
    from topotaxy.report.page import write_page
    from topotaxy.report.pages.study import study_page

    return write_page(folder, study_page(folder))


def write_ablation_report(folder: Path) -> Path:
    """Write the report into the folder of an ablation and return its path; errors as above.

    Parameters
    ----------
    folder : Path
        Folder of the ablation; the report is written into it.
    """
    from topotaxy.report.page import write_page
    from topotaxy.report.pages.ablation import ablation_page

    return write_page(folder, ablation_page(folder))


def write_comparison_report(folder: Path) -> Path:
    """Write the report into the folder of a comparison and return its path; errors as above.

    Parameters
    ----------
    folder : Path
        Folder of the comparison; the report is written into it.
    """
    from topotaxy.report.page import write_page
    from topotaxy.report.pages.comparison import comparison_page

    return write_page(folder, comparison_page(folder))
