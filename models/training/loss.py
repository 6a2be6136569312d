"""Which cell answers for which object, and what its answer costs.

Assignment is task-aligned (Feng et al., "TOOD", arXiv:2108.07755): for each object the ten cells inside it whose class score and box
together fit best. The class target of a cell is its alignment, so a score comes to mean how good the box is. Cells in ignored boxes
are not asked about the ignored class.
"""

from __future__ import annotations

import torch
from torch.nn import functional as F

from network import STRIDES

TOP = 10
SCORE_POWER, OVERLAP_POWER = 0.5, 6.0
BOX_WEIGHT = 5.0
REACH_PX = 8.0
"""An object narrower than this still owns the cells this near to its middle."""


def flat(outputs: list[tuple[torch.Tensor, torch.Tensor]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """All cells in one row: boxes (B, N, 4) corners in pixels, logits (B, N, C), cell middles (N, 2), all float32, and strides (N, 1)."""
    boxes, logits, middles, strides = [], [], [], []
    for (raw, classes), stride in zip(outputs, STRIDES):
        rows, columns = raw.shape[2:]
        y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        cell = torch.stack((x, y), -1).reshape(-1, 2).float()
        raw = raw.float().flatten(2).transpose(1, 2)
        centre, size = (raw[..., :2] + cell) * stride, raw[..., 2:].clamp(-6, 6).exp() * stride
        boxes.append(torch.cat((centre - size / 2, centre + size / 2), -1))
        logits.append(classes.float().flatten(2).transpose(1, 2))
        middles.append((cell + 0.5) * stride)
        strides.append(torch.full((rows * columns, 1), float(stride)))
    return torch.cat(boxes, 1), torch.cat(logits, 1), torch.cat(middles), torch.cat(strides)


def iou(a: torch.Tensor, b: torch.Tensor, complete: bool = False) -> torch.Tensor:
    """Row by row; `complete` subtracts the distance of the middles and the difference of shape (CIoU, arXiv:1911.08287)."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(0).prod(1)
    size_a, size_b = (a[:, 2:] - a[:, :2]).clamp(1e-3), (b[:, 2:] - b[:, :2]).clamp(1e-3)
    overlap = both / (size_a.prod(1) + size_b.prod(1) - both + 1e-7)
    if not complete:
        return overlap
    hull = torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])
    apart = ((a[:, :2] + a[:, 2:] - b[:, :2] - b[:, 2:]) / 2).square().sum(1) / (hull.square().sum(1) + 1e-7)
    shape = 0.4053 * (torch.atan(size_b[:, 0] / size_b[:, 1]) - torch.atan(size_a[:, 0] / size_a[:, 1])).square()
    with torch.no_grad():
        share = shape / (1 - overlap + shape + 1e-7)
    return overlap - apart - share * shape


@torch.no_grad()
def assign(boxes: torch.Tensor, logits: torch.Tensor, middles: torch.Tensor, truth: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """For chosen cells: picture, cell, index into `truth` and target 0..1. `truth`: (G, 7) picture, corners, weight, class."""
    picture, kind = truth[:, 0].long(), truth[:, 6].long()
    middle, half = (truth[:, 1:3] + truth[:, 3:5]) / 2, ((truth[:, 3:5] - truth[:, 1:3]) / 2).clamp(min=REACH_PX)
    inside = ((middles[None] - middle[:, None]).abs() < half[:, None]).all(-1)
    g, n = inside.nonzero(as_tuple=True)
    overlap = iou(boxes[picture[g], n], truth[g, 1:5])
    align = logits[picture[g], n, kind[g]].sigmoid() ** SCORE_POWER * overlap.clamp(1e-4) ** OVERLAP_POWER
    dense = torch.full(inside.shape, -1.0)
    dense[g, n] = align
    best, cell = dense.topk(min(TOP, dense.shape[1]), 1)
    overlap_of = torch.zeros(inside.shape)
    overlap_of[g, n] = overlap
    chosen = best > 0
    owner = torch.arange(len(truth))[:, None].expand_as(cell)[chosen]
    cell, best = cell[chosen], best[chosen]
    shared = overlap_of[owner, cell]
    # A cell wanted by several objects goes to the one it overlaps most: sort so that this one is written last.
    order = shared.argsort()
    owner, cell, best, shared = owner[order], cell[order], best[order], shared[order]
    place = picture[owner] * len(middles) + cell
    winner = torch.full((boxes.shape[0] * len(middles),), -1, dtype=torch.long)
    winner[place] = torch.arange(len(place))
    won = winner[winner >= 0]
    owner, cell, best, shared = owner[won], cell[won], best[won], shared[won]
    most_align, most_overlap = torch.zeros(len(truth)), torch.zeros(len(truth))
    most_align.scatter_reduce_(0, owner, best, "amax")
    most_overlap.scatter_reduce_(0, owner, shared, "amax")
    target = best / (most_align[owner] + 1e-9) * most_overlap[owner]
    return picture[owner], cell, owner, target.clamp(0, 1)


def detection_loss(outputs: list[tuple[torch.Tensor, torch.Tensor]], truth: torch.Tensor, ignored: torch.Tensor) -> tuple[torch.Tensor, dict[str, float]]:
    """`truth`: (G, 7) picture, corners, weight, class; `ignored`: (I, 6) picture, corners, class or -1."""
    boxes, logits, middles, _ = flat(outputs)
    target, asked = torch.zeros_like(logits), torch.ones_like(logits)
    if len(ignored):
        within = ((middles[None] > ignored[:, None, 1:3]) & (middles[None] < ignored[:, None, 3:5])).all(-1)
        i, n = within.nonzero(as_tuple=True)
        kind = ignored[i, 5].long()
        for c in range(logits.shape[2]):
            of = (kind == c) | (kind < 0)
            asked[ignored[i[of], 0].long(), n[of], c] = 0
    box_loss, weight = boxes.sum() * 0, torch.tensor(1.0)
    if len(truth):
        picture, cell, owner, aligned = assign(boxes.detach(), logits.detach(), middles, truth)
        aligned = aligned * truth[owner, 5]
        kind = truth[owner, 6].long()
        target[picture, cell, kind] = aligned
        asked[picture, cell, kind] = 1
        weight = aligned.sum().clamp(min=1)
        box_loss = ((1 - iou(boxes[picture, cell], truth[owner, 1:5], complete=True)) * aligned).sum() / weight
    class_loss = (F.binary_cross_entropy_with_logits(logits, target, reduction="none") * asked).sum() / weight
    return class_loss + BOX_WEIGHT * box_loss, {"class": float(class_loss.detach()), "box": float(box_loss.detach()), "cells": float(weight)}
