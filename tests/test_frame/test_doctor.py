"""The doctor: all is well here, and each fault shows once, with one line that mends it."""

from __future__ import annotations

import shutil
import sys
import tempfile
import webbrowser
from collections import namedtuple
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import matplotlib
import pypandoc
import pytest
import typst
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager, NoSuchKernel

from alliance_analysis import content, doctor
from alliance_analysis.errors import AllianceError

Patch = pytest.MonkeyPatch
Version = namedtuple("Version", "major minor micro releaselevel serial")


def raising(error: Exception) -> Callable[..., object]:
    def call(*_: object, **__: object) -> object:
        raise error

    return call


def old_python(patch: Patch, _: Path) -> None:
    patch.setattr(sys, "version_info", Version(3, 10, 14, "final", 0))


def casebook_not_installed(patch: Patch, _: Path) -> None:
    patch.setattr(metadata, "requires", raising(metadata.PackageNotFoundError(doctor.DISTRIBUTION)))


def old_library(patch: Patch, _: Path) -> None:
    versions = metadata.version
    patch.setattr(metadata, "version", lambda name: "1.0" if name == "pandas" else versions(name))


def missing_library(patch: Patch, _: Path) -> None:
    versions = metadata.version
    missing = metadata.PackageNotFoundError("seaborn")
    patch.setattr(metadata, "version", lambda n: raising(missing)() if n == "seaborn" else versions(n))


def no_content(patch: Patch, _: Path) -> None:
    patch.setattr(content, "root", raising(AllianceError("no casebook folder", "install it again")))


def no_fonts(patch: Patch, folder: Path) -> None:
    fonts = folder / "fonts" / "ttf"
    shutil.copytree(Path(matplotlib.get_data_path(), "fonts", "ttf"), fonts)
    (fonts / "DejaVuSans.ttf").unlink()
    patch.setattr(matplotlib, "get_data_path", lambda: str(folder))


def no_pdf(patch: Patch, _: Path) -> None:
    patch.setattr(typst, "compile", raising(typst.TypstError("unknown standard\nua-1")))


def no_typst(patch: Patch, _: Path) -> None:
    patch.setitem(sys.modules, "typst", None)


def no_pandoc(patch: Patch, _: Path) -> None:
    patch.setattr(pypandoc, "get_pandoc_path", raising(OSError("No pandoc was found")))


def read_only_here(patch: Patch, folder: Path) -> None:
    read_only(patch, folder)


def read_only_temporary(patch: Patch, _: Path) -> None:
    read_only(patch, Path(tempfile.gettempdir()))


def read_only(patch: Patch, folder: Path) -> None:
    original = tempfile.TemporaryFile

    def refuse(*, dir: Path) -> object:
        return raising(PermissionError(13, "Permission denied"))() if dir == folder else original(dir=dir)

    patch.setattr(tempfile, "TemporaryFile", refuse)


def no_kernel(patch: Patch, _: Path) -> None:
    patch.setattr(KernelSpecManager, "get_kernel_spec", raising(NoSuchKernel("python3")))


def foreign_kernel(patch: Patch, _: Path) -> None:
    spec = KernelSpec(argv=["/elsewhere/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    patch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: spec)


def dying_kernel(patch: Patch, _: Path) -> None:
    argv = [sys.executable, "-c", "raise SystemExit('no room for a kernel')", "{connection_file}"]
    patch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: KernelSpec(argv=argv))


def silent_kernel(patch: Patch, _: Path) -> None:
    argv = [sys.executable, "-c", "import time; time.sleep(60)", "{connection_file}"]
    patch.setattr(KernelSpecManager, "get_kernel_spec", lambda *_: KernelSpec(argv=argv))
    patch.setattr(doctor, "KERNEL_SECONDS", 1.0)


def no_browser(patch: Patch, _: Path) -> None:
    patch.setattr(shutil, "which", lambda *_: None)
    patch.setattr(webbrowser, "get", raising(webbrowser.Error("could not locate runnable browser")))


FAULTS: list[tuple[Callable[[Patch, Path], None], str, str]] = [
    (old_python, "Python", "python.org"),
    (casebook_not_installed, "libraries", doctor.WHEEL),
    (old_library, "libraries", f'{sys.executable} -m pip install "pandas>=2.2"'),
    (missing_library, "libraries", f'{sys.executable} -m pip install "seaborn>=0.13.2"'),
    (no_content, "content", "install it again"),
    (no_fonts, "fonts", "matplotlib"),
    (no_pdf, "PDF", "typst"),
    (no_typst, "PDF", "typst"),
    (no_pandoc, "pandoc", "pypandoc_binary"),
    (read_only_here, "this folder", "cd ~"),
    (read_only_temporary, "temporary folder", "TMPDIR"),
    (no_kernel, "kernel", "ipykernel install --sys-prefix"),
    (foreign_kernel, "kernel", "ipykernel install --sys-prefix"),
    (dying_kernel, "kernel", "ipykernel"),
    (silent_kernel, "kernel", "ipykernel"),
    (no_browser, "browser", "Firefox"),
]


@pytest.mark.parametrize(("fault", "name", "remedy"), FAULTS, ids=lambda v: getattr(v, "__name__", None))
def test_each_fault_shows_once_with_one_remedy(
    fault: Callable[[Patch, Path], None],
    name: str,
    remedy: str,
    monkeypatch: Patch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    fault(monkeypatch, tmp_path)
    findings = doctor.examine(kernel=name == "kernel")
    monkeypatch.undo()
    faults = [finding for finding in findings if not finding.ok]
    assert [finding.name for finding in faults] == [name]
    assert remedy in faults[0].remedy
    assert "\n" not in faults[0].remedy + faults[0].detail
    assert faults[0].needed == (name != "browser")


def test_a_kernel_that_dies_leaves_its_last_word(monkeypatch: Patch, tmp_path: Path) -> None:
    dying_kernel(monkeypatch, tmp_path)
    assert "no room for a kernel" in doctor.notebook_kernel().detail


def test_all_is_well_here() -> None:
    findings = doctor.examine()
    assert [finding for finding in findings if finding.needed and not finding.ok] == []
    assert [finding.name for finding in findings] == [
        "Python",
        "libraries",
        "content",
        "fonts",
        "PDF",
        "pandoc",
        "this folder",
        "temporary folder",
        "browser",
        "kernel",
    ]


def test_an_unforeseen_error_is_a_finding_too(monkeypatch: Patch) -> None:
    monkeypatch.setattr(doctor, "pandoc", raising(RuntimeError("")))
    (fault,) = [finding for finding in doctor.examine(kernel=False) if not finding.ok]
    assert (fault.name, fault.detail, fault.needed) == ("pandoc", "RuntimeError", True)


def test_the_kernel_leaves_nothing_behind(monkeypatch: Patch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert doctor.notebook_kernel().ok
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_a_space_is_quoted(monkeypatch: Patch) -> None:
    monkeypatch.setattr(sys, "executable", "/my folder/bin/python")
    assert doctor.this_python() == '"/my folder/bin/python"'


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Two environments whose interpreters link to one Python are still two environments."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "python").symlink_to(sys.executable)
    assert not doctor.same_python(str(tmp_path / "one" / "python"), str(tmp_path / "two" / "python"))
