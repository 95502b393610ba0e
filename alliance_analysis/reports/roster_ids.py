"""Ids that name the files of a batch: safe on every system, and never two that are, or look like, one.

The checks follow Unicode's advice on look-alikes (UTS 39) in a simple, strict form that needs no table: one
spelling, one script. The letters and digits of all ids belong to one script; Latin may stand beside the
East Asian scripts, which count as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from alliance_analysis.errors import Fault

MAX_CHARACTERS = 100
"""Longest id, in characters."""

MAX_BYTES = 200
"""Longest id, in bytes of UTF-8."""

_PUNCTUATION = frozenset(" !#$%&'()+,-.;=@[]^_`{}~")  # of ASCII, what Windows allows in a file name
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d) *(\..*)?", re.IGNORECASE | re.DOTALL)
_EAST_ASIAN = frozenset(
    {"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "IDEOGRAPHIC", "KATAKANA", "KATAKANA-HIRAGANA"}
)


def fold(identifier: str) -> str:
    """Return what two ids share if some file system takes them for one: compatibility forms and case are dropped.

    >>> fold("Team-Ⅳ") == fold("TEAM-iv")
    True
    """
    for _ in range(2):  # folding can leave a form that composes anew
        identifier = unicodedata.normalize("NFKC", identifier).upper().casefold()
    return unicodedata.normalize("NFKC", identifier)


def problem(identifier: str) -> tuple[str, str] | None:
    """Return what is wrong with one id as a file name and the remedy, or None.

    >>> problem("../timex")
    ("the id '../timex' holds '/'", 'use letters, digits, - and _')
    >>> problem("timex-7") is None
    True
    """
    return next(_problems(identifier), None)


def _problems(identifier: str) -> Iterator[tuple[str, str]]:
    shown = f"the id {_shown(identifier)}"
    plain = unicodedata.normalize("NFKC", identifier)
    forms = (identifier, plain)
    if not identifier:
        yield "the id is empty", "give every row an id"
    if any(len(f) > MAX_CHARACTERS or len(f.encode("utf-8", "surrogatepass")) > MAX_BYTES for f in forms):
        yield f"{shown} is longer than {MAX_CHARACTERS} characters or {MAX_BYTES} bytes", "shorten it"
    for character in identifier + plain:
        if not _allowed(character):
            name = f"'{character}'" if character.isprintable() else f"the character U+{ord(character):04X}"
            yield f"{shown} holds {name}", "use letters, digits, - and _"
    if plain.strip(" .") != plain:
        yield f"{shown} starts or ends with a blank or a dot", "take it off"
    if _RESERVED.fullmatch(plain):
        yield f"{shown} is a name that Windows keeps for itself", "add a letter or a word"
    if unicodedata.normalize("NFC", identifier) != identifier:
        yield f"{shown} writes an accent as a character of its own", "type it again (Unicode form NFC)"
    if len(scripts := _scripts(plain)) > 1:
        yield f"{shown} mixes {_listed(scripts)} letters, which can look alike", "write it in one script"


def check_ids(ids: Iterable[tuple[int, str]]) -> list[Fault]:
    """Return every fault of the (line, id) pairs: unsafe ids, repeated ones, and ones that could pass for another.

    >>> [str(fault) for fault in check_ids([(2, "a1"), (3, "A1")])]
    ["line 3: the ids 'A1' and 'a1' (line 2) would be one file on some systems; rename one"]
    """
    faults: list[Fault] = []
    seen: dict[str, tuple[int, str]] = {}
    script: dict[str, tuple[int, str]] = {}
    for line, identifier in ids:
        if wrong := problem(identifier):
            faults.append(Fault(*wrong, line=line))
        first, twin = seen.setdefault(fold(identifier), (line, identifier))
        if first != line:
            same = twin == identifier
            both = f"the ids {_shown(identifier)} and {_shown(twin)} (line {first}) would be one file on some systems"
            what = f"the id {_shown(identifier)} stands on line {first} already" if same else both
            faults.append(Fault(what, "give every row its own id" if same else "rename one", line=line))
        elif not wrong:
            for name in _scripts(unicodedata.normalize("NFKC", identifier)):
                script.setdefault(name, (line, identifier))
    if len(_scripts_together(script)) > 1:
        (main, (first, one)), *others = script.items()
        faults += [
            Fault(
                f"the id {_shown(other)} is written in {_listed([name])} letters and {_shown(one)} (line {first}) "
                f"in {_listed([main])}; letters of two scripts can look alike",
                "write all ids in one script",
                line=line,
            )
            for name, (line, other) in others
            if len(_scripts_together([main, name])) > 1
        ]
    return faults


def _allowed(character: str) -> bool:
    if character.isascii():
        return character.isalnum() or character in _PUNCTUATION
    return unicodedata.category(character)[0] in "LMN" and character not in _INVISIBLE


def _scripts(text: str) -> list[str]:
    """Return the scripts of a text, by the first word of its characters' names; none for ASCII without letters."""
    words = dict.fromkeys(
        unicodedata.name(c, "UNKNOWN").split()[0] for c in text if c.isalpha() or not c.isascii()
    )
    words.pop("COMBINING", None)
    return _scripts_together("EAST ASIAN" if word in _EAST_ASIAN else word for word in words)


def _scripts_together(scripts: Iterable[str]) -> list[str]:
    found = list(dict.fromkeys(scripts))
    return ["EAST ASIAN"] if set(found) == {"LATIN", "EAST ASIAN"} else found


def _listed(scripts: Iterable[str]) -> str:
    return " and ".join(name.title() for name in scripts)


def _shown(text: str) -> str:
    printable = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return f"'{printable[:60]}…'" if len(printable) > 60 else f"'{printable}'"
