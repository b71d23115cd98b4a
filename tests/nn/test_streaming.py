"""Pictures that are read while training: the same bits however they are read, and resumed."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image

from lava_bccn.datasets import stream
from lava_bccn.errors import FileFormatError, InvalidInputError
from lava_bccn.nn import ConvolutionSpec, PictureStream, TrainingConfig, burst_cnn, train
from lava_bccn.nn.sources import as_source, classification_accuracy

SIZE = 16
CLASSES = ("bright", "dark", "middle")
CONFIG = TrainingConfig(epochs=4, batch_size=5, learning_rate=5e-3, flip=True, seed=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tiny JPEGs of several sizes in ImageNet's layout; classes differ in brightness."""
    root, generator = tmp_path_factory.mktemp("pictures"), np.random.default_rng(0)
    for part, count in (("train", 8), ("val", 3)):
        for level, name in zip((200, 40, 120), CLASSES, strict=True):
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                height, width = generator.integers(17, 40, 2)
                levels = level + generator.integers(-30, 30, (height, width, 3))
                Image.fromarray(levels.astype(np.uint8)).save(root / part / name / f"{number}.JPEG")
    return root


@pytest.fixture(scope="module")
def pictures(folder):
    return stream(folder, size=SIZE)


def model():
    return burst_cnn(
        (3, SIZE, SIZE),
        (ConvolutionSpec(4, 5, stride=3),),
        (6,),
        3,
        normalize=(0.47, 0.25),
        gain=2.0,
        feedback="tied",
        generator=torch.Generator().manual_seed(0),
    )


def weights(network):
    return torch.cat([value.flatten() for value in network.state_dict().values()])


def trained(pictures, workers=0, config=CONFIG, **options):
    return train(
        model(),
        PictureStream(pictures.training, workers),
        PictureStream(pictures.test, workers),
        config,
        **options,
    )


class Killed(Exception):
    pass


def test_brightness_is_learned_from_pictures_that_stay_in_their_files(pictures):
    result = trained(pictures, config=dataclasses.replace(CONFIG, epochs=20, learning_rate=0.02))
    assert result.history[-1]["held_out_error"] == 0.0


def test_a_killed_run_resumes_to_the_same_bits(pictures, tmp_path):
    whole = trained(pictures)

    def kill(epoch, batch):
        if (epoch, batch) == (2, 3):
            raise Killed

    path = tmp_path / "run.pt"
    with pytest.raises(Killed):
        trained(pictures, checkpoint=path, on_batch=kill)
    resumed = trained(pictures, checkpoint=path, resume=True)
    assert torch.equal(weights(whole.model), weights(resumed.model))
    fields = ("training_loss", "held_out_error", "angle_to_backprop_1")
    for record, other in zip(whole.history, resumed.history, strict=True):
        assert [record[name] for name in fields] == [other[name] for name in fields]


@pytest.mark.slow  # processes start
def test_workers_change_no_bit_and_end(pictures):
    alone = trained(pictures)
    together = trained(pictures, workers=2)
    assert torch.equal(weights(alone.model), weights(together.model))


def test_every_epoch_shows_other_pieces(pictures):
    source = as_source(model(), PictureStream(pictures.training), "training")
    order = torch.Generator().manual_seed(0)
    chosen = [(torch.arange(4), slice(None))]
    (first, _), (second, _) = (next(source.batches(chosen, CONFIG, order)) for _ in range(2))
    assert first.shape == second.shape == (4, 3, SIZE, SIZE)
    assert not any(torch.equal(*each) for each in zip(first, second, strict=True))
    assert float(first.min()) >= 0 and float(first.max()) <= 1


def test_a_process_sees_its_share_of_what_one_alone_sees(pictures):
    source = as_source(model(), PictureStream(pictures.training), "training")
    numbers = torch.tensor([5, 2, 9, 7])
    whole, part = (
        next(source.batches([(numbers, share)], CONFIG, torch.Generator().manual_seed(1)))
        for share in (slice(None), slice(1, 3))
    )
    assert all(torch.equal(all_of[1:3], some) for all_of, some in zip(whole, part, strict=True))


