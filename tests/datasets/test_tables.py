"""Labelled tables: what a ``.csv`` may look like, and what is recorded of it."""

from __future__ import annotations

import csv
import json
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_iris
from sklearn.preprocessing import MinMaxScaler

from lava_bccn import datasets
from lava_bccn.datasets import Scaling
from lava_bccn.datasets.rows import read_rows
from lava_bccn.errors import DataWarning, FileFormatError, InvalidInputError

HEADER = ("length", "width", "kind")
ROWS = [(index % 7 - 3, 100 * (index % 5), ("no", "yes")[index % 2]) for index in range(20)]
SPLIT = {"test_share": 0.2}


@pytest.fixture(autouse=True)
def _nothing_is_said_unasked():
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        yield


@pytest.fixture
def write(tmp_path):
    """Writes a table; returns its path."""

    def write(rows, header=None, delimiter=","):
        path = tmp_path / "data.csv"
        with path.open("w", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([*([header] if header else []), *rows])
        return path

    return write


@pytest.fixture
def iris(write):
    """Iris flowers as a file, and the values and labels that are in it."""
    flowers = load_iris()
    labels = flowers.target_names[flowers.target]
    rows = [(*values, label) for values, label in zip(flowers.data, labels, strict=True)]
    return write(rows, ["a", "b", "c", "d", "species"]), flowers.data, flowers.target


def test_columns_are_scaled_by_the_training_set(iris):
    path, values, labels = iris
    data = datasets.load(path, **SPLIT)
    train, test = datasets.splits.held_out(labels, 0.2, ("a", "b", "c"), path)
    reference = MinMaxScaler(clip=True).fit(values[train])
    np.testing.assert_allclose(data.train_inputs, reference.transform(values[train]), atol=1e-7)
    np.testing.assert_allclose(data.test_inputs, reference.transform(values[test]), atol=1e-7)
    np.testing.assert_array_equal(data.test_labels, labels[test])
    assert data.class_names == ("setosa", "versicolor", "virginica")
    assert data.train_inputs.dtype == np.float32 and data.input_size == 4


def test_what_is_recorded_reads_alike(iris, tmp_path):
    path, values, _ = iris
    data = datasets.load(path, test_share=0.3, label="species")
    notes = {"reading": data.reading.notes(), "class_names": list(data.class_names)}
    notes = json.loads(json.dumps(notes))
    again = datasets.load(path, like=notes)
    assert again.reading == data.reading
    np.testing.assert_array_equal(again.test_inputs, data.test_inputs)
    # Another file, of other flowers and one class less, is scaled and numbered by the same.
    lines = path.read_text().splitlines()
    (tmp_path / "few.csv").write_text("\n".join([lines[0], *lines[-40:-10]]))
    few = datasets.load(tmp_path / "few.csv", like=notes)
    assert set(few.train_labels) == {2} and few.reading.scaling == data.reading.scaling
    lowest, highest = (
        np.array(getattr(data.reading.scaling, end)) for end in ("lowest", "highest")
    )
    expected = ((values[-40:-10] - lowest) / (highest - lowest)).clip(0, 1)
    joined = np.concatenate([few.train_inputs, few.test_inputs])
    np.testing.assert_allclose(sorted(joined.tolist()), sorted(expected.tolist()), atol=1e-6)


@pytest.mark.parametrize(
    "damage",
    [
        {"scaling": {"columns": ["length"], "lowest": [0], "highest": []}},
        {"scaling": {"columns": ["length"], "lowest": [2], "highest": [1]}},
        {"scaling": {"columns": ["length"], "lowest": ["x"], "highest": [1]}},
        {"scaling": {"columns": [], "lowest": [], "highest": []}},
        {"scaling": {"lowest": [0], "highest": [1]}},
        {"scaling": [1]},
        {"test_share": "many"},
        ["test_share"],
        None,
    ],
)
def test_a_damaged_record_is_told(write, damage):
    with pytest.raises(FileFormatError, match="reading of its data set is damaged"):
        datasets.load(write(ROWS), like={"reading": damage})


def test_other_columns_than_those_of_before_are_refused(write):
    notes = {"reading": datasets.load(write(ROWS, HEADER), **SPLIT).reading.notes()}
    swapped = [(width, length, kind) for length, width, kind in ROWS]
    with pytest.raises(
        InvalidInputError, match=r"columns width, length, .* trained on length, wid"
    ):
        datasets.load(write(swapped, ("width", "length", "kind")), like=notes)


def test_a_table_for_a_network_that_was_trained_on_none_is_told(write):
    with pytest.warns(DataWarning, match="trained on no table, so .* scaled by its own training"):
        datasets.load(write(ROWS, HEADER), like={"class_names": ["no", "yes"]}, **SPLIT)


def test_values_far_out_of_the_range_of_before_are_told(write):
    notes = {"reading": datasets.load(write(ROWS, HEADER), **SPLIT).reading.notes()}
    other_unit = [(10 * length, width, kind) for length, width, kind in ROWS]
    with pytest.warns(DataWarning, match=r"outside the range of the training set.*units\?"):
        data = datasets.load(write(other_unit, HEADER), like=notes)
    assert data.train_inputs.min() >= 0 and data.train_inputs.max() <= 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("header", [HEADER, None])
def test_tables_with_and_without_a_header(write, header, delimiter):
    table = read_rows(write(ROWS, header, delimiter))
    assert table.columns == (HEADER[:2] if header else ("1", "2"))
    assert table.label == ("kind" if header else "3")
    np.testing.assert_array_equal(table.values, [row[:2] for row in ROWS])
    assert table.labels == tuple(row[2] for row in ROWS)
    assert table.rows[0] == (2 if header else 1)


@pytest.mark.parametrize(
    ("header", "label", "place"),
    [
        (("kind", "length", "width"), "kind", 0),
        (("kind", "length", "width"), "1", 0),
        (None, "1", 0),
        (("length", "kind", "width"), "2", 1),
        (None, "2", 1),
        (("0", "1", "2"), "0", 0),
        (("0", "1", "2"), "1", 1),
        (("0", "1", "2"), None, 2),
        ((" length ", "kind", "width"), "length", 0),
    ],
)
def test_the_column_of_the_labels_has_a_name_or_a_number(write, header, label, place):
    rows = [[index % 4 + 10, index % 5 + 20] for index in range(20)]
    for index, row in enumerate(rows):
        row.insert(place, index % 2)
    data = datasets.load(write(rows, header), label=label, **SPLIT)
    assert data.class_names == ("0", "1") and data.input_size == 2
    assert data.reading.label == (header[place].strip() if header else str(place + 1))
    assert len(data.train_labels) + len(data.test_labels) == 20


def test_a_number_that_is_also_a_value_is_the_number_of_a_column(write):
    rows = [(2, index % 4 + 10, index % 2) for index in range(20)]  # the first row has a 2
    with pytest.warns(DataWarning, match=r"the same in all of the training set, so 0: 1 \(1 of 2"):
        assert datasets.load(write(rows), label="3", **SPLIT).class_names == ("0", "1")


def test_a_column_that_numbers_the_rows_is_left_out_and_told(write):
    rows = [(index, *row) for index, row in enumerate(ROWS)]
    with pytest.warns(DataWarning, match=r"first column of .* has no name.* left out"):
        data = datasets.load(write(rows, ("", *HEADER)), **SPLIT)
    assert data.input_size == 2


def test_a_column_of_one_value_is_0_and_told(write):
    rows = [(length, 5, kind) for length, _, kind in ROWS]
    with pytest.warns(DataWarning, match=r"so 0: width \(1 of 2 columns\)"):
        data = datasets.load(write(rows, HEADER), **SPLIT)
    assert not data.train_inputs[:, 1].any()


def test_spreadsheets_write_a_mark_first(write):
    path = write(ROWS, HEADER)
    path.write_text("\ufeff" + path.read_text(), encoding="utf-8")
    assert datasets.load(path, **SPLIT).reading.scaling.columns == HEADER[:2]


def test_empty_lines_are_passed_over(write):
    path = write(ROWS, HEADER)
    path.write_text(path.read_text().replace("\n", "\n\n"))
    assert len(read_rows(path).labels) == len(ROWS)


def test_numbers_of_classes_are_in_their_order_however_they_are_written(write):
    rows = [(index % 7, index % 5, ("2.0", "10", "-1")[index % 3]) for index in range(30)]
    assert datasets.load(write(rows, HEADER), **SPLIT).class_names == ("-1", "2", "10")


WRONG = {
    "missing": ([(1, "", "no")], "row 22 .* has '' in column 'width'; .* missing values"),
    "NaN": ([(1, "nan", "no")], "row 22 .* has 'nan' in column 'width'"),
    "infinite": ([("inf", 1, "no")], "row 22 .* has 'inf' in column 'length'"),
    "text": ([(1, "wide", "no")], "row 22 .* has 'wide' in column 'width'; expected a finite num"),
    "ragged": ([(1, "no")], "row 22 .* has 2 values, the first 3"),
    "too long": ([(1, 2, 3, "no")], "row 22 .* has 4 values, the first 3"),
    "no label": ([(1, 2, " ")], "row 22 .* has no label in column 'kind'"),
    "one of a class": ([(1, 2, "maybe")], "class 'maybe' of .* has a single sample"),
}


@pytest.mark.parametrize("case", WRONG)
def test_rows_that_do_not_fit_are_named(write, case):
    rows, message = WRONG[case]
    path = write([*ROWS, *rows], HEADER)
    with pytest.raises((InvalidInputError, FileFormatError), match=message) as refused:
        datasets.load(path, **SPLIT)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("header", [("kind", "length", "width"), None])
def test_a_label_in_another_column_is_found_as_the_error_says(write, header):
    path = write([row[::-1] for row in ROWS], header)
    with pytest.raises(InvalidInputError, match="if that is the label") as refused:
        datasets.load(path, **SPLIT)
    label = re.search(r"--label '(\w+)'", str(refused.value))[1]
    assert datasets.load(path, label=label, **SPLIT).input_size == 2


def test_inputs_that_are_all_the_same_are_refused(write):
    refusal = pytest.raises(InvalidInputError, match="no two samples differ")
    with refusal, pytest.warns(DataWarning, match="2 of 2 columns"):
        datasets.load(write([(1, 2, row[-1]) for row in ROWS], HEADER), **SPLIT)


def test_a_first_row_with_a_gap_is_no_header(write):
    with pytest.raises(InvalidInputError, match=r"row 1 .* has '' in column '2'"):
        datasets.load(write([(1, "", "no"), *ROWS]), **SPLIT)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b,c\n", "a header and no rows"),
        (b"a\nx\ny\nx\ny\n", "one column only.*tabs between"),
        (b"a b kind\n1 2 x\n1 2 y\n", "one column only.*tabs between"),
        (b"1,2,\xe9\n", "no table of text in UTF-8"),
        (b'1,2,"a\n', "no table of text in UTF-8"),
        (b"\x00\x01\x02\xff", "no table of text in UTF-8"),
        (b"1,2,x\n1,2,x\n", "one class only|cannot be held out"),
        (b"1,2,0.5\n1,2,0.25\n", r"row 1 .* label '0.5' in column '3'; expected classes.*--label"),
        (b"1,2,nan\n1,2,1\n", "row 1 .* label 'nan'"),
        (b"1,2,1e30\n1,2,1\n", "label '1e30'"),
    ],
)
def test_what_is_no_labelled_table_is_told(tmp_path, content, message):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises((InvalidInputError, FileFormatError), match=message) as refused:
        datasets.load(path, **SPLIT)
    assert "data.csv" in str(refused.value)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("colour", "no column 'colour'; its first row is length, width, kind"),
        ("0", "no column '0'.*number from 1 to 3"),
        ("4", "no column '4'"),
        ("-1", "no column '-1'"),
        ("twice", "several columns 'twice'"),
    ],
)
def test_a_column_that_is_not_there_is_told(write, label, message):
    header = ("twice", "twice", "kind") if label == "twice" else HEADER
    with pytest.raises(InvalidInputError, match=message):
        datasets.load(write(ROWS, header), label=label)


