"""Rosters and grids become checked rows, or one error that names every fault by row and column."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from alliance_analysis.errors import BadInput
from alliance_analysis.reports import roster_sheet
from alliance_analysis.reports.notebook import read_notebook
from alliance_analysis.reports.parameters import check
from alliance_analysis.reports.roster import MAX_PRINTED, expand_grid, read_roster
from alliance_analysis.reports.roster_ids import check_ids
from alliance_analysis.reports.run import notebook_path

REPORT = read_notebook(notebook_path())


def notebook(source: str) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    return nbformat.v4.new_notebook(cells=[cell])


def write(folder: Path, text: str | bytes, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def workbook(folder: Path, *sheets: Sequence[Sequence[Any]]) -> Path:
    book = Workbook()
    for number, rows in enumerate(sheets):
        sheet = book.worksheets[0] if number == 0 else book.create_sheet()
        for row in rows:
            sheet.append(row)
    path = folder / "roster.xlsx"
    book.save(path)
    return path


def faults(path: Path, **options: Any) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_roster(path, REPORT, **options)
    assert {fault.file for fault in caught.value.faults if not fault.what.startswith("and ")} == {path}
    return [str(fault).removeprefix(f"{path}").lstrip(",: ") for fault in caught.value.faults]


def grid_faults(*assignments: str, source: str | None = None) -> list[str]:
    with pytest.raises(BadInput) as caught:
        expand_grid(assignments, notebook(source) if source else REPORT)
    return [str(fault) for fault in caught.value.faults]


# --- what is read ---------------------------------------------------------------------------------------------


def test_a_row_has_every_parameter_checked_and_converted_as_a_single_run_has(tmp_path: Path) -> None:
    rows = read_roster(
        write(tmp_path, 'id,case,margin,seed\np-1,timex,"0.05,0.3",7\np-2,donnelly,"[0, 1]",8\n'), REPORT
    )
    assert [row.id for row in rows] == ["p-1", "p-2"]
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].parameters == check(REPORT, {"case": "timex", "margin": "0.05,0.3", "seed": "7"})
    assert rows[1].parameters == check(REPORT, {"case": "donnelly", "margin": "[0,1]", "seed": "8"})
    assert json.loads(json.dumps(rows[0].parameters)) == rows[0].parameters


def test_no_two_rows_share_a_default_that_can_be_changed(tmp_path: Path) -> None:
    one, two = read_roster(write(tmp_path, "id,seed\na,1\nb,2\n"), REPORT)
    one.parameters["margin"].append(9)
    assert two.parameters["margin"] == check(REPORT, {})["margin"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_encodings_and_line_ends(tmp_path: Path, separator: str, encoding: str, end: str) -> None:
    lines = [["id", "prepared_for", "margin"], ["a", '"Küste, 2; ""b"""', '"0.1,0.2"']]
    text = end.join(separator.join(line) for line in lines) + end
    (row,) = read_roster(write(tmp_path, text.encode(encoding)), REPORT)
    assert (row.parameters["prepared_for"], row.parameters["margin"]) == ('Küste, 2; "b"', [0.1, 0.2])


def test_lines_count_as_an_editor_does_and_rows_without_values_are_skipped(tmp_path: Path) -> None:
    rows = read_roster(write(tmp_path, 'id,prepared_for\n\na,"two\nlines"\n,\nb,x\n'), REPORT)
    assert [(row.id, row.line) for row in rows] == [("a", 3), ("b", 6)]
    assert rows[0].parameters["prepared_for"] == "two\nlines"


def test_blanks_count_in_text_alone(tmp_path: Path) -> None:
    (row,) = read_roster(write(tmp_path, "id , reader, prepared_for\na, instructor , B \n"), REPORT)
    assert (row.parameters["reader"], row.parameters["prepared_for"]) == ("instructor", " B ")


def test_the_id_column_can_be_a_parameter_too(tmp_path: Path) -> None:
    rows = read_roster(write(tmp_path, "case,seed\ntimex,1\ndonnelly,2\n"), REPORT, id_column="case")
    assert [(row.id, row.parameters["case"]) for row in rows] == [
        ("timex", "timex"),
        ("donnelly", "donnelly"),
    ]


