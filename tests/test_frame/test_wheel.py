"""What is handed out works on its own: the wheel, and the pip section of environment.yml.

Each is installed with the pinned versions into a new environment, and used from an empty folder elsewhere.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ruamel.yaml import YAML

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ("casebook", "data", "notebooks")
PYTHON_SETTINGS = ("PYTHON", "VIRTUAL_ENV", "CASEBOOK", "CONDA", "JUPYTER", "IPYTHON")


def run(command: list[object], folder: Path) -> str:
    """Run a command as a student would, with no setting of ours around it; its output if it succeeds."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PYTHON_SETTINGS)}
    ran = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**clean, "HOME": str(folder), "USERPROFILE": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, f"{' '.join(map(str, command))} gave {ran.returncode}:\n{ran.stdout[-4000:]}"
    return ran.stdout


def new_environment(folder: Path) -> Path:
    """Make a new environment; return the folder of its programs."""
    run([sys.executable, "-m", "venv", folder / "env"], folder)
    return folder / "env" / ("Scripts" if os.name == "nt" else "bin")


def repository_files() -> list[Path]:
    """The files of the repository, as they stand, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    return [name for name in names if (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_the_content(wheel: Path) -> None:
    carried = {Path(name) for name in zipfile.ZipFile(wheel).namelist()}
    content = [name for name in repository_files() if name.parts[0] in CONTENT]
    assert {name.parts[0] for name in content} == set(CONTENT)
    inside = Path("alliance_analysis", "content")
    assert [name for name in content if inside / name not in carried] == []
    package = [name for name in repository_files() if name.parts[0] == "alliance_analysis"]
    assert [name for name in package if name not in carried] == []
    assert {path.parts[0] for path in carried if not path.parts[0].endswith(".dist-info")} == {
        "alliance_analysis"
    }
    licences = {path.name for path in carried if "licenses" in path.parts}
    assert licences == {"LICENSE", "LICENSE-CONTENT"}


def test_the_wheel_works_in_a_new_environment(wheel: Path, tmp_path: Path) -> None:
    programs = new_environment(tmp_path)
    run([programs / "python", "-m", "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel], tmp_path)
    away = tmp_path / "an empty folder"
    away.mkdir()
    casebook = programs / "casebook"
    cases = run([casebook, "cases"], away)
    assert "timex" in cases
    assert str(ROOT) not in run([casebook, "doctor"], away)
    run([casebook, "report", "timex", "-o", "out"], away)
    assert (away / "out" / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_pip_section_of_the_conda_environment_works(tmp_path: Path) -> None:
    """conda writes that section to a file beside environment.yml and hands it to pip there; so do we."""
    copy = tmp_path / "copy"
    for name in repository_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    described = YAML(typ="safe").load((copy / "environment.yml").read_text(encoding="utf-8"))
    (section,) = [part["pip"] for part in described["dependencies"] if isinstance(part, dict)]
    (copy / "section.txt").write_text("\n".join(section) + "\n", encoding="utf-8")
    programs = new_environment(tmp_path)
    run([programs / "python", "-m", "pip", "install", "-q", "-r", "section.txt"], copy)
    away = tmp_path / "away"
    away.mkdir()
    run([programs / "casebook", "doctor"], away)
