"""Training as TensorBoard reads it."""

import math

import pytest
import torch

from lava_bccn import errors, nn
from lava_bccn.nn.events import EventLog

accumulators = pytest.importorskip(
    "tensorboard.backend.event_processing.event_accumulator", reason="TensorBoard is not installed"
)

SAMPLES = torch.rand(20, 6, generator=torch.Generator().manual_seed(0)), torch.arange(20) % 3
CONFIG = nn.TrainingConfig(epochs=4)


def model():
    return nn.burst_mlp((6, 5, 3), generator=torch.Generator().manual_seed(0))


def curves(folder):
    """What TensorBoard shows: (step, value) of each curve."""
    events = accumulators.EventAccumulator(str(folder)).Reload()
    return {
        tag: [(event.step, event.value) for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }


def expected(history, name):
    return [(record["epoch"], pytest.approx(record[name])) for record in history]


def test_every_epoch_is_there_once(tmp_path):
    history = nn.train(model(), SAMPLES, SAMPLES, CONFIG, log_dir=tmp_path).history
    found = curves(tmp_path)
    assert found["training_loss"] == expected(history, "training_loss")
    assert found["held_out_error"] == expected(history, "held_out_error")
    assert found["angle_to_backprop/1"] == expected(history, "angle_to_backprop_1")
    assert "epoch" not in found


class Killed(Exception):
    pass


def test_a_run_that_goes_on_has_no_epoch_twice_and_leaves_none_out(tmp_path):
    def killed(record):
        if record["epoch"] == 2:
            raise Killed

    how = {"checkpoint": tmp_path / "model.pt", "log_dir": tmp_path / "runs"}
    with pytest.raises(Killed):
        nn.train(model(), SAMPLES, SAMPLES, CONFIG, on_epoch=killed, **how)
    assert [step for step, _ in curves(tmp_path / "runs")["training_loss"]] == [1, 2]
    history = nn.train(model(), SAMPLES, SAMPLES, CONFIG, resume=True, **how).history
    assert curves(tmp_path / "runs")["training_loss"] == expected(history, "training_loss")


def test_another_run_takes_the_place_of_the_one_before(tmp_path):
    nn.train(model(), SAMPLES, SAMPLES, CONFIG, log_dir=tmp_path)
    config = nn.TrainingConfig(epochs=2, seed=1)
    history = nn.train(model(), SAMPLES, SAMPLES, config, log_dir=tmp_path).history
    assert curves(tmp_path)["training_loss"] == expected(history, "training_loss")


def test_what_is_no_number_is_left_out(tmp_path):
    log = EventLog(tmp_path)
    log.write([{"learned": 5, "accuracy": math.nan, "limit": 0.5}], "learned")
    log.close()
    assert curves(tmp_path) == {"limit": [(5, 0.5)]}


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.OutputPathError, match="file"):
        nn.train(model(), SAMPLES, SAMPLES, CONFIG, log_dir=tmp_path / "file")
