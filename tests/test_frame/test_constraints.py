"""constraints.txt pins all that the project asks for, for every Python and system, and names no address."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINES = [
    line
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
SYSTEMS = {
    "linux": {"os_name": "posix", "platform_system": "Linux", "platform_machine": "x86_64"},
    "win32": {"os_name": "nt", "platform_system": "Windows", "platform_machine": "AMD64"},
    "darwin": {"os_name": "posix", "platform_system": "Darwin", "platform_machine": "arm64"},
}
PYTHONS = ["3.11.4", "3.11.14", "3.12.12", "3.13.9", "3.14.0"]
INDEX_HOSTS = [name.encode() for name in ("pypi" + ".org", "pythonhosted" + ".org", "anaconda" + ".org")]


def environment(python: str, system: str) -> dict[str, str]:
    return {
        **SYSTEMS[system],
        "sys_platform": system,
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_name": "cpython",
        "implementation_version": python,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def holds(requirement: Requirement, here: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(here)


def demands() -> list[tuple[str, str]]:
    extras = PROJECT.get("optional-dependencies", {})
    return [("", line) for line in PROJECT["dependencies"]] + [
        (extra, line) for extra, lines in extras.items() for line in lines
    ]


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_has_one_satisfying_pin(python: str, system: str) -> None:
    here = environment(python, system)
    pins: dict[str, list[str]] = {}
    for line in LINES:
        pin = Requirement(line)
        if holds(pin, here):
            (only,) = pin.specifier
            assert only.operator == "==", line
            pins.setdefault(canonicalize_name(pin.name), []).append(only.version)
    assert [name for name, versions in pins.items() if len(versions) > 1] == []
    for extra, line in demands():
        wanted = Requirement(line)
        if not holds(wanted, here) or canonicalize_name(wanted.name) == PROJECT["name"]:
            continue
        found = pins.get(canonicalize_name(wanted.name), [])
        assert len(found) == 1, f"[{extra}] {line} has {len(found)} pins on {system}, Python {python}"
        assert wanted.specifier.contains(found[0], prereleases=True), f"{line} is pinned to {found[0]}"


def test_constraints_hold_pins_only() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert " @ " not in text
    assert not [line for line in LINES if line.startswith("-")]
    assert len(LINES) == len(set(LINES))


def test_no_file_of_the_repository_names_a_package_index() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a clone")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    guilty = [
        str(file.relative_to(ROOT))
        for file in files
        if file.is_file() and any(host in file.read_bytes() for host in INDEX_HOSTS)
    ]
    assert guilty == []
