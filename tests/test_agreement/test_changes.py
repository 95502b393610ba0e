"""What differs between two versions: nothing but what was changed, and together it rebuilds the later one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.agreement import Agreement, example_path, read_agreement
from alliance_analysis.agreement.changes import changes

EXAMPLE = read_agreement(example_path()).agreement
ALL = {"title": EXAMPLE.title, "label": EXAMPLE.label, **EXAMPLE.fields()}


def test_an_entry_that_moves_in_its_list_is_no_change() -> None:
    turned = EXAMPLE.model_copy(update={"roles": EXAMPLE.roles[::-1]})
    assert changes(EXAMPLE, turned) == ()


def test_added_removed_and_changed_are_told_apart(tmp_path: Path) -> None:
    text = example_path().read_text(encoding="utf-8")
    path = tmp_path / "agreement.yaml"
    text = text.replace("  term_months: 36\n", "  term_months: 48\n").replace(
        "    territory: All plants of the manufacturer\n", ""
    )
    path.write_text(
        text.replace("  notice_months: 6\n", "  notice_months: 6\n", 1)
        .replace("    quorum: Two from each side\n", "    quorum: Two from each side\n", 1)
        .replace("      quorum: Two from each side\n", ""),
        encoding="utf-8",
    )
    found = {(c.path, c.kind) for c in changes(EXAMPLE, read_agreement(path).agreement)}
    assert found == {
        ("clauses.term_months", "changed"),
        ("clauses.scope.territory", "removed"),
        ("clauses.committees.steering.quorum", "removed"),
    }
    back = {(c.path, c.kind) for c in changes(read_agreement(path).agreement, EXAMPLE)}
    assert ("clauses.scope.territory", "added") in back


@settings(max_examples=40)
@given(st.integers(1, 600), st.text("abc ", min_size=1).filter(str.strip), st.booleans())
def test_the_changes_rebuild_the_later_version(months: int, title: str, leave: bool) -> None:
    """Property: the earlier fields with the changes applied are the later fields."""
    clauses = EXAMPLE.clauses.model_copy(update={"term_months": float(months)})
    later = EXAMPLE.model_copy(
        update={"clauses": clauses, "title": title, **({"exit": None} if leave else {})}
    )
    rebuilt = dict(ALL)
    for change in changes(EXAMPLE, later):
        if change.kind == "removed":
            del rebuilt[change.path]
        else:
            rebuilt[change.path] = change.new
    assert rebuilt == {"title": later.title, "label": later.label, **later.fields()}


def test_choices_and_provenance_are_not_what_is_agreed() -> None:
    later: Agreement = EXAMPLE.model_copy(update={"choices": {"a": {"b": 1}}, "provenance": {}})
    assert changes(EXAMPLE, later) == ()
