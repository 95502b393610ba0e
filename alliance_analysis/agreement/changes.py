"""What differs between two versions of an agreement: fields added, removed and changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from alliance_analysis.agreement.files import Agreement

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One field, by its dotted path (entries of lists by their id), with what stood and what stands in it."""

    path: str
    kind: Kind
    old: Any = None
    new: Any = None


def changes(old: Agreement, new: Agreement) -> tuple[Change, ...]:
    """Return every field that differs, in the order of the new version; removed ones come last.

    Provenance and the choices made in widgets are left out: they are not what is agreed.

    >>> one = Agreement(schema=1, title="Draft")
    >>> [(c.path, c.kind) for c in changes(one, one.model_copy(update={"title": "Signed"}))]
    [('title', 'changed')]
    """
    before, after = ({"title": a.title, "label": a.label, **a.fields()} for a in (old, new))
    before, after = ({k: v for k, v in fields.items() if v is not None} for fields in (before, after))
    found = [
        Change(path, "changed" if path in before else "added", before.get(path), value)
        for path, value in after.items()
        if path not in before or before[path] != value
    ]
    found += [Change(path, "removed", old=value) for path, value in before.items() if path not in after]
    return tuple(found)
