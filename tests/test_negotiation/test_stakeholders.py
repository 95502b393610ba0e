"""Who must agree at home: sets and blocking by brute force, smallest conflicts by trying all, the failure played out."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import example_path, read_agreement
from alliance_analysis.errors import BadInput
from alliance_analysis.figures import stakeholders as show
from alliance_analysis.negotiation import Issue, Party, utility, zone
from alliance_analysis.negotiation.organisation import Limit, Organisation, Stakeholder
from alliance_analysis.negotiation.remedies import REMEDIES, STAKEHOLDERS, recruiting, remedied
from alliance_analysis.negotiation.sitting import DEMONSTRATION, Chosen, chosen, effects, sit
from alliance_analysis.negotiation.stakeholders import QUORUM, agreement_set, broken, size
from alliance_analysis.negotiation.utility import EXAMPLE

EVERYONE = [s.id for s in STAKEHOLDERS]


# the model, against plain loops over packages


@st.composite
def organisations(draw) -> Organisation:
    options = tuple(range(draw(st.integers(2, 4))))
    issues = tuple(Issue(f"i{n}", f"I{n}", "", options) for n in range(2))
    added = tuple(Issue(f"x{n}", f"X{n}", "", (0, 1)) for n in range(draw(st.integers(0, 2))))
    sides = tuple(
        Party(p, p, {"i0": 0.5, "i1": 0.5}, {i.id: {o: draw(st.integers(0, 4)) / 4 for o in options} for i in issues},
              draw(st.sampled_from([0.0, 0.25])))
        for p in "ab"
    )  # fmt: skip
    names = [i.id for i in (*issues, *added)]

    def limit(depth: int = 0) -> Limit:
        least = draw(st.integers(0, 2))
        unless = () if depth or draw(st.booleans()) else ((limit(1), limit(1)), (limit(1),))
        return Limit(draw(st.sampled_from(names)), least, least + draw(st.integers(0, 2)), "", unless)

    people = tuple(
        Stakeholder(
            f"s{n}", f"S{n}", tuple(limit() for _ in range(draw(st.integers(0, 3)))),
            tuple(limit() for _ in range(draw(st.integers(0, 2)))), draw(st.booleans()), draw(st.integers(1, 3)),
            draw(st.sampled_from([0.5, 1.0])), {"i0": draw(st.sampled_from([-1.0, 0.0, 1.0]))},
        )
        for n in range(draw(st.integers(1, 4)))
    )  # fmt: skip
    return Organisation(
        issues, sides, people, draw(st.sampled_from([0.0, 0.3, 0.6, 1.0])), added, 3, draw(st.integers(1, 4))
    )


def holds(who: Stakeholder, limit: Limit, terms: dict) -> bool:
    inside = limit.least <= terms[limit.issue] + who.readings.get(limit.issue, 0) <= limit.most
    return inside or any(all(holds(who, c, terms) for c in conditions) for conditions in limit.unless)


def approves(organisation: Organisation, who: Stakeholder, terms: dict) -> float:
    wishes = who.wishes if who.veto else (*who.wishes, *who.limits)
    share = sum(holds(who, w, terms) for w in wishes) / len(wishes) if wishes else 1
    return who.votes * who.presence * min(1, organisation.attention / organisation.kpis) * share


def by_hand(organisation: Organisation, without: str = "") -> set[tuple]:
    """The signable packages, one by one; `without` has no limits and approves of everything."""
    needed = organisation.quorum * sum(s.votes for s in organisation.stakeholders)
    inside = set(zone(organisation.issues, organisation.parties).packages)
    signable = set()
    for package in itertools.product(*(i.options for i in organisation.terms)):
        terms = dict(zip((i.id for i in organisation.terms), package, strict=True))
        base = package[: len(organisation.issues)]
        fine = all(
            holds(s, x, terms)
            for s in organisation.stakeholders
            if s.veto and s.id != without
            for x in s.limits
        )
        given_ = sum(
            s.votes if s.id == without else approves(organisation, s, terms)
            for s in organisation.stakeholders
        )
        if base in inside and fine and given_ >= needed - 1e-9:
            signable.add(base)
    return signable


@settings(max_examples=80, deadline=None)
@given(organisations())
def test_the_agreement_set_is_what_loops_find(organisation: Organisation) -> None:
    found, expected = agreement_set(organisation), by_hand(organisation)
    listed = itertools.product(*(i.options for i in organisation.issues))
    assert {p for p, fine in zip(listed, found.signable.ravel(), strict=True) if fine} == expected
    assert found.size == size(organisation) == len(expected)
    for s in organisation.stakeholders:
        otherwise = by_hand(organisation, s.id)
        assert expected <= otherwise and found.removed[s.id] == len(otherwise - expected)
        assert found.blocking[s.id] == pytest.approx(
            len(otherwise - expected) / len(otherwise) if otherwise else 0
        )


@settings(max_examples=120, deadline=None)
@given(organisations())
def test_an_empty_set_is_explained_by_a_smallest_conflict(organisation: Organisation) -> None:
    """Every package of the zone breaks one of the limits named, and no smaller set of limits has that property."""
    found = agreement_set(organisation)
    if found.size or not found.zone:
        assert found.conflict == ()
        return
    needed = organisation.quorum * sum(s.votes for s in organisation.stakeholders)
    limits = [(s, x) for s in organisation.stakeholders if s.veto for x in s.limits]
    inside = set(zone(organisation.issues, organisation.parties).packages)
    breaches = []
    for package in itertools.product(*(i.options for i in organisation.terms)):
        if package[: len(organisation.issues)] in inside:
            terms = dict(zip((i.id for i in organisation.terms), package, strict=True))
            broken_ = {n for n, (s, x) in enumerate(limits) if not holds(s, x, terms)}
            short = sum(approves(organisation, s, terms) for s in organisation.stakeholders) < needed - 1e-9
            breaches.append(broken_ | ({len(limits)} if short else set()))
    conflicts = (c for k in range(1, len(limits) + 2) for c in itertools.combinations(range(len(limits) + 1), k)
                 if all(b & set(c) for b in breaches))  # fmt: skip
    assert len(found.conflict) == len(next(conflicts))
    named = {
        len(limits) if b.who == QUORUM else limits.index((organisation.of(b.who), b.limit))
        for b in found.conflict
    }
    assert all(b & named for b in breaches)


# the failure, and what mends it


def test_a_table_without_hr_and_it_agrees_on_what_cannot_be_signed() -> None:
    organisation = recruiting()
    alone, whole = sit(organisation, DEMONSTRATION.seated), sit(organisation, EVERYONE)
    assert alone.package is not None and not alone.signed and list(alone.refusals) == ["hr", "it"]
    assert whole.signed and not whole.refusals and 0 < whole.choices < alone.choices
    assert all(
        limit.issue == "target" and limit.because for limits in alone.refusals.values() for limit in limits
    )
    worth = [
        [utility(organisation.issues, p, x.package) for p in organisation.parties] for x in (alone, whole)
    ]
    gains = [(a - 0.50) * (b - 0.45) for a, b in worth]
    assert gains[0] > gains[1]  # the table was content: what it agreed on was better for both sides' product


def test_a_signed_package_is_in_the_agreement_set_and_breaks_nothing() -> None:
    for remedies in ([], ["cap"], list(REMEDIES)):
        organisation = remedied(recruiting(), remedies)
        for count in (1, 3, 6):
            for seated in itertools.combinations(EVERYONE, count):
                found = sit(organisation, seated)
                if found.package is None:
                    assert found.choices == 0 and count < 6
                    continue
                base = found.package[: len(organisation.issues)]
                at = tuple(i.options.index(o) for i, o in zip(organisation.issues, base, strict=True))
                assert found.signed <= bool(agreement_set(organisation).signable[at])
                assert found.signed == (not found.refusals and found.approval >= found.quorum - 1e-9)
                assert not set(found.refusals) & set(seated)
                named = broken(organisation, found.package)
                assert {name: limits for name, limits in named.items() if limits} == found.refusals


@pytest.mark.parametrize("name", REMEDIES)
def test_each_remedy_changes_the_model_and_never_closes_what_was_open(name: str) -> None:
    before = recruiting()
    after = remedied(before, [name])
    assert after != before and replace(after, quorum=before.quorum) == after
    closed = agreement_set(before).signable & ~agreement_set(after).signable
    assert not closed.any() and size(after) > size(before)
    others = [other for other in REMEDIES if other != name]
    assert size(remedied(before, list(REMEDIES))) >= size(remedied(before, others))


def test_the_size_of_each_remedy_is_an_assumption_that_matters() -> None:
    """For each remedy some size in its range gives another agreement set, alone or with the others."""
    for name, remedy in REMEDIES.items():
        sizes = {
            (
                size(remedied(recruiting(), [name], {name: x})),
                size(remedied(recruiting(), list(REMEDIES), {name: x})),
            )
            for x in (remedy.low, remedy.size, remedy.high)
        }
        assert len(sizes) > 1, name


def test_shared_definitions_alone_open_a_set_that_two_readings_had_closed() -> None:
    """Operations wants 95% and IT allows 95%, but they count differently: a conflict of words only."""
    organisation = recruiting(least_target=0.95)
    found = agreement_set(organisation)
    assert found.size == 0 and [(b.who, b.limit and b.limit.issue) for b in found.conflict] == [
        ("it", "target"), ("operations", "target"),
    ]  # fmt: skip
    assert size(remedied(organisation, ["definitions"])) > 0
    assert "IT: target at most 95%; Operations: target at least 95%" in show.left(found)
    assert "the quorum of 55%" in show.left(agreement_set(recruiting(0.55)))


def test_stakeholders_at_fault_are_named() -> None:
    whole = recruiting()
    hr = whole.of("hr")
    for change, words in (
        (
            {"limits": (Limit("targt", most=1),)},
            "HR limits 'targt', which is no issue; did you mean 'target'",
        ),
        ({"limits": (Limit("target", 0.9, 0.8),)}, r"HR's limit on 'target' runs from 0\.9 to 0\.8"),
        ({"wishes": (Limit("target", unless=((Limit("gat"),),)),)}, "HR limits 'gat'"),
        ({"votes": -1}, "HR has -1 votes"),
        ({"presence": 1.2}, "HR's presence is 1.2"),
    ):
        with pytest.raises(BadInput, match=words):
            agreement_set(whole.changing(lambda _, change=change: replace(hr, **change), "hr"))
    for act, words in (
        (lambda: agreement_set(replace(whole, quorum=2)), "the quorum is 2"),
        (lambda: whole.of("hrr"), "did you mean 'hr'"),
        (lambda: sit(whole, []), "nobody sits"),
        (lambda: remedied(whole, ["capp"]), "did you mean 'cap'"),
        (lambda: remedied(whole, ["cap"], {"cap": 40}), "A cap on KPIs: 40 is out of range"),
        (lambda: agreement_set(Organisation(*EXAMPLE, (), 0.5)), "stakeholders are none"),
    ):
        with pytest.raises(BadInput, match=words):
            act()


# the choice in the file, and what is shown of it


def test_a_kept_choice_is_read_back_and_faults_are_named_by_field() -> None:
    agreement = read_agreement(example_path()).agreement
    assert chosen(agreement) == (DEMONSTRATION, False)
    kept = {"seated": ["vendor", "hr"], "remedies": ["cap"], "sizes": {"cap": 6}, "quorum": 0.3}
    found, mine = chosen(agreement.model_copy(update={"choices": {"stakeholders": kept}}))
    assert mine and found.seated == ["hr", "vendor"] and found.after.kpis == 6
    wrong = {"seated": ["hrr"], "remedies": ["capp"], "sizes": {"cap": 99}, "quorum": 3}
    with pytest.raises(BadInput) as caught:
        chosen(agreement.model_copy(update={"choices": {"stakeholders": wrong}}))
    fields = {fault.field for fault in caught.value.faults}
    assert fields == {f"choices.stakeholders.{name}" for name in ("seated", "remedies", "sizes", "quorum")}
    assert "did you mean 'hr'" in str(caught.value)


def test_the_essay_is_offered_what_was_kept() -> None:
    from alliance_analysis.agreement import AgreementFile
    from alliance_analysis.reports.essay_evidence import evidence

    agreement = read_agreement(example_path()).agreement
    kept = {"seated": ["hr"], "remedies": ["cap"]}
    mine = agreement.model_copy(update={"choices": {"stakeholders": kept}})
    offered = evidence(AgreementFile(mine, example_path(), None))
    organisation = recruiting()
    assert offered["number:signable_before"].text == str(size(organisation))
    assert offered["number:signable_after"].text == str(size(remedied(organisation, ["cap"])))
    blocking = agreement_set(organisation).blocking
    assert offered["number:blocking_index"].text == f"{max(blocking.values()):.0%}"
    assert offered["table:sitting"].exhibit().label == "sitting"
    assert not any("signable" in token for token in evidence(AgreementFile(agreement, example_path(), None)))


def test_exhibits_say_what_the_model_says() -> None:
    mine = Chosen(seated=EVERYONE, remedies=["cap", "workshop"], sizes={"cap": 6})
    before, after = size(mine.before), size(mine.after)
    assert f"Before remedies {before};" in show.sizes(mine).alt
    assert f"The chosen together {after}." in show.sizes(mine).alt
    assert "chosen together" not in show.sizes(DEMONSTRATION).alt
    table = show.assumptions(mine).table
    assert (
        table is not None
        and "6 (yours)" in table.loc[5, "Assumption"]
        and "<strong>" in table.loc[5, "Remedy"]
    )
    assert table.loc[5, "Alone"] == f"{effects(mine)['cap'][0] - before:+d}"
    found = show.sitting(DEMONSTRATION, kept=False)
    assert "HR and IT cannot sign" in found.alt and "(Demonstration)" in found.caption and found.synthetic
    blocking = agreement_set(recruiting()).blocking
    assert f"IT {blocking['it']:.0%}" in show.blockers(DEMONSTRATION).alt
    assert "unless" in show.interests(mine.after).to_html()
    assert show.blockers(mine).png and show.sizes(mine).png


# the panel


def panel(path: Path):
    from alliance_analysis.widgets.stakeholders import StakeholderPanel

    made = StakeholderPanel(path)
    assert made.view
    return made


def test_the_panel_follows_keeps_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    here = panel(path)
    assert "HR and IT cannot sign" in here.outcome.value and "(Demonstration)" in here.still().caption
    here.seats["hr"].value = here.seats["it"].value = True
    assert "the organisation can sign it" in here.outcome.value
    here.remedies["cap"].value, here.sizes["cap"].value = True, 6
    here.sizes["source"].value = 3
    expected = size(here.choice().after)
    assert f"with the chosen ones <strong>{expected}</strong>" in here.outcome.value
    assert f"<strong>{effects(here.choice())['cap'][0]}</strong> alone" in here.effects["cap"].value
    assert not path.exists() and here.keep()
    kept = read_agreement(path).agreement
    assert set(kept.choices) == {"stakeholders"} and kept.choices["stakeholders"]["sizes"] == {
        "cap": 6.0,
        "source": 0.03,
    }
    again = panel(path)
    assert again.choice() == here.choice() and "(Demonstration)" not in again.still().caption
    again.reset.click()
    assert again.choice().sizes == {} and again.choice().remedies == ["cap"]


def test_an_empty_set_is_explained_on_the_panel_and_nobody_is_refused(tmp_path: Path) -> None:
    here = panel(tmp_path / "agreement.yaml")
    here.demands["least_target"].value = 95
    assert "these 2 cannot all be met" in here.outcome.value
    for tick in here.seats.values():
        tick.value = False
    assert "Nobody sits at the table" in here.outcome.value and not here.keep()
    assert not (tmp_path / "agreement.yaml").exists()


def test_a_badly_edited_choice_is_told_and_the_panel_still_works(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    assert panel(path).keep()
    path.write_text(path.read_text(encoding="utf-8").replace("quorum: 0.35", "quorum: 35"), encoding="utf-8")
    here = panel(path)
    assert "choices.stakeholders.quorum" in here.status.value and "(Demonstration)" in here.still().caption
