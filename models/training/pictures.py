"""Training pictures in memory: people's boxes and teachers' boxes brought together, and the random views made of them.

A label is one of: a box to find (with a weight: people's count fully, teachers' by how sure they were), or a box to ignore for one
class or for all (crowds, doubtful teachers, objects cut to a sliver). Everything is drawn from a seed: the n-th picture of a run is
the same however often the run is resumed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from teachers import overlaps

ANY_CLASS = -1
MOST_BOXES = 120
"""More than this in one made-up picture are left out, as ignored ones."""
SLIVER = 0.3
"""Of a box cut by the edge, less than this share left is ignored."""
LEAST_PX = 3.0


@dataclass
class Labelled:
    """One picture: BGR uint8, boxes (n, 6) as x1, y1, x2, y2, weight, class; ignored (m, 5) as x1, y1, x2, y2, class or ANY_CLASS."""

    image: np.ndarray
    boxes: np.ndarray
    ignored: np.ndarray


@dataclass
class Trust:
    """How a teacher's score is taken: from `sure` on as a box, from `doubtful` on as something to ignore, below as nothing."""

    sure: float
    doubtful: float


def load(folder: Path, classes: list[str], teacher: Path | None, trust: Trust, truth: bool, most: int | None = None) -> list[Labelled]:
    """Pictures of a COCO folder. `truth`: whether its boxes are of `classes`; without it only the teacher's are taken."""
    coco = json.loads((folder / "annotations.json").read_text())
    known = {c["id"]: classes.index(c["name"]) for c in coco["categories"] if c["name"] in classes} if truth else {}
    by_image: dict[int, list[dict]] = {}
    for box in coco["annotations"]:
        by_image.setdefault(box["image_id"], []).append(box)
    taught = json.loads(teacher.read_text()) if teacher else {}
    pictures = []
    for entry in coco["images"][:most]:
        image = cv2.imread(str(folder / "images" / entry["file_name"]))
        scale = image.shape[1] / entry["width"]
        boxes, ignored = [], []
        for box in by_image.get(entry["id"], []):
            if box["category_id"] not in known:
                continue
            x, y, w, h = (v * scale for v in box["bbox"])
            kind = known[box["category_id"]]
            if box["iscrowd"]:
                ignored.append([x, y, x + w, y + h, kind])
            else:
                boxes.append([x, y, x + w, y + h, 1.0, kind])
        add_taught(boxes, ignored, np.array(taught.get(entry["file_name"], []), np.float32).reshape(-1, 6), trust)
        pictures.append(Labelled(image, np.array(boxes, np.float32).reshape(-1, 6), np.array(ignored, np.float32).reshape(-1, 5)))
    return pictures


def add_taught(boxes: list[list[float]], ignored: list[list[float]], taught: np.ndarray, trust: Trust) -> None:
    """A teacher's box counts where people drew none; where they drew another class, people are right and the teacher is ignored."""
    people = np.array(boxes, np.float32).reshape(-1, 6)
    for row in taught:
        x1, y1, x2, y2, score, kind = (float(v) for v in row)
        shared = overlaps(row[None], people)[0] if len(people) else np.zeros(0)
        if len(shared) and shared[people[:, 5] == kind].max(initial=0) > 0.45:
            continue
        contradicted = shared.max(initial=0) > 0.6
        if score >= trust.sure and not contradicted:
            boxes.append([x1, y1, x2, y2, min(1.0, max(0.5, 1.4 * score)), kind])
        elif score >= trust.doubtful:
            ignored.append([x1, y1, x2, y2, kind])


