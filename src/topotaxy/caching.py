"""Where compiled code and tables are kept between runs, also where no home can be written."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def compiled_code_folder(package: Path) -> Path | None:
    """Return a folder for numba's cache where its own places cannot be written; else None.

    numba keeps compiled code beside the module, or in the user's cache folder, and gives up with a traceback
    where it can write to neither, as in a container that runs as any user. Code that is loaded from a folder
    runs, so the folder has to be this user's alone.

    Parameters
    ----------
    package : Path
        Folder of the modules that are compiled.
    """
    if os.environ.get("NUMBA_CACHE_DIR"):
        return None
    if _writable(package / "__pycache__") or _writable(_user_cache()):
        return None
    return _folder_of_ones_own()


def kept_folder(name: str) -> Path:
    """Return a folder, which is made, for what is kept between runs: in the user's cache, or of one's own.

    Parameters
    ----------
    name : str
        Of the folder: what it holds.
    """
    folder = _user_cache() / "topotaxy" / name
    if not _writable(folder):
        folder = _folder_of_ones_own() / name
        folder.mkdir(exist_ok=True)
    return folder


def _folder_of_ones_own() -> Path:
    """A folder for temporary files that is this user's alone, the same each time where that can be."""
    identity = os.getuid() if hasattr(os, "getuid") else "user"
    folder = Path(tempfile.gettempdir()) / f"topotaxy-{identity}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        if _private(folder):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="topotaxy-"))


def use_compiled_code_folder(package: Path) -> None:
    """Tell numba where to keep compiled code, where it would find no place of its own.

    Parameters
    ----------
    package : Path
        Folder of the modules that are compiled.
    """
    folder = compiled_code_folder(package)
    if folder is not None:
        from numba import config

        # A variable of the module that its types leave out.
        setattr(config, "CACHE_DIR", str(folder))  # noqa: B010


def _user_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base)
    try:
        return Path.home() / ".cache"
    except RuntimeError:
        return Path("/nonexistent")


def _writable(folder: Path) -> bool:
    """Whether a file can be made in a folder, or in it once it is made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _private(folder: Path) -> bool:
    """Whether a folder is no link, this user's, and closed to others."""
    found = folder.lstat()
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return stat.S_ISDIR(found.st_mode) and mine and not found.st_mode & 0o022
