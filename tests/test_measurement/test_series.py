"""Series and their files: a correct result, or one message with every line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_analysis.errors import BadInput
from alliance_analysis.measurement import reading
from alliance_analysis.measurement.reading import read_series
from alliance_analysis.measurement.series import series


def faults(text: str | bytes, **settings: str) -> list[str]:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(BadInput) as caught:
        read_series(raw, **settings)
    return [str(fault) for fault in caught.value.faults]


def test_missing_months_are_named_and_no_moving_range_bridges_them() -> None:
    found = read_series(b"month,value\n2026-05,0.9\n2026-01,0.8\n2026-02,0.7\n2026-04,\n")
    assert found.labels == ("2026-01", "2026-02", "2026-03", "2026-04", "2026-05")
    assert found.gaps == ("2026-03", "2026-04")
    assert "The rows were put in order of time." in found.notes
    assert np.isfinite(found.moving_ranges).tolist() == [False, True, False, False, False]
    assert found.moving_ranges[1] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("periods", "gaps", "cycle"),
    [
        (["2026Q1", "2026Q2", "2026Q4"], ("2026Q3",), 4),
        (["2025-01", "2025-04", "2025-07", "2026-01"], ("2025-10",), 4),  # every third month
        (["2026-01-02", "2026-01-09", "2026-01-23"], ("2026-01-16",), None),  # weekly
        (["2026-01-02", "2026-01-05", "2026-01-07"], ("2026-01-06",), 5),  # never on a weekend
        (["2026-01-02", "2026-01-03", "2026-01-05"], ("2026-01-04",), 7),
        (["2020", "2021", "2023"], ("2022",), None),
        (["2026-01", "2026-12"], tuple(f"2026-{m:02}" for m in range(2, 12)), 12),
    ],
)
def test_the_calendar_follows_the_step_of_the_series(
    periods: list[str], gaps: tuple[str, ...], cycle: int | None
) -> None:
    found = series(periods, np.linspace(0.1, 0.9, len(periods)))
    assert (found.gaps, found.cycle) == (gaps, cycle)


def test_every_fault_of_a_file_is_named_with_its_line() -> None:
    said = faults("period,value\n2026-01,0.95\n2026-02,soon\n2026-13,0.9\n2026-02,0.7\n2026Q1,1.5.2\n")
    assert [text.split(",")[0].split(":")[0] for text in said] == [
        "line 3",
        "line 4",
        "line 5",
        "line 6",
        "line 6",
    ]
    assert "'soon' is not a number" in said[0]
    assert "'2026-13' is not a period" in said[1]
    assert "2026-02 stands in line 3 already" in said[2]
    assert "stands among months" in said[3] and "not a number" in said[4]


def test_a_line_break_in_a_cell_does_not_shift_the_lines() -> None:
    assert faults('period,value,note\n2026-01,0.9,"a\nb"\n2026-02,x,\n')[0].startswith("line 4")


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("period;value\n2026-01;95,5 %", "fraction", 0.955),
        ("period;value\n2026-01;95,5", "percent", 0.955),
        ("period,value\n2026-01,.955", "fraction of lines", 0.955),
        ('period,value\n2026-01,"1,234.5"', "days", 1234.5),
        ("period;value\n2026-01;1.234.567,5", "USD", 1234567.5),
        ("period\tvalue\n2026-01\t1 234", "days", 1234),
        ("period;value\n2026-01;\u22123", "days", -3),
        ("period,value\n2026-01,1e-2", "fraction", 0.01),
    ],
)
def test_numbers_as_people_write_them(text: str, unit: str, value: float) -> None:
    found = read_series(text.encode(), unit=unit)
    assert found.values.tolist() == [pytest.approx(value)]
    assert found.unit == ("fraction" if unit == "percent" else unit)


@pytest.mark.parametrize(
    ("text", "unit", "line", "said"),
    [
        ("period;value\n2026-01;95,3\n2026-02;95.4", "days", 3, "decimal dot among decimal commas"),
        ("period;value\n2026-01;1,234\n2026-02;95", "days", 2, "could be thousands or a decimal comma"),
        ("period,value\n2026-01,95,3\n2026-02,96,1", "days", 2, "needs semicolons"),
        ("period,value\n2026-01,0.9\n2026-02,95", "fraction", 3, "write 0.95 or 95 %"),
        ("period,value\n2026-01,95\n2026-02,101", "percent", 3, "between 0 and 100 %"),
        ("period,value\n2026-01,103 %", "fraction", 2, "between 0 and 100 %"),
        ("period,value\n2026-01,5 %", "days", 2, "the unit is days"),
        ("period,value\n2026-01,1e999", "days", 2, "is not finite"),
        ("period,numerator,denominator\n2026-01,11,10", "fraction", 2, "a part cannot exceed its whole"),
        ("period,numerator,denominator\n2026-01,1.5,10", "fraction", 2, "is not a count"),
        ("period,numerator,denominator\n2026-01,,10", "fraction", 2, "give both"),
        ("1;2\n2026-01;3", "days", 1, "there is no period column"),
        ("period,rate\n2026-01,0.9", "fraction", 1, "there is no column 'value'"),
        ("period,value,value\n2026-01,1,1", "days", 1, "two columns are called 'value'"),
        ('period,value\n2026-01,"0.9\n2026-02,1', "fraction", 2, "never closed"),
    ],
)
def test_what_cannot_be_read_says_so(text: str, unit: str, line: int, said: str) -> None:
    first = faults(text, unit=unit)[0]
    assert first.startswith(f"line {line}") and said in first


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_encodings(encoding: str) -> None:
    found = read_series("period;value;Größe\n2026-01;0,9;ü\n2026-02;0,8;ö\n".encode(encoding))
    assert found.values.tolist() == [0.9, 0.8]
    assert found.notes[-1] == "Columns left aside: Größe."
    assert any("Latin-1" in note for note in found.notes) == (encoding == "latin-1")


@pytest.mark.parametrize("raw", [b"", b" \r\n\n", b"period,value\n", b"PK\x03\x04\x14\x00", b"a\0b"])
def test_files_without_a_table(raw: bytes) -> None:
    assert len(faults(raw)) == 1


def test_counts_give_rates_and_a_period_without_cases_is_a_gap() -> None:
    found = read_series(b"period,numerator,denominator\n2026-01,9,10\n2026-02,0,0\n2026-03,3,4\n")
    assert found.unit == "fraction" and found.gaps == ("2026-02",)
    assert found.values[[0, 2]].tolist() == [0.9, 0.75]
    assert found.numerator is not None and np.isnan(found.numerator[1])


def test_size_is_limited_and_many_faults_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    million = b"period,value\n" + b"2026-01-01,0.5\n" * 1_000_000
    assert faults(million)[0].startswith("the file has 1,000,000 rows, over the limit of 200,000")
    said = faults(b"period,value\n" + b"2026-01-01,0.5\n" * 100)
    assert len(said) == reading.MAX_FAULTS + 1 and said[-1].startswith("and 79 more")
    monkeypatch.setattr(reading, "MAX_BYTES", 30)
    path = tmp_path / "kpi.csv"
    path.write_bytes(b"period,value\n2026-01,0.123456789")
    with pytest.raises(BadInput, match=r"kpi.csv.*too large to read"):
        read_series(path)
    with pytest.raises(BadInput, match="cannot be read"):
        read_series(tmp_path / "none.csv")


def test_a_long_series_is_read_to_the_digit() -> None:
    values = np.random.default_rng(1).random(150_000).round(6)
    days = pd.period_range("1750-01-01", periods=len(values), freq="D").astype(str)
    found = read_series(
        ("period,value\n" + "\n".join(f"{d},{v}" for d, v in zip(days, values, strict=True))).encode()
    )
    assert (found.values == values).all() and found.gaps == () and found.labels[-1] == days[-1]


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.integers(0, 120), st.floats(0, 1, allow_nan=False), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t"]),
)
def test_what_is_written_is_read_back(cells: dict[int, float], mark: str) -> None:
    rows = {f"{2020 + at // 12}-{at % 12 + 1:02}": value for at, value in cells.items()}
    text = "\n".join([f"period{mark}value", *(f"{period}{mark}{value!r}" for period, value in rows.items())])
    found = read_series(text.encode())
    read = dict(zip(found.labels, found.values.tolist(), strict=True))
    assert {period: read[period] for period in rows} == rows
    assert np.isnan([value for period, value in read.items() if period not in rows]).all()


def test_a_window_that_is_none_says_why() -> None:
    found = series(["2026-01", "2026-02", "2026-04"], [1, 2, 3])
    assert found.window("2026-02", None).tolist() == [False, True, True, True]
    for start, end, said in (("2026-04", "2026-01", "exchange"), ("soon", None, "not a period"),
                             ("2026-03", "2026-03", "has no value")):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            found.window(start, end)
    with pytest.raises(BadInput, match="stands twice"):
        series(["2026-01", "2026-01"], [1, 2])