def test_a_workbook_gives_what_it_means(tmp_path: Path) -> None:
    source = (
        "whole: int = 0\nrate: Fraction = 0.5\nday: IsoDate = '2026-01-01'\nname: str = ''\nyes: bool = False"
    )
    rows = [
        ["id", "whole", "rate", "day", "name", "yes"],
        [101.0, 7.0, 1, datetime.datetime(2026, 2, 3), 12, True],
        [],
        ["x", "8", "0.25", "2026-02-04", datetime.date(2026, 2, 5), "false"],
    ]
    one, two = read_roster(workbook(tmp_path, rows), notebook(source))
    assert (one.id, one.line, two.line) == ("101", 2, 4)
    assert one.parameters == {"whole": 7, "rate": 1.0, "day": "2026-02-03", "name": "12", "yes": True}
    assert two.parameters == {
        "whole": 8,
        "rate": 0.25,
        "day": "2026-02-04",
        "name": "2026-02-05",
        "yes": False,
    }


def test_a_workbook_that_misstates_its_size_is_read_whole(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "seed"], ["a", 1], ["b", 2]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb'<dimension ref="[^"]*" ?/>', b'<dimension ref="A1"/>', parts[sheet])
    assert b'ref="A1"' in parts[sheet]
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert [row.id for row in read_roster(path, REPORT)] == ["a", "b"]


def test_a_stored_result_of_a_formula_is_used(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "seed"], ["a", "=1+1"]])
    assert faults(path) == [
        "line 2, seed: the cell holds a formula without a stored value; open and save the file in Excel"
    ]
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = re.sub(rb"</f><v ?/>|</f><v></v>", b"</f><v>2</v>", parts[sheet])
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert [row.parameters["seed"] for row in read_roster(path, REPORT)] == [2]


# --- what is refused ------------------------------------------------------------------------------------------


def test_all_faults_of_a_roster_come_together(tmp_path: Path) -> None:
    text = (
        "id,case,Reader,focus,seed,seed,\na,timxe,x,,1,1,\nA,timex,x,,many,1,stray\nb,timex\nCON,,x,,2,1,\n"
    )
    expected = [
        "line 1, Reader: the column is not a parameter; did you mean 'reader'?",
        "line 1, focus: the column is empty",
        "line 1, seed: the column stands twice",
        "line 2, case: there is no case 'timxe'; did you mean 'timex'?",
        "line 3, column 7: the value stands in a column without a name",
        "line 3, seed: 'many': expected a valid integer",
        "line 3, id: the ids 'A' and 'a' (line 2) would be one file",
        "line 4: the row has 2 cells, the header 7",
        "line 5, case: the cell is empty",
        "line 5, id: the id 'CON' is a name that Windows keeps",
    ]
    found = faults(write(tmp_path, text))
    assert len(found) == len(expected)
    assert all(any(f.startswith(words) for f in found) for words in expected), found


def test_a_cell_of_blanks_never_means_the_default(tmp_path: Path) -> None:
    found = faults(write(tmp_path, "id,prepared_for,seed\na,x,1\nb,  ,2\n  ,y,3\n"))
    assert [f.split(";")[0] for f in found] == [
        "line 3, prepared_for: the cell is empty", "line 4, id: the cell is empty",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "the roster is empty"),
        ("\n\n , \n", "the roster is empty"),
        ("id,case\n", "no rows below its header"),
        ("\ncase\ntimex\n", "line 2: there is no column 'id'"),
        ("id,case\n,timex\n", "line 1, id: the column is empty; give every row an id"),
        (b"id,case\na,timex\nb,caf\xe9\n", r"line 3: byte 22 of the file, 0xe9, is not UTF-8"),
        (b"\xef\xbb\xbfid,case\na,\xff\n", r"line 2: byte 14 of the file, 0xff, is not UTF-8"),
        ("id\na\n".encode("utf-16") + b"\x00\xd8\n\x00", r"line 3: byte 13 of the file"),
        ("id,case\na,timex\n".encode("utf-16-le"), "line 1: the line holds the byte 0x00"),
        ('id,case\na,timex\nb,"timex\n', "line 3: the row cannot be read"),
        ('id,case\na,"tim"ex\n', "line 2: the row cannot be read"),
        ("id,prepared_for\na," + "x" * 200_000, "line 2: the row cannot be read"),
        (b"\xd0\xcf\x11\xe0rest", "old or encrypted Excel workbook"),
        (b"PK\x03\x04rest", "not a readable Excel workbook"),
        ("id,margin\na,0.05,0.25\n", "line 2: the row has 3 cells, the header 2; put a value"),
        ("id,seed\na,1\na,2\n", "line 3, id: the id 'a' stands on line 2 already"),
    ],
)
def test_a_file_that_cannot_be_used_says_where(tmp_path: Path, content: str | bytes, words: str) -> None:
    found = faults(write(tmp_path, content))
    assert len(found) == 1 and re.search(words, found[0]), found


