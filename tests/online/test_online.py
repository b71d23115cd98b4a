"""Lessons, learning curves and resumed runs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lava_bccn
from lava_bccn import LearningConfig, datasets, mapping, online, plots
from lava_bccn.datasets import Dataset
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.online import Lesson


@pytest.fixture(scope="module")
def data() -> Dataset:
    """A few of the digits, so that a lesson takes a moment."""
    digits = datasets.load("digits")
    return replace(
        digits,
        train_inputs=digits.train_inputs[:300],
        train_labels=digits.train_labels[:300],
        test_inputs=digits.test_inputs[:100],
        test_labels=digits.test_labels[:100],
    )


@pytest.fixture(scope="module")
def network(data):
    return mapping.new_network((64, 20, 10), data.train_inputs)


def same_bits(first, second):
    return all(
        all(map(np.array_equal, arrays_of(a), arrays_of(b)))
        for a, b in zip(first.layers, second.layers, strict=True)
    )


def arrays_of(layer):
    """Everything that learning may change."""
    engine = {} if layer.engine is None else layer.engine.arrays
    return (*layer.arrays.values(), *engine.values())


@given(st.integers(0, 5), st.integers(0, 1000), st.integers(1, 80))
def test_an_epoch_shows_samples_once_in_an_order_of_its_own(epoch, seed, count):
    labels = np.arange(80) % 4
    lesson = Lesson(epochs=6, samples=count, seed=seed)
    order = lesson.order(labels, epoch)
    assert len(set(order)) == len(order) == lesson.epoch_size(labels) == count
    np.testing.assert_array_equal(order, lesson.order(labels, epoch))
    if count > 20:
        assert not np.array_equal(order, lesson.order(labels, epoch + 1))


@given(st.sampled_from((0.0, 0.25, 0.5)), st.integers(1, 20))
def test_a_lesson_on_classes_replays_the_share_of_others_it_is_told_to(replay, count):
    labels = np.arange(80) % 4
    lesson = Lesson(classes=(1, 3), replay=replay, samples=2 * count)
    shown = labels[lesson.order(labels, 0)]
    others = int(np.isin(shown, (0, 2)).sum())
    assert len(shown) == 2 * count and others == round(2 * count * replay)


def test_without_a_number_of_samples_all_of_the_classes_are_shown():
    labels = np.arange(80) % 4
    assert len(Lesson(classes=(1,)).order(labels, 0)) == 20
    assert len(Lesson(classes=(1,), replay=0.5).order(labels, 0)) == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs must be an integer from 1 to"),
        ({"samples": 0}, "samples must be None or an integer of at least 1"),
        ({"classes": (1,), "replay": 1.0}, r"replay must be in \[0, 1\)"),
        ({"replay": 0.5}, "needs classes"),
    ],
)
def test_lessons_that_make_no_sense(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        Lesson(**arguments)


def test_lessons_that_do_not_fit_the_data():
    labels = np.arange(10) % 2
    with pytest.raises(InvalidInputError, match="no samples of class \\[7\\]"):
        Lesson(classes=(7,)).order(labels, 0)
    with pytest.raises(InvalidInputError, match=r"asked for 11 training samples.*there are 10"):
        Lesson(samples=11).order(labels, 0)


def test_labels_outside_the_output_layer(data):
    network = mapping.new_network((64, 5), data.train_inputs)
    with pytest.raises(InvalidInputError, match=r"labels run from 0 to 9.*has 5 units"):
        online.learn(network, data, LearningConfig(), Lesson())


def test_a_network_learns_and_its_curve_says_so(network, data):
    points = []
    learned = online.learn(
        network, data, LearningConfig(), Lesson(epochs=40), on_point=points.append
    )
    curve = learned.curve
    assert curve[0].learned == 0 and curve[-1].learned == 40 * 300
    assert list(curve[1:]) == points and len(points) == 40
    assert curve[-1].test_accuracy > 0.75 > 0.3 > curve[0].test_accuracy
    run = lava_bccn.run(learned.network, data.test_inputs)
    assert curve[-1].test_accuracy == np.mean(run.predictions == data.test_labels)
    counts = np.bincount(data.test_labels, minlength=10)
    assert np.dot(curve[-1].class_accuracy, counts) / 100 == pytest.approx(curve[-1].test_accuracy)
    for layer, histogram in zip(network.layers, curve[-1].burst_prob, strict=True):
        assert sum(histogram) == 100 * layer.units


@pytest.mark.parametrize(
    ("precision", "rule"), [("fixed", "hash"), ("float", "hash"), ("fixed", "engine")]
)
@pytest.mark.parametrize("stop_after", [1, 4])
def test_an_interrupted_run_resumes_to_the_same_bits(data, tmp_path, stop_after, precision, rule):
    network = mapping.new_network((64, 12, 10), data.train_inputs, precision=precision)
    config = LearningConfig(halve_at=(100, 400), rule=rule)
    lesson = Lesson(epochs=2, samples=250)
    whole = online.learn(network, data, config, lesson)

    def interrupt(point, seen=[]):  # noqa: B006 - counts the calls
        seen.append(point)
        if len(seen) == stop_after:
            raise KeyboardInterrupt

    path = tmp_path / "learned.safetensors"
    with pytest.raises(KeyboardInterrupt):
        online.learn(network, data, config, lesson, checkpoint=path, on_point=interrupt)
    resumed = online.learn(network, data, config, lesson, checkpoint=path, resume=True)
    assert same_bits(whole.network, resumed.network)
    assert same_bits(whole.network, mapping.load(path))
    assert len(resumed.curve) == len(whole.curve)
    assert resumed.saturations == whole.saturations
    np.testing.assert_array_equal(resumed.saturated_potentials, whole.saturated_potentials)
    assert resumed.curve[1:] == whole.curve[1:]  # the first is NaN where nothing was learned yet
    assert online.stored_curve(mapping.load(path))[1:] == whole.curve[1:]


def test_tags_that_moved_are_a_change(network, data):
    """Of a rate so low that no weight gets a whole step."""
    config = LearningConfig(weight_rate=9, hidden_boost=(), rule="engine")
    learned = online.learn(network, data, config, Lesson(samples=2))
    assert not learned.unchanged
    for before, after in zip(network.layers, learned.network.layers, strict=True):
        assert np.array_equal(before.weight, after.weight)
    assert learned.network.layers[-1].engine.tag.any()


def test_a_checkpoint_rebuilds_its_curve(network, data, tmp_path):
    path, curve = tmp_path / "learned.safetensors", tmp_path / "learned.csv"
    run = (network, data, LearningConfig(), Lesson(samples=20))
    online.learn(*run, checkpoint=path)
    whole = curve.read_bytes()
    for harm in (curve.unlink, lambda: curve.write_bytes(whole[: whole.rindex(b"20,")])):
        harm()
        online.learn(*run, checkpoint=path, resume=True)
        assert curve.read_bytes() == whole


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"curve": []}, "learning.curve does not lead from 0 to the 20 samples"),
        ({"learned": 7}, "learning.curve does not lead from 0 to the 7 samples"),
        ({"curve": [{"learned": 20}]}, r"learning\.curve\.0\.accuracy is missing"),
        ({"saturations": [{}]}, "different numbers of classes or layers"),
        ({"saturations": [{"weight": {"weights": "x"}}]}, "weights must be an integer, not 'x'"),
        ({"config": None}, "learning.config must be fields with names, not None"),
    ],
)
def test_damaged_notes_of_learning_are_named(network, data, tmp_path, change, message):
    path = tmp_path / "learned.safetensors"
    run = (network, data, LearningConfig(), Lesson(samples=20))
    learned = online.learn(*run, checkpoint=path).network
    notes = {**learned.metadata, "learning": {**learned.metadata["learning"], **change}}
    replace(learned, metadata=notes).save(path)
    assert same_bits(mapping.load(path), learned)  # it runs all the same
    with pytest.raises(FileFormatError, match=f"damaged mapped network: .*{message}"):
        online.learn(*run, checkpoint=path, resume=True)


def test_a_run_with_other_options_is_not_resumed(network, data, tmp_path):
    path = tmp_path / "learned.safetensors"
    lesson = Lesson(samples=20)
    online.learn(network, data, LearningConfig(), lesson, checkpoint=path)
    with pytest.raises(InvalidInputError, match="config weight_rate is 3 there and 5 here"):
        online.learn(
            network, data, LearningConfig(weight_rate=5), lesson, checkpoint=path, resume=True
        )
    other = mapping.new_network((64, 20, 10), data.train_inputs, seed=1)
    with pytest.raises(InvalidInputError, match="started from another network"):
        online.learn(other, data, LearningConfig(), lesson, checkpoint=path, resume=True)
    network.save(path)
    with pytest.raises(InvalidInputError, match="has not learned online"):
        online.learn(network, data, LearningConfig(), lesson, checkpoint=path, resume=True)


def test_a_class_never_seen_is_learned_without_forgetting_the_others():
    """All but nines first, then nines among replayed others."""
    digits = datasets.load("digits")
    network = mapping.new_network((64, 100, 10), digits.train_inputs)
    known = online.learn(
        network,
        digits,
        LearningConfig(halve_at=LearningConfig.evenly(3, 6, 15 * 1293)),
        Lesson(epochs=15, classes=tuple(range(9))),
    )
    extended = online.learn(
        known.network,
        digits,
        LearningConfig(halve_at=LearningConfig.evenly(3, 6, 2000)),
        Lesson(epochs=5, samples=400, classes=(9,), replay=0.7),
    )
    before, after = known.curve[-1].class_accuracy, extended.curve[-1].class_accuracy
    assert before[9] == 0 and np.mean(before[:9]) > 0.9
    assert after[9] > 0.7
    assert np.mean(after[:9]) > np.mean(before[:9]) - 0.05


def test_a_silent_unit_is_an_error_until_it_is_recruited(network, data):
    """As a network's unit is that PyTorch has trained without its class."""
    bias = network.layers[-1].bias.copy()
    bias[4] = -(2**20)
    asleep = replace(network, layers=(*network.layers[:-1], replace(network.layers[-1], bias=bias)))
    lesson = Lesson(classes=(4,), replay=0.5, samples=40)
    with pytest.raises(InvalidInputError, match=r"output unit 4 fires no event.*--recruit"):
        online.learn(asleep, data, LearningConfig(), lesson)
    fours = data.train_inputs[data.train_labels == 4]
    assert mapping.silent_outputs(asleep, fours).tolist() == [4]
    awake = mapping.recruit(asleep, 4, fours)
    assert lava_bccn.run(awake, fours).event_rate[:, 4].max() == 0.5
    learned = online.learn(asleep, data, LearningConfig(), replace(lesson, recruit=True))
    assert not np.array_equal(learned.network.layers[-1].weight[4], asleep.layers[-1].weight[4])


def test_the_picture_shows_the_curve(network, data):
    learned = online.learn(network, data, LearningConfig(), Lesson(epochs=2, samples=100))
    figure = plots.learning(learned.curve, network.p_baseline)
    test, seen = figure.axes[0].lines
    np.testing.assert_array_equal(test.get_xdata(), [point.learned for point in learned.curve])
    np.testing.assert_allclose(
        test.get_ydata(), [100 * point.test_accuracy for point in learned.curve]
    )
    np.testing.assert_allclose(
        seen.get_ydata(), [100 * point.accuracy for point in learned.curve[1:]]
    )
    assert [axes.get_title() for axes in figure.axes[1:]] == ["layer 1, taught", "output, taught"]
    with pytest.raises(InvalidInputError, match="two points"):
        plots.learning(learned.curve[:1], 0.5)
