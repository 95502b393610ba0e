"""The student's working copy of the notebooks, and JupyterLab on it.

A newer casebook brings its newer notebooks beside what the student has written; it never writes over it.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from alliance_analysis import __version__, content
from alliance_analysis.errors import BadInput, RunFailed, nearest
from alliance_analysis.records import write_atomic

MANIFEST = ".casebook.json"
START = "00_start_here.ipynb"
AGREEMENT = "agreement.yaml"
SETTINGS = Path(__file__).resolve().parent / "labsettings"
UPLOAD_BYTES = 64_000_000
"""Largest file that a panel is handed, to read or to refuse; over the server's own limit the page would hear nothing."""

_UNSHIPPED = {"__pycache__", ".ipynb_checkpoints"}


@dataclass(frozen=True)
class Prepared:
    """What `prepare` did; every path is relative to `folder`.

    `copied` were absent, `updated` were as shipped and are now the newer ones, `kept` are the student's own
    versions, and `beside` are the newer notebooks written next to those. `note` is for the student to read.
    """

    folder: Path
    copied: tuple[Path, ...] = ()
    updated: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()
    beside: tuple[Path, ...] = ()
    note: str = ""


def default_folder() -> Path:
    """Return the working copy's usual place, in the home folder.

    >>> default_folder().name
    'alliance-casebook'
    """
    return Path.home() / "alliance-casebook"


def prepare(folder: Path, *, source: Path | None = None, version: str = __version__) -> Prepared:
    """Lay the shipped notebooks into `folder`, without ever writing over a student's work.

    For each shipped file:

    - absent: it is laid. Deleting a notebook is therefore the way to a fresh copy.
    - as some version shipped it: it is replaced by the newer one.
    - changed by the student: it stays. If this version has not been delivered yet, it is written once
      beside it, as `name.new-<version>.ipynb` (with a further number if that name is taken).

    What has been delivered stands in `.casebook.json`, as SHA-256 per file. If that file is lost or
    unreadable, every existing notebook counts as the student's own, and `note` says so. The student's
    agreement is not laid: `agreement.yaml` comes into being with the first *Keep*.

    `source` is the folder of shipped notebooks (default: the one that came with the package).
    Raises BadInput, with nothing done, if `folder` cannot serve; RunFailed if writing broke off, in which
    case running it again completes it.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     shipped = Path(place, "shipped")
    ...     shipped.mkdir()
    ...     _ = Path(shipped, START).write_text("{}")
    ...     prepare(Path(place, "mine"), source=shipped).copied == (Path(START),)
    True
    """
    source = source or content.folder("notebooks")
    folder = _usable(folder, source)
    shipped = dict(_shipped(source))
    for path in (Path(MANIFEST), *shipped):
        _check_place(folder, path)
    delivered, note = _read_manifest(folder / MANIFEST)

    done: dict[str, list[Path]] = {"copied": [], "updated": [], "kept": [], "beside": []}
    try:
        for path, data in shipped.items():
            seen = delivered.setdefault(path.as_posix(), [])
            mine = _digest_of(folder / path)
            new = _digest(data)
            if mine is None:
                write_atomic(folder / path, data)
                done["copied"].append(path)
            elif mine != new and mine in seen:
                write_atomic(folder / path, data)
                done["updated"].append(path)
            elif mine != new:
                done["kept"].append(path)
                if new not in seen and (beside := _free_name(folder, path, version, new)):
                    write_atomic(folder / beside, data)
                    done["beside"].append(beside)
            if new not in seen:
                seen.append(new)
        _write_manifest(folder / MANIFEST, delivered)
    except OSError as error:
        raise RunFailed(
            f"could not write: {error.strerror or error}",
            "close JupyterLab, see whether the disk is full, and try again",
            file=Path(error.filename) if error.filename else folder,
        ) from error
    return Prepared(folder, **{kind: tuple(paths) for kind, paths in done.items()}, note=note)


def launch(folder: Path, *, browser: bool = True, notebook: str | None = None) -> int:
    """Run this environment's JupyterLab on `folder` until it is closed; return its exit code.

    `notebook` (a path relative to `folder`; default: `00_start_here.ipynb`, if there is one) is opened in
    the browser, unless `browser` is False. The notebooks find the student's agreement through the
    environment variable CASEBOOK_AGREEMENT. Ctrl-C goes to JupyterLab, which asks before it stops and
    stops at once at the second; the code is then 0. A SIGTERM goes on to it too. Raises BadInput if the folder or
    notebook is not there.
    """
    folder = Path(folder).expanduser().resolve()
    if not folder.is_dir():
        raise BadInput("there is no such folder", "run `casebook lab`, which makes it", file=folder)
    process = subprocess.Popen(
        lab_command(folder, browser=browser, notebook=notebook),
        cwd=folder,
        env={**os.environ, "CASEBOOK_AGREEMENT": str(folder / AGREEMENT)},
    )
    interrupted = False
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    try:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                interrupted = True
                continue
            return 0 if interrupted else code
    finally:
        signal.signal(signal.SIGTERM, before)


