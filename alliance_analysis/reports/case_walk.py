"""What a case notebook shows besides the report's parts: exercises with folded answers, and the limits of the record."""

from __future__ import annotations

from html import escape

from IPython.display import Markdown

from alliance_analysis.cases import Case
from alliance_analysis.cases.unverified import unverified
from alliance_analysis.references import readable


def exercises(case: Case) -> Markdown:
    """Return the counterfactual exercises of a case; what a good answer does is folded.

    >>> from alliance_analysis.cases import load_case
    >>> exercises(load_case("timex")).data.count("<details>")
    5
    """
    parts = [
        f"**{number}. {item.title}** ({item.focus} accord; evidence {', '.join(item.evidence)}). "
        f"{readable(item.task)}\n\n{_folded('What a good answer does', item.check)}"
        for number, item in enumerate(case.file.counterfactuals, start=1)
    ]
    return Markdown("\n\n".join(parts))


def questions(case: Case) -> Markdown:
    """Return the questions for discussion; what to listen for is folded."""
    parts = [
        f"{number}. {readable(item.text)}\n\n{_folded('What to listen for', item.listen_for)}"
        for number, item in enumerate(case.file.questions, start=1)
    ]
    return Markdown("\n\n".join(parts))


def unknown(case: Case) -> Markdown:
    """Return what the record cannot show, and what cannot be counted from it."""
    lines = [*case.file.limits, *case.file.absent.values()]
    return Markdown("\n".join(f"- {readable(line)}" for line in lines))


def verdicts() -> Markdown:
    """Return what was looked for, found and would settle each statement that could not be verified, folded.

    >>> verdicts().data.count("<details>") == len(unverified())
    True
    """
    parts = []
    for number, item in enumerate(unverified(), start=1):
        text = (
            f"**{item.verdict.capitalize()}.** Looked for: {item.looked} Found: {item.found} What would settle it: "
            f"{item.settle} [@{'; @'.join(item.sources)}]"
        )
        parts.append(f"{number}. {item.statement}\n\n{_folded('How far we got', text)}")
    return Markdown("\n\n".join(parts))


def _folded(summary: str, text: str) -> str:
    return f"<details><summary>{summary}</summary>\n\n{readable(escape(text, quote=False))}\n\n</details>"
