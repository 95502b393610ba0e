"""Where the reports of a batch go: a folder here, or an address that fsspec knows, such as `s3://bucket/class`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from alliance_analysis.errors import BadInput, nearest
from alliance_analysis.records import write_atomic

PROBE = ".writable"
"""A file that is written and deleted to see whether that can be done."""

S3 = ("s3", "s3a")
"""The protocols that the package's extra `s3` serves."""


class Store(Protocol):
    """A place for files by name; a file is there whole or not at all."""

    address: str

    def check(self) -> None:
        """Write, list and delete something, and make room for the ledger; raises BadInput if that cannot be done."""

    def put(self, name: str, data: bytes) -> None:
        """Write or replace one file; raises OSError."""

    def delete(self, name: str) -> None:
        """Delete one file if it is there; raises OSError."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file there, by name."""

    def ledger(self) -> Path:
        """Return the local file that holds the ledger."""


def open_store(address: str, *, ledger_name: str) -> Store:
    """Return the store at a path or address, which nothing has been asked of yet.

    Raises BadInput if no library here knows the address.

    >>> open_store("file:///srv/class%202", ledger_name="ledger.sqlite").ledger().as_posix()
    '/srv/class 2/ledger.sqlite'
    """
    if "://" not in address:
        return FolderStore(Path(address), ledger_name)
    if address.startswith("file://"):
        parts = urlsplit(address)
        if parts.netloc not in ("", "localhost"):
            raise BadInput(f"'{address}' names another machine", "write the folder, or file:///folder")
        return FolderStore(Path(url2pathname(parts.path)), ledger_name)
    return ObjectStore(address)


class FolderStore:
    """A folder on this machine; files appear by `os.replace`."""

    def __init__(self, folder: Path, ledger_name: str) -> None:
        self.address = str(folder)
        self._folder = folder
        self._ledger_name = ledger_name

    def check(self) -> None:
        """Write and delete a file; raises BadInput if that cannot be done."""
        try:
            self.put(PROBE, b"")
            self.delete(PROBE)
        except OSError as error:
            what = f"nothing can be written here ({error})"
            raise BadInput(what, "choose another output", field=self.address) from None

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
                with suppress(OSError):  # a link that leads nowhere is no file
                    found[path.relative_to(self._folder).as_posix()] = path.stat().st_size
        return found

    def ledger(self) -> Path:
        """Return the ledger's file, in the folder itself."""
        return self._folder / self._ledger_name


class ObjectStore:
    """Objects below an address; each is one PUT. The ledger lies in the user's state folder, by the address's hash.

    s3fs sends an object of less than 100 MiB in one request, and reports are smaller.
    """

    def __init__(self, address: str) -> None:
        scheme, _, rest = address.partition("://")
        if not rest.strip("/"):
            raise BadInput(f"'{address}' names no place", f"write {scheme}://bucket/class")
        self.address = address.rstrip("/")
        try:
            import fsspec

            self._system: Any
            self._system, self._root = fsspec.core.url_to_fs(self.address)
        except ImportError as error:
            remedy = "pip install 'alliance-casebook[s3]'" if scheme in S3 else str(error)
            raise BadInput(f"addresses with {scheme}:// need a library that is not here", remedy) from None
        except ValueError:
            from fsspec import available_protocols

            raise BadInput(
                f"'{scheme}' is no known protocol", nearest(scheme, available_protocols())
            ) from None

    def check(self) -> None:
        """Write, list and delete an object, and make the ledger's folder; raises BadInput if one cannot be done."""
        steps: dict[str, Callable[[], object]] = {
            "written": lambda: self.put(PROBE, b""),
            "listed": self.sizes,
            "deleted": lambda: self.delete(PROBE),
        }
        for done, step in steps.items():
            try:
                step()
            except OSError as error:
                what = f"nothing can be {done} here ({error})"
                raise BadInput(what, _remedy(error), field=self.address) from None
        folder = self.ledger().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"the ledger cannot be kept here ({error})", "set XDG_STATE_HOME", file=folder
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
        """Return the bytes of every object below the address, by name; raises OSError."""
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


def _remedy(error: OSError) -> str:
    cause = type(error.__cause__).__name__
    if isinstance(error, PermissionError):
        return "use credentials that may write, list and delete objects there"
    if isinstance(error, FileNotFoundError):
        return "make the bucket first, or mend its name"
    if "Credential" in cause or "Profile" in cause:
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    if "Connect" in cause:
        return "see whether the network is up, and for S3 elsewhere than at Amazon whether AWS_ENDPOINT_URL is right"
    return "choose another output"


@contextmanager
def _as_os_error() -> Iterator[None]:
    """Raise what the libraries behind fsspec raise of their own as OSError, on one line."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise OSError(f"{type(error).__name__}: {' '.join(str(error).split())}") from error
