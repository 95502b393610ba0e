"""The agreement file: round trips, every kind of bad file, and a Keep that never loses work."""

from __future__ import annotations

import string
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml.comments import CommentedMap

from alliance_analysis.agreement import (
    ELEMENTS,
    Agreement,
    Element,
    KpiCard,
    example_path,
    keep,
    open_agreement,
    read_agreement,
)
from alliance_analysis.agreement.accords import Accords, Exit
from alliance_analysis.agreement.files import MIGRATIONS, Amount, Money, Part, Party, Provenance
from alliance_analysis.agreement.kpi import Baseline, Thresholds
from alliance_analysis.errors import BadInput, FileChanged
from alliance_analysis.records import MAX_BYTES, as_plain, parse, render, validate

TEXT = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\x85\u2028\u2029"
    ),
    min_size=1,
    max_size=40,
).filter(lambda t: bool(t.strip()))
NUMBER = st.floats(allow_nan=False, allow_infinity=False, width=64)
FRACTION = st.floats(0, 1)
DATE = st.dates(date(1900, 1, 1), date(2100, 1, 1))
IDENT = st.text(string.ascii_lowercase, min_size=1, max_size=8)


def optional(strategy: st.SearchStrategy) -> st.SearchStrategy:
    return st.none() | strategy


BASELINE = st.builds(
    lambda value, days, source, n: Baseline(
        value=value, start=min(days), end=max(days), source=source, observations=n
    ),
    NUMBER,
    st.tuples(DATE, DATE),
    TEXT,
    optional(st.integers(1, 10**6)),
)
CARD = st.builds(
    KpiCard,
    id=IDENT,
    name=TEXT,
    unit=optional(TEXT),
    direction=optional(st.sampled_from(["higher", "lower"])),
    perspective=optional(st.sampled_from(["financial", "customer", "process", "learning"])),
    indicator=optional(st.sampled_from(["leading", "lagging"])),
    rationale=optional(TEXT),
    data_source=optional(TEXT),
    transparency_rule=optional(TEXT),
    baseline=optional(BASELINE),
    target=optional(NUMBER),
    thresholds=optional(st.builds(Thresholds, watch=optional(NUMBER))),
    at_risk=optional(FRACTION),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBER | TEXT,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(IDENT, inner, min_size=1, max_size=3)
    ),
    max_leaves=5,
)
ELEMENT = optional(st.builds(Element, text=TEXT))
AGREEMENT = st.builds(
    Agreement,
    schema=st.just(1),
    title=TEXT,
    label=optional(TEXT),
    money=st.builds(Money, scale=st.sampled_from(["unit", "thousand", "million"])),
    parties=st.lists(st.builds(Party, id=IDENT, name=TEXT), max_size=3, unique_by=lambda p: p.id),
    amounts=st.lists(
        st.builds(Amount, id=IDENT, label=TEXT, value=NUMBER), max_size=3, unique_by=lambda a: a.id
    ),
    kpis=st.lists(CARD, max_size=3, unique_by=lambda c: c.id),
    accords=st.builds(
        lambda *texts: Accords.model_validate(
            {
                accord: {
                    info.key: text
                    for info, text in zip(
                        (i for i in ELEMENTS.values() if i.key != "exit"), texts, strict=True
                    )
                    if info.accord == accord and text is not None
                }
                for accord in ("foundation", "governance", "change")
            }
        ),
        *[ELEMENT] * 11,
    ),
    exit=optional(
        st.builds(Exit, triggers=st.lists(TEXT, max_size=2), notice_months=optional(st.floats(0, 99)))
    ),
    choices=st.dictionaries(IDENT, st.dictionaries(IDENT, JSON, min_size=1, max_size=3), max_size=2),
    provenance=st.dictionaries(
        TEXT, st.builds(Provenance, basis=st.just("invented"), note=optional(TEXT)), max_size=2
    ),
)


@settings(max_examples=60, deadline=None)
@given(AGREEMENT)
def test_any_agreement_survives_yaml(agreement: Agreement) -> None:
    """Property: writing an agreement and reading it back gives an equal record."""
    content = as_plain(agreement)
    content["schema"] = content.pop("schema_")
    back = validate(Agreement, parse(render(content), Path("agreement.yaml")))
    assert as_plain(back) == as_plain(agreement)


