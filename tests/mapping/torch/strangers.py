"""More models as people write them, that all map; each with the shape of one sample."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import parametrizations

MAPS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {}


def maps(*shape: int):
    """Add a model that takes samples of this shape."""

    def register(make):
        MAPS[make.__name__] = (make, shape)
        return make

    return register


@maps(64)
class FunctionalNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        return F.log_softmax(self.fc2(x), dim=1)


class _Base(nn.Module):
    def __init__(self, act):
        super().__init__()
        self.body = nn.Linear(64, 20)
        self.act = act

    def features(self, x):
        return self.act(self.body(x))


class _Middle(_Base):
    def __init__(self):
        super().__init__(nn.Sigmoid())
        self.head = nn.Linear(20, 10)


@maps(64)
class Grandchild(_Middle):
    def forward(self, x):
        return self.head(self.features(x)).sigmoid()


@maps(64)
class LoopMLP(nn.Module):
    def __init__(self, sizes=(64, 30, 20, 10)):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))

    def forward(self, x):
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i < len(self.layers) - 1:
                x = torch.tanh(x)
        return x


@maps(1, 8, 8)
class DictNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleDict({"conv": nn.Conv2d(1, 4, 3), "head": nn.Linear(4 * 36, 10)})
        self.acts = nn.ModuleDict([["relu", nn.ReLU()], ["none", nn.Identity()]])

    def forward(self, x, act="relu"):
        x = self.acts[act](self.blocks["conv"](x))
        return self.acts["none"](self.blocks["head"](x.view(x.size(0), -1)))


@maps(1, 8, 8)
def nested_sequential():
    def block(i, o):
        return nn.Sequential(
            OrderedDict(
                conv=nn.Conv2d(i, o, 3, padding=1, bias=False),
                bn=nn.BatchNorm2d(o),
                act=nn.ReLU(inplace=True),
            )
        )

    return nn.Sequential(
        OrderedDict(
            features=nn.Sequential(block(1, 4), nn.AvgPool2d(2), block(4, 8)),
            pool=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
            drop=nn.Dropout(0.2),
            fc=nn.Linear(8, 10),
        )
    )


@maps(64)
def weight_normed():
    return nn.Sequential(
        torch.nn.utils.weight_norm(nn.Linear(64, 16)),
        nn.ReLU(),
        parametrizations.weight_norm(nn.Linear(16, 10)),
    )


@maps(64)
def spectral_normed():
    return nn.Sequential(
        parametrizations.spectral_norm(nn.Linear(64, 16)),
        nn.Sigmoid(),
        torch.nn.utils.spectral_norm(nn.Linear(16, 10)),
        nn.Sigmoid(),
    )


@maps(64)
def compiled():
    return torch.compile(FunctionalNet())


@maps(64)
def data_parallel():
    return nn.DataParallel(LoopMLP())


@maps(64)
def orthogonal():
    return nn.Sequential(
        parametrizations.orthogonal(nn.Linear(64, 16)), nn.Tanh(), nn.Linear(16, 3)
    )


@maps(64)
class DropoutZoo(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(64, 24)
        self.b = nn.Linear(24, 12)
        self.c = nn.Linear(12, 10)
        self.d1 = nn.Dropout()
        self.d2 = nn.AlphaDropout(0.3)

    def forward(self, x):
        x = F.dropout(x, 0.1, self.training)
        x = self.d1(F.relu(self.a(x)))
        x = self.d2(F.hardtanh(self.b(x)))
        return F.dropout(self.c(x), training=self.training)


@maps(1, 8, 8)
class BNAfter(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(1)
        self.conv = nn.Conv2d(1, 6, 3)
        self.bn = nn.BatchNorm2d(6)
        self.fc = nn.Linear(6 * 9, 20)
        self.bn1 = nn.BatchNorm1d(20, affine=False)
        self.out = nn.Linear(20, 10)
        self.d2 = nn.Dropout2d(0.25)

    def forward(self, x):
        x = self.bn(F.relu(self.conv(self.bn0(x))))
        x = self.d2(F.avg_pool2d(x, 2))
        x = x.flatten(1)
        x = self.bn1(torch.sigmoid(self.fc(x)))
        return self.out(x)


@maps(3, 8, 8)
class Normalising(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))
        self.net = nn.Sequential(
            nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.ReLU6(), nn.Conv2d(6, 10, 3)
        )

    def forward(self, x):
        x = (x - self.mean) / self.std
        x = self.net(x)
        return x.mean((2, 3))


@maps(1, 8, 8)
class Uint8Style(nn.Module):
    """Takes [0, 1], scales to -1..1 first; einops-less permutes."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = x * 2 - 1
        x = x.permute(0, 2, 3, 1).contiguous()
        b, h, w, c = x.shape
        x = x.view(b, h * w * c)
        x = F.relu_(self.fc1(x))
        return self.fc2(x).softmax(-1)


