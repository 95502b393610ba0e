"""Where the publishers' files are, a cache that no test shares with the user, a server, and the command."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alliance_analysis import cli
from alliance_analysis.datasets import raw as room
from alliance_analysis.datasets.raw import RawFile


@pytest.fixture
def raw() -> Path:
    folder = os.environ.get("CASEBOOK_RAW")
    if not folder:
        pytest.skip("CASEBOOK_RAW names no folder of publishers' files")
    return Path(folder)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(room, "cache", lambda: folder)
    return folder


@dataclass
class Server:
    """A publisher's server: /good gives the file, /wrong another one, /cut half of it, all else is not found."""

    address: str = ""
    body: bytes = b"vendor,lines\nA,1\n" * 500
    asked: list[str] = field(default_factory=list)

    def file(self, path: str) -> RawFile:
        return RawFile(
            f"set/{path}.csv", hashlib.sha256(self.body).hexdigest(), "a file", f"{self.address}/{path}"
        )


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    known = Server()
    body = known.body

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            sent = {"/good": body, "/wrong": body[:-1], "/cut": body[: len(body) // 2]}.get(self.path)
            if sent is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) if self.path == "/cut" else len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        known.address = f"http://127.0.0.1:{http.server_port}"
        yield known
        http.shutdown()
        thread.join()


@pytest.fixture
def casebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `casebook data` in this process, in an empty folder."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["casebook", "data", *arguments])
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run