def test_a_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "id\na\n", "section2.csv")
    assert faults(tmp_path / "section_2.csv") == ["there is no such file; did you mean 'section2.csv'?"]


def test_a_workbook_with_several_sheets_or_error_cells_is_refused(tmp_path: Path) -> None:
    good = [["id", "seed"], ["a", 1]]
    assert len(read_roster(workbook(tmp_path, [], good), REPORT)) == 1
    assert "several sheets hold values: 'Sheet', 'Sheet1'" in faults(workbook(tmp_path, good, good))[0]
    bad = [["id", "seed"], ["a", "#N/A"], ["b", 2, "stray"], [10**15, 3], ["c"]]
    assert [f.split(";")[0] for f in faults(workbook(tmp_path, bad))] == [
        "line 2, seed: the cell holds the error #N/A",
        "line 3, column 3: the value stands in a column without a name",
        "line 4, id: Excel keeps only 15 digits of a number, not all of 1000000000000000",
        "line 5, seed: the cell is empty",
    ]


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "id\n" + "\n".join(f"a{i}" for i in range(11)))
    book = workbook(tmp_path, [["id"], *([f"a{i}"] for i in range(11))])
    monkeypatch.setattr(roster_sheet, "MAX_ROWS", 11)
    assert len(read_roster(path, REPORT)) == len(read_roster(book, REPORT)) == 11
    monkeypatch.setattr(roster_sheet, "MAX_ROWS", 10)
    assert "more than 10 rows" in faults(path)[0] and "more than 10 rows" in faults(book)[0]
    monkeypatch.setattr(roster_sheet, "MAX_BYTES", 30)
    assert "over the limit of 30" in faults(path)[0]
    monkeypatch.setattr(roster_sheet, "MAX_BYTES", book.stat().st_size)
    unpacked = io.BytesIO()
    with zipfile.ZipFile(unpacked, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (4 * book.stat().st_size + 1))
    assert "the workbook unpacks to" in faults(write(tmp_path, unpacked.getvalue()))[0]


def test_many_faults_are_listed_in_part_and_counted(tmp_path: Path) -> None:
    found = faults(write(tmp_path, "id,seed\n" + "".join(f"a{i},x\n" for i in range(MAX_PRINTED + 7))))
    assert len(found) == MAX_PRINTED + 1
    assert found[-1] == "and 7 more faults"


def test_a_number_that_json_cannot_hold_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "id,rate\na,nan\nb,inf\n")
    with pytest.raises(BadInput) as caught:
        read_roster(path, notebook("rate: float = 0.5"))
    assert len(caught.value.faults) == 2


def test_values_that_break_the_reading_of_literals_are_plain_faults(tmp_path: Path) -> None:
    deep = "(" * 5_000
    found = faults(write(tmp_path, f'id,seed\na,"{deep}"\nb,{{[]: 1}}\n'))
    assert len(found) == 2 and all(len(f) < 200 for f in found)


# --- ids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "identifier",
    [
        "../a", "a/b", "a\\b", "/a", "..", ".", ".a", "a.", " a", "a ", "a\n", "a\x00", "a\x7f", "a\tb", "a:b", "a*",
        "a?", 'a"', "<a>", "a|b", "CON", "nul", "com1", "LPT9.txt", "aux .x", "CONOUT$", "COM¹", "ＣＯＮ", "a／b",
        "a\u2024", "…", "a\u200bb", "a\u202eb", "a\u00ad", "a\ud800", "a\u034fb", "cafe\u0301", "tіmex",
        "p\u0430ge", "Ωmega", "a\u2010b", "😀", "x" * 101, "é" * 101, "語" * 67, "\ufdfa" * 20, "",
    ],
)  # fmt: skip
def test_an_unsafe_id_is_refused(identifier: str) -> None:
    assert check_ids([(2, identifier)])