@maps(4, 32)
class SequenceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(4, 8, 5, padding=2)
        self.c2 = nn.Conv1d(8, 8, 3, stride=2, dilation=2)
        self.p = nn.AvgPool1d(2)
        self.fc = nn.Linear(8, 5)
        self.bn = nn.BatchNorm1d(8)

    def forward(self, x):
        x = self.p(torch.relu(self.bn(self.c1(x))))
        x = torch.relu(self.c2(x))
        return self.fc(x.mean(dim=-1))


@maps(32, 4)
class CausalConv(nn.Module):
    """Time first, padded on the left."""

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv1d(4, 6, 3, dilation=2)
        self.c2 = nn.Conv1d(6, 2, 3)

    def forward(self, x):
        x = x.transpose(1, 2)
        x = torch.tanh(self.c1(F.pad(x, (4, 0))))
        x = self.c2(F.pad(x, (2, 0)))
        return x[:, :, -1]


@maps(3, 12, 12)
class MobileLike(nn.Module):
    def __init__(self):
        super().__init__()

        def ds(i, o, s):
            return nn.Sequential(
                nn.Conv2d(i, i, 3, s, 1, groups=i, bias=False),
                nn.BatchNorm2d(i),
                nn.ReLU6(True),
                nn.Conv2d(i, o, 1, bias=False),
                nn.BatchNorm2d(o),
                nn.ReLU6(True),
            )

        self.net = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.ReLU6(), ds(8, 12, 1), ds(12, 16, 2))
        self.cls = nn.Linear(16, 10)

    def forward(self, x):
        return self.cls(F.adaptive_avg_pool2d(self.net(x), 1).squeeze(-1).squeeze(-1))


@maps(3, 12, 12)
def linear_depthwise():
    """Depthwise without an activation in between, as EfficientNet's or Xception's."""
    return nn.Sequential(
        nn.Conv2d(3, 3, 3, padding=1, groups=3),
        nn.Conv2d(3, 8, 1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, groups=4, dilation=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(7),
    )


@maps(2, 9, 9)
def same_padding():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding="same"),
        nn.Sigmoid(),
        nn.Conv2d(4, 4, 4, padding="same"),
        nn.Sigmoid(),
        nn.Conv2d(4, 2, 5, padding="valid", dilation=2),
        nn.Flatten(),
    )


@maps(2, 6, 6)
def reflect_padding():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, padding=1, padding_mode="reflect"),
        nn.ReLU(),
        nn.Conv2d(4, 3, 3, padding=1, padding_mode="circular"),
        nn.ReLU(),
        nn.ReplicationPad2d(1),
        nn.Conv2d(3, 2, 3),
        nn.Flatten(),
    )


@maps(2, 7, 7)
def odd_pools():
    return nn.Sequential(
        nn.AvgPool2d(2, ceil_mode=True),
        nn.Conv2d(2, 4, 3),
        nn.ReLU(),
        nn.AvgPool2d(2, stride=1, padding=1, count_include_pad=False),
        nn.Flatten(),
        nn.Linear(36, 8),
        nn.Tanh(),
        nn.Linear(8, 4),
    )


