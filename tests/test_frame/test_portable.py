"""The working copy and the doctor use nothing that Windows lacks.

Our modules are imported and run in a process from which the POSIX-only calls were taken away, after the
libraries (which have their own ways on Windows) had found theirs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

PREAMBLE = """
import asyncio, hashlib, importlib.abc, importlib.metadata, json, os, secrets, shutil, signal, subprocess
import sys, tempfile, webbrowser
import matplotlib, packaging.requirements, pypandoc, typst
from pathlib import Path

assert not any(name.startswith("alliance_analysis") for name in sys.modules)
ABSENT = ["fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"]
CALLS = ["chown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getpgid", "getuid", "kill", "killpg",
         "mkfifo", "nice", "posix_spawn", "setsid", "uname", "wait3"]
SIGNALS = ["SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGUSR1", "SIGUSR2", "alarm", "setitimer"]

class Windows(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Windows())
for name in ABSENT:
    sys.modules.pop(name, None)
for name in CALLS:
    vars(os).pop(name, None)
for name in SIGNALS:
    vars(signal).pop(name, None)
"""


def without_posix(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", PREAMBLE + code],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "MPLCONFIGDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_calls_are_gone(tmp_path: Path) -> None:
    for code in ("os.fork()", "import fcntl", "signal.SIGKILL", "import pwd", "from os import getuid"):
        assert without_posix(code, tmp_path).returncode == 1, code


def test_the_working_copy_needs_none_of_them(tmp_path: Path) -> None:
    code = """
from alliance_analysis import lab
shipped, mine = Path("shipped"), Path("mine")
(shipped / "cases").mkdir(parents=True)
(shipped / lab.START).write_text("one")
(shipped / "cases" / "timex.ipynb").write_text("two")
lab.prepare(mine, source=shipped)
(mine / lab.START).write_text("my work")
(shipped / lab.START).write_text("ONE")
(shipped / "cases" / "timex.ipynb").write_text("TWO")
done = lab.prepare(mine, source=shipped, version="2")
server = "import os; raise SystemExit(4 if os.environ['CASEBOOK_AGREEMENT'] else 0)"
lab.lab_command = lambda *_, **__: [sys.executable, "-c", server]
print(json.dumps([len(done.kept), len(done.updated), len(done.beside), lab.launch(mine)]))
"""
    ran = without_posix(code, tmp_path)
    assert ran.stderr == ""
    assert json.loads(ran.stdout) == [1, 1, 1, 4]


def test_the_doctor_needs_none_of_them(tmp_path: Path) -> None:
    code = """
from alliance_analysis import doctor
print(json.dumps({f.name: [f.ok, f.detail] for f in doctor.examine(kernel=False) if f.needed}))
"""
    ran = without_posix(code, tmp_path)
    assert ran.stderr == ""
    findings = json.loads(ran.stdout)
    assert {name: detail for name, (ok, detail) in findings.items() if not ok} == {}
    assert len(findings) == 8