@pytest.mark.parametrize(
    "identifier",
    ["timex-7", "a.b", "Section 2", "café", "Иванов-3", "山田-Team", "ヤマダ花子", "Νίκος", "com", "console", "x" * 100,
     "é" * 100, "7", "_x", "हिन्दी"],
)  # fmt: skip
def test_a_safe_id_is_taken(identifier: str) -> None:
    assert not check_ids([(2, identifier)])


@pytest.mark.parametrize(
    ("one", "two"),
    [("a", "A"), ("straße", "STRASSE"), ("ﬁn", "fin"), ("x²", "x2"), ("team Ⅳ", "Team IV"), ("σας", "ΣΑΣ"),
     ("a1", "а1"), ("OK", "ОК"), ("ν", "v"), ("١", "1a"), ("İ", "i\u0307"), ("ı", "I")],
)  # fmt: skip
def test_two_ids_that_are_or_look_like_one_are_refused(one: str, two: str) -> None:
    assert len(check_ids([(2, one), (3, two)])) >= 1
    assert "line 2" in str(check_ids([(2, one), (3, two)])[-1])


def test_scripts_of_different_rows_are_named_once() -> None:
    (fault,) = check_ids([(2, "smith"), (3, "Иванов"), (4, "Петров"), (5, "山田")])
    assert fault.line == 3 and "Cyrillic" in fault.what and "Latin" in fault.what


LETTERS = st.characters(blacklist_categories=["Cs"])
NEAR = st.sampled_from("aAａªàbBßſsSkKKiIİıøµμ1¹①.-_ /\\:\u0301\u0430")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(NEAR, max_size=3) | st.text(LETTERS, max_size=4), max_size=6))
def test_accepted_ids_are_distinct_safe_files_everywhere(ids: list[str]) -> None:
    """The file systems are played by other foldings than the one that the check uses."""
    accepted: list[str] = []
    for identifier in ids:
        if not check_ids(enumerate([*accepted, identifier])):
            accepted.append(identifier)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        for fold in (str.lower, str.upper, str.casefold):
            files = {unicodedata.normalize(form, fold(unicodedata.normalize(form, i))) for i in accepted}
            assert len(files) == len(accepted)
            assert not set("".join(files)) & set('/\\:*?"<>|\0')
    for identifier in accepted:
        assert identifier == identifier.strip(" .") and identifier.isprintable()
        assert len(identifier.encode()) <= 200


# --- properties of whole rosters ------------------------------------------------------------------------------

