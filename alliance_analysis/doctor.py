"""What is missing on this machine, and the one line that mends it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alliance_analysis import __version__, content
from alliance_analysis.errors import AllianceError

if TYPE_CHECKING:
    from jupyter_client.manager import KernelManager

DISTRIBUTION = "alliance-casebook"
OLDEST_PYTHON = (3, 11)
KERNEL = "python3"
KERNEL_SECONDS = 60.0
FONTS = ("STIXGeneral.ttf", "DejaVuSans.ttf")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
    "firefox",
)
WHEEL = f"alliance_casebook-{__version__}-py3-none-any.whl"
_PAGE = b"""\
#set document(title: "Casebook doctor")
#set text(lang: "en", font: "STIXGeneral")
= Ready
One page, tagged as PDF/UA-1.
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `remedy` is one line, and empty exactly where all is well.

    What is not `needed` makes some comfort impossible, but no notebook or report.
    """

    name: str
    ok: bool
    needed: bool
    detail: str
    remedy: str = ""


def examine(*, kernel: bool = True) -> list[Finding]:
    """Look at everything the casebook needs here; never raise, and take at most a minute or so.

    The slow part, a few seconds, is a notebook kernel started on trial; `kernel=False` leaves it out.

    >>> all(finding.ok != bool(finding.remedy) for finding in examine(kernel=False))
    True
    """
    checks: list[tuple[str, Callable[[], Finding], str]] = [
        ("Python", python_version, "install Python 3.11 or newer"),
        ("libraries", libraries, _pip_again(WHEEL)),
        ("content", shipped_content, _pip_again(WHEEL)),
        ("fonts", fonts, _pip_again("matplotlib")),
        ("PDF", pdf_page, _pip_again("typst")),
        ("pandoc", pandoc, _pip_again("pypandoc_binary")),
        ("this folder", current_folder, "change to a folder of your own: cd ~"),
        ("temporary folder", temporary_folder, "free some disk space, or set TMPDIR to a folder of your own"),
        ("browser", browser, "install Firefox or Chrome"),
    ]
    if kernel:
        checks.append(("kernel", notebook_kernel, _pip_again("ipykernel jupyter_client")))
    findings = []
    for name, check, remedy in checks:
        try:
            findings.append(check())
        except Exception as error:
            findings.append(Finding(name, False, name != "browser", _one_line(error), remedy))
    return findings


def this_python() -> str:
    """Return this Python as it is typed in a terminal of this system.

    >>> this_python().strip('"& ') == sys.executable
    True
    """
    if " " not in sys.executable:
        return sys.executable
    return f'& "{sys.executable}"' if os.name == "nt" else f'"{sys.executable}"'


def _pip_again(what: str) -> str:
    return f"{this_python()} -m pip install --force-reinstall {what}"


def python_version() -> Finding:
    """Say whether this Python is new enough."""
    ok = sys.version_info[:2] >= OLDEST_PYTHON
    oldest = ".".join(map(str, OLDEST_PYTHON))
    remedy = f"install Python {oldest} or newer from python.org and make the environment again with it"
    detail = f"{'.'.join(map(str, sys.version_info[:3]))} in {sys.executable}"
    return Finding("Python", ok, True, detail, "" if ok else remedy)


def libraries() -> Finding:
    """Compare every declared dependency with the version that is installed."""
    try:
        declared = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        detail = f"{DISTRIBUTION} itself is not installed"
        return Finding("libraries", False, True, detail, f"{this_python()} -m pip install {WHEEL}")
    faults, wanted = unmet(declared)
    if not faults:
        return Finding("libraries", True, True, f"{len(declared_here(declared))} as declared")
    install = " ".join(f'"{requirement}"' for requirement in wanted)
    return Finding("libraries", False, True, "; ".join(faults), f"{this_python()} -m pip install {install}")


def declared_here(declared: list[str]) -> list[str]:
    """Keep the requirements that hold on this system without any extra.

    >>> declared_here(["numpy>=1.26", "pytest>=8; extra == 'dev'", "x; python_version < '3'"])
    ['numpy>=1.26']
    """
    from packaging.requirements import Requirement

    requirements = [Requirement(line) for line in declared]
    return [str(r) for r in requirements if r.marker is None or r.marker.evaluate({"extra": ""})]


def unmet(declared: list[str]) -> tuple[list[str], list[str]]:
    """Return what is wrong with the installed versions, in words, and the requirements to install.

    >>> unmet(["packaging>=1"])
    ([], [])
    >>> unmet(["packaging<1"])[1]
    ['packaging<1']
    """
    from packaging.requirements import Requirement

    faults, wanted = [], []
    for line in declared_here(declared):
        requirement = Requirement(line)
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            faults.append(f"{requirement.name} is missing")
        else:
            if requirement.specifier.contains(version, prereleases=True):
                continue
            faults.append(f"{requirement.name} is {version}, not {requirement.specifier}")
        requirement.marker = None
        wanted.append(str(requirement))
    return faults, wanted


def shipped_content() -> Finding:
    """Find the cases, the tables and the notebooks."""
    try:
        return Finding("content", True, True, str(content.root()))
    except AllianceError as error:
        fault = error.faults[0]
        return Finding("content", False, True, fault.what, fault.remedy)


def font_folder() -> Path:
    """Return matplotlib's own fonts, the same on every machine.

    >>> font_folder().name
    'ttf'
    """
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf")


def fonts() -> Finding:
    """Find the fonts of the reports."""
    missing = [name for name in FONTS if not (font_folder() / name).is_file()]
    if missing:
        detail = f"{', '.join(missing)} not in {font_folder()}"
        return Finding("fonts", False, True, detail, _pip_again("matplotlib"))
    return Finding("fonts", True, True, "STIX and DejaVu")


def pdf_page() -> Finding:
    """Compile a page to PDF/UA-1."""
    import typst

    started = time.perf_counter()
    page = typst.compile(
        _PAGE,
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[font_folder()]),
        pdf_standards="ua-1",
    )
    if not isinstance(page, bytes) or not page.startswith(b"%PDF-"):
        return Finding("PDF", False, True, "the compiler gave no PDF", _pip_again("typst"))
    return Finding("PDF", True, True, f"a page as PDF/UA-1 in {time.perf_counter() - started:.1f} s")


def pandoc() -> Finding:
    """Ask the pandoc that came with pypandoc for its version."""
    import pypandoc

    path = pypandoc.get_pandoc_path()
    return Finding("pandoc", True, True, f"{pypandoc.get_pandoc_version()} in {path}")


def current_folder() -> Finding:
    """Try to write where the command was called, as reports go there unless told otherwise."""
    return _writable(
        "this folder", Path.cwd(), "change to a folder of your own before calling casebook: cd ~"
    )


def temporary_folder() -> Finding:
    """Try to write where intermediate files go."""
    remedy = "free some disk space, or set TMPDIR (on Windows TEMP) to a folder of your own"
    return _writable("temporary folder", Path(tempfile.gettempdir()), remedy)


def _writable(name: str, folder: Path, remedy: str) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder) as trial:
            trial.write(b"casebook")
    except OSError as error:
        return Finding(name, False, True, f"{folder} cannot be written: {error.strerror or error}", remedy)
    return Finding(name, True, True, f"{folder} can be written")


def browser() -> Finding:
    """Look for a browser that JupyterLab can open by itself."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        try:
            found = getattr(webbrowser.get(), "name", "the system's own")
        except webbrowser.Error:
            remedy = "install Firefox or Chrome; or open the address that `casebook lab` prints elsewhere"
            return Finding("browser", False, False, "none found", remedy)
    return Finding("browser", True, False, found)


