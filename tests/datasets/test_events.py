"""Recordings of event cameras: frames as Tonic cuts them, folders as of pictures."""

import sys

import numpy as np
import pytest

from lava_bccn import datasets
from lava_bccn.datasets import moving_digits
from lava_bccn.datasets.events import EVENT, Binning, as_events, read_recording
from lava_bccn.errors import InvalidInputError, MissingExtraError


def recording(seed=0, events=200, width=6, height=4):
    random = np.random.default_rng(seed)
    columns = {
        "x": random.integers(width, size=events),
        "y": random.integers(height, size=events),
        "t": np.sort(random.integers(90_000, size=events)),
        "p": random.integers(2, size=events),
    }
    return as_events(columns)


@pytest.fixture
def tonic():
    return pytest.importorskip("tonic")


def test_frames_hold_the_events_of_equal_times_and_one_polarity(tonic):
    events = recording()
    rates = Binning(3, 6, 4).rates(events)
    assert rates.shape == (6, 4, 6) and rates.dtype == np.float32
    counts = np.zeros((3, 2, 4, 6))
    start, end = events["t"].min(), events["t"].max()
    slot = np.minimum((events["t"] - start) * 3 // (end - start), 2)
    np.add.at(counts, (slot, events["p"], events["y"], events["x"]), 1)
    beyond = (end - start) % 3  # Tonic's frames are of whole microseconds
    difference = abs(rates * counts.max() - counts.reshape(6, 4, 6)).sum()
    assert difference <= 2 * (1 + beyond)


def test_rates_are_counts_over_the_largest_of_the_recording(tonic):
    # Tonic's last frame ends before the last event
    columns = {"x": [0, 0, 1, 1], "y": [0, 0, 0, 0], "t": [0, 1, 2, 3], "p": [1, 1, -1, 1]}
    events = as_events(columns)
    np.testing.assert_array_equal(Binning(1, 2, 1).rates(events), [[[0, 0.5]], [[1, 0]]])


def write(path, events):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".npy":
        np.save(path, events)
    elif path.suffix == ".npz":
        np.savez(path, **{name: events[name] for name in EVENT.names})
    else:  # N-MNIST: 40 bits an event
        t = events["t"]
        columns = (events["x"], events["y"], events["p"] * 128 | t >> 16, t >> 8 & 255, t & 255)
        np.stack(columns, axis=1).astype(np.uint8).tofile(path)


@pytest.mark.parametrize("ending", [".npy", ".npz", ".bin"])
def test_a_file_is_read_in_the_order_of_time(ending, tmp_path):
    if ending == ".bin":
        pytest.importorskip("tonic")
    events = recording()
    write(tmp_path / f"one{ending}", events)
    np.testing.assert_array_equal(read_recording(tmp_path / f"one{ending}"), events)


@pytest.mark.parametrize("split", [True, False])
def test_a_folder_of_classes_is_a_data_set(tonic, split, tmp_path):
    for part in ("Train", "Test") if split else ("",):
        for label in "ab":
            for number in range(5):
                file = tmp_path / part / label / f"{number}.npz"
                write(file, recording(number + 10 * (label == "a")))
    data = datasets.load(tmp_path, frames=2)
    assert data.class_names == ("a", "b")
    assert data.train_inputs.shape == (10 if split else 8, 4, 4, 6)
    assert len(data.test_labels) == (10 if split else 2)
    again = datasets.load(tmp_path, like={"reading": data.reading.notes()})
    np.testing.assert_array_equal(again.test_inputs, data.test_inputs)


def test_events_beyond_the_sensor_that_is_known_are_refused(tonic, tmp_path):
    for label in "ab":
        for number in range(5):
            write(tmp_path / label / f"{number}.npz", recording(number))
    with pytest.raises(InvalidInputError, match="reach 6 x 4 pixels, beyond the 5 x 4"):
        datasets.load(tmp_path, like={"reading": {"sensor": [5, 4], "frames": 1}})


@pytest.mark.parametrize(
    ("content", "message"),
    [(np.zeros(3), "no recording of events"), (np.zeros(0, EVENT), "no events"), (b"x", "no rec")],
)
def test_what_is_no_recording_is_refused_by_name(content, message, tmp_path):
    file = tmp_path / "one.npy"
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        np.save(file, content)
    with pytest.raises(InvalidInputError, match=message):
        read_recording(file)


def test_frames_are_of_recordings():
    with pytest.raises(InvalidInputError, match="leave --frames out"):
        datasets.load("digits", frames=2)
    with pytest.raises(InvalidInputError, match="at least 1"):
        datasets.load("digits", frames=0)


def test_without_tonic_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tonic.transforms", None)
    with pytest.raises(MissingExtraError, match=r"lava-bccn\[events\]"):
        Binning(1, 6, 4).rates(recording())


def test_a_camera_sees_the_edges_that_move_and_the_same_ones_again():
    images = datasets.load("digits").train_inputs[:5]
    first, again = (moving_digits.recordings(images, seed=3) for _ in range(2))
    assert len(first) == 5
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
        assert (np.diff(one["t"]) >= 0).all() and one["t"].min() >= 0
        assert one["x"].max() < moving_digits.SIZE and {*one["p"]} == {0, 1}
    blank = moving_digits.recordings(np.zeros((1, 1, 8, 8)), seed=3)[0]
    assert len(blank) < 0.05 * min(map(len, first))  # noise alone


def test_digits_are_told_apart_by_their_events(tonic):
    from sklearn.neighbors import KNeighborsClassifier

    images = datasets.load("digits")
    inputs = [
        np.stack([Binning(3, 20, 20).rates(each).ravel() for each in events])
        for events in (
            moving_digits.recordings(images.train_inputs[:300], 0),
            moving_digits.recordings(images.test_inputs[:100], 1),
        )
    ]
    model = KNeighborsClassifier(1).fit(inputs[0], images.train_labels[:300])
    assert model.score(inputs[1], images.test_labels[:100]) > 0.8
