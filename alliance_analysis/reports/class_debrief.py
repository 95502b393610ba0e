"""What a class did, from its agreement files: deals, thresholds, accords and tests, side by side."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
from IPython.display import Markdown

from alliance_analysis.agreement import ACCORDS, Agreement, example_path, read_agreement
from alliance_analysis.drafting.trial import Trial, first_trial, trial_in
from alliance_analysis.errors import AllianceError, BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import class_debrief as show
from alliance_analysis.negotiation import recorded
from alliance_analysis.negotiation.debrief import Debrief, debrief
from alliance_analysis.negotiation.offers import Transcript, demonstration
from alliance_analysis.negotiation.setups import Character, Importance, Setup, setup_from
from alliance_analysis.records import as_plain
from alliance_analysis.reports.case_report import Parts
from alliance_analysis.reports.front import Front
from alliance_analysis.reports.portfolio_findings import count, plain
from alliance_analysis.review.quiz import Form, items, taken
from alliance_analysis.simulation.contribution import NAME as STUDY
from alliance_analysis.simulation.contribution import contribution, study_in

EXAMPLE_SIZE, EXAMPLE_SEED = 8, 9
FORMS: tuple[Form, Form] = ("pretest", "posttest")


@dataclass(frozen=True)
class Member:
    """One student: a number in place of a name, what they agreed, and their negotiation if it is kept."""

    label: str
    agreement: Agreement
    run: Transcript | None


@dataclass(frozen=True)
class ClassDebrief:
    """The debrief of a class.

    Parameters
    ----------
    folder
        Holds the students' agreement files, one each, in any subfolders. Empty: an invented class.
    prepared_for, date
        What the title page says; `date` is an ISO date.

    Raises BadInput if the folder holds no agreement file. A file that cannot be read is left out, and said.

    >>> len(ClassDebrief().members) == EXAMPLE_SIZE
    True
    """

    folder: str = ""
    prepared_for: str = ""
    date: str = ""
    members: tuple[Member, ...] = field(init=False, repr=False)
    left_out: tuple[tuple[str, str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        members, left_out = _read(Path(self.folder)) if self.folder else (_example(), ())
        object.__setattr__(self, "members", members)
        object.__setattr__(self, "left_out", left_out)

    def front(self) -> Front:
        """Return the title page."""
        size = count(len(self.members), "student")
        subtitle = size if self.folder else f"Invented class: {size}"
        return Front("What the Class Did", subtitle=subtitle, author=self.prepared_for, date=self.date)

    def glance(self) -> Parts:
        """Return how much there is to look at, and which files were left out."""
        parts: Counter[str] = Counter()
        for member in self.members:
            parts["negotiation"] += member.run is not None
            parts["threshold"] += trial_in(member.agreement) is not None
            parts["study of the accords"] += STUDY in member.agreement.choices
            parts["pair of tests"] += all(taken(member.agreement, which) for which in FORMS)
        kept = ", ".join(f"{number} with a {what}" for what, number in parts.items())
        said = [f"{count(len(self.members), 'agreement file')}: {kept}."]
        if not self.folder:
            said.insert(
                0, "No folder was named, so this is an invented class; nothing in it is about real students."
            )
        said += [f"- Left out: {plain(name)}: {plain(why)}" for name, why in self.left_out]
        return Parts((Markdown("\n\n".join(said)),))

    @functools.cached_property
    def _debriefs(self) -> list[tuple[str, Debrief]]:
        return [(m.label, debrief(m.run)) for m in self.members if m.run and m.run.ended]

    def deals(self) -> Parts:
        """Return all deals of the class and what they left on the table."""
        if not (found := self._debriefs):
            return _nothing("No negotiation has been ended and kept.")
        deals = [one for _, one in found if one.improvement]
        on = sum(one.improvement is not None and one.improvement.on_frontier for one in deals)
        below = [who for who, one in found if one.improvement and one.below]
        said = (
            f"{count(len(found), 'negotiation')} ended, {len(deals)} of them in a deal, {on} of these on the Pareto "
            f"frontier. {count(len(below), 'deal')} gave one side less than its reserved value"
            + (f" ({', '.join(below)})." if below else ".")
        )
        return self._shown(said, show.deals(found, synthetic=not self.folder))

    def thresholds(self) -> Parts:
        """Return the thresholds that were chosen."""
        found = [(m.label, t, t.series().name) for m in self.members if (t := trial_in(m.agreement))]
        if not found:
            return _nothing("No threshold has been kept.")
        once = sum(trial.breaches == 1 for _, trial, _ in found)
        said = f"{count(len(found), 'threshold')} kept; {once} of them fall due at the first miss."
        return self._shown(said, show.thresholds(found, synthetic=not self.folder))

    def accords(self) -> Parts:
        """Return which accord came first in the students' own simulations."""
        studies = [study for m in self.members if (study := study_in(m.agreement))]
        if not studies:
            return _nothing("No study of the accords has been kept.")
        counted = Counter(name for study in studies for name in contribution(study).first)
        first = {name.capitalize(): counted[name] for name in ACCORDS}
        said = f"{count(len(studies), 'simulation')} of what each accord contributes, kept by students."
        return self._shown(
            f"{said} They illustrate; they prove nothing about real alliances.",
            show.accords(first, len(studies), synthetic=True),
        )

    def tests(self) -> Parts:
        """Return the test before and after."""
        both = [
            (m.label, taken(m.agreement, "pretest"), taken(m.agreement, "posttest")) for m in self.members
        ]
        found = [(who, before, after) for who, before, after in both if before and after]
        if not found:
            return _nothing("Nobody has kept both tests.")
        risen = sum(after.share > before.share for _, before, after in found)
        said = f"{count(len(found), 'student')} took both tests; {risen} had more right answers after than before."
        return self._shown(said, show.tests(found, synthetic=not self.folder))

    def _shown(self, said: str, exhibit: Exhibit) -> Parts:
        return Parts((Markdown(said), exhibit))