def notebook_kernel() -> Finding:
    """Start the kernel that notebooks ask for, in this very Python, and compute 1+1 with it."""
    from jupyter_client.kernelspec import NoSuchKernel
    from jupyter_client.manager import KernelManager

    mend = f"{this_python()} -m ipykernel install --sys-prefix --name {KERNEL}"
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="casebook-", ignore_cleanup_errors=True) as folder:
        manager = KernelManager(kernel_name=KERNEL, connection_file=str(Path(folder, "kernel.json")))
        try:
            command = manager.format_kernel_cmd()
        except NoSuchKernel:
            return Finding("kernel", False, True, f"there is no kernel called {KERNEL}", mend)
        if not same_python(command[0], sys.executable):
            detail = f"{KERNEL} runs {command[0]}, not {sys.executable}"
            return Finding("kernel", False, True, detail, mend)
        answer, said = _ask(manager, Path(folder))
    if answer != "2":
        return Finding("kernel", False, True, said, _pip_again("ipykernel jupyter_client"))
    return Finding("kernel", True, True, f"answered in {time.perf_counter() - started:.1f} s")


def same_python(one: str, other: str) -> bool:
    """Say whether two paths name the same interpreter of the same environment.

    Links are not followed: the interpreters of two environments may be links to one Python.

    >>> same_python("/a/bin/python", "/a/bin/../bin/python"), same_python("/a/bin/python", "/b/bin/python")
    (True, False)
    """
    return _unlinked(one) == _unlinked(other)


def _unlinked(path: str) -> str:
    return os.path.normcase(os.path.normpath(Path(path).absolute()))


def _ask(manager: KernelManager, folder: Path) -> tuple[str, str]:
    """Return the kernel's value of 1+1 ("" if none came) and what went wrong, within KERNEL_SECONDS."""
    deadline = time.monotonic() + KERNEL_SECONDS
    answers: list[str] = []

    def listen(message: dict[str, Any]) -> None:
        if message["msg_type"] == "execute_result":
            answers.append(message["content"]["data"]["text/plain"])

    # Where no other user of this machine can listen: files in our folder, or encrypted TCP.
    if os.name != "nt":
        manager.transport = "ipc"
    elif manager.has_trait("transport_encryption"):
        manager.transport_encryption = "auto"

    said = "it started, but did not compute"
    client = None
    with (folder / "kernel.log").open("w+b") as log:
        try:
            manager.start_kernel(stdout=log, stderr=log)
            client = manager.blocking_client()
            client.start_channels()
            client.wait_for_ready(timeout=deadline - time.monotonic())
            client.execute_interactive(
                "1+1", timeout=max(1.0, deadline - time.monotonic()), output_hook=listen, allow_stdin=False
            )
        except Exception as error:
            said = _one_line(error)
        finally:
            if client is not None:
                client.stop_channels()
            if manager.has_kernel:
                manager.shutdown_kernel(now=True)
        log.seek(0)
        last = log.read().decode(errors="replace").strip().splitlines()[-1:]
    return "".join(answers), "; ".join([said, *last])


def _one_line(error: Exception) -> str:
    """Return an error as one short line.

    >>> _one_line(OSError("no\\nroom"))
    'no room'
    """
    return re.sub(r"\s+", " ", str(error)).strip()[:200] or type(error).__name__
