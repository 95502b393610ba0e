"""Where the casebook, the data tables and the notebooks are: in a clone, or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from alliance_analysis.errors import AllianceError

_PACKAGE = Path(__file__).resolve().parent
FOLDERS = ("casebook", "data", "notebooks")


def root() -> Path:
    """Return the folder that holds `casebook/`, `data/` and `notebooks/`.

    >>> sorted(p.name for p in root().iterdir() if p.name in FOLDERS)
    ['casebook', 'data', 'notebooks']
    """
    for place in (_PACKAGE / "content", _PACKAGE.parent):
        if all((place / folder).is_dir() for folder in FOLDERS):
            return place
    raise AllianceError(
        f"the installed package lacks its {', '.join(FOLDERS)} folders",
        "install it again from a wheel or a clone",
        file=_PACKAGE,
    )


def folder(name: str) -> Path:
    """Return one of the three content folders.

    >>> folder("casebook").name
    'casebook'
    """
    return root() / name
