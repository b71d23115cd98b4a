"""Where training takes its batches from: tensors that hold all samples, or files read meanwhile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lava_bccn.datasets.streams import Pictures
from lava_bccn.errors import InvalidInputError
from lava_bccn.nn.augmentation import augment
from lava_bccn.nn.models import learning_layers
from lava_bccn.nn.samples import Samples, as_samples, class_targets, first_layer_inputs
from lava_bccn.nn.training_config import TrainingConfig
from lava_bccn.settings import check, instance, integer

Batch = tuple[Tensor, Tensor]
"""Inputs and targets."""

Chosen = tuple[Tensor, slice]
"""Numbers of the samples of a batch, and which of them are wanted."""

_TOP = 5
"""Classes among which ``held_out_top5_error`` looks for the right one."""


@dataclass(frozen=True)
class PictureStream:
    """Pictures of a folder as samples: each is read, cut to size and mirrored when it is shown.

    What is drawn for a picture depends on the run's seed, the epoch and the picture alone, so that
    any number of workers, and a run that was interrupted, show the same.

    Attributes:
        pictures: of :func:`lava_bccn.datasets.stream`.
        workers: processes that read ahead; 0 reads in this one.
    """

    pictures: Pictures
    workers: int = 0

    def __post_init__(self) -> None:
        check("pictures", self.pictures, instance(Pictures, advice="of lava_bccn.datasets.stream"))
        check("workers", self.workers, integer(0))

    def __len__(self) -> int:
        return len(self.pictures)


class Source(ABC):
    """Labelled samples on the device of a model.

    Attributes:
        device: of the model.
    """

    device: torch.device

    @abstractmethod
    def __len__(self) -> int:
        """How many samples."""

    @abstractmethod
    def batches(
        self, chosen: Sequence[Chosen], config: TrainingConfig, order: torch.Generator
    ) -> Iterator[Batch]:
        """One batch of training after the other, augmented as ``config`` says by ``order``."""

    @abstractmethod
    def shown(self, chosen: Tensor) -> Batch:
        """Some samples as they are, fewer where they are slow to get."""

    @abstractmethod
    def errors(self, model: torch.nn.Module) -> dict[str, float]:
        """Shares of samples that a model takes for another class."""


class TensorSource(Source):
    """Samples in tensors.

    Args:
        samples: inputs and labels, as of ``as_samples``.
        classes: units of the output.
        label_smoothing: ε of the targets.
    """

    def __init__(self, samples: Samples, classes: int, label_smoothing: float) -> None:
        self._inputs, self._labels = samples
        self._targets = class_targets(self._labels, classes, label_smoothing, self._inputs.dtype)
        self.device = self._inputs.device

    def __len__(self) -> int:
        return len(self._inputs)

    def batches(
        self, chosen: Sequence[Chosen], config: TrainingConfig, order: torch.Generator
    ) -> Iterator[Batch]:
        """As :meth:`Source.batches`."""
        inputs, is_augmented = self._inputs, config.crop_padding or config.flip
        for numbers, share in chosen:
            taught = self._targets.index_select(0, numbers[share])
            if is_augmented:
                options: Any = {"crop_padding": config.crop_padding, "flip": config.flip}
                yield augment(inputs[numbers], order, part=share, **options), taught
            else:
                yield inputs.index_select(0, numbers[share]), taught

    def shown(self, chosen: Tensor) -> Batch:
        """As :meth:`Source.shown`."""
        return self._inputs[chosen], self._targets[chosen]

    def errors(self, model: torch.nn.Module) -> dict[str, float]:
        """As :meth:`Source.errors`."""
        return {"held_out_error": 1 - classification_accuracy(model, (self._inputs, self._labels))}


class StreamSource(Source):
    """Samples that are read from files by as many workers as the stream says.

    Args:
        stream: the pictures.
        model: that takes them.
        classes: units of the output.
        label_smoothing: ε of the targets.
    """

    def __init__(
        self, stream: PictureStream, model: torch.nn.Module, classes: int, label_smoothing: float
    ) -> None:
        weight = learning_layers(model)[0].weight
        self.device, self._dtype = weight.device, weight.dtype
        self._stream, self._classes, self._smoothing = stream, classes, label_smoothing
        self._labels = torch.from_numpy(stream.pictures.labels)

    def __len__(self) -> int:
        return len(self._stream)

    def batches(
        self, chosen: Sequence[Chosen], config: TrainingConfig, order: torch.Generator
    ) -> Iterator[Batch]:
        """As :meth:`Source.batches`."""
        seed = int(torch.randint(2**62, (), generator=order))
        wanted = [numbers.cpu()[share] for numbers, share in chosen]
        reader = _Reader(self._stream.pictures, seed, config.flip)
        yield from zip(self._read(reader, wanted), map(self._targets, wanted), strict=True)

    def shown(self, chosen: Tensor) -> Batch:
        """As :meth:`Source.shown`."""
        wanted = chosen[:_FEW].cpu()
        (inputs,) = self._read(_Reader(self._stream.pictures), [wanted])
        return inputs, self._targets(wanted)

    def errors(self, model: torch.nn.Module) -> dict[str, float]:
        """As :meth:`Source.errors`; of many classes also where the right one is not among five."""
        tops = {"held_out_error": 1}
        if self._classes > _TOP:
            tops["held_out_top5_error"] = _TOP
        wrong = dict.fromkeys(tops, 0)
        model.eval()
        numbers = torch.arange(len(self)).split(_EVALUATED)
        inputs = self._read(_Reader(self._stream.pictures), numbers)
        for shown, chosen in zip(inputs, numbers, strict=True):
            with torch.no_grad():
                best = model(shown).topk(max(tops.values()), 1).indices.cpu()
            is_right = best == self._labels[chosen][:, None]
            for name, top in tops.items():
                wrong[name] += len(chosen) - int(is_right[:, :top].sum())
        return {name: count / len(self) for name, count in wrong.items()}

    def _targets(self, chosen: Tensor) -> Tensor:
        labels = self._labels[chosen]
        return class_targets(labels, self._classes, self._smoothing, self._dtype).to(self.device)

    def _read(self, reader: _Reader, wanted: Sequence[Tensor]) -> Iterator[Tensor]:
        """Inputs in [0, 1], a batch after the other."""
        is_on_gpu = self.device.type == "cuda"
        loader = torch.utils.data.DataLoader(
            reader,
            batch_sampler=[each.tolist() for each in wanted],
            num_workers=self._stream.workers,
            pin_memory=is_on_gpu,
            collate_fn=_collated,
            generator=torch.Generator(),  # which leaves PyTorch's global one as it is
        )
        for levels in loader:
            if isinstance(levels, str):
                raise InvalidInputError(levels)
            inputs: Tensor = levels.to(self.device, non_blocking=True).to(self._dtype)
            yield inputs.div_(255)


_FEW = 64
"""Pictures of which a record of an epoch gives angles."""

_EVALUATED = 64
"""Pictures that a model is tested on at a time."""


class _Reader(torch.utils.data.Dataset[Tensor | str]):
    """Pictures as bytes by their numbers: pieces at random by a seed, or without one the middle.

    Of one that cannot be read what is wrong, since PyTorch would wrap an error of a worker.
    """

    def __init__(self, pictures: Pictures, seed: int | None = None, flip: bool = False) -> None:
        self._pictures, self._seed, self._flip = pictures, seed, flip

    def __getitem__(self, index: int) -> Tensor | str:
        try:
            return torch.from_numpy(self._levels(index))
        except InvalidInputError as error:
            return str(error)

    def _levels(self, index: int) -> NDArray[np.uint8]:
        if self._seed is None:
            return self._pictures.read(index)
        generator = np.random.default_rng((self._seed, index))
        return self._pictures.read_at_random(index, generator, flip=self._flip)


def _collated(items: Sequence[Tensor | str]) -> Tensor | str:
    """A batch; or what is wrong with the first that cannot be read."""
    wrong = [item for item in items if isinstance(item, str)]
    return wrong[0] if wrong else torch.stack([item for item in items if isinstance(item, Tensor)])


def as_source(
    model: torch.nn.Module, samples: object, name: str, config: TrainingConfig = TrainingConfig()
) -> Source:
    """What users hand in as samples, as batches are taken from it.

    Args:
        model: that takes them.
        samples: a :class:`PictureStream`, or what ``as_samples`` takes.
        name: of the set, for errors.
        config: how they are shown.

    Raises:
        InvalidInputError: they are no samples, or do not fit the model or ``config``.
    """
    classes = learning_layers(model)[-1].weight.shape[0]
    if not isinstance(samples, PictureStream):
        known = as_samples(model, samples, name)
        _check_augmentation(known[0], config)
        return TensorSource(known, classes, config.label_smoothing)
    if config.crop_padding:
        raise InvalidInputError(
            "crop_padding is for images in memory; of a stream random pieces are shown anyway"
        )
    pictures = samples.pictures
    if len(pictures) == 0:
        raise InvalidInputError(f"the {name} set has no pictures; expected at least one")
    if int(pictures.labels.max()) >= classes:
        raise InvalidInputError(
            f"the {name} set has a class {int(pictures.labels.max())}, and the model {classes} "
            "outputs; expected one for each class"
        )
    source = StreamSource(samples, model, classes, config.label_smoothing)
    first_layer_inputs(model, source.shown(torch.zeros(1, dtype=torch.int64))[0])
    return source


def _check_augmentation(inputs: Tensor, config: TrainingConfig) -> None:
    if (config.crop_padding or config.flip) and inputs.ndim != 4:
        raise InvalidInputError(
            "crop_padding and flip are for images of shape (samples, channels, height, width), not "
            f"for inputs of shape {tuple(inputs.shape)}"
        )


@torch.no_grad()
def classification_accuracy(
    model: torch.nn.Module, samples: Samples, batch_size: int = 2048
) -> float:
    """Share of samples whose most active output unit is the label, in [0, 1]."""
    model.eval()
    inputs, labels = samples
    correct = sum(
        int((model(x).argmax(1) == y).sum())
        for x, y in zip(inputs.split(batch_size), labels.split(batch_size), strict=True)
    )
    return correct / len(inputs)