def test_a_label_is_for_tables(tmp_path):
    with pytest.raises(InvalidInputError, match=r"digits is no table; --label is for \.csv files"):
        datasets.load("digits", label="kind")
    with pytest.raises(FileNotFoundError, match=r"none\.csv is not there"):
        datasets.load(tmp_path / "none.csv")


@given(
    arrays(np.float64, (6, 2), elements=st.floats(allow_nan=False, allow_infinity=False)),
    arrays(np.float64, (4, 2), elements=st.floats(allow_nan=False, allow_infinity=False)),
)
def test_any_numbers_become_event_rates(training, others):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        warnings.simplefilter("error", RuntimeWarning)
        scaling = Scaling.of(("a", "b"), training)
        rates = scaling.apply(("a", "b"), np.concatenate([training, others]))
    assert rates.min() >= 0 and rates.max() <= 1
    for column in (0, 1):
        values = training[:, column]
        if values.max() / 2 - values.min() / 2 > 1e-300:
            assert rates[values.argmin(), column] == 0 and rates[values.argmax(), column] == 1
    assert Scaling.recorded(json.loads(json.dumps(scaling.notes()))) == scaling


CELLS = st.sampled_from(
    ["1", "-2.5", "a", "b", "", " ", '"', '"x,y"', "nan", "1e999", "0", "é", ";"]
)


@given(
    st.lists(st.lists(CELLS, max_size=4).map(",".join), max_size=8).map("\n".join).map(str.encode)
    | st.binary(max_size=60),
    st.sampled_from([None, "1", "a", "9"]),
)
def test_any_file_is_read_or_refused_by_name(tmp_path_factory, content, label):
    path = tmp_path_factory.mktemp("any") / "data.csv"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        try:
            data = datasets.load(path, label=label, test_share=0.5)
        except (InvalidInputError, FileFormatError) as error:
            assert str(path) in str(error)
        else:
            assert data.train_inputs.min() >= 0 and data.train_inputs.max() <= 1
