"""Tables come back from CSV as they were written, and files that are none are refused."""

import pytest

from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError, OutputPathError
from lava_bccn.tables import append_row, read_table, table_beside, write_table

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


LOG = [{"epoch": number, "loss": 0.5 / number} for number in (1, 2, 3)]
CURVE = [{"learned": number, "accuracy": 0.5} for number in (0, 10)]


def test_tables_beside_files_of_one_name_do_not_collide(tmp_path):
    files = {"x.pt": LOG, "x.safetensors": CURVE, "x.ckpt": LOG[:1], "x": LOG[1:]}
    for _ in range(2):  # in either order
        for name, rows in files.items():
            path = table_beside(tmp_path / name, next(iter(rows[0])), rows)
            write_table(path, rows)
        for name, rows in files.items():
            path = table_beside(tmp_path / name, next(iter(rows[0])), rows)
            assert read_table(path) == [{key: str(v) for key, v in row.items()} for row in rows]
        files = dict(reversed(files.items()))
    assert len(list(tmp_path.iterdir())) == len(files)


def test_the_usual_file_has_the_short_name(tmp_path):
    for name, column in (("x.pt", "epoch"), ("x.safetensors", "learned")):
        assert table_beside(tmp_path / name, column) == tmp_path / "x.csv"
    assert table_beside(tmp_path / "x.ckpt", "epoch") == tmp_path / "x.ckpt.csv"
    write_table(tmp_path / "x.csv", CURVE)
    assert table_beside(tmp_path / "x.pt", "epoch", LOG) == tmp_path / "x.pt.csv"
    assert table_beside(tmp_path / "x.safetensors", "learned") == tmp_path / "x.csv"


def test_a_table_that_an_earlier_release_began_is_found(tmp_path):
    write_table(tmp_path / "x.csv", LOG[:2])
    assert table_beside(tmp_path / "x.ckpt", "epoch", LOG) == tmp_path / "x.csv"
    assert table_beside(tmp_path / "x.ckpt", "epoch", LOG[1:]) == tmp_path / "x.ckpt.csv"
