"""Training runs: reproducible, resumable to the same bits, logged, and honest about bad data."""

import csv
import dataclasses

import pytest
import torch

from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError, OutputPathError
from lava_bccn.nn import TrainingConfig, burst_mlp, mlp, train
from lava_bccn.nn.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from lava_bccn.nn.comparators import COMPARATORS
from lava_bccn.nn.sources import classification_accuracy

INPUTS = torch.rand(60, 6, generator=torch.Generator().manual_seed(3))
LABELS = (INPUTS[:, 0] > INPUTS[:, 1]).long()
SAMPLES = (INPUTS, LABELS)
CONFIG = TrainingConfig(epochs=6, batch_size=8, learning_rate=0.02, seed=5)


def model(**options):
    return burst_mlp((6, 5, 2), generator=torch.Generator().manual_seed(0), **options)


def weights(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


class Killed(Exception):
    pass


RECIPE = {
    "optimizer": "sgd",
    "momentum": 0.9,
    "warm_up": 2,
    "weight_decay": 1e-4,
    "label_smoothing": 0.1,
}
"""As of the 2026 follow-up."""


@pytest.mark.parametrize("options", [{}, RECIPE])
@pytest.mark.parametrize("killed_in_epoch", [1, 4])
def test_a_killed_run_resumes_to_the_same_bits(tmp_path, options, killed_in_epoch):
    config = dataclasses.replace(CONFIG, **options)
    whole = train(model(), SAMPLES, SAMPLES, config).model
    path = tmp_path / "run.pt"

    def kill(epoch, batch):
        if (epoch, batch) == (killed_in_epoch, 3):
            raise Killed

    with pytest.raises(Killed):
        train(model(), SAMPLES, SAMPLES, config, checkpoint=path, on_batch=kill)
    assert len(load_checkpoint(path).training["history"]) == killed_in_epoch
    fresh = burst_mlp((6, 5, 2))  # its weights come from the checkpoint
    resumed = train(fresh, SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    assert torch.equal(weights(whole), weights(resumed.model))
    assert torch.equal(weights(whole), weights(load_checkpoint(path).model))
    with path.with_suffix(".csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {"training_loss", "held_out_error", "angle_to_backprop_1", "mean_abs_apical_1"} <= set(
        rows[0]
    )


def test_a_checkpoint_rebuilds_its_log(tmp_path):
    """Also if the run was killed between the two, and if it has nothing left to do."""
    path, log = tmp_path / "run.pt", tmp_path / "run.csv"
    train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path)
    whole = log.read_bytes()
    for harm in (log.unlink, lambda: log.write_bytes(whole[: whole.rindex(b"6,")])):
        harm()
        train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, resume=True)
        assert log.read_bytes() == whole


def test_what_an_optimizer_cannot_have_left_is_refused(tmp_path):
    def kill(record):
        raise Killed

    path = tmp_path / "run.pt"
    with pytest.raises(Killed):
        train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, on_epoch=kill)
    whole = torch.load(path, weights_only=True)
    state = whole["training"]["optimization"]["optimizers"][0]["state"][0]
    group = whole["training"]["optimization"]["optimizers"][0]["param_groups"][0]
    scheduler = whole["training"]["optimization"]["schedulers"][0]
    for where, name, value, message in (
        (state, "exp_avg", state["exp_avg"] * torch.nan, "exp_avg has .* NaN"),
        (state, "exp_avg", state["exp_avg"][:1], "exp_avg does not fit"),
        (state, "exp_avg_sq", state["exp_avg_sq"] - 1, "exp_avg_sq has values that it cannot"),
        (state, "step", -state["step"], "step has values that it cannot"),
        (group, "lr", torch.nan, "learning rates are"),
        (group, "eps", 1.0, "its optimizer has eps 1.0"),
        (scheduler, "last_epoch", 1, "after 1 updates; expected .* after"),
        (whole["training"]["best"], "epoch", 7, "best epoch is 7 of 1"),
        (whole["training"], "order", torch.zeros(3, dtype=torch.uint8), "damaged checkpoint"),
    ):
        kept, where[name] = where[name], value
        torch.save(whole, path)
        with pytest.raises(FileFormatError, match=message):
            train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, resume=True)
        where[name] = kept
    torch.save(whole, path)
    train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, resume=True)


