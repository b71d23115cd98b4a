"""More models as people write them, that none of map."""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F

REFUSES = {}
"""Of each the class, what its refusal says, and the shape of one sample."""


def refuses(says: str, *shape: int):
    """Add a model that takes samples of this shape and is refused with these words."""

    def register(make):
        REFUSES[make.__name__] = (make, says, shape)
        return make

    return register


@refuses(r"add .*out \+= identity.*residual", 3, 8, 8)
class BasicBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.c1 = nn.Conv2d(8, 8, 3, padding=1)
        self.b1 = nn.BatchNorm2d(8)
        self.c2 = nn.Conv2d(8, 8, 3, padding=1)
        self.b2 = nn.BatchNorm2d(8)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = F.relu(self.stem(x))
        identity = x
        out = F.relu(self.b1(self.c1(x)))
        out = self.b2(self.c2(out))
        out += identity
        return self.fc(F.relu(out).mean((2, 3)))


@refuses(r"layer_norm in n .*BatchNorm", 3, 8, 8)
class ConvNeXt(nn.Module):
    def __init__(self):
        super().__init__()
        self.dw = nn.Conv2d(3, 3, 7, padding=3, groups=3)
        self.n = nn.LayerNorm(3)
        self.p1 = nn.Linear(3, 12)
        self.p2 = nn.Linear(12, 3)

    def forward(self, x):
        y = self.dw(x).permute(0, 2, 3, 1)
        y = self.p2(F.gelu(self.p1(self.n(y)))).permute(0, 3, 1, 2)
        return x + y


@refuses(r"mul .*gate", 3, 8, 8)
class SE(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(3, 8, 3)
        self.f1 = nn.Linear(8, 2)
        self.f2 = nn.Linear(2, 8)
        self.o = nn.Linear(8, 10)

    def forward(self, x):
        x = F.relu(self.c(x))
        w = torch.sigmoid(self.f2(F.relu(self.f1(x.mean((2, 3))))))
        x = x * w[:, :, None, None]
        return self.o(x.mean((2, 3)))


@refuses(r"max_pool2d in 2 .*AvgPool2d", 1, 8, 8)
class MaxPoolNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 10)
        )

    def forward(self, x):
        return self.net(x)


