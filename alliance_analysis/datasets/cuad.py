"""Clauses in 510 commercial contracts filed in the United States (hendrycks2021cuad), by type of agreement."""

from __future__ import annotations

import re
import unicodedata
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
}
"""What counts as wording about metrics: strictly, broadly, and wording about service levels."""


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


def exit_terms(clauses: Path, folders: Path) -> pd.DataFrame:
    """Return for each type of agreement how termination for convenience and post-termination services meet."""
    contracts = _contracts(clauses, folders)
    leave, after = contracts["Termination for Convenience"], contracts["Post-Termination Services"]
    counted = contracts[["agreement_type"]].assign(
        both=leave & after,
        convenience_only=leave & ~after,
        services_only=after & ~leave,
        neither=~(leave | after),
    )
    by = counted.groupby("agreement_type")
    return by.sum().assign(contracts=by.size()).reset_index()


def metric_words(texts: Path) -> pd.DataFrame:
    """Return for each alliance-like type of agreement the texts that have wording about metrics, by `WORDS`."""
    import zipfile

    rows = []
    with zipfile.ZipFile(texts) as packed:
        for name in packed.namelist():
            text = " ".join(packed.read(name).decode("utf-8").split())
            kind = PurePosixPath(name).stem.partition("_")[2].replace("_", " ")
            for wording, pattern in WORDS.items():
                rows.append((kind, wording, re.search(pattern, text, re.IGNORECASE) is not None))
    found = pd.DataFrame(rows, columns=["agreement_type", "wording", "found"])
    return found.groupby(["agreement_type", "wording"], as_index=False).agg(
        contracts=("found", "size"), with_wording=("found", "sum")
    )
