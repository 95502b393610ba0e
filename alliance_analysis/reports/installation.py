"""What a report depends on besides its notebook and parameters, here and on other machines."""

from __future__ import annotations

import importlib.metadata
import sys
from collections import defaultdict
from collections.abc import Mapping

from alliance_analysis.errors import Fault, one_line
from alliance_analysis.reports.batch import LIBRARIES, surroundings

_REMEDY = "install the same wheel and the same versions there as here"


def installation() -> dict[str, str]:
    """Return what a report made here depends on, by name: versions, and the hash of code, casebook and tables.

    >>> installation()["Python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    True
    """
    names = ("alliance-casebook", "distributed", *LIBRARIES)
    return {
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **{name: _version(name) for name in names},
        "content": surroundings(),
    }


def _version(name: str) -> str:
    """Return the version that is installed; an extra need not be."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def differing(here: Mapping[str, str], there: Mapping[str, Mapping[str, str] | Exception]) -> list[Fault]:
    """Return what differs between this installation and those of workers by address, each difference once.

    >>> print(*differing({"typst": "0.15.2"}, {"tcp://a:1": {"typst": "0.14"}, "tcp://b:1": {"typst": "0.14"}}))
    tcp://a:1 and 1 more: typst is 0.14 there and 0.15.2 here; install the same wheel and the same versions there as here
    """
    found = defaultdict(list)
    for address, said in there.items():
        found[_difference(here, said)].append(address)
    found.pop("", None)
    return [
        Fault(what, _REMEDY, field=first + (f" and {len(others)} more" if others else ""))
        for what, (first, *others) in found.items()
    ]


def _difference(here: Mapping[str, str], there: Mapping[str, str] | Exception) -> str:
    if isinstance(there, Exception):
        return f"the casebook cannot be used there ({one_line(there)})"
    names = [name for name in here if name != "content" and here[name] != there.get(name)]
    if names:
        return ", ".join(
            f"{name} is {there.get(name, 'not known')} there and {here[name]} here" for name in names
        )
    same = here.get("content") == there.get("content")
    return "" if same else "the code, the casebook or the tables are others than here"
