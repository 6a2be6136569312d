"""Lets the reference detectors label what people did not: every training picture, as it is and mirrored, boxes fused.

Teachers are permissively licensed only (Apache-2.0 upstream): YOLOX-nano and PicoDet-S for objects, YuNet-n for faces. Their
fused score becomes the label's weight, so that what they doubt teaches little. The result is one JSON file per source, made once.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

COCO_TO_OURS = {0: 0, 1: 1, 2: 2, 3: 3, 5: 4, 7: 5}
"""COCO's class index to ours: person, bicycle, car, motorcycle, bus, truck."""


def session(file: Path, threads: int = 1) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


class YoloxNano:
    """416x416, letterbox top-left, pad 114, BGR 0..255; raw grid with objectness."""

    def __init__(self, folder: Path):
        self.session = session(folder / "objects/yolox_nano_416.onnx")
        self.grid = np.concatenate([np.stack(np.meshgrid(np.arange(416 // s), np.arange(416 // s)), -1).reshape(-1, 2) for s in (8, 16, 32)])
        self.stride = np.concatenate([np.full(((416 // s) ** 2, 1), s) for s in (8, 16, 32)])

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """`image`: BGR uint8. Rows of x1, y1, x2, y2, score, class in picture pixels."""
        height, width = image.shape[:2]
        scale = min(416 / height, 416 / width)
        small = cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_LINEAR)
        padded = np.full((416, 416, 3), 114, np.uint8)
        padded[: small.shape[0], : small.shape[1]] = small
        rows = self.session.run(None, {self.session.get_inputs()[0].name: padded.transpose(2, 0, 1)[None].astype(np.float32)})[0][0]
        centre, size = (rows[:, :2] + self.grid) * self.stride, np.exp(rows[:, 2:4]) * self.stride
        return rows_of(np.concatenate((centre - size / 2, centre + size / 2), 1) / scale, rows[:, 4:5] * rows[:, 5:])


class PicoDet:
    """416x416, stretched, RGB, ImageNet mean and deviation; four scales of scores and of 8-bin distance distributions (GFL)."""

    MEAN, DEVIATION = np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)

    def __init__(self, folder: Path):
        self.session = session(folder / "objects/picodet_s_416.onnx")

    def __call__(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        x = (cv2.resize(image, (416, 416))[:, :, ::-1].astype(np.float32) - self.MEAN) / self.DEVIATION
        outputs = [o[0] for o in self.session.run(None, {self.session.get_inputs()[0].name: x.transpose(2, 0, 1)[None]})]
        scores = sorted((o for o in outputs if o.shape[-1] == 80), key=len, reverse=True)
        spreads = sorted((o for o in outputs if o.shape[-1] == 32), key=len, reverse=True)
        boxes = []
        for spread, stride in zip(spreads, (8, 16, 32, 64)):
            side = round(len(spread) ** 0.5)
            centre = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) + 0.5) * stride
            bins = spread.reshape(-1, 4, 8)
            share = np.exp(bins - bins.max(-1, keepdims=True))
            reach = (share / share.sum(-1, keepdims=True) * np.arange(8)).sum(-1) * stride
            boxes.append(np.concatenate((centre - reach[:, :2], centre + reach[:, 2:]), 1))
        stretch = np.array([width / 416, height / 416] * 2)
        return rows_of(np.concatenate(boxes) * stretch, np.concatenate(scores))


class YuNet:
    """Any multiple of 32, letterbox top-left, pad 0, BGR 0..255; score is the root of class times objectness."""

    def __init__(self, folder: Path, side: int = 640):
        self.session = session(folder / "faces/yunet_n_dynamic.onnx")
        self.side = side

    def __call__(self, image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        scale = self.side / max(height, width)
        small = cv2.resize(image, (round(width * scale), round(height * scale)))
        padded = np.zeros((-(-small.shape[0] // 32) * 32, -(-small.shape[1] // 32) * 32, 3), np.uint8)
        padded[: small.shape[0], : small.shape[1]] = small
        names = [o.name for o in self.session.get_outputs()]
        out = dict(zip(names, self.session.run(None, {self.session.get_inputs()[0].name: padded.transpose(2, 0, 1)[None].astype(np.float32)})))
        found = []
        for stride in (8, 16, 32):
            rows, columns = padded.shape[0] // stride, padded.shape[1] // stride
            grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
            score = np.sqrt(np.clip(out[f"cls_{stride}"].reshape(-1), 0, 1) * np.clip(out[f"obj_{stride}"].reshape(-1), 0, 1))
            box = out[f"bbox_{stride}"].reshape(-1, 4)
            centre, size = (box[:, :2] + grid) * stride, np.exp(box[:, 2:]) * stride
            found.append(np.concatenate((centre - size / 2, centre + size / 2, score[:, None], np.zeros((len(box), 1))), 1))
        rows = np.concatenate(found)
        rows = rows[rows[:, 4] > 0.05]
        rows[:, :4] /= scale
        return suppressed(rows)


def rows_of(boxes: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Our six classes out of COCO's eighty, above 0.05, suppressed per class."""
    best = scores.argmax(1)
    score = scores[np.arange(len(scores)), best]
    kept = (score > 0.05) & np.isin(best, list(COCO_TO_OURS))
    classes = np.array([COCO_TO_OURS[c] for c in best[kept]], np.float64).reshape(-1, 1)
    return suppressed(np.concatenate((boxes[kept], score[kept, None], classes), 1))


def overlaps(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """IoU of every box of `a` with every box of `b` (corners)."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:4], b[None, :, 2:4])
    both = np.clip(high - low, 0, None).prod(-1)
    area = lambda r: (r[:, 2] - r[:, 0]) * (r[:, 3] - r[:, 1])
    return both / (area(a)[:, None] + area(b)[None] - both + 1e-9)


def suppressed(rows: np.ndarray, most: float = 0.55) -> np.ndarray:
    rows, kept = rows[np.argsort(-rows[:, 4])], []
    while len(rows):
        kept.append(rows[0])
        rows = rows[1:][~((overlaps(rows[:1], rows[1:])[0] > most) & (rows[1:, 5] == kept[-1][5]))]
    return np.array(kept).reshape(-1, 6)


def fused(looks: list[np.ndarray], same: float = 0.55) -> np.ndarray:
    """Weighted box fusion (Solovyev, Wang, Gabruseva, arXiv:1910.13302): the mean box by score; the score falls with each look that missed it."""
    rows = np.concatenate(looks)
    rows = rows[np.argsort(-rows[:, 4])]
    groups: list[list[np.ndarray]] = []
    for row in rows:
        for group in groups:
            if group[0][5] == row[5] and overlaps(group[0][None], row[None])[0, 0] > same:
                group.append(row)
                break
        else:
            groups.append([row])
    out = []
    for group in groups:
        g = np.array(group)
        out.append([*(g[:, :4] * g[:, 4:5]).sum(0) / g[:, 4].sum(), g[:, 4].sum() / max(len(looks), len(g)), g[0, 5]])
    return np.array(out).reshape(-1, 6)


def label(folder: Path, models: Path, task: str, out: Path, least: float = 0.1) -> None:
    """Labels every picture of `folder`/images and writes file name -> rows. Nothing is done where `out` exists."""
    if out.exists():
        return
    teachers = [YoloxNano(models), PicoDet(models)] if task == "objects" else [YuNet(models, 480), YuNet(models, 640)]
    labels = {}
    files = sorted((folder / "images").iterdir())
    for n, file in enumerate(files):
        image = cv2.imread(str(file))
        looks = []
        for picture, mirrored in ((image, False), (np.ascontiguousarray(image[:, ::-1]), True)):
            for teacher in teachers:
                rows = teacher(picture)
                if mirrored and len(rows):
                    rows[:, [0, 2]] = image.shape[1] - rows[:, [2, 0]]
                looks.append(rows)
        rows = fused(looks)
        labels[file.name] = [[round(float(v), 3) for v in row] for row in rows if row[4] >= least]
        if n % 500 == 499:
            print(f"labelled {n + 1} of {len(files)} pictures of {folder.name} with {task}", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_suffix(".part")
    part.write_text(json.dumps(labels))
    part.rename(out)
