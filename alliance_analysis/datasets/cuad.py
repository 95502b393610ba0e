"""Clauses in 510 commercial contracts filed in the United States (hendrycks2021cuad), by type of agreement."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pandas as pd

from alliance_analysis.datasets.raw import RawFile

CLAUSES = RawFile(
    "cuad/master_clauses.csv",
    "a2a6df44a8c2047da5ea1fa55aafbda218a7d0f54db522f67c5324841bc9d4e9",
    "in CUAD_v1.zip (zenodo.org/records/4595826)",
)
FOLDERS = RawFile(
    "cuad/contract_folders.txt",
    "143a3a05812bb24c269705f2f5a23dfb2fa084c54faa0b36fe488a2d02f79798",
    "the list of CUAD's files, one path a line, as packed for these tables",
)
TEXTS = RawFile(
    "cuad/cuad_alliance_texts.zip",
    "c954f4008aa10a2461ac4b7a24748fb19471f3f7ddf0dbb885ea8991804f1e89",
    "86 of the texts in CUAD's full_contract_txt, as packed for these tables",
)

WORDS = {
    "strict": r"\bKPIs?\b|\bscorecards?\b|\bperformance (?:indicator|metric|measure|target)s?\b",
    "broad": r"\bKPIs?\b|\bscorecards?\b"
    r"|\bperformance (?:indicator|metric|measure|target|standard|milestone)s?\b|\bperformance criteria\b",
    "service_level": r"\bservice[ -]levels?\b",
    "quantity": r"\bservice[ -]levels?\b|\bmilestones?\b|\bminimum (?:\w+ ){0,2}"
    r"(?:orders?|purchases?|payments?|fees|commitments?|volumes?|quantit(?:y|ies)|growth|royalt(?:y|ies)|revenues?|sales)\b",
}
"""What counts as wording about metrics: strictly, broadly, service levels alone, and any promise of a quantity."""

PAIRS = (
    ("Termination for Convenience", "Post-Termination Services"),
    ("Renewal Term", "Notice Period to Terminate Renewal"),
    ("Revenue/Profit Sharing", "Audit Rights"),
    ("Exclusivity", "Minimum Commitment"),
    ("Anti-Assignment", "Change of Control"),
    ("Cap on Liability", "Insurance"),
)
"""Clauses of which the first raises a question that the second answers."""


def _key(name: str) -> str:
    """Return a contract's name without suffix, accents, spaces and punctuation, which the sources write differently."""
    stem = re.sub(r"\.(pdf|txt)'?$", "", name, flags=re.IGNORECASE)
    return "".join(c for c in unicodedata.normalize("NFKD", stem) if c.isalnum()).casefold()


def _type(folder: str) -> str:
    """Return the type of agreement that a folder holds.

    >>> _type("Co_Branding"), _type("Agency Agreements"), _type("Joint Venture _ Filing")
    ('Co-Branding', 'Agency', 'Joint Venture')
    """
    return re.sub(r"[ _](Agreements?|_ Filing)$", "", folder).replace("_", "-")


def _contracts(clauses: Path, folders: Path) -> pd.DataFrame:
    """Return one row a contract: its type, and for each clause type whether it is there.

    Statements of joint *filing* lie in the folders of joint ventures, and are no ventures: they are left out. A
    clause that has no answer of yes or no is there if some of the contract's text is marked for it.
    """
    table = pd.read_csv(clauses, dtype=str)
    listed = [PurePosixPath(line) for line in folders.read_text(encoding="utf-8").splitlines()]
    types = {_key(path.name): _type(path.parent.name) for path in listed if path.suffix.lower() == ".pdf"}
    keys = [_key(name) for name in table["Filename"]]
    # One file's name is longer in the folders than in the table.
    whole = {key: key if key in types else next(k for k in types if k.startswith(key)) for key in keys}
    names = [name for name in table.columns if f"{name}-Answer" in table.columns]
    present = {
        name: (table[f"{name}-Answer"] == "Yes")
        if set(table[f"{name}-Answer"]) <= {"Yes", "No"}
        else table[name].str.strip() != "[]"
        for name in names
    }
    filing = (table["Filename"] + table["Document Name-Answer"]).str.contains("joint filing", case=False)
    return pd.DataFrame({"agreement_type": [types[whole[key]] for key in keys], **present})[~filing]


def clauses(clauses: Path, folders: Path) -> pd.DataFrame:
    """Return for each type of agreement and of clause the contracts, and those that have the clause."""
    contracts = _contracts(clauses, folders)
    long = contracts.melt("agreement_type", var_name="clause")
    return long.groupby(["agreement_type", "clause"], as_index=False).agg(
        contracts=("value", "size"), with_clause=("value", "sum")
    )


def pairs(clauses: Path, folders: Path) -> pd.DataFrame:
    """Return for each type of agreement and each of `PAIRS` how the two clauses meet."""
    contracts = _contracts(clauses, folders)
    tables = []
    for first, second in PAIRS:
        one, two = contracts[first], contracts[second]
        met = contracts[["agreement_type"]].assign(
            both=one & two, first_only=one & ~two, second_only=two & ~one, neither=~(one | two)
        )
        by = met.groupby("agreement_type")
        tables.append(by.sum().assign(contracts=by.size(), first=first, second=second).reset_index())
    found = pd.concat(tables)
    names = ["agreement_type", "first", "second"]
    return found[names + [name for name in found if name not in names]].sort_values(names)


def metric_hits(texts: Path) -> pd.DataFrame:
    """Return each wording of `WORDS` that stands in a text, in small letters, how often and where it stands first.

    `contract` is the number of the text in the packed file; `place` is the share (0 to 1) of the text before it.
    """
    rows = []
    for name, kind, text in _texts(texts):
        for wording, pattern in WORDS.items():
            found: dict[str, list[int]] = {}
            for hit in re.finditer(pattern, text, re.IGNORECASE):
                found.setdefault(hit.group().casefold(), []).append(hit.start())
            for words, places in found.items():
                rows.append((kind, name, wording, words, len(places), round(places[0] / len(text), 2)))
    columns = ["agreement_type", "contract", "wording", "words", "times", "place"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:4])


def metric_words(texts: Path) -> pd.DataFrame:
    """Return for each alliance-like type of agreement the texts that have wording about metrics, by `WORDS`."""
    rows = [
        (kind, wording, re.search(pattern, text, re.IGNORECASE) is not None)
        for _, kind, text in _texts(texts)
        for wording, pattern in WORDS.items()
    ]
    found = pd.DataFrame(rows, columns=["agreement_type", "wording", "found"])
    return found.groupby(["agreement_type", "wording"], as_index=False).agg(
        contracts=("found", "size"), with_wording=("found", "sum")
    )


def _texts(packed: Path) -> Iterator[tuple[str, str, str]]:
    """Yield number, type of agreement and text of each packed contract."""
    with zipfile.ZipFile(packed) as archive:
        for name in archive.namelist():
            number, _, kind = PurePosixPath(name).stem.partition("_")
            yield number, kind.replace("_", " "), " ".join(archive.read(name).decode("utf-8").split())