VALUES = st.fixed_dictionaries(
    {
        "case": st.sampled_from(["timex", "donnelly"]),
        "prepared_for": st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
            str.strip
        ),
        "date": st.dates().map(str),
        "margin": st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
        "seed": st.integers(0, 2**32 - 1),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(VALUES, min_size=1, max_size=5),
    separator=st.sampled_from(",;\t"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_a_written_roster_reads_back_the_same(
    rows: list[dict[str, Any]], separator: str, encoding: str, quoting: Any
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, quoting=quoting)
    writer.writerow(["id", *rows[0]])
    for number, row in enumerate(rows):
        writer.writerow(
            [f"r{number}", *(json.dumps(v) if isinstance(v := row[name], list) else v for name in rows[0])]
        )
    with tempfile.TemporaryDirectory() as folder:
        read = read_roster(write(Path(folder), text.getvalue().encode(encoding)), REPORT)
    assert [row.parameters for row in read] == [check(REPORT, row) for row in rows]


PRINTABLE = st.text(st.characters(categories=["L", "N", "P"]), min_size=1).filter(lambda t: t[0] != "=")
SHORT = st.floats(0, 1).map(lambda rate: round(rate, 12))  # openpyxl writes 16 digits of a number
CELLS = st.tuples(PRINTABLE, st.integers(0, 2**32 - 1), SHORT, st.dates(datetime.date(1950, 1, 1)))


@settings(max_examples=25, deadline=None)
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_a_workbook_and_a_csv_of_the_same_content_give_equal_rows(
    rows: list[tuple[str, int, float, datetime.date]],
) -> None:
    source = notebook("name: str = ''\nseed: Seed = 1\nrate: Fraction = 0.5\nday: IsoDate = '2026-01-01'")
    table = [["id", "name", "seed", "rate", "day"], *([f"r{i}", *row] for i, row in enumerate(rows))]
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    with tempfile.TemporaryDirectory() as folder:
        plain = read_roster(write(Path(folder), text.getvalue()), source)
        book = read_roster(workbook(Path(folder), table), source)
    assert plain == book


# --- grids ----------------------------------------------------------------------------------------------------


def test_a_grid_is_every_combination_in_the_order_given() -> None:
    rows = expand_grid(["case=timex,donnelly", "focus=foundation, change", "seed=7"], REPORT)
    assert [(row.id, row.line) for row in rows] == [
        ("timex-foundation", 1), ("timex-change", 2), ("donnelly-foundation", 3), ("donnelly-change", 4),
    ]  # fmt: skip
    assert rows[3].parameters == check(REPORT, {"case": "donnelly", "focus": "change", "seed": 7})


def test_semicolons_separate_values_that_hold_commas() -> None:
    rows = expand_grid(["margin=0.05,0.25;0.10,0.30", "prepared_for=a, b;c"], REPORT)
    assert [row.parameters["margin"] for row in rows[::2]] == [[0.05, 0.25], [0.1, 0.3]]
    assert [row.id for row in rows[:2]] == ["0.05_0.25-a, b", "0.05_0.25-c"]
    (row,) = expand_grid(["margin=0.05,0.25;"], REPORT)
    assert (row.id, row.parameters["margin"]) == ("0.05_0.25", [0.05, 0.25])
    (fault,) = grid_faults("margin=0.05,0.25")
    assert fault.startswith("margin: '0.05,0.25' is one value") and "'margin=0.05,0.25;'" in fault


def test_values_that_cannot_name_a_file_are_numbered() -> None:
    rows = expand_grid(["prepared_for=a/b,c", "seed=1,2"], REPORT)
    assert [row.id for row in rows] == [
        "prepared_for1-1",
        "prepared_for1-2",
        "prepared_for2-1",
        "prepared_for2-2",
    ]
    assert [row.parameters["prepared_for"] for row in rows] == ["a/b", "a/b", "c", "c"]
    long = expand_grid(["prepared_for=" + ",".join([25 * "x", "y"])], REPORT)
    assert [row.id for row in long] == ["prepared_for1", "prepared_for2"]
    clash = expand_grid(["x=a,a-b", "y=b-c,c"], notebook("x = ''\ny = ''"))
    assert [row.id for row in clash] == ["1", "2", "3", "4"]


def test_all_faults_of_a_grid_come_together() -> None:
    found = grid_faults("raeder=student", "case=timex,timxe,timex,", "seed=1,01", "margin=0.5,0.6")
    assert [f.split(";")[0] for f in found] == [
        "'raeder' is not a parameter",
        "case: there is no case 'timxe'",
        "case: the value 'timex' stands twice",
        "case: a value is empty",
        "seed: the value '01' stands twice",
        "margin: '0.5,0.6' is one value, but the comma makes alternatives of its parts",
    ]
    assert grid_faults("seed=1", "seed=2") == ["the parameter 'seed' is given twice; give it once"]
    assert "the grid is empty" in grid_faults()[0]


def test_the_size_of_a_grid_is_checked_before_it_is_made() -> None:
    many = ",".join(map(str, range(1_000)))
    source = "\n".join(f"{name}: int = 0" for name in "abcd")
    (fault,) = grid_faults(*(f"{name}={many}" for name in "abcd"), source=source)
    assert "1,000,000,000,000 combinations, over the limit of 100,000" in fault


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(PRINTABLE, min_size=1, max_size=4, unique_by=str.strip), min_size=1, max_size=3))
def test_ids_of_a_grid_are_safe_and_distinct(axes: list[list[str]]) -> None:
    axes = [[value.replace(";", "x").replace(",", "y") for value in values] for values in axes]
    axes = [list(dict.fromkeys(values)) for values in axes]
    names = [f"p{number}" for number in range(len(axes))]
    rows = expand_grid(
        [f"{name}={','.join(values)}" for name, values in zip(names, axes, strict=True)],
        notebook("\n".join(f"{name} = ''" for name in names)),
    )
    assert not check_ids((row.line, row.id) for row in rows)
    assert len({tuple(row.parameters.values()) for row in rows}) == len(rows)
