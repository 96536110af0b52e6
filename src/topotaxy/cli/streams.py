"""Standard output and standard error, whatever became of them.

Results that cannot be written end the command with one line and status 2, or 141 where the reader has gone
away: never with 1, which means that the answer is negative. Messages that nobody can read are dropped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO


class ResultsLost(Exception):
    """Standard output takes no more; ``gone`` where its reader has left."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone


class _Results:
    """Standard output; a write that fails raises :class:`ResultsLost`."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        if self._stream is None:
            raise ResultsLost("standard output is closed")
        return int(self._tried(lambda stream: stream.write(text)))

    def flush(self) -> None:
        if self._stream is not None:
            self._tried(lambda stream: stream.flush())

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def _tried(self, do: Any) -> Any:
        try:
            return do(self._stream)
        except BrokenPipeError:
            raise ResultsLost("nobody reads the output any more", gone=True) from None
        except OSError as error:
            raise ResultsLost(f"standard output cannot be written ({error.strerror})") from None
        except ValueError:
            # What Python says of a stream that was closed inside the process.
            raise ResultsLost("standard output is closed") from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Messages:
    """Standard error; what cannot be written is dropped."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.flush()

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    @property
    def encoding(self) -> str:
        return getattr(self._stream, "encoding", None) or "utf-8"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Put the guarded streams in place, and the real ones back; everything written is flushed within.

    Raises
    ------
    ResultsLost
        Where standard output takes no more.
    """
    out, err = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Results(out), _Messages(err)
    try:
        yield
        sys.stdout.flush()
    finally:
        sys.stderr.flush()
        sys.stdout, sys.stderr = out, err


def forget_output() -> None:
    """Point standard output and error at nothing, so that Python does not complain of them at exit."""
    for stream, descriptor in ((sys.stdout, 1), (sys.stderr, 2)):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, descriptor)
                os.close(nowhere)
