"""Every right answer is computed a second time, from nothing but the text that the student reads."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import pytest

from alliance_analysis import content
from alliance_analysis.glossary import terms
from alliance_analysis.grading.questions import QUESTIONS, Question, variant

SEEDS = range(40)


def rows(question: Question) -> list[list[str]]:
    lines = [line for line in question.text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def limits(question: Question) -> float:
    shares = [float(row[1]) for row in rows(question)]
    ranges = [abs(b - a) for a, b in pairwise(shares)]
    return sum(shares) / len(shares) - 3 * math.sqrt(math.pi) / 2 * sum(ranges) / len(ranges)


def credit(question: Question) -> float:
    fee, at_risk = numbers(question.text)[:2]
    parts = [float(row[1].rstrip("%")) / 100 * float(row[2]) for row in rows(question)]
    return fee * at_risk / 100 * sum(parts)


def dominated(question: Question) -> str:
    table = {name: (float(you), float(them)) for name, you, them in rows(question)}
    (found,) = [
        name
        for name, mine in table.items()
        if any(o != mine and o[0] >= mine[0] and o[1] >= mine[1] for o in table.values())
    ]
    return found


def growth(question: Question) -> float:
    previous, current, bought, sold = numbers(question.text)[:4]
    return (current - bought) / (previous - sold) - 1


def alignment(question: Question) -> float:
    return sum(min(float(a), float(b)) for _, a, b in rows(question))


SECOND = {
    "limits": limits,
    "credit": credit,
    "dominated": dominated,
    "growth": growth,
    "alignment": alignment,
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_reader_of_the_text_finds_the_right_answer(name: str) -> None:
    for seed in SEEDS:
        question = variant(seed)[name]
        found = SECOND[name](question)
        assert question.accepts(found), (seed, found, question.right)
        if isinstance(found, float):
            assert not question.accepts(found + 3 * question.tolerance)


def sums(way: str) -> list[tuple[float, float]]:
    """Return each sum in a way to an answer as it is worked out, and as it is printed."""
    found = re.findall(r"([\d.()][\d.,()+−×/ ]*) = (-?[\d.,]+\d)", way)
    said = ((left.replace("−", "-").replace("×", "*").replace(",", ""), right) for left, right in found)
    return [(eval(left), float(right.replace(",", ""))) for left, right in said]


@pytest.mark.parametrize("name", ["limits", "growth", "alignment"])
def test_the_way_that_a_student_is_shown_leads_to_the_right_answer(name: str) -> None:
    for seed in SEEDS:
        question = variant(seed)[name]
        ((worked_out, printed),) = sums(question.way)
        assert question.accepts(worked_out) and question.accepts(printed), (seed, question.way)
        assert question.shown.lstrip("-") in question.way


def test_the_other_two_ways() -> None:
    for seed in SEEDS:
        credit, choice = variant(seed)["credit"], variant(seed)["dominated"]
        *lines, whole = [numbers(part)[-1] for part in credit.way.split("; ")]
        assert sum(lines) == pytest.approx(whole, abs=1) and credit.accepts(whole), credit.way
        table = {row[0]: [float(cell) for cell in row[1:]] for row in rows(choice)}
        better, worse = re.findall(r"\b[A-E]\b", choice.way)[:2]
        assert worse == choice.right and all(a > b for a, b in zip(table[better], table[worse], strict=True))


def test_every_question_names_a_term_that_a_page_teaches() -> None:
    taught = {entry.term: entry.page for entry in terms()}
    for question in variant(1).values():
        assert (content.folder("notebooks") / f"{taught[question.term]}.ipynb").is_file()


def test_students_seldom_share_a_question() -> None:
    for name in QUESTIONS:
        texts = {variant(seed)[name].text for seed in SEEDS}
        assert len(texts) >= 0.8 * len(SEEDS), name


@pytest.mark.parametrize("answer", [None, True, "", "A, B", [1], float("nan"), {"a": 1}, "ten"])
def test_what_is_no_answer_is_wrong(answer: object) -> None:
    assert not any(question.accepts(answer) for question in variant(3).values())
