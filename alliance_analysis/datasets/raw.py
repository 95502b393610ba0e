"""The publishers' files: which ones, where they are to be had, and whether a file is the one we know."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alliance_analysis.errors import BadInput, Fault, RunFailed


@dataclass(frozen=True)
class RawFile:
    """One file of a publisher: its path below a folder of such files, its SHA-256 and its origin in words.

    `url` is an address that gave exactly these bytes, if there is one.
    """

    path: str
    sha256: str
    origin: str
    url: str | None = None


def cache() -> Path:
    """Return the folder that holds the fetched files."""
    import pooch

    return Path(pooch.os_cache("alliance-casebook"))


def find(files: Sequence[RawFile], folder: Path | None) -> list[Path]:
    """Return where each file is: below `folder`, else among those fetched; its SHA-256 is checked.

    Raises BadInput for every file that is nowhere or is another one.
    """
    found, faults = [], []
    for file in files:
        places = [place / file.path for place in (folder, cache()) if place]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            give = (
                f"put it at {file.path} below a folder and name the folder with --from; it is {file.origin}"
            )
            remedy = f"run `casebook data fetch`, or {give}" if file.url else give
            faults.append(Fault("the publisher's file is not there", remedy, file=places[0]))
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
            faults.append(
                Fault(
                    "this is not the publisher's file that we know (its SHA-256 differs)",
                    f"get it again; it is {file.origin}",
                    file=path,
                )
            )
        found.append(path)
    if faults:
        raise BadInput(faults)
    return found


def fetch(files: Sequence[RawFile], folder: Path | None = None) -> list[Path]:
    """Fetch the files that have an address into `folder` (default: the cache), unless they are there already.

    A file is put in its place only after its SHA-256 was checked. Raises RunFailed for every file that could not
    be had; the others are kept.
    """
    import pooch

    pooch.get_logger().setLevel("WARNING")
    place = folder or cache()
    fetched, faults = [], []
    for file in files:
        if not file.url:
            continue
        shelf = pooch.create(
            place, base_url="", registry={file.path: file.sha256}, urls={file.path: file.url}
        )
        try:
            fetched.append(Path(shelf.fetch(file.path)))
        except (OSError, ValueError) as error:
            remedy = f"try again later, or give the file with --from as {file.path}"
            faults.append(Fault(f"{file.url}: {_why(error)}", remedy))
    if faults:
        raise RunFailed(faults)
    return fetched


def _why(error: OSError | ValueError) -> str:
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "the server did not answer in time"
    if isinstance(error, requests.RequestException):
        return "the connection failed or broke off"
    if isinstance(error, OSError):
        return f"the file cannot be written ({error.strerror or error})"
    return "what came is not the publisher's file that we know (its SHA-256 differs)"