@maps(2, 7, 7)
def adaptive_pools():
    return nn.Sequential(
        nn.Conv2d(2, 4, 1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d((3, 2)),
        nn.Flatten(),
        nn.Linear(24, 6),
        nn.Softmax(dim=-1),
    )


@maps(2, 7, 7)
def lp_pool_one():
    return nn.Sequential(
        nn.Conv2d(2, 4, 2),
        nn.Hardtanh(),
        nn.AvgPool2d(3, divisor_override=4),
        nn.Flatten(1),
        nn.Linear(16, 6),
    )


@maps(64)
class AutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 8))
        self.decoder = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 64), nn.Sigmoid())

    def forward(self, x):
        z = self.encoder(x)
        return self.decoder(z)


@maps(1, 8, 8)
class ConvAutoEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.e1 = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.e2 = nn.Conv2d(4, 8, 3, stride=2, padding=1)
        self.d1 = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.d2 = nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1)

    def forward(self, x):
        x = F.relu(self.e1(x))
        x = F.relu(self.e2(x))
        x = F.relu(self.d1(x))
        return torch.sigmoid(self.d2(x))


@maps(1, 8, 8)
class UpsampleDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Sequential(nn.Conv2d(1, 4, 2, 2), nn.ReLU())
        self.dec = nn.Sequential(
            nn.Upsample(scale_factor=2, mode="nearest"),
            nn.Conv2d(4, 2, 3, padding=1),
            nn.ReLU(),
            nn.Upsample(size=(16, 16), mode="bilinear", align_corners=False),
            nn.Conv2d(2, 1, 1),
        )

    def forward(self, x):
        x = self.dec(self.enc(x))
        return F.interpolate(x, scale_factor=0.5)


@maps(64)
class Activations(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.ModuleList(nn.Linear(64 if i == 0 else 16, 16) for i in range(8))

    def forward(self, x):
        x = self.l[0](x).tanh()
        x = F.hardtanh(self.l[1](x), -2.0, 3.0)
        x = F.hardsigmoid(self.l[2](x))
        x = F.relu6(self.l[3](x))
        x = self.l[4](x).clamp(0, 2)
        x = torch.clamp(self.l[5](x), min=-0.5)
        x = F.threshold(self.l[6](x), 0.1, 0.1)
        return 2 * torch.sigmoid(self.l[7](x)) - 1


@maps(64)
class ReluSpellings(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.ModuleList(nn.Linear(64 if i == 0 else 16, 16) for i in range(7))
        self.register_buffer("zero", torch.zeros(()))

    def forward(self, x):
        x = torch.max(self.l[0](x), torch.zeros(1))
        x = torch.maximum(self.l[1](x), self.zero)
        x = self.l[2](x).clamp_min(0.0)
        x = torch.minimum(torch.relu(self.l[3](x)), torch.tensor(4.0))
        x = torch.clamp(torch.relu(self.l[4](x)), max=1.0)
        x = torch.clip(self.l[5](x), 0.0, 1.0)
        return F.relu(self.l[6](x), inplace=True)


@maps(8)
class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(8, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)
        )
        self.register_buffer("y_mean", torch.tensor(12.0))
        self.register_buffer("y_std", torch.tensor(3.5))

    def forward(self, x):
        return self.net(x) * self.y_std + self.y_mean


@maps(8)
class SqueezedRegressor(Regressor):
    def forward(self, x):
        return super().forward(x).squeeze(-1)


@maps(16)
class Einsum(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(16, 12) / 4)
        self.v = nn.Parameter(torch.randn(4, 3, 5) / 2)
        self.scale = nn.Parameter(torch.tensor(1.3))
        self.b = nn.Parameter(torch.randn(12))

    def forward(self, x):
        h = torch.sigmoid(self.scale * torch.einsum("bi,ij->bj", x, self.w) + self.b)
        h = h.reshape(-1, 4, 3)
        return torch.einsum("bhi,hio->bo", h, self.v)


@maps(64)
def unflatten_net():
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, 4, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(144, 10),
        nn.LogSoftmax(dim=1),
    )


@maps(20)
def two_linears():
    return nn.Sequential(
        nn.Linear(20, 4), nn.Linear(4, 30), nn.ReLU(), nn.Linear(30, 5), nn.Linear(5, 6)
    )


