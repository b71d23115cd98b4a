"""MNIST, Fashion-MNIST and CIFAR-10 in every form in which people have them, whole or damaged."""

from __future__ import annotations

import gzip
import pickle
import re
import resource
import struct
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lava_bccn import datasets
from lava_bccn.datasets.idx import read_idx
from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 28, 28), dtype=np.uint8)
LABELS = (np.arange(12) % 10).astype(np.uint8)
ORIGINALS = {
    "train-images-idx3-ubyte": IMAGES,
    "train-labels-idx1-ubyte": LABELS,
    "t10k-images-idx3-ubyte": IMAGES[::-1],
    "t10k-labels-idx1-ubyte": LABELS[::-1],
}


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + np.ascontiguousarray(array).tobytes()


def write_originals(folder, rename=lambda name: name, pack=lambda content: content) -> None:
    for name, array in ORIGINALS.items():
        path = folder / rename(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pack(idx(array)))


def check(data) -> None:
    np.testing.assert_array_equal(data.train_inputs, IMAGES[:, None].astype(np.float32) / 255)
    np.testing.assert_array_equal(data.test_inputs, IMAGES[::-1, None].astype(np.float32) / 255)
    np.testing.assert_array_equal(data.train_labels, LABELS)
    np.testing.assert_array_equal(data.test_labels, LABELS[::-1])
    assert data.train_labels.dtype == np.int64 and data.train_inputs.dtype == np.float32


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize(
    "rename",
    [
        lambda name: name,
        lambda name: f"{name}.gz",
        lambda name: name.replace("-idx", ".idx"),
        lambda name: f"{name.replace('-idx', '.idx')}.gz",
        lambda name: f"{name}/{name}",
        lambda name: f"{name.replace('-idx', '.idx')}/{name.replace('-idx', '.idx')}",
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_the_original_files_by_all_their_names(tmp_path, name, rename, packed):
    write_originals(tmp_path, rename, gzip.compress if packed else lambda content: content)
    check(datasets.load(name, tmp_path))


@pytest.mark.parametrize("folder", ["", "raw", "MNIST", "MNIST/raw", "mnist", "mnist/raw"])
def test_the_places_that_they_are_in(tmp_path, folder):
    write_originals(tmp_path / folder)
    check(datasets.load("mnist", tmp_path))
    assert datasets.place_of("mnist", tmp_path) == tmp_path / folder


def test_an_archive_of_keras(tmp_path):
    arrays = dict(zip(("x_train", "y_train", "x_test", "y_test"), ORIGINALS.values(), strict=True))
    np.savez(tmp_path / "mnist.npz", **arrays)
    check(datasets.load("mnist", tmp_path))


@pytest.mark.parametrize("header", [True, False])
def test_tables_with_the_label_first(tmp_path, header):
    for part, order in (("train", 1), ("test", -1)):
        rows = np.column_stack([LABELS, IMAGES.reshape(12, -1)])[::order]
        names = ["label", *(f"{y + 1}x{x + 1}" for y in range(28) for x in range(28))]
        path = tmp_path / f"mnist_{part}.csv"
        text = ",".join(names) if header else ""
        np.savetxt(path, rows, fmt="%d", delimiter=",", header=text, comments="")
    check(datasets.load("mnist", tmp_path))


def test_where_it_is_nowhere_all_places_are_named(tmp_path):
    with pytest.raises(MissingDataError) as missing:
        datasets.load("mnist", tmp_path)
    for words in ("train-images-idx3-ubyte", ".gz", "mnist.npz", "mnist_train.csv", "--download"):
        assert words in str(missing.value)
    for folder in ("", "/raw", "/MNIST/raw", "/mnist"):
        assert f"{tmp_path}{folder}" in re.split("[,; ]+", str(missing.value))
    assert not list(tmp_path.iterdir())


def test_the_file_that_is_missing_is_named(tmp_path):
    write_originals(tmp_path / "MNIST")
    (tmp_path / "MNIST" / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(
        MissingDataError, match=r"not whole in .*MNIST: .*no t10k-labels-idx1-ubyte"
    ):
        datasets.load("mnist", tmp_path)


def test_one_is_not_taken_for_the_other(tmp_path):
    write_originals(tmp_path)
    fashion = np.array([9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 0, 0], np.uint8)
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx(fashion))
    assert datasets.load("fashion-mnist", tmp_path).class_names[9] == "Ankle boot"
    with pytest.raises(InvalidInputError, match="is fashion-mnist, not mnist"):
        datasets.load("mnist", tmp_path)


def test_it_is_read_without_pytorch_in_little_memory(data_dir):
    code = (
        "import sys; from lava_bccn import datasets; datasets.load('mnist', sys.argv[1]);"
        "assert not {'torch', 'torchvision', 'PIL'} & {*sys.modules};"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    command = [sys.executable, "-c", code, str(data_dir)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(found.stdout) / 1024 < 400  # MB; 220 of them are the images


@pytest.mark.parametrize("name", ORIGINALS)
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: b"", "is no IDX file .* begins with nothing"),
        (lambda content: content[:3], "is no IDX file"),
        (lambda content: content[:10], "is no IDX file|truncated or damaged"),
        (lambda content: content[:-1], "truncated or damaged"),
        (lambda content: content + b"\0", "and has more"),
        (lambda content: b"<!DOCTYPE html>" + content, "begins with 3c 21 44 4f, not 00 00 08 0"),
        (lambda content: content[:2] + b"\x0d" + content[3:], "begins with 00 00 0d"),
        (lambda content: content[:3] + b"\2" + content[4:], "is no IDX file of"),
        (lambda content: content[:4] + b"\xff" * 4 + content[8:], "truncated or damaged"),
        (lambda content: gzip.compress(content)[:-20], "truncated or damaged"),
        (lambda content: gzip.compress(content)[:15], "truncated or damaged"),
        (lambda content: gzip.compress(content[:-1]), "is damaged: it says"),
        (
            lambda content: gzip.compress(content[:4] + b"\xff" * 4 + content[8:]),
            "truncated or dam",
        ),
        (lambda content: b"PK\3\4" + content, "begins with 50 4b 03 04"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, damage, message):
    write_originals(tmp_path)
    (tmp_path / name).write_bytes(damage(idx(ORIGINALS[name])))
    with pytest.raises(FileFormatError, match=message) as refused:
        datasets.load("mnist", tmp_path)
    assert name in str(refused.value) and "\n" not in str(refused.value)


def test_a_size_that_lies_takes_no_memory(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes([0, 0, 8, 3]) + struct.pack(">III", 60000, 2**15, 2**15) + bytes(100))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(FileFormatError, match="says it holds 64,424,509,440,000 values"):
        read_idx(path, 3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("train-labels-idx1-ubyte", LABELS[:-1], "12 images and labels of shape"),
        ("train-labels-idx1-ubyte", LABELS + 1, "run from 1 to 10; expected 0 to 9"),
        ("train-images-idx3-ubyte", IMAGES[:, :27], r"shape \(12, 27, 28\); expected bytes"),
        ("t10k-images-idx3-ubyte", IMAGES[:0], r"shape \(0, 28, 28\)"),
    ],
)
def test_files_that_do_not_go_together_are_refused(tmp_path, name, array, message):
    write_originals(tmp_path)
    (tmp_path / name).write_bytes(idx(array))
    with pytest.raises(FileFormatError, match=message):
        datasets.load("mnist", tmp_path)


@pytest.fixture
def torchvision(monkeypatch):
    """Stands in for the library, whose import takes seconds."""
    library = SimpleNamespace(datasets=SimpleNamespace())
    monkeypatch.setitem(sys.modules, "torchvision", library)
    return library


def test_a_download_is_read_from_where_torchvision_puts_it(tmp_path, torchvision):
    def fetch(root, download):
        assert download
        write_originals(tmp_path / "new" / "FashionMNIST" / "raw")

    torchvision.datasets.FashionMNIST = fetch
    check(datasets.load("fashion-mnist", tmp_path / "new", download=True))
    torchvision.datasets.FashionMNIST = None  # what is there is not fetched
    check(datasets.load("fashion-mnist", tmp_path / "new", download=True))


def test_a_download_that_fails_is_told(tmp_path, torchvision):
    def fail(root, download):
        raise OSError("no route to host")

    torchvision.datasets.CIFAR10 = fail
    with pytest.raises(MissingDataError, match=r"could not be fetched .*no route to host"):
        datasets.load("cifar10", tmp_path, download=True)


BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]
PIXELS = RANDOM.integers(0, 256, (6, 3, 3072), dtype=np.uint8)


def write_batches(folder, form: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(BATCHES):
        labels = [number, 9, 1]
        if form == "bin":
            rows = np.column_stack([np.array(labels, np.uint8), PIXELS[number]])
            (folder / f"{name}.bin").write_bytes(rows.tobytes())
        else:
            batch = {"data": PIXELS[number], "labels": labels, "filenames": ["a", "b", "c"]}
            (folder / name).write_bytes(pickle.dumps(batch, protocol=2))


@pytest.mark.parametrize("form", ["py", "bin"])
@pytest.mark.parametrize("folder", ["", "cifar-10-batches-{}", "CIFAR10/cifar-10-batches-{}"])
def test_cifar_in_its_forms_and_places(tmp_path, form, folder):
    write_batches(tmp_path / folder.format(form), form)
    data = datasets.load("cifar10", tmp_path)
    expected = PIXELS.reshape(18, 3, 32, 32).astype(np.float32) / 255
    np.testing.assert_array_equal(data.train_inputs, expected[:15])
    np.testing.assert_array_equal(data.test_inputs, expected[15:])
    assert data.train_labels.tolist() == [0, 9, 1, 1, 9, 1, 2, 9, 1, 3, 9, 1, 4, 9, 1]
    assert data.test_labels.tolist() == [5, 9, 1] and data.class_names[5] == "dog"


class Evil:
    """Leaves a file where it is unpickled."""

    def __init__(self, path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_batches_of_cifar_run_nothing(tmp_path):
    write_batches(tmp_path, "py")
    (tmp_path / "data_batch_3").write_bytes(pickle.dumps({"data": Evil(tmp_path / "trace")}))
    with pytest.raises(FileFormatError, match=r"data_batch_3 .*\(.*open is not of an array"):
        datasets.load("cifar10", tmp_path)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("form", ["py", "bin"])
@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_truncated_batches_of_cifar_are_named(tmp_path, form, kept):
    write_batches(tmp_path, form)
    path = tmp_path / ("data_batch_2" if form == "py" else "data_batch_2.bin")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(FileFormatError, match="data_batch_2"):
        datasets.load("cifar10", tmp_path)


def test_batches_of_something_else_are_named(tmp_path):
    write_batches(tmp_path, "py")
    for batch in ({"data": PIXELS[0], "labels": [1, 2]}, {"fine_labels": [1]}, [1], None):
        (tmp_path / "test_batch").write_bytes(pickle.dumps(batch))
        with pytest.raises(FileFormatError, match="test_batch is no batch of CIFAR-10"):
            datasets.load("cifar10", tmp_path)


def test_a_packed_cifar_is_to_be_unpacked(tmp_path):
    (tmp_path / "cifar-10-python.tar.gz").touch()
    with pytest.raises(MissingDataError, match=r"tar -xzf .*cifar-10-python\.tar\.gz"):
        datasets.load("cifar10", tmp_path)


@given(st.data())
def test_any_damage_is_read_or_refused_by_name(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "images"
    content = idx(IMAGES[:2])
    content = bytearray(gzip.compress(content) if data.draw(st.booleans()) else content)
    content = content[: data.draw(st.integers(0, len(content)))]
    for _ in range(data.draw(st.integers(0, 4)) if content else 0):
        place = data.draw(st.integers(0, min(len(content) - 1, 40)))
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert read_idx(path, 3).shape == (2, 28, 28)
    except FileFormatError as error:
        assert str(path) in str(error)