GOOD = """schema: 1
title: Draft
parties:
  - {id: us, name: Customer, side: customer}
  - {id: them, name: Vendor, side: vendor}
kpis:
  - id: otd
    name: On-time delivery   # the first promise
    direction: higher
    target: 0.95
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "agreement.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def faults(path: Path, raw: bytes) -> BadInput:
    path.write_bytes(raw)
    with pytest.raises(BadInput) as caught:
        read_agreement(path)
    assert all(fault.file == path for fault in caught.value.faults)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("target: 0.95", "target: high", 10, "number"),
        ("target: 0.95", "targt: 0.95", 10, "did you mean 'target'?"),
        ("direction: higher", "direction: highr", 9, "did you mean 'higher'?"),
        ("    name: On-time delivery   # the first promise\n", "", 7, "'name' is missing"),
        ("    direction: higher", "\tdirection: higher", 9, "tab"),
        ("    target: 0.95", "    direction: lower", 10, "stands twice"),
        ("title: Draft", "title: !!python/object:os.system Draft", 2, "tags"),
        ("title: Draft", "title: &a Draft", 2, "aliases"),
        ("title: Draft", "title: *a", 2, "aliases"),
        ("title: Draft", "title: [Draft", 3, "not valid YAML"),
        ("schema: 1", "schema: 9", None, "schema 9"),
        ("schema: 1", "edition: 1", 1, "'schema' is missing"),
        ("target: 0.95", "target: .nan", 10, "finite"),
        ("target: 0.95", "owners: {thm: lead}", 10, "did you mean 'them'?"),
        ("target: 0.95", "at_risk: 15", 10, "less than or equal to 1"),
    ],
)
def test_a_malformed_file_gives_one_clear_error(
    file: Path, old: str, new: str, line: int | None, words: str
) -> None:
    """The fault names the line where it stands and what was meant."""
    assert old in GOOD
    error = faults(file, GOOD.replace(old, new, 1).encode())
    assert len(error.faults) == 1
    assert words in str(error.faults[0])
    if line is not None:
        assert error.faults[0].line == line


def test_all_faults_of_a_file_come_together(file: Path) -> None:
    raw = GOOD.replace("target", "targt").replace("title", "titel").replace("higher", "up").encode()
    fields = {fault.field for fault in faults(file, raw).faults}
    assert fields == {"titel", "title", "kpis[0].targt", "kpis[0].direction"}


def test_not_utf8_names_the_line(file: Path) -> None:
    error = faults(file, GOOD.encode().replace(b"On-time", b"On-t\xefme"))
    assert error.faults[0].line == 8
    assert "UTF-8" in str(error)


@pytest.mark.parametrize("raw", [b"", b"- a\n- b\n", b"just words", b"\x00\x01"])
def test_a_file_that_is_no_mapping_is_refused(file: Path, raw: bytes) -> None:
    assert len(faults(file, raw).faults) == 1


def test_a_file_of_ten_megabytes_is_refused_before_parsing(file: Path) -> None:
    file.write_bytes(b"a: 1\n" * 2_000_000)
    before = time.process_time()
    with pytest.raises(BadInput, match=f"{MAX_BYTES:,}"):
        read_agreement(file)
    assert time.process_time() - before < 1  # parsing it would take minutes


def test_an_anchor_bomb_is_refused_before_parsing(file: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    assert "aliases" in str(faults(file, bomb.encode()))


def test_deep_nesting_is_refused(file: Path) -> None:
    assert "nested more than" in str(faults(file, b"a: " + b"[" * 5000))


def test_a_missing_file_offers_the_nearest(file: Path) -> None:
    with pytest.raises(BadInput, match=r"did you mean 'agreement\.yaml'"):
        read_agreement(file.with_name("agrement.yaml"))


def test_keep_writes_only_its_section_and_keeps_comments(file: Path) -> None:
    opened = read_agreement(file)
    card = opened.agreement.kpis[0].model_copy(update={"target": 0.97})
    keep(opened, ("kpis", card))
    assert file.read_text(encoding="utf-8") == GOOD.replace("0.95", "0.97")


def test_keeping_twice_adds_nothing(file: Path) -> None:
    card = KpiCard(id="ttf", name="Time to fill", unit="days", direction="lower")
    once = keep(read_agreement(file), ("kpis", card))
    text = file.read_bytes()
    twice = keep(once, ("kpis", card))
    assert file.read_bytes() == text
    assert [k.id for k in twice.agreement.kpis] == ["otd", "ttf"]


@pytest.mark.parametrize(
    ("part", "name"),
    [
        (("choices", {"threshold": {"value": 0.9}}), "choices.threshold"),
        (("kpis", KpiCard(id="otd", name="On time")), "kpis.otd"),
        (("parties", []), "parties"),
    ],
)
def test_keep_refuses_what_changed_on_disk_and_names_it(file: Path, part: Part, name: str) -> None:
    opened = read_agreement(file)
    other = read_agreement(file)
    other = keep(other, ("choices", {"threshold": {"value": 0.8}}))
    other = keep(other, ("kpis", KpiCard(id="otd", name="Delivered on time")))
    keep(other, ("parties", [Party(id="third", name="A third")]))
    text = file.read_bytes()
    with pytest.raises(FileChanged, match=f"'{name}' changed on disk"):
        keep(opened, part)
    assert file.read_bytes() == text


def test_two_panels_keep_one_after_the_other_and_neither_loses_the_other_s(file: Path) -> None:
    first, second = read_agreement(file), read_agreement(file)
    keep(first, ("choices", {"quiz": {"one": "b"}}))
    file.write_bytes(file.read_bytes() + b"# a remark\n")
    now = keep(
        second, ("choices", {"alignment": {"overlap": 0.5}}), ("kpis", KpiCard(id="ttf", name="Time to fill"))
    )
    assert now == read_agreement(file)
    assert now.agreement.choices == {"quiz": {"one": "b"}, "alignment": {"overlap": 0.5}}
    assert "# a remark\n" in file.read_text(encoding="utf-8")


def test_two_panels_begin_the_file_together(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    first, second = open_agreement(path), open_agreement(path)
    keep(first, ("choices", {"quiz": {"one": "b"}}))
    assert set(keep(second, ("choices", {"alignment": {"overlap": 0.5}})).agreement.choices) >= {
        "quiz",
        "alignment",
    }


def test_keep_refuses_when_the_file_vanished(file: Path) -> None:
    opened = read_agreement(file)
    file.unlink()
    with pytest.raises(FileChanged, match="gone"):
        keep(opened, ("choices", {"threshold": {"value": 0.9}}))
    assert not file.exists()


def test_keep_writes_all_its_parts_or_none(file: Path) -> None:
    card = KpiCard(id="ttf", name="Time to fill")
    with pytest.raises(BadInput):
        keep(read_agreement(file), ("kpis", card), ("choices", {"Bad Name": {"a": 1}}))
    assert file.read_text(encoding="utf-8") == GOOD
    with pytest.raises(BadInput, match="did you mean 'choices'"):
        keep(read_agreement(file), ("kpis", card), ("choice", {}))
    assert file.read_text(encoding="utf-8") == GOOD
    keep(read_agreement(file), ("kpis", card), ("choices", {"a": {"b": 1}}))
    kept = read_agreement(file).agreement
    assert ([k.id for k in kept.kpis], kept.choices) == (["otd", "ttf"], {"a": {"b": 1}})


def test_keep_never_writes_what_could_not_be_read_again(file: Path) -> None:
    with pytest.raises(BadInput, match="would grow"):
        keep(read_agreement(file), ("choices", {"essay": {"text": "x" * MAX_BYTES}}))
    assert file.read_text(encoding="utf-8") == GOOD


def test_keep_leaves_the_file_alone_if_the_result_is_invalid(file: Path) -> None:
    with pytest.raises(BadInput):
        keep(
            read_agreement(file),
            ("parties", [Party(id="other", name="Other"), Party(id="other", name="Two")]),
        )
    assert file.read_text(encoding="utf-8") == GOOD


def test_without_a_file_the_labelled_example_opens_and_the_first_keep_makes_one(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    opened = open_agreement(path)
    assert opened.is_example
    assert opened.agreement.label
    assert not path.exists()
    after = keep(opened, ("choices", {"kpi_design": {"series": "vendor"}}))
    assert not after.is_example
    kept = read_agreement(path).agreement
    assert kept.choices == {"kpi_design": {"series": "vendor"}}
    assert kept.label != opened.agreement.label


def test_an_older_schema_is_brought_up_to_date(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of schema 0 called the title 'name'; its migration runs on reading, and a Keep writes the new form."""

    def rename(document: CommentedMap) -> None:
        document.insert(1, "title", document.pop("name"))

    monkeypatch.setitem(MIGRATIONS, 0, rename)
    file.write_text(GOOD.replace("schema: 1", "schema: 0").replace("title:", "name:"), encoding="utf-8")
    opened = read_agreement(file)
    assert opened.agreement.title == "Draft"
    keep(opened, ("choices", {"a": {"b": 1}}))
    assert file.read_text(encoding="utf-8").startswith("schema: 1\ntitle: Draft\n")


def test_an_interrupted_write_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    opened = read_agreement(file)
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        keep(opened, ("choices", {"a": {"b": 1}}))
    assert file.read_text(encoding="utf-8") == GOOD
    assert [p.name for p in file.parent.iterdir()] == ["agreement.yaml"]


def test_the_example_is_complete_and_says_that_it_is_invented() -> None:
    agreement = read_agreement(example_path()).agreement
    assert "example" in (agreement.label or "").lower()
    assert len(agreement.kpis) >= 2
    assert all(card.missing() == () for card in agreement.kpis)
    assert all(agreement.element(key) for key in ELEMENTS)
    assert {entry.basis for entry in agreement.provenance.values()} == {"invented"}
    assert all(agreement.basis_of(path) for path in agreement.fields())
