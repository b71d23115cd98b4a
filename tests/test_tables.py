"""Tables come back from CSV as they were written, and files that are none are refused."""

import pytest

from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError, OutputPathError
from lava_bccn.tables import append_row, read_table, write_table

ROWS = [{"epoch": 1, "note": 'a "word", and\na line'}, {"epoch": 2, "note": ""}]


def test_values_come_back_as_text(tmp_path):
    path = tmp_path / "new folder" / "log.csv"
    write_table(path, ROWS)
    assert read_table(path) == [{**row, "epoch": str(row["epoch"])} for row in ROWS]
    assert path.read_bytes().startswith(b"epoch,note\r\n1,")


def test_rows_are_appended_to_a_table_of_their_columns(tmp_path):
    path = tmp_path / "log.csv"
    for row in ROWS:
        append_row(path, row)
    whole = tmp_path / "whole.csv"
    write_table(whole, ROWS)
    assert path.read_bytes() == whole.read_bytes()
    with pytest.raises(FileFormatError, match="columns epoch, note; expected epoch, loss"):
        append_row(path, {"epoch": 3, "loss": 0.1})
    assert path.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize("rows", [[], [{"a": 1}, {"b": 2}], [{"a": 1}, {"a": 1, "b": 2}]])
def test_rows_that_are_no_table_are_refused_and_nothing_is_written(tmp_path, rows):
    with pytest.raises(InvalidInputError):
        write_table(tmp_path / "log.csv", rows)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(OutputPathError):
        write_table(tmp_path, ROWS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no CSV table"),
        (b"\xff\xfe\x00", "no CSV table"),
        (b'a,b\r\n"1,2\r\n', "no CSV table"),
        (b"a,b\r\n1,2\r\n3\r\n", "row 2 of .* has 1 values, its header 2"),
        (b"a,c\r\n1,2\r\n", "columns a, c; expected a, b"),
    ],
)
def test_a_damaged_or_foreign_file_is_refused(tmp_path, content, message):
    path = tmp_path / "log.csv"
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=message):
        read_table(path, ["a", "b"])


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(MissingDataError):
        read_table(tmp_path / "log.csv")