def running(folder: Path) -> str:
    """Return the address of the JupyterLab that already runs on `folder`, or an empty text."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        if Path(server["root_dir"]).resolve() == folder.resolve():
            token = f"?token={server['token']}" if server.get("token") else ""
            return f"{server['url'].rstrip('/')}{_page(folder)}{token}"
    return ""


def lab_command(folder: Path, *, browser: bool = True, notebook: str | None = None) -> list[str]:
    """Return the command that runs JupyterLab on `folder`, with our settings.

    They name our export in the menu, where JupyterLab by itself would say "Casebook_pdf", keep JupyterLab from asking
    for its news and updates, and let the address that it prints be the notebook's.

    >>> lab_command(Path("nowhere"), browser=False)[1:3]
    ['-m', 'jupyterlab']
    """
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.default_url={_page(folder, notebook)}",
        "--ServerApp.contents_manager_class=alliance_analysis.lab_contents.Contents",
        f"--ServerApp.tornado_settings={{'websocket_max_message_size': {UPLOAD_BYTES}}}",
    ]
    if not browser:
        command.append("--no-browser")
    return command


def _page(folder: Path, notebook: str | None = None) -> str:
    """Return the address, below the server's own, at which JupyterLab opens a notebook."""
    if notebook is not None and not (folder / notebook).is_file():
        there = [p.relative_to(folder).as_posix() for p in folder.rglob("*.ipynb")]
        raise BadInput(f"there is no notebook '{notebook}'", nearest(notebook, there), file=folder)
    name = notebook or START
    return f"/lab/tree/{quote(name)}" if (folder / name).is_file() else "/lab"


def _usable(folder: Path, source: Path) -> Path:
    """Return the folder, made if need be, resolved and known to be writable."""
    try:
        folder = Path(folder).expanduser().resolve()
    except (OSError, RuntimeError) as error:
        raise BadInput(f"this is no usable folder: {error}", "name another folder") from error
    if folder == source.resolve() or source.resolve() in folder.parents:
        raise BadInput(
            "these are the shipped notebooks, not a working copy", "name another folder", file=folder
        )
    if folder.exists() and not folder.is_dir():
        raise BadInput("this is a file, not a folder", "name another folder", file=folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadInput(
            f"the folder cannot be written: {error.strerror or error}",
            "name a folder of your own: casebook lab FOLDER",
            file=folder,
        ) from error
    return folder


def _shipped(source: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        hidden = any(part in _UNSHIPPED or part.startswith(".") for part in relative.parts)
        if path.is_file() and not hidden:
            yield relative, path.read_bytes()


def _check_place(folder: Path, path: Path) -> None:
    """Refuse a place whose writing would land outside the folder, or on a folder, or below a file."""
    place = folder / path
    if not place.resolve().is_relative_to(folder):
        raise BadInput("this link leads out of the working copy", "remove the link", file=place)
    if place.is_dir():
        raise BadInput("a folder stands where a notebook belongs", "rename the folder", file=place)
    for parent in path.parents:
        if (folder / parent).exists() and not (folder / parent).is_dir():
            raise BadInput("a file stands where a folder belongs", "rename the file", file=folder / parent)


def _free_name(folder: Path, path: Path, version: str, digest: str) -> Path | None:
    """Return a free name beside `path`, or None if the content is there already under such a name."""
    number = 1
    while True:
        tail = f".new-{version}" + (f"-{number}" if number > 1 else "")
        beside = path.with_name(path.stem + tail + path.suffix)
        if not (folder / beside).exists() and not (folder / beside).is_symlink():
            return beside
        if _digest_of(folder / beside) == digest:
            return None
        number += 1


def _read_manifest(path: Path) -> tuple[dict[str, list[str]], str]:
    """Return the digests delivered so far per file, and a note if they could not be read."""
    if not path.exists():
        return {}, ""
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["delivered"]
        return {str(name): [str(digest) for digest in seen] for name, seen in files.items()}, ""
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}, f"{path.name} could not be read, so every notebook here was treated as your own work"


def _write_manifest(path: Path, delivered: Mapping[str, list[str]]) -> None:
    text = json.dumps({"schema": 1, "delivered": delivered}, indent=1, sort_keys=True) + "\n"
    if not path.exists() or path.read_bytes() != text.encode():
        write_atomic(path, text.encode())


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest_of(path: Path) -> str | None:
    """Return the SHA-256 of a file's bytes, or None if there is no file."""
    return _digest(path.read_bytes()) if path.is_file() else None