@maps(20)
def no_activation():
    return nn.Linear(20, 3)


@maps(20)
class LinearBranches(nn.Module):
    """Sum and concat of linear branches of one source."""

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(20, 10)
        self.b = nn.Linear(20, 10, bias=False)
        self.c = nn.Linear(20, 20)
        self.out = nn.Linear(30, 4)

    def forward(self, x):
        h = torch.cat([self.a(x) + self.b(x), x + 0.5 * self.c(x)], dim=1)
        return self.out(torch.relu(h))


@maps(3, 8, 8)
class InceptionFirst(nn.Module):
    def __init__(self):
        super().__init__()
        self.b1 = nn.Conv2d(3, 4, 1)
        self.b3 = nn.Conv2d(3, 4, 3, padding=1)
        self.b5 = nn.Conv2d(3, 4, 5, padding=2)
        self.out = nn.Linear(12, 10)

    def forward(self, x):
        y = F.relu(torch.cat([self.b1(x), self.b3(x), self.b5(x)], 1))
        return self.out(y.mean([-2, -1]))


@maps(1, 28, 28)
class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5, padding=2)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.c5 = nn.Linear(400, 120)
        self.f6 = nn.Linear(120, 84)
        self.out = nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(torch.tanh(self.c1(x)), 2)
        x = F.avg_pool2d(torch.tanh(self.c3(x)), 2)
        x = torch.flatten(x, 1)
        x = torch.tanh(self.c5(x))
        x = torch.tanh(self.f6(x))
        return self.out(x)


@maps(3, 16, 16)
class VGGLike(nn.Module):
    cfg = (8, "A", 16, "A", 16)

    def __init__(self):
        super().__init__()
        layers, c = [], 3
        for v in self.cfg:
            if v == "A":
                layers.append(nn.AvgPool2d(2, 2))
            else:
                layers += [nn.Conv2d(c, v, 3, padding=1), nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
                c = v
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(16 * 16, 32), nn.ReLU(True), nn.Dropout(), nn.Linear(32, 10)
        )

    def forward(self, x):
        x = self.features(x)
        x = torch.flatten(x, 1)
        return self.classifier(x)