def test_a_run_in_float64_resumes_to_the_same_bits(tmp_path):
    path = tmp_path / "run.pt"
    samples = (INPUTS.double(), LABELS)
    whole = train(model().double(), samples, samples, CONFIG).model

    def kill(record):
        if record["epoch"] == 3:
            raise Killed

    with pytest.raises(Killed):
        train(model().double(), samples, samples, CONFIG, checkpoint=path, on_epoch=kill)
    resumed = train(model().double(), samples, samples, CONFIG, checkpoint=path, resume=True)
    assert torch.equal(weights(whole), weights(resumed.model))


def test_a_checkpoint_from_before_an_option_existed_resumes_with_its_default(tmp_path):
    path = tmp_path / "old.pt"
    whole = train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path)
    old = load_checkpoint(path)
    del old.training["config"]["crop_padding"], old.training["config"]["flip"]
    save_checkpoint(path, old)
    again = train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, resume=True)
    assert torch.equal(weights(whole.model), weights(again.model))


def test_sgd_of_releases_that_did_not_fuse_it_resumes(tmp_path):
    config = dataclasses.replace(CONFIG, optimizer="sgd", momentum=0.9)
    path = tmp_path / "old.pt"

    def kill(record):
        raise Killed

    with pytest.raises(Killed):
        train(model(), SAMPLES, SAMPLES, config, checkpoint=path, on_epoch=kill)
    old = load_checkpoint(path)
    old.training["optimization"]["optimizers"][0]["param_groups"][0]["fused"] = None
    save_checkpoint(path, old)
    resumed = train(model(), SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    whole = train(model(), SAMPLES, SAMPLES, config)
    torch.testing.assert_close(weights(resumed.model), weights(whole.model))


def test_a_warm_up_leaves_epochs_for_the_schedule():
    with pytest.raises(InvalidInputError, match="less than the 6 epochs of training, not 6"):
        dataclasses.replace(CONFIG, warm_up=6)


def test_smoothed_labels_are_the_targets():
    config = dataclasses.replace(CONFIG, epochs=1, batch_size=60, label_smoothing=0.2)
    network = model()
    with torch.no_grad():
        rates = network(INPUTS)
    targets = torch.where(torch.nn.functional.one_hot(LABELS).bool(), 0.8, 0.2)
    (record,) = train(network, SAMPLES, SAMPLES, config).history
    expected = 0.5 * (rates - targets).square().sum() / len(INPUTS)
    assert record["training_loss"] == pytest.approx(float(expected), rel=1e-5)


@pytest.mark.parametrize("name", COMPARATORS)
def test_every_comparator_learns_and_resumes_to_the_same_bits(tmp_path, name):
    def fresh():
        return mlp(name, (6, 12, 2), generator=torch.Generator().manual_seed(0))

    path = tmp_path / "run.pt"
    config = dataclasses.replace(CONFIG, epochs=40, weight_decay=1e-4)
    whole = train(fresh(), SAMPLES, SAMPLES, config)
    assert classification_accuracy(whole.model, SAMPLES) > 0.9

    def kill(record):
        if record["epoch"] == 20:
            raise Killed

    with pytest.raises(Killed):
        train(fresh(), SAMPLES, SAMPLES, config, checkpoint=path, on_epoch=kill)
    with pytest.raises(InvalidInputError, match="another one"):
        train(model(), SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    resumed = train(mlp(name, (6, 12, 2)), SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    assert torch.equal(weights(whole.model), weights(resumed.model))
    angles = [resumed.history[-1][f"angle_to_backprop_{layer}"] for layer in (1, 2)]
    assert all(0 <= angle <= 180 for angle in angles)


def test_an_early_stopped_run_resumes_to_itself(tmp_path):
    config = dataclasses.replace(CONFIG, epochs=50, learning_rate=1e-12, patience=3)
    path = tmp_path / "run.pt"
    first = train(model(), SAMPLES, SAMPLES, config, checkpoint=path)
    again = train(model(), SAMPLES, SAMPLES, config, checkpoint=path, resume=True)
    assert again.stopped_early and again.history == first.history
    assert torch.equal(weights(first.model), weights(again.model))


@pytest.mark.parametrize(
    ("samples", "data"), [(SAMPLES, {"dataset": "other"}), ((INPUTS[:50], LABELS[:50]), {})]
)
def test_a_run_on_other_data_is_not_resumed(tmp_path, samples, data):
    path = tmp_path / "run.pt"
    train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path)
    with pytest.raises(InvalidInputError, match="another run"):
        train(model(), samples, SAMPLES, CONFIG, checkpoint=path, resume=True, data=data)


def test_the_log_does_not_take_the_checkpoints_place(tmp_path):
    with pytest.raises(InvalidInputError, match=r"run\.pt"):
        train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=tmp_path / "run.csv")


def test_a_model_that_cannot_be_stored_is_refused_before_training(tmp_path):
    other = torch.nn.Sequential(torch.nn.Dropout(), *model())
    epochs = []
    with pytest.raises(InvalidInputError, match="Dropout"):
        train(other, SAMPLES, SAMPLES, CONFIG, checkpoint=tmp_path / "a.pt", on_epoch=epochs.append)
    assert not epochs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda network: network.requires_grad_(False), "requires_grad_"),
        (lambda network: network.to("meta"), "meta device"),
    ],
)
def test_a_model_in_which_nothing_can_learn_is_refused(change, message):
    with pytest.raises(InvalidInputError, match=message):
        train(change(model()), SAMPLES, SAMPLES, CONFIG)


