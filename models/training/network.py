"""The one-stage detector that both recipes train: a small CSP backbone, a two-way feature pyramid and an anchor-free head.

The head gives, for every cell of strides 8, 16 and 32, the raw grid of YOLOX (Ge et al., arXiv:2107.08430): centre offset, log
size, then one probability per class and no objectness. Dense 3x3 convolutions and ReLU are chosen over depthwise ones and SiLU:
onnxruntime fuses them, and both training and inference on CPU cores are faster for the same accuracy at this size.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

STRIDES = (8, 16, 32)


class ConvNormAct(nn.Module):
    """Convolution, batch normalisation, ReLU; `groups` equal to the channels makes it depthwise."""

    def __init__(self, inside: int, outside: int, size: int = 3, stride: int = 1, groups: int = 1, act: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, size, stride, size // 2, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outside, eps=1e-3, momentum=0.03)
        self.act = nn.ReLU(inplace=True) if act else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.act(self.norm(self.conv(x)))


class Patch(nn.Module):
    """The first layer: a 6x6 convolution straight to stride 4."""

    def __init__(self, outside: int):
        super().__init__()
        self.conv = nn.Conv2d(3, outside, 6, 4, 1, bias=False)
        self.norm = nn.BatchNorm2d(outside, eps=1e-3, momentum=0.03)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.norm(self.conv(x)), inplace=True)


class Residual(nn.Module):
    """3x3, 3x3, and the way around them."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = nn.Sequential(ConvNormAct(channels, channels), ConvNormAct(channels, channels, act=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(x + self.body(x))


class CrossStage(nn.Module):
    """Cross-stage partial block (Wang et al., arXiv:1911.11929): half of the channels pass by, half go through the residuals."""

    def __init__(self, inside: int, outside: int, depth: int):
        super().__init__()
        half = outside // 2
        self.through = ConvNormAct(inside, half, 1)
        self.past = ConvNormAct(inside, half, 1)
        self.body = nn.Sequential(*(Residual(half) for _ in range(depth)))
        self.join = ConvNormAct(2 * half, outside, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.join(torch.cat((self.body(self.through(x)), self.past(x)), 1))


class Pool(nn.Module):
    """Spatial pyramid pooling, the fast form: three 5x5 poolings in a row see 5, 9 and 13 cells."""

    def __init__(self, channels: int):
        super().__init__()
        half = channels // 2
        self.before = ConvNormAct(channels, half, 1)
        self.after = ConvNormAct(4 * half, channels, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.before(x)
        a = self.pool(x)
        b = self.pool(a)
        return self.after(torch.cat((x, a, b, self.pool(b)), 1))


class Head(nn.Module):
    """One scale's head: a shared 3x3 (left out at stride 8, where it would be the dearest layer of all), then depthwise-separable branches."""

    def __init__(self, channels: int, classes: int, stem: bool):
        super().__init__()
        self.stem = ConvNormAct(channels, channels) if stem else nn.Identity()
        self.boxes = nn.Sequential(ConvNormAct(channels, channels, 3, groups=channels), ConvNormAct(channels, channels, 1), nn.Conv2d(channels, 4, 1))
        self.classes = nn.Sequential(ConvNormAct(channels, channels, 3, groups=channels), ConvNormAct(channels, channels, 1), nn.Conv2d(channels, classes, 1))
        # A cell begins by believing in one object per hundred cells, or the many empty cells drown the first steps (arXiv:1708.02002, 3.3).
        nn.init.constant_(self.classes[-1].bias, -math.log(99))
        nn.init.constant_(self.boxes[-1].bias, 0.5)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.stem(x)
        return self.boxes(x), self.classes(x)


class Detector(nn.Module):
    """`widths`: channels at strides 4, 8, 16, 32; `depths`: residuals at strides 8, 16, 32; `neck`: channels of the pyramid."""

    def __init__(self, classes: int, widths: tuple[int, ...], depths: tuple[int, ...], neck: int):
        super().__init__()
        w4, w8, w16, w32 = widths
        d8, d16, d32 = depths
        # One 6x6 step to stride 4: a layer at stride 2 would cost as much as the whole of stride 16.
        self.stage4 = Patch(w4)
        self.stage8 = nn.Sequential(ConvNormAct(w4, w8, 3, 2), CrossStage(w8, w8, d8))
        self.stage16 = nn.Sequential(ConvNormAct(w8, w16, 3, 2), CrossStage(w16, w16, d16))
        self.stage32 = nn.Sequential(ConvNormAct(w16, w32, 3, 2), CrossStage(w32, w32, d32), Pool(w32))
        self.lateral = nn.ModuleList((ConvNormAct(w8, neck, 1), ConvNormAct(w16, neck, 1), ConvNormAct(w32, neck, 1)))
        self.down16, self.down8 = CrossStage(2 * neck, neck, 1), CrossStage(2 * neck, neck, 1)
        self.step16 = nn.Sequential(ConvNormAct(neck, neck, 3, 2, groups=neck), ConvNormAct(neck, neck, 1))
        self.step32 = nn.Sequential(ConvNormAct(neck, neck, 3, 2, groups=neck), ConvNormAct(neck, neck, 1))
        self.up16, self.up32 = CrossStage(2 * neck, neck, 1), CrossStage(2 * neck, neck, 1)
        self.heads = nn.ModuleList(Head(neck, classes, stem=stride > 8) for stride in STRIDES)

    def forward(self, x: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Per stride: raw boxes (N, 4, H, W) and class logits (N, C, H, W). `x`: (N, 3, H, W), RGB, 0..1, sides multiples of 32."""
        c8 = self.stage8(self.stage4(x))
        c16 = self.stage16(c8)
        c32 = self.stage32(c16)
        p8, p16, p32 = (lateral(c) for lateral, c in zip(self.lateral, (c8, c16, c32)))
        p16 = self.down16(torch.cat((p16, F.interpolate(p32, scale_factor=2.0, mode="nearest")), 1))
        p8 = self.down8(torch.cat((p8, F.interpolate(p16, scale_factor=2.0, mode="nearest")), 1))
        p16 = self.up16(torch.cat((self.step16(p8), p16), 1))
        p32 = self.up32(torch.cat((self.step32(p16), p32), 1))
        return [head(p) for head, p in zip(self.heads, (p8, p16, p32))]
