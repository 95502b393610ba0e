"""What a person types for an answer, understood: a fraction, an amount, a choice, or a sum to be done."""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

_MARKS = str.maketrans(
    {"\u2212": "-", "\u2013": "-", "\u00a0": " ", "\u202f": " ", "\u2019": "'", "\uff05": "%"}
)
_QUOTES = " \"'`;\u201c\u201d\u201e\u2018\u2019"
_AROUND = " .()[]:'\""
_CURRENCY = re.compile(r"(?i)\$|€|\busd\b|\bdollars?\b")
_PERCENT = re.compile(r"(?i)\s*(%|\bper ?cent\b|\bpct\b)")
_NUMBER = re.compile(r"[+-]? ?(\d{1,3}(?:[ ']\d{3})+|\d*)((?:[.,]\d+)*)[.,]?(%?)")
_LARGE = 1.5
"""A fraction beyond this was perhaps meant as a percentage."""

_SUMS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv}


@dataclass(frozen=True)
class Form:
    """What an answer looks like: its variable, its kind, how one is written, and what may be chosen."""

    variable: str
    kind: Literal["fraction", "amount", "choice", "any"] = "any"
    example: str = ""
    options: tuple[str, ...] = ()

    @property
    def wanted(self) -> str:
        """How to write it."""
        return {
            "fraction": f"write a fraction such as {self.example}, or a percentage with its sign",
            "amount": f"write an amount such as {self.example}",
            "choice": f"write one of {', '.join(self.options)}",
            "any": "write a number, or a text in quotes",
        }[self.kind]

    def said(self, value: float | str) -> str:
        """Say back a value as it was understood."""
        if isinstance(value, str):
            return f"read as {value}"
        if self.kind == "amount":
            return f"read as {value:,.2f}".removesuffix(".00") + " dollars"
        percent = f", that is {100 * value:.6g} %" if self.kind == "fraction" else ""
        sign = "; a percentage needs its sign" if percent and abs(value) >= _LARGE else ""
        return f"read as {value:.10g}{percent}{sign}"

    def value(self, text: str) -> float | str | None:
        """Return what a text means, or None where it means nothing, or more than one thing.

        A comma is a decimal mark, but in an amount with three digits after it, where it parts the thousands.

        >>> growth = Form("growth", "fraction", "0.052")
        >>> [growth.value(text) for text in ("0,052", "5.2 %", '"0.052"', "-.05", "(910 - 38) / 872", "5 or 6", "x")]
        [0.052, 0.052, 0.052, -0.05, 1.0, None, None]
        >>> [Form("credit", "amount").value(text) for text in ("$12,500", "12.500,50", "12 500", "12500,5", "12 %")]
        [12500.0, 12500.5, 12500.0, 12500.5, None]
        >>> [Form("it", "choice", "A", ("A", "B")).value(text) for text in ("b", "' B '", "Package B.", "A, B", "C")]
        ['B', 'B', 'B', None, None]
        """
        bare = stripped(text)
        if self.kind == "choice":
            last = (
                re.sub(r"(?i)^(package|option|answer)\b", "", bare.strip(_AROUND)).strip(_AROUND).casefold()
            )
            return next((option for option in self.options if option.casefold() == last), None)
        if self.kind == "any" and text != bare and isinstance(node := expression(text), ast.Constant):
            return node.value if isinstance(node.value, str) else None
        value = _number(bare, amount=self.kind == "amount")
        if value is None and (node := expression(bare)) is not None:
            value = _sum(node)
        return value if value is not None and math.isfinite(value) else None


def stripped(text: str) -> str:
    """Return a text without blanks and quotes around it, its signs as a keyboard has them."""
    return text.strip(_QUOTES).translate(_MARKS)


def program(source: str) -> ast.Module | None:
    """Return a cell as Python, or None if it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what looks odd in a text that was never meant as Python
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def expression(text: str) -> ast.expr | None:
    """Return a text as one Python expression, or None if it is none."""
    tree = program(text)
    one = tree.body[0] if tree and len(tree.body) == 1 else None
    return one.value if isinstance(one, ast.Expr) else None


def _number(bare: str, *, amount: bool) -> float | None:
    said = _PERCENT.sub("%", _CURRENCY.sub("", bare) if amount else bare).strip()
    if not (found := _NUMBER.fullmatch(said)):
        return None
    whole, rest, percent = re.sub("[ ']", "", found[1]), found[2], bool(found[3])
    *groups, last = re.findall(r"[.,]\d+", rest) or [""]
    of_three = 1 <= len(whole) <= 3 and whole[0] != "0" and all(len(g) == 4 for g in groups)
    if groups and (not of_three or len({g[0] for g in groups}) > 1):
        return None
    if of_three and len(last) == 4 and (last[0] == groups[0][0] if groups else amount and last[0] == ","):
        groups, last = [*groups, last], ""  # it parts the thousands too
    elif groups and last[0] == groups[0][0]:
        return None
    if not (whole or last) or (percent and amount):
        return None
    digits = "".join([whole or "0", *(g[1:] for g in groups), "." + (last[1:] or "0")])
    value = float(Decimal(digits) / (100 if percent else 1))
    return -value if said.startswith("-") else value


def _sum(node: ast.expr) -> float | None:
    """Do a sum of plain numbers; None for anything else."""
    if isinstance(node, ast.Constant):
        return float(node.value) if type(node.value) in (int, float) else None  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _sum(node.operand)
        return -value if value is not None and isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp) and (act := _SUMS.get(type(node.op))):
        left, right = _sum(node.left), _sum(node.right)
        with_both = left is not None and right is not None and not (act is operator.truediv and right == 0)
        return float(act(left, right)) if with_both else None
    return None
