"""The terms that are worth money: what cannot be is refused with its line, and keeping them loses nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from alliance_analysis.agreement import example_path, keep, open_agreement, read_agreement
from alliance_analysis.errors import BadInput

EXAMPLE = example_path().read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{above: 40, share: 0.35}", "{above: 90, share: 0.35}", "put them in order"),
        ("{above: 0, share: 0.20}", "{above: 5, share: 0.20}", "start above 0"),
        ("{above: 80, share: 0.50}", "{above: 80, share: -0.50}", "greater than or equal to 0"),
        ("vesting: [0.5, 0.3, 0.2]", "vesting: [0.5, 0.3]", "vesting shares add up to 0.8"),
        ("discount_rates: {customer: 0.08,", "discount_rates: {customer: -0.08,", "greater than or equal to 0"),
        ("    payee: vendor", "    payee: vendr", "did you mean 'vendor'?"),
        ("    kpi: time_to_fill", "    kpi: time_to_fil", "did you mean 'time_to_fill'?"),
        ("{amount: 50, month: 6,", "{amount: 500, month: 6,", "add up to 570, the commitment to 120"),
        ("shares: {customer: 0.3, vendor: 0.7}", "shares: {customer: 0.3, vendor: 0.8}", "cost shares"),
        ("kpi: time_to_fill, level: 50}", "kpi: time_to_fill}", "both 'kpi' and 'level'"),
        ("{amount: 40, month: 12,", "{amount: 40, month: 40,", "within the horizon"),
        ("- id: scheduling", "- id: hiring_forecast", "stands twice"),
        ("met: 6", "met: 7", "7 of 6 periods"),
    ],
)  # fmt: skip
def test_impossible_terms_are_refused_with_their_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "agreement.yaml"
    assert EXAMPLE.count(old) == 1
    path.write_text(EXAMPLE.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_agreement(path)
    fault = caught.value.faults[0]
    assert words in str(fault)
    assert len(caught.value.faults) == 1
    assert fault.line and (fault.field or "").startswith(("incentives", "investment"))


def test_keeping_the_terms_changes_only_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text(EXAMPLE, encoding="utf-8")
    opened = read_agreement(path)
    terms = opened.agreement.incentives
    assert terms and terms.gainshare
    keep(opened, ("incentives", terms))
    same = path.read_text(encoding="utf-8").splitlines()
    share = terms.gainshare.model_copy(update={"deadband": 25.0})
    keep(read_agreement(path), ("incentives", terms.model_copy(update={"gainshare": share})))
    after = path.read_text(encoding="utf-8").splitlines()
    assert [(a, b) for a, b in zip(same, after, strict=True) if a != b] == [
        ("    deadband: 20", "    deadband: 25.0")
    ]
    assert [line for line in EXAMPLE.splitlines() if "#" in line] == [line for line in after if "#" in line]


def test_a_file_from_before_the_terms_gets_them_as_a_section(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text("schema: 1\ntitle: Draft\nparties: [{id: vendor, name: Vendor}]\n", encoding="utf-8")
    example = open_agreement(tmp_path / "none.yaml").agreement
    assert example.incentives
    credits_only = example.incentives.model_copy(update={"gainshare": None})
    assert keep(read_agreement(path), ("incentives", credits_only)).agreement.incentives == credits_only
