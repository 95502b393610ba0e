"""Write `docs/glossary.md` from the one file of terms; `--check` says whether it is up to date."""

from __future__ import annotations

import sys
from pathlib import Path

from alliance_analysis import glossary

PATH = Path(__file__).resolve().parents[1] / "docs" / "glossary.md"

if __name__ == "__main__":
    fresh = PATH.is_file() and PATH.read_text(encoding="utf-8") == glossary.document()
    if "--check" not in sys.argv:
        PATH.write_text(glossary.document(), encoding="utf-8", newline="\n")
        fresh = True
    sys.exit(0 if fresh else 1)
