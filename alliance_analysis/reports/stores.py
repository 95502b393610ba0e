"""Where the reports of a batch go: a folder here, or an address that fsspec knows, such as `s3://bucket/class`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.records import write_atomic

EXTRAS = {"s3": "s3", "s3a": "s3"}
"""Which extra of the package serves an address."""


class Store(Protocol):
    """A place for files by name; a file is there whole or not at all."""

    address: str

    def put(self, name: str, data: bytes) -> None:
        """Write or replace one file; raises OSError."""

    def delete(self, name: str) -> None:
        """Delete one file if it is there; raises OSError."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file there, by name."""

    def ledger(self) -> Path:
        """Return the local file that holds the ledger."""


def open_store(address: str, *, ledger_name: str) -> Store:
    """Return the store at a path or address; raises BadInput if it cannot be written to."""
    if "://" not in address:
        return FolderStore(Path(address), ledger_name)
    return ObjectStore(address)


class FolderStore:
    """A folder on this machine; files appear by `os.replace`."""

    def __init__(self, folder: Path, ledger_name: str) -> None:
        self.address = str(folder)
        self._folder = folder
        self._ledger_name = ledger_name

    def put(self, name: str, data: bytes) -> None:
        """Write or replace one file; raises OSError."""
        write_atomic(self._folder / name, data)

    def delete(self, name: str) -> None:
        """Delete one file if it is there; raises OSError."""
        (self._folder / name).unlink(missing_ok=True)

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file below the folder, by its path with slashes."""
        found = {}
        for place, _, names in os.walk(self._folder):
            for name in names:
                path = Path(place, name)
                found[path.relative_to(self._folder).as_posix()] = path.stat().st_size
        return found

    def ledger(self) -> Path:
        """Return the ledger's file, in the folder itself."""
        return self._folder / self._ledger_name


class ObjectStore:
    """Objects below an address; each is one PUT. The ledger lies in the user's state folder, by the address's hash."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        scheme = address.partition("://")[0]
        try:
            import fsspec

            self._system: Any
            self._system, self._root = fsspec.core.url_to_fs(self.address)
            self._system.invalidate_cache()
        except ImportError:
            extra = EXTRAS.get(scheme, scheme)
            remedy = f"pip install 'alliance-casebook[{extra}]'"
            raise BadInput(f"addresses with {scheme}:// need a library that is not here", remedy) from None
        except ValueError:
            from fsspec import available_protocols

            raise BadInput(
                f"'{scheme}' is no known protocol", nearest(scheme, available_protocols())
            ) from None

    def put(self, name: str, data: bytes) -> None:
        """Write or replace one object; raises OSError."""
        with _as_os_error():
            self._system.pipe_file(f"{self._root}/{name}", data)

    def delete(self, name: str) -> None:
        """Delete one object if it is there; raises OSError."""
        with _as_os_error(), suppress(FileNotFoundError):
            self._system.rm_file(f"{self._root}/{name}")

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every object below the address, by name."""
        self._system.invalidate_cache()
        try:
            with _as_os_error():
                found = self._system.find(self._root, detail=True)
        except FileNotFoundError:
            return {}
        start = len(self._root.strip("/")) + 1
        return {str(name).strip("/")[start:]: int(info["size"]) for name, info in found.items()}

    def ledger(self) -> Path:
        """Return the ledger's file in the user's state folder."""
        import hashlib

        from platformdirs import user_state_path

        name = hashlib.sha256(self.address.encode()).hexdigest()[:16]
        return user_state_path("alliance-casebook") / "batches" / f"{name}.sqlite"


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Raise what the libraries behind fsspec raise of their own as OSError."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
