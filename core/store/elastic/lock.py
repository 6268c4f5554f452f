"""The right to write, for the processes of one installation: a file that is locked.

It dies with its process, killed or not. Between machines the archive's lease says who indexes, and
an older version of a post never replaces a newer one, whoever comes late.
"""

from __future__ import annotations

import fcntl
from pathlib import Path

from core.errors import StoreUnavailable


class WriterLock:
    """Raises StoreUnavailable where another process, or object, has it."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / f"{name}.writer.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StoreUnavailable(f"index {name} is being written by another process") from error

    def release(self) -> None:
        """Let others write. May be called again."""
        self._file.close()