class Views(Dataset):
    """Endless random views, `side` a function of the iteration: (image (3, S, S) uint8 RGB, boxes (n, 6), ignored (m, 5))."""

    def __init__(self, groups: list[tuple[float, list[Labelled]]], seed: int, side_of, batch: int, mosaic_of, nine: float, grey: float):
        self.groups = [(share, pictures, importance(pictures)) for share, pictures in groups]
        self.shares = np.array([share for share, _ in groups]) / sum(share for share, _ in groups)
        self.seed, self.side_of, self.batch, self.mosaic_of, self.nine, self.grey = seed, side_of, batch, mosaic_of, nine, grey

    def __len__(self) -> int:
        return 1 << 40

    def __getitem__(self, index: int):
        random = np.random.default_rng((self.seed, index))
        iteration = index // self.batch
        side = self.side_of(iteration)
        canvas = np.full((side, side, 3), 114, np.uint8)
        if random.random() < self.mosaic_of(iteration):
            boxes, ignored = self.nine_small(canvas, random) if random.random() < self.nine else self.mosaic(canvas, random)
        else:
            boxes, ignored = self.single(canvas, random)
        if random.random() < 0.5:
            canvas = canvas[:, ::-1]
            boxes[:, [0, 2]] = side - boxes[:, [2, 0]]
            ignored[:, [0, 2]] = side - ignored[:, [2, 0]]
        canvas = weathered(np.ascontiguousarray(canvas), random, self.grey)
        return torch.from_numpy(np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1))), torch.from_numpy(boxes[:MOST_BOXES]), torch.from_numpy(ignored)

    def pick(self, random: np.random.Generator) -> Labelled:
        _, pictures, weights = self.groups[random.choice(len(self.groups), p=self.shares)]
        return pictures[np.searchsorted(weights, random.random())]

    def mosaic(self, canvas: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Four pictures around a random point (Bochkovskiy et al., arXiv:2004.10934): four times the objects, at smaller sizes."""
        side = len(canvas)
        cx, cy = (int(side * random.uniform(0.3, 0.7)) for _ in range(2))
        parts = [self.lay(canvas, region, self.pick(random), random.uniform(0.45, 1.25), random) for region in ((0, 0, cx, cy), (cx, 0, side, cy), (0, cy, cx, side), (cx, cy, side, side))]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def nine_small(self, canvas: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Nine pictures, each small: people far off, of whom the training pictures have next to none. (Round 1 found nobody below 48 px.)"""
        at = [0, *sorted(int(len(canvas) * (third + random.uniform(-0.07, 0.07))) for third in (1 / 3, 2 / 3)), len(canvas)]
        regions = [(at[i], at[j], at[i + 1], at[j + 1]) for i in range(3) for j in range(3)]
        parts = [self.lay(canvas, region, self.pick(random), float(np.exp(random.uniform(np.log(0.18), np.log(0.6)))), random) for region in regions]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def single(self, canvas: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        zoom = 1.0 if random.random() < 0.35 else float(np.exp(random.uniform(np.log(0.5), np.log(1.9))))
        return self.lay(canvas, (0, 0, len(canvas), len(canvas)), self.pick(random), zoom, random)

    def lay(self, canvas: np.ndarray, region: tuple[int, int, int, int], picture: Labelled, zoom: float, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Lays the picture, its long side `zoom` times the canvas, into a region of the canvas, at a random place of either."""
        height, width = picture.image.shape[:2]
        scale = zoom * len(canvas) / max(height, width)
        sx, sy = scale * np.exp(random.uniform(-0.12, 0.12)), scale * np.exp(random.uniform(-0.12, 0.12))
        x1, y1, x2, y2 = region
        tx, ty = (random.uniform(min(0, room - size), max(0, room - size)) for room, size in ((x2 - x1, width * sx), (y2 - y1, height * sy)))
        matrix = np.array([[sx, 0, tx + (sx - 1) / 2], [0, sy, ty + (sy - 1) / 2]])
        canvas[y1:y2, x1:x2] = cv2.warpAffine(picture.image, matrix, (x2 - x1, y2 - y1), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(114, 114, 114))
        boxes, ignored = moved(picture.boxes, sx, sy, tx + x1, ty + y1, region), moved(picture.ignored, sx, sy, tx + x1, ty + y1, region)
        seen = boxes[1] >= SLIVER
        small = (boxes[0][:, 2:4] - boxes[0][:, :2]).min(1, initial=1e9) < LEAST_PX
        lost = boxes[0][(boxes[1] > 0) & (~seen | small)]
        kept = boxes[0][seen & ~small]
        return kept, np.concatenate((ignored[0][ignored[1] > 0], lost[:, [0, 1, 2, 3, 5]]))


def importance(pictures: list[Labelled]) -> np.ndarray:
    """Cumulative chance of each picture: pictures with rarer classes and with more classes come more often."""
    counts = np.ones(16)
    for p in pictures:
        for kind in set(p.boxes[:, 5].astype(int)):
            counts[kind] += 1
    rarity = (counts.max() / counts) ** 0.5
    weights = np.array([max([0.6, *(min(4.0, rarity[kind]) for kind in set(p.boxes[:, 5].astype(int)))]) for p in pictures])
    return np.cumsum(weights / weights.sum())


def moved(rows: np.ndarray, sx: float, sy: float, tx: float, ty: float, region: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Boxes after the move, cut at the region, and the share of each that is left."""
    rows = rows.copy()
    rows[:, [0, 2]] = rows[:, [0, 2]] * sx + tx
    rows[:, [1, 3]] = rows[:, [1, 3]] * sy + ty
    before = (rows[:, 2] - rows[:, 0]) * (rows[:, 3] - rows[:, 1])
    rows[:, [0, 2]] = rows[:, [0, 2]].clip(region[0], region[2])
    rows[:, [1, 3]] = rows[:, [1, 3]].clip(region[1], region[3])
    after = (rows[:, 2] - rows[:, 0]).clip(0) * (rows[:, 3] - rows[:, 1]).clip(0)
    return rows, after / np.maximum(before, 1e-6)


def weathered(image: np.ndarray, random: np.random.Generator, grey: float) -> np.ndarray:
    """What cameras and light do to a picture: colour, exposure, night grey, blur, sensor noise, compression."""
    if random.random() < grey:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    elif random.random() < 0.8:
        hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        turn, colour = random.uniform(-8, 8), random.uniform(0.5, 1.5)
        steps = np.arange(256)
        hsv[:, :, 0] = cv2.LUT(hsv[:, :, 0], ((steps + turn) % 180).astype(np.uint8))
        hsv[:, :, 1] = cv2.LUT(hsv[:, :, 1], np.clip(steps * colour, 0, 255).astype(np.uint8))
        image = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    gain, bend, lift = random.uniform(0.65, 1.3), float(np.exp(random.uniform(-0.35, 0.35))), random.uniform(-20, 20)
    image = cv2.LUT(image, np.clip(255 * (np.arange(256) / 255) ** bend * gain + lift, 0, 255).astype(np.uint8))
    if random.random() < 0.12:
        image = cv2.GaussianBlur(image, (0, 0), random.uniform(0.5, 1.4))
    if random.random() < 0.15:
        noise = random.normal(0, random.uniform(3, 12), image.shape[:2]).astype(np.int16)
        image = np.clip(image + noise[:, :, None], 0, 255).astype(np.uint8)
    if random.random() < 0.25:
        _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(30, 85))])
        image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    return image


def batched(samples):
    """Images (B, 3, S, S) uint8; boxes (G, 7) and ignored (I, 6), each with the picture's number in front."""
    images, boxes, ignored = zip(*samples)
    numbered = lambda rows: torch.cat([torch.cat((torch.full((len(r), 1), float(i)), r), 1) for i, r in enumerate(rows)])
    return torch.stack(images), numbered(boxes), numbered(ignored)
