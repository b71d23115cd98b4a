"""Models as people write them: those that map, and those that are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IMAGE = (1, 8, 8)
"""The digits of scikit-learn."""


@dataclass(frozen=True)
class Animal:
    """A model of the zoo.

    Attributes:
        make: a new one.
        refused: what the refusal says; None: it maps.
        classes: it tells classes; else its outputs are values.
    """

    make: Callable[[], nn.Module]
    refused: str | None = None
    classes: bool = True


ZOO: dict[str, Animal] = {}


def animal(refused: str | None = None, *, classes: bool = True) -> Callable[[type], type]:
    """Add a class of models to the zoo."""

    def add(kind: type) -> type:
        ZOO[kind.__name__] = Animal(kind, refused, classes)
        return kind

    return add


@animal()
class FunctionalMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(64, 48)
        self.out = nn.Linear(48, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.out(F.relu(self.hidden(x))), dim=1)


@animal()
class NestedSequentials(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            nn.Sequential(nn.Linear(64, 40), nn.Sequential(nn.Sigmoid(), nn.Dropout(0.1))),
            nn.Sequential(nn.Identity(), nn.Linear(40, 10)),
        )


@animal()
class ModuleLists(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = (64, 40, 30, 10)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = torch.tanh(layer(x))
        return self.layers[-1](x)


@animal()
class BatchNormCnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 3, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(12)
        self.conv2 = nn.Conv2d(12, 16, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(16)
        self.pool = nn.AvgPool2d(2)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(F.relu(self.norm1(self.conv1(x)), inplace=True))
        x = self.pool(F.relu(self.norm2(self.conv2(x)), inplace=True))
        return self.head(torch.flatten(x, 1))


@animal()
class LeNetLike(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 6, 3, padding=1),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 3),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(64, 32),
            nn.Tanh(),
            nn.Linear(32, 10),
        )


@animal()
class NormalisedInput(nn.Module):
    """With the mean and std of the data in front, as buffers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(0.3053))
        self.register_buffer("std", torch.tensor(0.3760))
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.net((x - self.mean) / self.std).softmax(-1)


@animal()
class BatchNorm1dMlp(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            nn.Linear(64, 40),
            nn.BatchNorm1d(40),
            nn.ReLU6(),
            nn.Dropout(0.2),
            nn.Linear(40, 10),
        )


@animal()
class WeightNormMlp(nn.Sequential):
    def __init__(self):
        norm = nn.utils.parametrizations.weight_norm
        super().__init__(
            nn.Flatten(), norm(nn.Linear(64, 40)), nn.Sigmoid(), norm(nn.Linear(40, 10))
        )


