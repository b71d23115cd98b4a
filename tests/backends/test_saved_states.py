"""States that are written as they come, and inputs that stay in their file."""

import subprocess
import sys

import numpy as np
import pytest

import lava_bccn
from lava_bccn import mapping
from lava_bccn.backends import recording, sim
from lava_bccn.backends.rows import RowsFile
from lava_bccn.backends.samples import Quantised
from lava_bccn.dynamics.states import STATE_NAMES
from lava_bccn.errors import InterruptedRunError, InvalidInputError, OutputPathError
from lava_bccn.nn import burst_mlp

INPUTS = np.random.default_rng(1).random((6, 9)).astype(np.float32)
TARGETS = np.eye(3)[[0, 1, 2, 0, 1, 2]]


@pytest.fixture(scope="module", params=["fixed", "float"])
def network(request):
    return mapping.from_torch(burst_mlp((9, 5, 3)), INPUTS, precision=request.param)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("backend", ["sim", pytest.param("lava", marks=pytest.mark.lava)])
def test_they_are_what_would_have_been_in_memory(network, tmp_path, backend):
    options = {"backend": backend, "record": STATE_NAMES}
    held = lava_bccn.run(network, INPUTS, TARGETS, **options)
    saved = lava_bccn.run(network, INPUTS, TARGETS, **options, save=tmp_path / "new" / "states")
    for index, (a, b) in enumerate(zip(held.states, saved.states, strict=True)):
        for name, array in vars(a).items():
            path = tmp_path / "new" / "states" / f"{name}_{index + 1}.npy"
            assert path.exists() == (array is not None)
            if array is not None:
                assert isinstance(getattr(b, name), np.memmap)
                np.testing.assert_array_equal(np.load(path), array, strict=True)
                unit = np.load(path.with_name(f"{path.stem}_unit.npy"))
                assert unit == network.state_unit(name, index)
    assert (saved.predictions == held.predictions).all()
    np.testing.assert_array_equal(saved.values("soma", 0), held.values("soma", 0))


def test_learning_and_continuous_time_too(network, tmp_path):
    for number, options in enumerate(({"learn": True}, {"time": lava_bccn.ContinuousTime()})):
        held = lava_bccn.run(network, INPUTS, TARGETS, record="soma", **options)
        folder = tmp_path / str(number)
        saved = lava_bccn.run(network, INPUTS, TARGETS, record="soma", save=folder, **options)
        np.testing.assert_array_equal(saved.states[0].soma, held.states[0].soma)


def test_integers_are_as_wide_as_their_values(tmp_path):
    network = mapping.from_torch(burst_mlp((9, 5, 3)), INPUTS)
    result = lava_bccn.run(network, INPUTS, record=STATE_NAMES)
    widths = {name: array.dtype for name, array in vars(result.states[0]).items()}
    assert widths == {
        **dict.fromkeys(("event_rate", "burst_rate"), np.int16),
        **dict.fromkeys(("soma", "apical", "burst_prob"), np.int32),
    }
    wide = mapping.from_torch(burst_mlp((9, 5, 3)), INPUTS, event_bits=12, burst_extra_bits=8)
    assert recording.dtype(wide, "event_rate") == np.int16
    assert recording.dtype(wide, "burst_rate") == np.int32


def test_a_run_that_was_interrupted_keeps_what_was_done(network, tmp_path, monkeypatch):
    def fails_after_four(job):
        execution = sim.execute(job)
        raise InterruptedRunError("it is gone", 4, execution)

    backend = lava_bccn.backends.registry.BACKENDS["sim"]
    monkeypatch.setattr(
        lava_bccn.backends.registry.BACKENDS,
        "_items",
        {"sim": type(backend)(**{**vars(backend), "execute": fails_after_four})},
    )
    with pytest.raises(InterruptedRunError) as caught:
        lava_bccn.run(network, INPUTS, record="soma", save=tmp_path)
    soma = np.load(tmp_path / "soma_1.npy")
    assert soma.shape == (4, 5)
    np.testing.assert_array_equal(caught.value.partial.states[0].soma, soma)