def test_the_seed_decides_the_order_of_samples():
    results = [
        train(model(), SAMPLES, SAMPLES, dataclasses.replace(CONFIG, seed=seed)).model
        for seed in (1, 1, 2)
    ]
    assert torch.equal(weights(results[0]), weights(results[1]))
    assert not torch.equal(weights(results[0]), weights(results[2]))


def test_training_learns():
    config = dataclasses.replace(CONFIG, epochs=60)
    result = train(model(), SAMPLES, SAMPLES, config)
    assert result.history[-1]["training_loss"] < 0.5 * result.history[0]["training_loss"]
    assert classification_accuracy(result.model, SAMPLES) > 0.9


def test_early_stopping_returns_to_the_best_epoch(tmp_path):
    config = dataclasses.replace(CONFIG, epochs=50, learning_rate=1e-12, patience=3)
    path = tmp_path / "run.pt"
    result = train(model(), SAMPLES, SAMPLES, config, checkpoint=path)
    assert result.stopped_early and len(result.history) == 4
    best = min(record["held_out_error"] for record in result.history)
    assert 1 - classification_accuracy(result.model, SAMPLES) == pytest.approx(best)
    assert torch.equal(weights(load_checkpoint(path).model), weights(result.model))


def test_a_checkpoint_of_another_run_is_not_resumed(tmp_path):
    path = tmp_path / "run.pt"
    train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path)
    before = path.read_bytes()
    other = dataclasses.replace(CONFIG, learning_rate=0.5)
    with pytest.raises(InvalidInputError, match=r"learning_rate is 0\.02 there and 0\.5 here"):
        train(model(), SAMPLES, SAMPLES, other, checkpoint=path, resume=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("inputs", "labels", "message"),
    [
        (INPUTS * 2, LABELS, r"\[0, 1\]"),
        (INPUTS.where(INPUTS > 0.1, torch.nan), LABELS, r"43 values that are NaN.* at \[0, 0\]"),
        (INPUTS, LABELS + 5, "labels of the training set run from 5 to 6"),
        (INPUTS[:3], LABELS, "3 inputs and 60 labels"),
    ],
)
def test_samples_that_cannot_be_learned_from_are_refused(inputs, labels, message):
    with pytest.raises(InvalidInputError, match=message):
        train(model(), (inputs, labels), SAMPLES, CONFIG)


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"optimizer": "rmsprop"},
        {"learning_rate": 0.0},
        {"schedule": "step"},
        {"weight_decay": -1.0},
        {"feedback_rate": 0.0},
        {"momentum": 0.9},
        {"seed": -1},
        {"patience": 0},
        {"autocast": "fp16"},
    ],
)
def test_a_configuration_that_means_nothing_is_refused(change):
    with pytest.raises(InvalidInputError, match=next(iter(change))):
        dataclasses.replace(CONFIG, **change)


def test_an_unwritable_place_fails_before_the_training(tmp_path):
    (tmp_path / "file").touch()
    epochs = []
    with pytest.raises(OutputPathError, match="cannot write"):
        train(
            model(),
            SAMPLES,
            SAMPLES,
            CONFIG,
            checkpoint=tmp_path / "file" / "run.pt",
            on_epoch=epochs.append,
        )
    assert not epochs


