"""Archives (ndax, xlsx) are looked at before anything in them is unpacked."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from topotaxy.errors import InputError

ZIP_MAGIC = b"PK\x03\x04"

# A record of a million rows takes about 60 MB in an ndax and some hundreds in a workbook.
LARGEST_UNPACKED = 800_000_000
# Deflate cannot exceed 1032:1. Real parts of pages full of zeros reach some hundreds, but are small.
LARGEST_RATIO = 200
RATIO_FROM = 20_000_000
MOST_PARTS = 5_000

_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def is_zip(head: bytes) -> bool:
    """Whether a file begins like a zip archive.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    """
    return head.startswith(ZIP_MAGIC)


def opened(path: Path) -> zipfile.ZipFile:
    """Return an archive whose parts, by its directory, are few and unpack to a sane size.

    Parameters
    ----------
    path : Path
        Of the archive.

    Raises
    ------
    InputError
        Where the directory cannot be read, names a path that leaves the archive or parts that are encrypted
        or too large, or promises far more than the file could hold.
    """
    try:
        archive = zipfile.ZipFile(path)
        parts = archive.infolist()
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise InputError(f"is a damaged or cut archive ({error!s:.120})", where=path.name) from error
    try:
        _checked(path, parts)
    except BaseException:
        archive.close()
        raise
    return archive


def _checked(path: Path, parts: list[zipfile.ZipInfo]) -> None:
    if len(parts) > MOST_PARTS:
        raise InputError(f"holds {len(parts)} parts, more than the {MOST_PARTS} allowed", where=path.name)
    total = sum(part.file_size for part in parts)
    if total > LARGEST_UNPACKED:
        raise InputError(
            f"would unpack to {total / 1e6:.0f} MB, more than the {LARGEST_UNPACKED / 1e6:.0f} MB allowed: "
            "refused as a zip bomb; export the test in parts or as text",
            where=path.name,
        )
    for part in parts:
        if part.file_size > RATIO_FROM and part.file_size > LARGEST_RATIO * max(part.compress_size, 1):
            raise InputError(
                f"its part {part.filename!r:.60} would unpack to "
                f"{part.file_size / max(part.compress_size, 1):.0f} times its size: refused as a zip bomb",
                where=path.name,
            )
        if part.flag_bits & 0x1:
            raise InputError(f"its part {part.filename!r:.60} is encrypted", where=path.name)
        if part.filename.startswith(("/", "\\")) or ".." in part.filename.replace("\\", "/").split("/"):
            raise InputError(f"its part {part.filename!r:.60} leaves the archive", where=path.name)


def part(archive: zipfile.ZipFile, name: str, *, where: str) -> bytes:
    """Return the bytes of a part.

    Parameters
    ----------
    archive : ZipFile
        As :func:`opened` returns it.
    name : str
        Of the part.
    where : str
        Name of the archive, for messages.

    Raises
    ------
    InputError
        Where the part is missing, or damaged: its checksum is wrong.
    """
    try:
        return archive.read(name)
    except KeyError:
        raise InputError(f"lacks its part {name!r:.60}", where=where) from None
    except MemoryError:
        raise
    except Exception as error:
        # The error of the decompressor depends on which is installed: zlib's, or one that replaces it.
        raise InputError(f"its part {name!r:.60} is damaged ({error!s:.120})", where=where) from error


def no_entities(data: bytes, name: str, *, where: str) -> None:
    """Refuse XML that declares a document type or entities: no instrument's file needs them.

    Parameters
    ----------
    data : bytes
        XML.
    name, where : str
        Of the part and of the archive, for messages.

    Raises
    ------
    InputError
        Where it does.
    """
    if _DECLARATION.search(data):
        raise InputError(
            f"its part {name!r:.60} declares a document type or entities, which can grow without limit: "
            "refused",
            where=where,
        )


def inflated(data: bytes, most: int, *, wbits: int = 15) -> tuple[bytes, bool, bool]:
    """Return what compressed bytes unpack to, whether they end there, and whether more than ``most`` is left.

    Parameters
    ----------
    data : bytes
        A zlib stream, or with ``wbits=31`` a gzip member.
    most : int
        Bytes that are unpacked at most.

    Raises
    ------
    ValueError
        Where the stream is damaged. Libraries put other decompressors in zlib's place, each with an error of
        its own; all of them become this one.
    """
    unpacker = zlib.decompressobj(wbits=wbits)
    try:
        found = unpacker.decompress(data, most)
        # A byte may wait in the unpacker when all input is taken: only asking for one more tells.
        more = b"" if unpacker.eof else unpacker.decompress(unpacker.unconsumed_tail, 1)
    except MemoryError:
        raise
    except Exception as error:
        raise ValueError(f"{error!s:.80}") from None
    return found, bool(unpacker.eof) and not more, bool(more)
