"""Small repairs to the Markdown of a notebook, so that pandoc reads what JupyterLab shows."""

from __future__ import annotations

import re

FENCED = re.compile(r"^(```+|~~~+).*?^\1", re.MULTILINE | re.DOTALL)
_LABELLED = re.compile(r"(\$\$(?:(?!\$\$).)+\$\$)[ \t]*\n?[ \t]*\{(#[\w:.-]+[^}\n]*)\}", re.DOTALL)


def prose(markdown: str) -> str:
    r"""Return a cell's text with its labelled equations as spans and its percent signs held to their numbers.

    >>> prose("$$ a = b $$ {#eq:sum}")
    '[$$ a = b $$]{#eq:sum}'
    """
    pieces, start = [], 0
    for code in [*FENCED.finditer(markdown), None]:
        text = markdown[start : code.start() if code else None]
        pieces += [hold(_LABELLED.sub(r"[\1]{\2}", text)), code.group() if code else ""]
        start = code.end() if code else start
    return "".join(pieces)


def plain(markdown: str) -> str:
    """Return a line of Markdown without its marks.

    >>> plain("The *Timex* case {#timex}")
    'The Timex case'
    """
    text = re.sub(r"\s*\{[^}]*\}\s*$", "", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"(\*\*?|__?|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text).strip()


def hold(text: str) -> str:
    """Return the text with its signs held to their numbers and words by spaces that do not break."""
    return re.sub(r"(?<=\d) (?=%)|(?<=[✗▲○]) (?=\w)", "\u00a0", text)


def one_line(text: str) -> str:
    r"""Return inline Markdown that cannot be taken for a list, a heading or a quotation.

    >>> one_line("1. first\n  line"), one_line("# of offers")
    ('1\\. first line', '\\# of offers')
    """
    text = hold(" ".join(text.split()))
    text = re.sub(r"^(\(?(?:\d+|[A-Za-z#]))([.)]\s)", r"\1\\\2", text)
    return re.sub(r"^([#>|:~-]|[+*]\s)", r"\\\1", text)