class TestCheckpointFiles:
    def test_a_failed_write_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "run.pt"
        save_checkpoint(path, Checkpoint(model()))
        before = path.read_bytes()

        def fail(content, destination):
            destination.write(b"half")
            raise OSError("disk full")

        monkeypatch.setattr(torch, "save", fail)
        with pytest.raises(OutputPathError, match="disk full"):
            save_checkpoint(path, Checkpoint(model()))
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]

    def test_missing(self, tmp_path):
        with pytest.raises(MissingDataError, match="not there"):
            load_checkpoint(tmp_path / "none.pt")

    @pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"PK\x03\x04 but no zip"])
    def test_foreign(self, tmp_path, content):
        path = tmp_path / "foreign.pt"
        path.write_bytes(content)
        with pytest.raises(FileFormatError, match="not a"):
            load_checkpoint(path)

    def test_truncated(self, tmp_path):
        path = tmp_path / "run.pt"
        save_checkpoint(path, Checkpoint(model()))
        path.write_bytes(path.read_bytes()[:-200])
        with pytest.raises(FileFormatError, match="truncated"):
            load_checkpoint(path)

    @pytest.mark.parametrize("missing", ["version", "modules", "state", "training", "data"])
    def test_damaged(self, tmp_path, missing):
        path = tmp_path / "run.pt"
        save_checkpoint(path, Checkpoint(model()))
        content = torch.load(path, weights_only=True)
        del content[missing]
        torch.save(content, path)
        with pytest.raises(FileFormatError, match="damaged"):
            load_checkpoint(path)

    def test_any_name_will_do(self, tmp_path):
        path = tmp_path / "run.safetensors"
        save_checkpoint(path, Checkpoint(model()))
        assert torch.equal(weights(load_checkpoint(path).model), weights(model()))

    def test_newer(self, tmp_path):
        path = tmp_path / "run.pt"
        torch.save({"format": "lava-bccn checkpoint", "version": 99}, path)
        with pytest.raises(FileFormatError, match=r"version 99.*upgrade"):
            load_checkpoint(path)

    def test_another_pytorch_file(self, tmp_path):
        path = tmp_path / "state.pt"
        torch.save(torch.nn.Linear(2, 2).state_dict(), path)
        with pytest.raises(FileFormatError, match="not a checkpoint of lava-bccn"):
            load_checkpoint(path)

    def test_pickled_modules_are_not_loaded(self, tmp_path):
        path = tmp_path / "module.pt"
        torch.save(torch.nn.Linear(2, 2), path)
        with pytest.raises(FileFormatError, match=r"torch\.save\(model\.state_dict\(\), path\)"):
            load_checkpoint(path)


def test_bfloat16_autocast_trains_about_as_well_and_keeps_weights_in_float32():
    samples = torch.rand(300, 6, generator=torch.Generator().manual_seed(4))
    data = (samples, (samples[:, 0] > samples[:, 1]).long())
    config = dataclasses.replace(CONFIG, epochs=10)
    plain = train(model(), data, data, config)
    lower = train(model(), data, data, dataclasses.replace(config, autocast="bf16"))
    assert all(value.dtype == torch.float32 for value in lower.model.state_dict().values())
    assert not torch.equal(weights(plain.model), weights(lower.model))
    errors = [run.history[-1]["held_out_error"] for run in (plain, lower)]
    assert errors[0] < 0.1 and abs(errors[1] - errors[0]) < 0.03


@pytest.mark.slow
def test_a_compiled_run_trains_like_a_plain_one_and_resumes(tmp_path):
    config = dataclasses.replace(CONFIG, epochs=2, compile=True)
    plain = train(model(), SAMPLES, SAMPLES, dataclasses.replace(config, compile=False)).model
    path = tmp_path / "run.pt"

    def kill(record):
        raise Killed

    with pytest.raises(Killed):
        train(model(), SAMPLES, SAMPLES, config, checkpoint=path, on_epoch=kill)
    compiled = train(model(), SAMPLES, SAMPLES, config, checkpoint=path, resume=True).model
    torch.testing.assert_close(weights(compiled), weights(plain), rtol=0, atol=1e-4)


def test_an_optimizer_in_the_form_of_an_older_release_cannot_go_on(tmp_path):
    path = tmp_path / "run.pt"
    train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path)
    stored = load_checkpoint(path)
    older = {"optimizer" if key == "optimization" else key: v for key, v in stored.training.items()}
    save_checkpoint(path, Checkpoint(stored.model, older, stored.data))
    with pytest.raises(InvalidInputError, match="older release"):
        train(model(), SAMPLES, SAMPLES, CONFIG, checkpoint=path, resume=True)
