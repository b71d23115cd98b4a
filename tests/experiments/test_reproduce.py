"""Experiments of ``bccn reproduce``: what they describe, tiny runs of each, going on."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import lava_bccn
from lava_bccn.errors import FileFormatError, InvalidInputError, MissingDataError
from lava_bccn.experiments.paper import (
    alignment,
    cifar10,
    cifar10_2026,
    dale,
    depth,
    homeostasis,
    imagenet,
    mnist,
    multiplexing,
    plasticity,
    regression,
    stationary,
    xor,
)
from lava_bccn.experiments.paper import settings as paper_settings
from lava_bccn.experiments.paper.harness import (
    EXPERIMENTS,
    find,
    parts_of,
    read_rows,
    rows_path,
    run_part,
    run_parts,
    write_report,
    write_rows,
)
from lava_bccn.experiments.paper.settings import modules_of, settings_of
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.training_config import TrainingConfig


@pytest.fixture
def tiny(monkeypatch):
    """Quick settings that end in seconds; they hold in this process only."""
    monkeypatch.setattr(regression, "QUICK_SECONDS", 40.0)
    monkeypatch.setattr(alignment, "QUICK_UPDATES", 20)
    monkeypatch.setattr(mnist, "QUICK_SAMPLES", 200)
    monkeypatch.setattr(mnist, "HIDDEN", (16,))
    monkeypatch.setattr(mnist, "QUICK", TrainingConfig(epochs=2))
    for name in ("QUICK", "QUICK_SAMPLES", "HIDDEN"):
        monkeypatch.setattr(dale, name, getattr(mnist, name))
    short = partial(dale.SilencingConfig, seeds=2, updates=5)
    monkeypatch.setattr(dale, "SilencingConfig", short)
    monkeypatch.setattr(cifar10, "QUICK_SAMPLES", 12)
    monkeypatch.setattr(cifar10, "QUICK_TEST_SAMPLES", 4)
    training = replace(cifar10.QUICK, epochs=1, batch_size=4)
    monkeypatch.setattr(cifar10, "QUICK", training)
    monkeypatch.setattr(cifar10_2026, "QUICK_SAMPLES", 12)
    monkeypatch.setattr(cifar10_2026, "QUICK_TEST_SAMPLES", 4)
    followup = replace(cifar10_2026.QUICK, epochs=1, warm_up=0, batch_size=4)
    monkeypatch.setattr(cifar10_2026, "QUICK", followup)
    monkeypatch.setattr(imagenet, "QUICK", replace(imagenet.QUICK, epochs=2, batch_size=4))
    monkeypatch.setattr(imagenet, "QUICK_PICTURES", 2)
    monkeypatch.setattr(imagenet, "QUICK_TEST_PICTURES", 1)
    monkeypatch.setattr(depth, "QUICK", TrainingConfig(epochs=1))
    monkeypatch.setattr(depth, "QUICK_UNITS", 8)
    few = {"epochs": 2, "warm_up": 1, "realignment_before": 2}
    monkeypatch.setattr(homeostasis, "QUICK", replace(homeostasis.QUICK, **few))
    monkeypatch.setattr(homeostasis, "QUICK_HIDDEN", (16, 16))
    small = {"neurons": 20, "example_ms": 100.0, "epochs": 2, "rate_scale": 0.1}
    monkeypatch.setattr(xor, "QUICK", {"connection_probability": 1.0, **small})
    monkeypatch.setattr(multiplexing, "SECONDS", 1.0)
    monkeypatch.setattr(plasticity, "QUICK_SECONDS", 1.0)
    monkeypatch.setattr(stationary, "SECONDS", 2.0)


@pytest.fixture
def colours(tmp_path):
    """A folder of 32 x 32 JPEGs, two classes of noise."""
    noise = np.random.default_rng(0)
    for part, count in (("train", 8), ("test", 3)):
        for name in ("cat", "dog"):
            (tmp_path / "images" / part / name).mkdir(parents=True)
            for index in range(count):
                image = noise.integers(256, size=(32, 32, 3), dtype=np.uint8)
                file = tmp_path / "images" / part / name / f"{index}.jpg"
                Image.fromarray(image).save(file)
    return tmp_path / "images"


SLOW = (
    "alignment",
    "cifar10",
    "cifar10_2026",
    "dale",
    "imagenet",
    "multiplexing",
    "regression",
    "stationary",
    "xor",
    "branches",
    "realignment",
)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in EXPERIMENTS],
)
def test_every_experiment_runs_to_its_report(name, tiny, tmp_path, request):
    fixture = {
        "mnist": "data_dir",
        "dale": "data_dir",
        "cifar10": "colours",
        "cifar10_2026": "colours",
        "imagenet": "colours",
    }.get(name)
    data_dir = fixture and request.getfixturevalue(fixture)
    experiment = find(name)
    parts = parts_of(experiment, tmp_path, quick=True, seeds=[3], data_dir=data_dir)
    told = []
    for part in parts:
        run_part(part, lambda *news: told.append(news))
    assert told[-1] == (1.0, "")
    rows = run_parts(parts)
    report = write_report(experiment, rows, tmp_path, quick=True)
    assert {row["variant"] for row in rows} == set(experiment.quick.variants)
    with report.table.open() as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    assert report.figure.stat().st_size > 10_000
    text = report.markdown.read_text()
    for comparison in report.comparisons:
        assert f"| {comparison.what} | {comparison.published} | {comparison.measured} |" in text


def test_variants_of_imagenet_start_from_the_same_w_of_the_published_shape():
    first, *others = (
        [layer.weight for layer in learning_layers(imagenet.network(variant, 1, 10))]
        for variant in imagenet.VARIANTS
    )
    assert all(torch.equal(*pair) for other in others for pair in zip(first, other, strict=True))
    *_, last_convolution, hidden, readout = first
    assert last_convolution.shape == (470, 384, 3, 3)
    assert hidden.shape == (1500, 470) and readout.shape == (10, 1500)


def test_imagenet_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(MissingDataError, match="no ImageNet in"):
        imagenet.pictures_in(tmp_path)


def test_cifar10_says_which_copy_it_saw_and_how_far_burstccn_is_from_the_ann():
    rows = [
        {
            "variant": variant,
            "seed": 0,
            "data": "CIFAR-10 (JPEG copy)",
            "epoch": 10,
            "test_error": e,
        }
        for variant, e in (("random-burstccn", 0.42), ("random-feedback_alignment", 0.40))
    ]
    burstccn, ann, apart = find("cifar10").compare(rows)
    assert burstccn.what == "CIFAR-10 (JPEG copy), random-burstccn: test error after 10 epochs"
    assert (burstccn.published, ann.measured) == ("38.99 % (after 400)", "40.00 % (40.00)")
    assert (apart.published, apart.measured) == ("+2.69 points", "+2.00 points (+2.00)")


def test_cifar10_2026_says_how_far_each_epoch_and_those_around_it_are_from_backprop():
    errors = {"backprop": [0.5, 0.4, 0.4, 0.3, 0.3], "symmetric": [0.5, 0.4, 0.43, 0.3, 0.3]}
    rows = [
        {"variant": name, "seed": 0, "data": "CIFAR-10", "epoch": 8 + index, "test_error": error}
        for name, each in errors.items()
        for index, error in enumerate(each)
    ]
    *_, at, around = find("cifar10_2026").compare(rows)
    assert at.what == "CIFAR-10, symmetric − backprop, after 10 epochs"
    assert at.measured == "+3.00 points (+3.00)"
    assert around.what == "CIFAR-10, symmetric − backprop, mean of epochs 8 to 12"
    assert around.measured == "+0.60 points (+0.60)"


def test_variants_of_cifar10_start_from_the_same_w():
    images = torch.rand(2, 3, 32, 32)
    starts = {
        variant: [
            layer.weight.detach()
            for layer in learning_layers(cifar10.network(variant, 1, images, 10))
        ]
        for variant in cifar10.VARIANTS
    }
    first, *others = starts.values()
    for other in others:
        assert all(torch.equal(a, b) for a, b in zip(first, other, strict=True))


def test_xor_goes_on_from_its_checkpoint_to_the_same_rows(tiny, tmp_path):
    class Killed(Exception):
        pass

    def kill(share, note):
        if share == 0.5:
            raise Killed

    experiment = find("xor")
    whole, killed = (
        parts_of(experiment, tmp_path / name, quick=True, seeds=[1], variants=["burstccn"])[0]
        for name in ("whole", "killed")
    )
    for part in (whole, killed):
        rows_path(part).parent.mkdir(parents=True)
    with pytest.raises(Killed):
        run_part(killed, kill)
    told = []
    run_part(killed, lambda share, note: told.append(share))
    run_part(whole, lambda *_: None)
    assert told == [1.0, 1.0]  # the second epoch, and the end
    assert read_rows(killed) == read_rows(whole)
    assert [row["epoch"] for row in read_rows(whole)] == [1, 2]


def test_xor_says_how_many_seeds_learned():
    rows = [
        {"variant": "burstccn", "seed": seed, "ratio_before": 1.0, "ratio_after": after}
        for seed, after in ((0, 2.0), (1, 1.2))
    ]
    (comparison,) = find("xor").compare(rows)
    assert comparison.measured == "1.00 → 1.60 (2.00, 1.20); 1 of 2 learned"


def test_multiplexing_sums_up_what_the_ensemble_sent(generator):
    names = multiplexing.SIGNALS
    rows = [
        {"variant": "float", "seed": seed, **dict(zip(names, values, strict=True)), "spikes": ""}
        for seed in (0, 1)
        for values in generator.random((30, len(names))).tolist()
    ]
    for row in rows:
        row.update(event_rate=4.0 + row["depressing"], burst_rate=0.1 * (4 + row["facilitating"]))
    events, bursts, depressing, facilitating = find("multiplexing").compare(rows)
    assert events.measured.startswith("4.5 Hz (4.")
    assert bursts.measured.startswith("10 % (1")
    assert depressing.measured.startswith("1.00 (")
    assert facilitating.measured.startswith("1.00 (")


def test_plasticity_says_where_the_rule_changes_its_sign():
    rows = [
        {"variant": "half", "seed": seed, "rate": rate, "change": change, "closed_form": 0.0}
        for seed, low in ((0, -1.0), (1, -3.0))
        for rate, change in ((20.0, low), (40.0, low), (60.0, 1.0))
    ]
    depressed, potentiated, crossing = find("plasticity").compare(rows)
    assert (depressed.published, depressed.measured) == ("depression", "-2.00 (-1.00, -3.00)")
    assert (potentiated.published, potentiated.measured) == ("potentiation", "+1.00 (+1.00, +1.00)")
    assert crossing.measured == "52.5 Hz (50.0, 55.0)"


def stationary_rows(upper_hz):
    """Rows of a run whose upper ensemble has these rates, in five phases of 20 s each."""
    numbers = ("lower_events", "upper_events", "lower_bursts", "upper_bursts", "lower_prob")
    numbers += ("upper_prob", "lower_dendrite", "upper_dendrite", "burst_current", "event_current")
    return [
        {"variant": "adapting", "seed": 0, "seconds": second, **dict.fromkeys(numbers, 0.25)}
        | {"upper_events": upper_hz[int(second - 1) // 20], "weight": second, "lower_spikes": ""}
        for second in np.arange(1.0, 101.0)
    ]


@pytest.mark.parametrize(
    ("upper_hz", "kept"),
    [((5.0, 9.5, 9.5, 5.5, 5.5), 1), ((5.0, 9.5, 8.5, 5.5, 5.5), 0), ((5, 9.5, 9.5, 5.5, 7), 0)],
)
def test_stationary_counts_the_seeds_that_keep_what_they_were_taught(upper_hz, kept):
    count, before, _, taught, *_, weights = find("stationary").compare(stationary_rows(upper_hz))
    assert (count.published, count.measured) == ("1 of 1", f"{kept} of 1")
    assert before.measured == "5.00, 0.25; 0.250, 0.250"
    assert (taught.published, taught.measured[:4]) == ("9.86, 9.41; 0.367, 0.390", "9.50")
    assert weights.measured == "20.00, 40.00, 60.00, 80.00"


def test_finished_parts_are_read_and_not_run_again(tmp_path):
    parts = parts_of(find("regression"), tmp_path, quick=True, seeds=[0, 1], variants=["sim"])
    for part in parts:
        rows_path(part).parent.mkdir(exist_ok=True)
        write_rows(part, [{"variant": "sim", "seed": part.seed, "error": 5}])
    seen = []
    rows = run_parts(parts, on_news=lambda part, share, _: seen.append((part.seed, share)))
    assert [row["error"] for row in rows] == [5, 5]
    assert seen == [(0, 1.0), (1, 1.0)]


def test_the_same_part_gives_the_same_rows(tiny, tmp_path):
    rows = []
    for folder in ("once", "again"):
        parts = parts_of(
            find("alignment"), tmp_path / folder, quick=True, seeds=[1], variants=["random"]
        )
        run_part(parts[0], lambda *_: None)
        rows.append(read_rows(parts[0]))
    assert rows[0] == rows[1]


def finished(folder, **options):
    """A part with rows, as a run leaves it."""
    (part,) = parts_of(find("depth"), folder, seeds=[0], variants=["edn-2"], **options)
    rows_path(part).parent.mkdir(exist_ok=True)
    write_rows(part, [{"variant": "edn-2", "seed": 0, "error": 5}])
    return part


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("FULL", TrainingConfig(epochs=1)),
        ("FULL_UNITS", 8),
        ("OPTIONS", {"gain": 1.0}),
        ("READOUT_GAIN", 2.0),
    ],
)
def test_a_part_of_other_settings_is_refused_and_told_which(constant, value, tmp_path, monkeypatch):
    part = finished(tmp_path)
    monkeypatch.setattr(depth, constant, value)
    with pytest.raises(FileFormatError, match=rf"paper\.depth\.{constant} was .*delete it"):
        run_parts([part])
    rows_path(part).unlink()  # what it says
    write_rows(part, [{"variant": "edn-2", "seed": 0, "error": 6}])
    assert run_parts([part])[0]["error"] == 6


def test_a_part_of_another_release_is_refused(tmp_path, monkeypatch):
    part = finished(tmp_path)
    monkeypatch.setattr(paper_settings, "__version__", "99.0")
    with pytest.raises(FileFormatError, match=r"version was '.*' and is '99\.0'"):
        run_parts([part])


def test_a_part_of_before_settings_were_kept_is_refused(tmp_path):
    part = finished(tmp_path)
    stored = json.loads(rows_path(part).read_text())
    rows_path(part).write_text(json.dumps(stored | {"settings": "0" * 64}))
    with pytest.raises(FileFormatError, match=r"an earlier release.* delete it"):
        run_parts([part])


@pytest.mark.parametrize(
    ("constant", "value"),
    [("QUICK", TrainingConfig(epochs=1)), ("PUBLISHED", {}), ("VARIANTS", ("edn-2", "edn-9"))],
)
def test_what_a_part_does_not_depend_on_refuses_no_finished_one(
    constant, value, tmp_path, monkeypatch
):
    part = finished(tmp_path)
    monkeypatch.setattr(depth, constant, value)
    assert run_parts([part])[0]["error"] == 5


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_settings_are_those_of_every_file_that_an_experiment_uses(name):
    (part, *_) = parts_of(find(name), Path("anywhere"), quick=True)
    modules = modules_of(find(name))
    assert modules[0] == f"lava_bccn.experiments.paper.{name}"
    settings = settings_of(find(name), part)
    assert settings == json.loads(json.dumps(settings))
    assert settings["version"] == lava_bccn.__version__
    expected = {
        "depth": {"paper.depth.QUICK", "paper.depth.OPTIONS", "paper.classifier.CENTRED_ON"},
        "mnist": {"paper.mnist.HIDDEN", "paper.mnist.WEIGHT_DECAY", "paper.mnist.VARIANTS"},
        "regression": {"regression.RegressionConfig", "paper.regression.QUICK_SECONDS"},
        "xor": {"xor_circuit.XorConfig", "paper.xor.QUICK", "xor_circuit.TEACHER_SHARE"},
        "multiplexing": {"paper.multiplexing.SECONDS", "multiplexing.INTERVAL_MS"},
        "plasticity": {"paper.plasticity.RATES", "poisson_rule.RELAY"},
        "stationary": {"stationary_circuit.CIRCUITS", "stationary.INTERVAL_MS"},
    }
    assert expected.get(name, set()) <= settings.keys()
    assert not any(".FULL" in each or "PUBLISHED" in each for each in settings)


@pytest.mark.parametrize("damage", ["", "{}{", '{"rows": [{"seed": 9}]}', "[1]"])
def test_a_damaged_part_is_refused(damage, tmp_path):
    (part,) = parts_of(find("regression"), tmp_path, seeds=[0], variants=["sim"])
    rows_path(part).parent.mkdir()
    rows_path(part).write_text(damage)
    with pytest.raises(FileFormatError, match="delete it"):
        run_parts([part])


def test_choices_are_made_without_the_test_set(tmp_path):
    options = {"quick": True, "seeds": [0], "variants": ["burstccn-1"]}
    (final,) = parts_of(find("depth"), tmp_path, **options)
    (choice,) = parts_of(find("depth"), tmp_path, **options, held_out=True)
    assert choice.checkpoint.parent.name == "quick-held-out"
    whole, part = final.data("digits"), choice.data("digits")
    assert len(part.test_labels) == round(len(whole.train_labels) / 6)
    for name in ("inputs", "labels"):
        parts = (getattr(part, f"train_{name}"), getattr(part, f"test_{name}"))
        assert np.array_equal(np.concatenate(parts), getattr(whole, f"train_{name}"))


def test_what_holds_samples_out_reads_its_data_so():
    for experiment in EXPERIMENTS.values():
        own, *others = (
            Path(import_module(name).__file__).read_text() for name in modules_of(experiment)
        )
        by_part = any("part.data(" in source for source in (own, *others))
        assert experiment.holds_out == (by_part or "part.held_out" in own)


def test_parts_that_do_not_exist_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="no experiment 'tinyimagenet'"):
        find("tinyimagenet")
    for wrong in ({"seeds": [0, 0]}, {"seeds": [-1]}, {"variants": ["hebb"]}):
        with pytest.raises(InvalidInputError, match=r"each\s+once"):
            parts_of(find("mnist"), tmp_path, **wrong)