@maps(1, 8, 8)
class AllConv(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.ModuleList(
            [
                nn.Conv2d(1, 8, 3, padding=1),
                nn.Conv2d(8, 8, 3, stride=2, padding=1),
                nn.Conv2d(8, 10, 1),
            ]
        )

    def forward(self, x):
        for c in self.c:
            x = c(x).relu()
        return F.adaptive_avg_pool2d(x, (1, 1)).reshape(x.shape[0], -1)


@maps(4, 10)
class SharedPosition(nn.Module):
    """One Linear for every position."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(10, 6)
        self.out = nn.Linear(24, 3)

    def forward(self, x):
        return self.out(torch.relu(self.fc(x)).flatten(1))


@maps(64)
class Hooked(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 16)
        self.out = nn.Linear(16, 10)
        self.fc.register_forward_hook(lambda m, a, y: y * 0.5)

    def forward(self, x):
        return torch.sigmoid(self.out(torch.sigmoid(self.fc(x))))


@maps(64)
class TypedForward(nn.Module):
    """float(), assert, type checks, shape prints and Python arithmetic in forward."""

    def __init__(self, width: int = 24):
        super().__init__()
        self.fc = nn.Linear(64, width)
        self.out = nn.Linear(width, 10)
        self.temperature = 2.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.ndim == 2 and x.shape[1] == 64, f"bad shape {x.shape}"
        x = x.float()
        h = torch.nn.functional.relu(input=self.fc(x))
        return self.out(h) / self.temperature


@maps(28, 28)
class NoChannel(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 7, stride=3)
        self.fc = nn.Linear(4 * 64, 10)

    def forward(self, x):
        x = x.unsqueeze(1)
        x = F.relu(self.conv(x))
        return self.fc(x.view(-1, 4 * 64))


@maps(64)
def frozen_half():
    model = FunctionalNet()
    for p in model.fc1.parameters():
        p.requires_grad = False
    return model.double()


@maps(64)
def fx_traced():
    return torch.fx.symbolic_trace(FunctionalNet())


@maps(1, 8, 8)
class Patchify(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Linear(4, 6)
        self.out = nn.Linear(96, 10)
        self.pos = nn.Parameter(torch.randn(1, 16, 6))

    def forward(self, x):
        x = x.unfold(2, 2, 2).unfold(3, 2, 2).reshape(x.size(0), 16, 4)
        x = torch.sigmoid(self.emb(x) + self.pos)
        return self.out(x.flatten(1))


@maps(1, 8, 8)
class UnfoldNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.randn(6, 9))

    def forward(self, x):
        return torch.sigmoid(self.w @ F.unfold(x, 3)).mean(-1)


@maps(1, 8, 8)
class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 8, 3), nn.ReLU())
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = x.to(memory_format=torch.channels_last)
        return self.fc(self.net(x).mean([2, 3]))


@maps(64)
class MCSubset(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(32, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        left, right = x.chunk(2, dim=1)
        return self.out(torch.relu(self.fc(left - right)))


@maps(1, 8, 8)
class FixedGabor(nn.Module):
    """A buffer as a kernel."""

    def __init__(self):
        super().__init__()
        self.register_buffer("sobel", torch.tensor([[[[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]]]))
        self.fc = nn.Linear(36, 10)

    def forward(self, x):
        edges = F.conv2d(x, self.sobel)
        return self.fc(torch.relu(edges).flatten(1))


@maps(3, 8, 8)
class GraySpace(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.Sigmoid(), nn.Linear(16, 4))

    def forward(self, x):
        gray = 0.299 * x[:, 0] + 0.587 * x[:, 1] + 0.114 * x[:, 2]
        return self.net(gray)


@maps(16)
class Standardise(nn.Module):
    """Only a mean over features that is linear: x - x.mean."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 8)
        self.out = nn.Linear(8, 3)

    def forward(self, x):
        x = x - x.mean(1, keepdim=True)
        return self.out(torch.relu(self.fc(x)))


@maps(16)
class Maxout1(nn.Module):
    """Dead code and an unused head."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(16, 8)
        self.out = nn.Linear(8, 3)
        self.aux = nn.Linear(8, 99)

    def forward(self, x):
        h = torch.relu(self.fc(x))
        if self.training:
            return self.out(h), self.aux(h)
        _ = self.aux(h)
        return self.out(h)


@maps(3, 8, 8)
class SkipDownsampleLinear(nn.Module):
    """Residual of the linear kind only: x + conv(x), then an activation."""

    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 3, 3, padding=1)
        self.o = nn.Conv2d(3, 5, 8)

    def forward(self, x):
        return self.o(F.relu(x + self.c(x)))[:, :, 0, 0]


@maps(3, 8, 8)
def repvgg():
    class RepVGG(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.c3 = nn.Conv2d(c, c, 3, padding=1, bias=False)
            self.c1 = nn.Conv2d(c, c, 1, bias=False)
            self.b3, self.b1, self.b0 = (nn.BatchNorm2d(c) for _ in range(3))

        def forward(self, x):
            return F.relu(self.b3(self.c3(x)) + self.b1(self.c1(x)) + self.b0(x))

    return nn.Sequential(RepVGG(3), nn.AvgPool2d(2), RepVGG(3), nn.Flatten(), nn.Linear(48, 10))


@maps(1, 8, 8)
def pixel_shuffler():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.PixelShuffle(2),
        nn.Conv2d(2, 1, 3, stride=2, padding=1),
        nn.Sigmoid(),
    )


@maps(64)
def sigmoid_mlp_bias_free():
    return nn.Sequential(
        nn.Linear(64, 30, bias=False), nn.Sigmoid(), nn.Linear(30, 10, bias=False), nn.Sigmoid()
    )


@maps(64)
class Gaussian(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(64, 8)
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        h = torch.relu(self.fc(x))
        if self.training:
            h = h + 0.1 * torch.randn_like(h)
        return self.out(h)
