"""Measures an exported detector by COCO's rules (pycocotools) on a folder of labelled pictures; nothing is learned from them.

`python evaluate.py objects.yaml --model FILE --folder FOLDER [--prefix val2017_] [--long-side 384]`. The figures that count are those of
`npm run bench -- accuracy`, through the program's own decoder; this is the quick look between two rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from pathlib import Path

import cv2
import numpy as np
import yaml
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from teachers import session, suppressed


def laid_out(image: np.ndarray, long_side: int, square: bool = False) -> tuple[np.ndarray, float]:
    """The input tensor (1, 3, H, W), RGB 0..1, letterboxed top-left to multiples of 32 or to the square, and the scale. `image`: BGR uint8."""
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    small = cv2.resize(image, (round(width * scale), round(height * scale)))
    rows, columns = (long_side, long_side) if square else (-(-small.shape[0] // 32) * 32, -(-small.shape[1] // 32) * 32)
    padded = np.full((rows, columns, 3), 114, np.uint8)
    padded[: small.shape[0], : small.shape[1]] = small
    return padded[:, :, ::-1].transpose(2, 0, 1)[None].astype(np.float32) / 255, scale


def detect(model, image: np.ndarray, long_side: int) -> np.ndarray:
    """Rows of x1, y1, x2, y2, score, class in picture pixels. `image`: BGR uint8."""
    height, width = image.shape[:2]
    tensor, scale = laid_out(image, long_side)
    rows = model.run(None, {"images": tensor})[0][0]
    found, at = [], 0
    for stride in (8, 16, 32):
        grid = np.stack(np.meshgrid(np.arange(tensor.shape[3] // stride), np.arange(tensor.shape[2] // stride)), -1).reshape(-1, 2)
        part = rows[at : at + len(grid)]
        at += len(grid)
        centre, size = (part[:, :2] + grid) * stride, np.exp(part[:, 2:4]) * stride
        cell, kind = np.nonzero(part[:, 4:] > 0.02)
        box = np.concatenate((centre - size / 2, centre + size / 2), 1)[cell] / scale
        found.append(np.concatenate((box, part[cell, 4 + kind][:, None], kind[:, None]), 1))
    rows = np.concatenate(found)
    rows[:, [0, 2]] = rows[:, [0, 2]].clip(0, width)
    rows[:, [1, 3]] = rows[:, [1, 3]].clip(0, height)
    return suppressed(rows[np.argsort(-rows[:, 4])][:800], 0.55)[:100]


def evaluate(classes: list[str], file: Path, folder: Path, prefix: str, long_side: int, most: int) -> dict[str, list[float]]:
    """Class -> [AP50, AP50:95]."""
    model = session(file, 1)
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "annotations.json"))
    ids = {c["name"]: c["id"] for c in truth.loadCats(truth.getCatIds())}
    pictures = [i for i in truth.loadImgs(truth.getImgIds()) if i["file_name"].startswith(prefix)][:most]
    results = []
    for picture in pictures:
        for x1, y1, x2, y2, score, kind in detect(model, cv2.imread(str(folder / "images" / picture["file_name"])), long_side):
            results.append({"image_id": picture["id"], "category_id": ids[classes[int(kind)]], "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score})
    figures = {}
    with contextlib.redirect_stdout(io.StringIO()):
        found = truth.loadRes(results)
        for name in classes:
            judge = COCOeval(truth, found, "bbox")
            judge.params.imgIds, judge.params.catIds = [p["id"] for p in pictures], [ids[name]]
            judge.evaluate()
            judge.accumulate()
            judge.summarize()
            figures[name] = [round(float(judge.stats[1]), 4), round(float(judge.stats[0]), 4)]
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--prefix", default="")
    parser.add_argument("--long-side", type=int, default=384)
    parser.add_argument("--most", type=int, default=1000)
    options = parser.parse_args()
    figures = evaluate(yaml.safe_load(options.recipe.read_text())["classes"], options.model, options.folder, options.prefix, options.long_side, options.most)
    print(json.dumps({"longSide": options.long_side, **figures, "mean": [round(float(np.mean([f[i] for f in figures.values() if f[i] >= 0])), 4) for i in (0, 1)]}))