@refuses(r"adaptive_max_pool2d .*AvgPool2d", 1, 8, 8)
class AdaptiveMax(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        return F.adaptive_max_pool2d(F.relu(self.c(x)), 1).flatten(1)


@refuses(r"amax .*do not compare", 1, 8, 8)
class AmaxNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        return F.relu(self.c(x)).amax((2, 3))


@refuses(r"max .*do not compare", 1, 8, 8)
class MaxDim(nn.Module):
    def __init__(self):
        super().__init__()
        self.c = nn.Conv2d(1, 10, 3)

    def forward(self, x):
        return F.relu(self.c(x)).flatten(2).max(dim=2).values


@refuses(r"LSTM in l .*in time", 8, 8)
class LSTMNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.LSTM(8, 6, batch_first=True)
        self.o = nn.Linear(6, 2)

    def forward(self, x):
        return self.o(self.l(x)[0][:, -1])


@refuses(r"GRU in l .*in time", 8, 8)
class GRUNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.GRU(8, 6, batch_first=True)
        self.o = nn.Linear(6, 2)

    def forward(self, x):
        _, h = self.l(x)
        return self.o(h[-1])


@refuses(r"GRUCell in l .*in time", 8, 8)
class CellLoop(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.GRUCell(8, 6)
        self.o = nn.Linear(6, 2)

    def forward(self, x):
        h = x.new_zeros(x.size(0), 6)
        for t in range(x.size(1)):
            h = self.l(x[:, t], h)
        return self.o(h)


@refuses(r"add .*loop in time", 8, 8)
class OwnRnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.i = nn.Linear(8, 6)
        self.h = nn.Linear(6, 6)
        self.o = nn.Linear(6, 2)

    def forward(self, x):
        h = torch.zeros(x.size(0), 6)
        for t in range(x.size(1)):
            h = torch.tanh(self.i(x[:, t]) + self.h(h))
        return self.o(h)


@refuses(r"MultiheadAttention in e.layers.0.self_attn .*no attention", 8, 8)
class ViT(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2)
        self.o = nn.Linear(8, 2)

    def forward(self, x):
        return self.o(self.e(x).mean(1))


@refuses(r"matmul .*attention", 8, 8)
class OwnAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(8, 8)
        self.k = nn.Linear(8, 8)
        self.v = nn.Linear(8, 8)
        self.o = nn.Linear(8, 2)

    def forward(self, x):
        a = (self.q(x) @ self.k(x).transpose(1, 2) / 8**0.5).softmax(-1)
        return self.o((a @ self.v(x)).mean(1))


@refuses(r"scaled_dot_product_attention .*no attention", 8, 8)
class Sdpa(nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.o = nn.Linear(8, 2)

    def forward(self, x):
        q, k, v = self.qkv(x).chunk(3, -1)
        return self.o(F.scaled_dot_product_attention(q, k, v).mean(1))


@refuses(r"layer_norm in n .*BatchNorm", 8, 8)
class Mixer(nn.Module):
    def __init__(self):
        super().__init__()
        self.n = nn.LayerNorm(8)
        self.t = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.o = nn.Linear(8, 2)

    def forward(self, x):
        x = x + self.t(self.n(x).transpose(1, 2)).transpose(1, 2)
        return self.o(x.mean(1))


@refuses(r"gelu in 1 .*train with ReLU", 16)
class Gelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.n = nn.Sequential(nn.Linear(16, 8), nn.GELU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.n(x)


@refuses(r"mul .*gate", 16)
class Swish(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        x = self.a(x)
        return x * torch.sigmoid(x)


@refuses(r"leaky_relu .*train with ReLU", 16)
class Leaky(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return F.leaky_relu(self.a(x), 0.1)


@refuses(r"elu in 1 .*train with ReLU", 16)
class Elu(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(16, 8), nn.ELU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.a(x)


@refuses(r"layer_norm in 1 .*BatchNorm", 16)
class LN(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(16, 8), nn.LayerNorm(8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.a(x)


@refuses(r"group_norm in 1 .*BatchNorm", 3, 8, 8)
class GN(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2)
        )

    def forward(self, x):
        return self.a(x)


@refuses(r"instance_norm in 0 .*BatchNorm", 3, 8, 8)
class IN(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(
            nn.InstanceNorm2d(3), nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(288, 2)
        )

    def forward(self, x):
        return self.a(x)


@refuses(r"std .*BatchNorm", 16)
class OwnNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        x = (x - x.mean(1, keepdim=True)) / (x.std(1, keepdim=True) + 1e-5)
        return self.a(x)


@refuses(r"linalg_vector_norm .*each sample", 16)
class L2Norm(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return F.normalize(self.a(x), dim=1)


@refuses(r"softmax in 1 .*at the end only", 16)
class SoftmaxMiddle(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(16, 8), nn.Softmax(dim=1), nn.Linear(8, 3))

    def forward(self, x):
        return self.a(x)


@refuses(r"argmax .*return what it chooses from", 16)
class Argmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return self.a(x).argmax(1)


@refuses(r"pow .*train with ReLU", 16)
class Power(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return self.a(x) ** 2


@refuses(r"abs .*train with ReLU", 16)
class Abs(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return self.a(x).abs()


@refuses(r"sin .*train with ReLU", 16)
class SinNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return torch.sin(30 * self.a(x))


@refuses(r"exp .*train with ReLU", 16)
class ExpNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return torch.exp(self.a(x))


@refuses(r"exp .*train with ReLU", 16)
class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.mu = nn.Linear(16, 4)
        self.lv = nn.Linear(16, 4)
        self.d = nn.Linear(4, 16)

    def forward(self, x):
        mu, lv = self.mu(x), self.lv(x)
        z = mu + torch.exp(0.5 * lv) * torch.randn_like(mu)
        return torch.sigmoid(self.d(z))


@refuses(r"randn_like .*draws anew", 16)
class Noise(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return torch.sigmoid(self.a(x + 0.1 * torch.randn_like(x)))


@refuses(r"2 outputs", 16)
class TwoOut(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        h = torch.relu(self.a(x))
        return h, h.sum(1)


@refuses(r"2 outputs", 16)
class DictOut(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)
        self.b = nn.Linear(16, 2)

    def forward(self, x):
        return {"logits": self.a(x), "aux": self.b(x)}


@refuses(r"returns a dict", 16)
class DictOut1(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return {"logits": self.a(x)}


@refuses(r"missing a required argument: 'mask'", 16)
class TwoIn(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x, mask):
        return self.a(x * mask)


@refuses(r"line \d+: if x.sum\(\) > 0.*decides by the values", 16)
class DataDependent(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        if x.sum() > 0:
            return self.a(x)
        return -self.a(x)


@refuses(r"line \d+: m = float.*decides by the values", 16)
class ItemCall(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        m = float(x.max())
        return self.a(x / m)


@refuses(r"line \d+: return torch.from_numpy", 16)
class NumpyInForward(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return torch.from_numpy(self.a(x).detach().numpy() * 2)


@refuses(r"line \d+: raise NotImplementedError.*subclass me", 16)
class OwnRaise(nn.Module):
    def forward(self, x):
        raise NotImplementedError("subclass me")


@refuses(r"missing the required", 16)
class NoForward(nn.Module):
    pass


@refuses(r"does not depend on its input", 16)
class Const(nn.Module):
    def forward(self, x):
        return torch.ones(len(x), 3)


@refuses(r"to at .*whole numbers", 16)
class Emb(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(10, 4)

    def forward(self, x):
        return self.e((x * 9).long()).mean(1)


@refuses(r"cat .*residual", 16)
class DenseConcat(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)
        self.o = nn.Linear(24, 3)

    def forward(self, x):
        return self.o(torch.cat([x, F.relu(self.a(x))], 1))


@refuses(r"tanh .*earlier layer", 16)
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)
        self.b = nn.Linear(16, 8)
        self.o = nn.Linear(8, 3)

    def forward(self, x):
        return self.o(torch.sigmoid(self.a(x)) * torch.tanh(self.b(x)))


@refuses(r"bilinear in b ", 16)
class Bilin(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.Bilinear(16, 16, 4)

    def forward(self, x):
        return self.b(x, x)


@refuses(r"batch_norm.* in bn .*running", 2, 8, 8)
class BatchMix(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm2d(2, track_running_stats=False)
        self.o = nn.Linear(128, 3)

    def forward(self, x):
        return self.o(self.bn(x).flatten(1))


@refuses(r"sign .*train with ReLU", 16)
class Custom(nn.Module):
    class Sign(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sign()

        @staticmethod
        def backward(ctx, g):
            return g

    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return self.Sign.apply(self.a(x))


@refuses(r"gt .*comparison", 16)
class HeavisideWhere(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        x = self.a(x)
        return torch.where(x > 0, x, 0.1 * x)


@refuses(r"sum .*samples", 16)
class BatchDim(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return self.a(x).sum(0)


@refuses(r"cat .*residual", 3, 8, 8)
class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.d = nn.Conv2d(3, 4, 3, 2, 1)
        self.u = nn.ConvTranspose2d(4, 4, 2, 2)
        self.o = nn.Conv2d(7, 1, 1)

    def forward(self, x):
        u = F.relu(self.u(F.relu(self.d(x))))
        return self.o(torch.cat([x, u], 1))


@refuses(r"fake_quantize.*floating point", 16)
class Quant(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(16, 8)

    def forward(self, x):
        return torch.fake_quantize_per_tensor_affine(self.a(x), 0.1, 0, -128, 127)


@refuses(r"softmax .*at the end only", 16)
class MoE(nn.Module):
    def __init__(self):
        super().__init__()
        self.g = nn.Linear(16, 2)
        self.a = nn.Linear(16, 4)
        self.b = nn.Linear(16, 4)

    def forward(self, x):
        g = self.g(x).softmax(1)
        return g[:, :1] * self.a(x) + g[:, 1:] * self.b(x)


@refuses(r"prelu in 1 ", 16)
class Prelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(nn.Linear(16, 8), nn.PReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.a(x)


@refuses(r"LocalResponseNorm in 2 .*BatchNorm", 3, 8, 8)
class Lrn(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.ReLU(), nn.LocalResponseNorm(2), nn.Flatten(), nn.Linear(288, 2)
        )

    def forward(self, x):
        return self.a(x)