def test_errors_are_those_of_the_same_pictures_in_memory(pictures):
    network = model()
    source = as_source(network, PictureStream(pictures.test), "test")
    inputs = np.stack([pictures.test.read(index) for index in range(len(pictures.test))]) / 255
    samples = torch.from_numpy(inputs).float(), torch.from_numpy(pictures.test.labels)
    accuracy = classification_accuracy(network, samples)
    assert source.errors(network) == {"held_out_error": pytest.approx(1 - accuracy)}


def test_of_many_classes_five_may_be_named(pictures):
    """Outputs without a class of their own count as classes."""
    network = burst_cnn((3, SIZE, SIZE), (ConvolutionSpec(2, 5, stride=4),), (), 8)
    with torch.no_grad():
        network[-1].weight.zero_()
        network[-1].bias.copy_(torch.tensor([0.0, 3.0, -9.0, 5.0, 4.0, 2.0, 1.0, -8.0]))
    errors = as_source(network, PictureStream(pictures.test), "test").errors(network)
    # The first class is sixth, the second third, the third last.
    assert errors == {"held_out_error": 1.0, "held_out_top5_error": pytest.approx(2 / 3)}


def test_smoothed_targets_are_made_batch_by_batch(pictures):
    config = dataclasses.replace(CONFIG, label_smoothing=0.1)
    source = as_source(model(), PictureStream(pictures.training), "training", config)
    _, targets = source.shown(torch.tensor([0, 9]))
    torch.testing.assert_close(targets, torch.tensor([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05]]))


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_damaged_picture_is_named_in_one_line(folder, pictures, tmp_path, workers):
    names = pictures.training.names.copy()
    broken = tmp_path / "broken.jpeg"
    broken.write_bytes((folder / "train/dark/0.JPEG").read_bytes()[:300])
    names = names.astype(f"S{len(str(broken)) + 1}")
    names[3] = str(broken).encode()
    damaged = dataclasses.replace(pictures.training, names=names)
    with pytest.raises(InvalidInputError, match=r"broken\.jpeg cannot be read") as caught:
        train(model(), PictureStream(damaged, workers), PictureStream(pictures.test), CONFIG)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"crop_padding": 2}, "crop_padding is for images in memory"),
        ({"label_smoothing": 0.8}, "needs the highest target"),
    ],
)
def test_what_does_not_go_with_a_stream_is_refused(pictures, change, message):
    with pytest.raises(InvalidInputError, match=message):
        trained(pictures, config=dataclasses.replace(CONFIG, **change))


def test_a_network_of_another_size_or_of_fewer_classes_is_refused(folder, pictures):
    other = burst_cnn((3, 8, 8), (ConvolutionSpec(2, 5),), (), 3)
    with pytest.raises(InvalidInputError, match="expected inputs of shape"):
        train(other, PictureStream(pictures.training), PictureStream(pictures.test), CONFIG)
    fewer = burst_cnn((3, SIZE, SIZE), (ConvolutionSpec(2, 5),), (), 2)
    with pytest.raises(InvalidInputError, match="a class 2, and the model 2 outputs"):
        train(fewer, PictureStream(pictures.training), PictureStream(pictures.test), CONFIG)
    empty = PictureStream(pictures.training.part([]))
    with pytest.raises(InvalidInputError, match="has no pictures"):
        train(model(), empty, PictureStream(pictures.test), CONFIG)


def test_a_stream_is_not_resumed_with_other_pictures(pictures, tmp_path):
    path = tmp_path / "run.pt"
    trained(pictures, checkpoint=path)
    fewer = dataclasses.replace(pictures, training=pictures.training.part(range(20)))
    with pytest.raises((FileFormatError, InvalidInputError), match="training data are others"):
        trained(fewer, checkpoint=path, resume=True)