def _nothing(said: str) -> Parts:
    return Parts((Markdown(said),))


def _read(folder: Path) -> tuple[tuple[Member, ...], tuple[tuple[str, str], ...]]:
    if not folder.is_dir():
        raise BadInput(
            "there is no such folder", "name the folder of the class's agreement files", file=folder
        )
    members: list[Member] = []
    left_out: list[tuple[str, str]] = []
    for path in sorted([*folder.rglob("*.yaml"), *folder.rglob("*.yml")]):
        name = path.relative_to(folder).as_posix()
        try:
            agreement = read_agreement(path).agreement
            run = recorded(agreement)
            trial_in(agreement), study_in(agreement), [taken(agreement, which) for which in FORMS]
            members.append(Member(str(len(members) + 1), agreement, run if run.kept else None))
        except AllianceError as error:
            left_out.append((name, error.faults[0].what))
    if not members:
        why = f" that can be read ({len(left_out)} cannot)" if left_out else ""
        raise BadInput(
            f"the folder holds no agreement file{why}", "collect one .yaml of each student", file=folder
        )
    return tuple(members), tuple(left_out)


def _example() -> tuple[Member, ...]:
    """Return an invented class: the labelled example's agreement, with choices drawn from a visible seed."""
    generator = np.random.default_rng(EXAMPLE_SEED)
    agreement = read_agreement(example_path()).agreement
    trial = first_trial(agreement)
    return tuple(
        Member(
            str(number + 1),
            agreement.model_copy(update={"choices": _invented(generator, trial)}),
            demonstration(_setup(agreement, generator)),
        )
        for number in range(EXAMPLE_SIZE)
    )


def _setup(agreement: Agreement, generator: np.random.Generator) -> Setup:
    characters = sorted(set(get_args(Character)) - {"price_only_buyer", "person"})
    wanted = generator.integers(1, 6, 3).tolist()
    return setup_from(
        agreement,
        seed=int(generator.integers(1, 10_000)),
        character=str(generator.choice(characters)),
        importance=Importance(**dict(zip(("target", "at_risk", "review_months"), wanted, strict=True))),
    )


def _invented(generator: np.random.Generator, trial: Trial) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    for which, able in zip(FORMS, (0.45, 0.75), strict=True):
        answers[which] = {
            item.id: item.right if generator.random() < able else (item.right + 1) % len(item.options)
            for item in items()
        }
    threshold = round(trial.threshold + float(generator.normal(0, 0.03)), 3)
    breaches = int(generator.integers(1, 3))
    set_to = trial.model_copy(
        update={"threshold": threshold, "breaches": breaches, "window": 2 * breaches - 1}
    )
    places = ("volatility", "specificity", "strategy", "difficulty")
    environment = dict(zip(places, generator.random(4).round(2).tolist(), strict=True))
    study = {"environment": environment, "seed": int(generator.integers(1, 100)), "paths": 200}
    return {**answers, "thresholds": as_plain(set_to), STUDY: study}
