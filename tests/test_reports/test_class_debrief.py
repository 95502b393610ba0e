"""The debrief counts what stands in the files, and names every file that it leaves out."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alliance_analysis.agreement import keep, open_agreement
from alliance_analysis.agreement.files import Part
from alliance_analysis.drafting.trial import first_trial, trial_in
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import class_debrief as show
from alliance_analysis.negotiation.offers import demonstration
from alliance_analysis.negotiation.setups import ACCEPT, NAME, WALK_AWAY, Negotiation, setup_from
from alliance_analysis.records import as_plain
from alliance_analysis.reports.class_debrief import EXAMPLE_SIZE, ClassDebrief
from alliance_analysis.review.quiz import items, taken


def agreement_file(path: Path, right: int, *, deal: bool) -> None:
    """Write a file with a threshold, both tests (`right` answers in the second), and a negotiation with a deal or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = open_agreement(path)
    before = {item.id: (item.right + 1) % len(item.options) for item in items()}
    after = {**before, **{item.id: item.right for item in items()[:right]}}
    setup = setup_from(opened.agreement, seed=5)
    turns = [turn for turn in demonstration(setup).turns if turn.who == "you"]
    offers = [setup.offer(turn.terms) for turn in turns if turn.act == "offer"]
    whole = [*offers, ACCEPT] if turns[-1].act == "accept" else offers
    moves = whole if deal else [offers[0], WALK_AWAY]
    kept = {
        "pretest": before,
        "posttest": after,
        "thresholds": as_plain(first_trial(opened.agreement)),
        NAME: as_plain(Negotiation(setup=setup, moves=moves)),
    }
    parts: list[Part] = [("choices", {name: value}) for name, value in kept.items()]
    keep(opened, *parts)


def test_the_class_is_counted_from_its_files(tmp_path: Path) -> None:
    agreement_file(tmp_path / "a" / "agreement.yaml", 5, deal=True)
    agreement_file(tmp_path / "b.yaml", 0, deal=False)
    (tmp_path / "c.yaml").write_text("title: [", encoding="utf-8")
    (tmp_path / "d.yaml").write_text(
        (tmp_path / "b.yaml").read_text(encoding="utf-8").replace("schema: 1", "schema: 99"), encoding="utf-8"
    )
    group = ClassDebrief(str(tmp_path))
    assert [member.label for member in group.members] == ["1", "2"]
    assert [name for name, _ in group.left_out] == ["c.yaml", "d.yaml"]
    assert "c.yaml" in group.glance().parts[0].data
    said, exhibit = group.deals().parts
    assert said.data.startswith("2 negotiations ended, 1 of them in a deal") and not exhibit.synthetic
    assert "1 without a deal" in exhibit.alt
    share = 5 / len(items())
    assert f"1: 0% to {share:.0%}; 2: 0% to 0%" in group.tests().parts[1].alt
    assert (
        group.tests().parts[0].data
        == "2 students took both tests; 1 had more right answers after than before."
    )
    assert group.thresholds().parts[1].alt.startswith("2 thresholds")
    assert group.accords().parts[0].data == "No study of the accords has been kept."


def test_a_deal_is_on_the_frontier_where_no_package_is_better_for_both(tmp_path: Path) -> None:
    agreement_file(tmp_path / "a.yaml", 0, deal=True)
    group = ClassDebrief(str(tmp_path))
    ((_, found),) = group._debriefs
    you, them = found.reached
    better = (found.everything.utilities >= (you - 1e-12, them - 1e-12)).all(axis=1) & (
        found.everything.utilities > (you + 1e-9, them + 1e-9)
    ).any(axis=1)
    assert found.improvement is not None and found.improvement.on_frontier == (not better.any())
    assert f"{int(not better.any())} deals on the Pareto frontier" in group.deals().parts[1].alt


def test_without_a_folder_the_class_is_invented_and_says_so() -> None:
    group = ClassDebrief()
    assert len(group.members) == EXAMPLE_SIZE and "Invented" in group.front().subtitle
    for part in (group.deals, group.thresholds, group.accords, group.tests):
        assert part().parts[1].synthetic


@pytest.mark.parametrize("name", ["none", "empty"])
def test_a_folder_without_a_class_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput):
        ClassDebrief(str(tmp_path / name))


@pytest.mark.parametrize("size", [1, 2, EXAMPLE_SIZE, 60])
def test_every_class_is_legible_and_nobody_is_missing(size: int) -> None:
    group = ClassDebrief()
    both = itertools.cycle(
        (debrief, trial_in(m.agreement), taken(m.agreement, "pretest"), taken(m.agreement, "posttest"))
        for (_, debrief), m in zip(group._debriefs, group.members, strict=True)
    )
    rows = [(str(n), *one) for n, one in enumerate(itertools.islice(both, size), start=1)]
    exhibits = (
        show.deals([(who, found) for who, found, *_ in rows], synthetic=True),
        show.thresholds(
            [(who, trial, trial.series().name) for who, _, trial, *_ in rows if trial], synthetic=True
        ),
        show.tests([(who, a, b) for who, _, _, a, b in rows if a and b], synthetic=True),
    )
    for exhibit in exhibits:
        assert all(f"{n}: " in exhibit.alt for n in range(1, size + 1))
        assert exhibit.size[1] <= 8, "it fits on a page"
        figure = Figure(exhibit.size, layout="constrained")
        exhibit.draw(figure)
        figure.draw_without_rendering()
        labels = [text.get_window_extent() for axes in figure.axes for text in axes.texts if text.get_text()]
        assert not [1 for a, b in itertools.combinations(labels, 2) if a.overlaps(b)], exhibit.title
        assert all(figure.bbox.containsx(box.x1) and figure.bbox.containsx(box.x0) for box in labels)
    marks = [tuple(line.get_xydata()[0]) for line in _drawn(exhibits[1]).lines if len(line.get_xydata()) == 1]
    assert len(marks) == len(set(marks)) == size, "no mark hides another"


def _drawn(exhibit: Exhibit) -> Axes:
    figure = Figure(exhibit.size)
    exhibit.draw(figure)
    (axes,) = figure.axes
    return axes