def test_a_run_that_fails_leaves_no_files(network, tmp_path):
    def stop(done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lava_bccn.run(network, INPUTS, record="soma", save=tmp_path, progress=stop)
    assert names(tmp_path) == []
    with pytest.raises(InvalidInputError, match="event rates"):
        lava_bccn.run(network, INPUTS + 1, save=tmp_path / "never made")
    assert names(tmp_path) == []


def test_nothing_is_overwritten(network, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(OutputPathError, match="not empty; name another folder"):
        lava_bccn.run(network, INPUTS, save=tmp_path)
    with pytest.raises(OutputPathError, match=r"cannot write .*mine"):
        lava_bccn.run(network, INPUTS, save=tmp_path / "mine")
    with pytest.raises(InvalidInputError, match="save must be None or a str or a Path"):
        lava_bccn.run(network, INPUTS, save=3)
    assert names(tmp_path) == ["mine"]


def test_an_array_is_none_until_it_is_finished(tmp_path):
    path = tmp_path / "a.npy"
    rows = RowsFile(path, (10**6, 3), np.dtype(np.int16))
    rows[slice(0, 2)] = np.arange(6).reshape(2, 3)
    with pytest.raises((ValueError, EOFError)):
        np.load(path)
    np.testing.assert_array_equal(rows.finish(2), [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(np.load(path), [[0, 1, 2], [3, 4, 5]])


def test_no_row_at_all_is_an_array_too(tmp_path):
    assert RowsFile(tmp_path / "a.npy", (5, 3), np.dtype(np.int16)).finish(0).shape == (0, 3)


def test_a_full_disk_is_said(tmp_path):
    resource = pytest.importorskip("resource")
    code = (
        "import resource, signal, sys, numpy as np; from pathlib import Path\n"
        "from lava_bccn.backends.rows import RowsFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))\n"
        "rows = RowsFile(Path(sys.argv[1]), (1000, 100), np.dtype(np.int32))\n"
        "rows[slice(0, 1000)] = np.zeros((1000, 100))\n"
        "rows.finish(1000)\n"
    )
    assert resource
    told = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.npy"], capture_output=True, text=True
    ).stderr
    assert "OutputPathError: cannot write" in told and "free some space" in told


def test_rates_become_integers_where_they_are_looked_at(network):
    whole = network.quantise_inputs(INPUTS)
    quantised = Quantised(network, INPUTS)
    assert (len(quantised), quantised.shape, quantised.dtype) == (6, (6, 9), whole.dtype)
    for chosen in (slice(1, 3), 2, (slice(None), -1)):
        np.testing.assert_array_equal(quantised[chosen], whole[chosen])
    np.testing.assert_array_equal(np.asarray(quantised), whole)
    np.testing.assert_array_equal(list(quantised), whole)


MEASURED = """
import sys, numpy as np, lava_bccn
network = lava_bccn.load(sys.argv[1])
inputs = np.load(sys.argv[2], mmap_mode="r")
peak = 0

def watch(done):
    global peak
    with open("/proc/self/status") as status:
        peak = max(peak, next(int(line.split()[1]) for line in status if "RssAnon" in line))

lava_bccn.run(network, inputs, record=("soma", "apical"), save=sys.argv[3], progress=watch)
print(peak)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_samples_take_no_more_memory_than_few(tmp_path):
    network = mapping.new_network((100, 400, 400, 10), np.random.default_rng(0).random((9, 100)))
    network.save(tmp_path / "net.safetensors")
    peaks = []
    for samples in (20_000, 80_000):
        np.save(tmp_path / "inputs.npy", np.full((samples, 100), 0.5, np.float32))
        arguments = ["net.safetensors", "inputs.npy", str(samples)]
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        peaks.append(int(done.stdout))
    assert peaks[1] - peaks[0] < 10_000  # kB; of soma and apical it wrote 300 MB more


def test_files_that_cannot_all_be_opened_leave_none(tmp_path, monkeypatch):
    network = mapping.from_torch(burst_mlp((9, 5, 3)), INPUTS)

    class Few(RowsFile):
        def __init__(self, path, *given):
            if len(names(path.parent)) == 3:
                raise OutputPathError("too many open files")
            super().__init__(path, *given)

    monkeypatch.setattr(recording, "RowsFile", Few)
    with pytest.raises(OutputPathError, match="too many open files"):
        lava_bccn.run(network, INPUTS, record=STATE_NAMES, save=tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("limit", [100, 3700, 5000])
def test_a_full_disk_leaves_no_files(tmp_path, limit):
    """Also where what is left to write only shows when a file is closed."""
    code = f"""
import resource, signal, numpy as np, lava_bccn
from lava_bccn import mapping
from lava_bccn.dynamics.states import STATE_NAMES
network = mapping.new_network((9, 6, 3), np.random.rand(5, 9))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
try:
    lava_bccn.run(network, np.random.rand(600, 9), record=STATE_NAMES, save={str(tmp_path)!r})
except lava_bccn.errors.OutputPathError as error:
    print("refused:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("refused: cannot write")
    assert names(tmp_path) == []
