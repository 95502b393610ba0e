"""What was typed and not kept: it waits in a hidden file beside the agreement file, until it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from alliance_analysis.records import write_atomic

Texts = Mapping[str, tuple[str, str]]
"""By the name of a text: what was kept when the typing began, and what has been typed since."""


def place(agreement: Path) -> Path:
    """Return where the texts wait.

    >>> place(Path("work/agreement.yaml")).as_posix()
    'work/.agreement.unkept.json'
    """
    return agreement.with_name(f".{agreement.stem}.unkept.json")


def remember(agreement: Path, texts: Texts) -> None:
    """Write the texts that differ from what was kept; without any, the file goes."""
    left = {name: [kept, typed] for name, (kept, typed) in texts.items() if kept != typed}
    if left:
        write_atomic(place(agreement), json.dumps(left, ensure_ascii=False, indent=1).encode())
    else:
        place(agreement).unlink(missing_ok=True)


def remembered(agreement: Path) -> dict[str, tuple[str, str]]:
    """Return the texts that wait; a file that cannot be read holds none."""
    try:
        found = json.loads(place(agreement).read_bytes())
        return {str(name): (str(kept), str(typed)) for name, (kept, typed) in found.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