@animal()
class SubclassedLinear(nn.Module):
    class Scaled(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(2 * x - 1) * 0.5

    def __init__(self):
        super().__init__()
        self.a, self.b = self.Scaled(64, 40), self.Scaled(40, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.b(self.a(x.reshape(-1, 64)).sigmoid())


@animal()
class Hooked(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(64, 40), nn.ReLU(), nn.Linear(40, 10))
        self[1].register_forward_hook(lambda module, inputs, output: 1.5 * output)


@animal()
class OwnMatrices(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Parameter(torch.randn(64, 40) / 8)
        self.second = nn.Parameter(torch.randn(40, 10) / 6)
        self.shift = nn.Parameter(torch.zeros(40))

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(x.flatten(1) @ self.first + self.shift)
        return torch.mm(x, self.second)


@animal()
class HardActivations(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            nn.Linear(64, 40),
            nn.Hardtanh(),
            nn.Linear(40, 30),
            nn.Hardsigmoid(),
            nn.Linear(30, 10),
        )


@animal()
class GlobalAveragePooling(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 24, 3, stride=2, padding=1)
        self.head = nn.Linear(24, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        return self.head(x.mean(dim=(2, 3)))


@animal()
class DilatedGrouped(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3, padding="same", dilation=2),
            nn.ReLU(),
            nn.Conv2d(8, 16, 2, padding="same", groups=4),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(64, 10),
        )


@animal()
class Rows1d(nn.Module):
    """The rows of an image as channels of a sequence."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(8, 24, 3, padding=1)
        self.pool = nn.AvgPool1d(2)
        self.head = nn.Linear(96, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.pool(self.conv(x.squeeze(1)).relu()).flatten(1))


@animal()
class VggLike(nn.Module):
    def __init__(self):
        super().__init__()
        blocks, below = [], 1
        for channels in (8, 16):
            blocks += [
                nn.Conv2d(below, channels, 3, padding=1),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            blocks += [nn.Conv2d(channels, channels, 3, stride=2, padding=1), nn.ReLU()]
            below = channels
        self.features = nn.Sequential(*blocks)
        self.classifier = nn.Sequential(
            nn.Linear(64, 32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(torch.flatten(self.features(x), start_dim=1))


@animal()
class MixedActivations(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(),
            nn.Linear(64, 40),
            nn.ReLU(),
            nn.Linear(40, 30),
            nn.Tanh(),
            nn.Linear(30, 10),
            nn.Sigmoid(),
        )


@animal()
class ClampedInPlace(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(64, 40), nn.Linear(40, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(torch.flatten(x, 1))
        x += 0.1
        x.clamp_(0, 3)
        return self.b(x)


@animal()
class TwoBranchesOfOne(nn.Module):
    """Two linear maps of the same layer, added and joined: still one linear map."""

    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(64, 30), nn.Linear(64, 30)
        self.out = nn.Linear(60, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        a, b = self.a(x), self.b(x)
        return self.out(torch.relu(torch.cat([a + b, a - b], dim=1)))


@animal()
class PixelShuffle(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(4, 16, 3, padding=1)
        self.head = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.conv(F.pixel_unshuffle(x, 2)))
        return self.head(F.pixel_shuffle(x, 2).transpose(1, 3).flatten(1))


@animal()
class TokenMixing(nn.Module):
    """A Linear over rows, then one over columns, without shortcuts."""

    def __init__(self):
        super().__init__()
        self.rows, self.columns = nn.Linear(8, 12), nn.Linear(8, 10)
        self.head = nn.Linear(120, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.rows(x.squeeze(1))).transpose(1, 2)
        return self.head(F.relu(self.columns(x)).flatten(1))


@animal(classes=False)
class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, 2, 1), nn.ReLU(), nn.Conv2d(8, 8, 3, 2, 1))
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(8, 8, 2, 2), nn.ReLU(), nn.ConvTranspose2d(8, 1, 2, 2), nn.Sigmoid()
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.decoder(F.relu(self.encoder(x)))


@animal(classes=False)
class Regression(nn.Module):
    """How bright the picture is, and how far up: numbers without bounds."""

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, 40), nn.Tanh(), nn.Linear(40, 2))

    def forward(self, x: Tensor) -> Tensor:
        return 10 * self.body(x) + 3


@animal(classes=False)
class Upsampling(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 6, 3, stride=2, padding=1)
        self.up = nn.Conv2d(6, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(F.relu(self.down(x)), scale_factor=2, mode="bilinear")
        return torch.sigmoid(self.up(x))


@animal()
class ReflectPadded(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3, padding=1, padding_mode="reflect"),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(512, 10),
        )


@animal("max_pool2d.*AvgPool2d")
class MaxPooling(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(72, 10)
        )


@animal(r"add at .*zoo\.py, line \d+: return self\.out\(x \+ F\.relu.*residual")
class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(64, 32), nn.Linear(32, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.a(x.flatten(1)))
        return self.out(x + F.relu(self.b(x)))


@animal("MultiheadAttention.*weights that depend on the input")
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.squeeze(1)
        return self.head(self.attention(x, x, x)[0].flatten(1))


@animal("LSTM.*time")
class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.lstm(x.squeeze(1))[0][:, -1])


@animal("gelu.*train with ReLU, Sigmoid or Tanh")
class MlpMixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.channels = nn.Linear(8, 8), nn.Linear(8, 8)
        self.head = nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.squeeze(1)
        x = x + F.gelu(self.tokens(x.transpose(1, 2))).transpose(1, 2)
        return self.head((x + F.gelu(self.channels(x))).mean(1))


@animal("layer_norm.*BatchNorm")
class LayerNorm(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Flatten(), nn.Linear(64, 32), nn.LayerNorm(32), nn.ReLU(), nn.Linear(32, 10)
        )


@animal("silu|mul .*no linear map")
class SqueezeExcite(nn.Module):
    """As blocks of timm have it."""

    def __init__(self):
        super().__init__()
        self.conv, self.gate, self.head = nn.Conv2d(1, 8, 3), nn.Conv2d(8, 8, 1), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = F.silu(x) * torch.sigmoid(self.gate(x.mean((2, 3), keepdim=True)))
        return self.head(x.mean((2, 3)))


@animal(r"decides by the values.*|at .*zoo\.py, line \d+: if x\.mean\(\)")
class DecidesByValues(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        if x.mean() > 0.3:
            x = 1 - x
        return self.a(x)


@animal("2 outputs for 1 inputs")
class TwoOutputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.flatten(1)
        return self.a(x), x


@animal("cannot follow TwoInputs.*missing a required argument")
class TwoInputs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 10)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.a((x + y).flatten(1))


@animal("tanh at .*reads what an earlier layer sends")
class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(64, 10), nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        return torch.sigmoid(self.a(x)) * torch.tanh(self.b(x))
