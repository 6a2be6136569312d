"""What pycocotools says of boxes: the yardstick of models/average-precision.ts.

python reference.py make             writes reference.json beside this file: seeded random boxes and what cocoeval makes of them
python reference.py judge < datasets reads a JSON list of lists of pictures on standard input, prints a list of figures
python reference.py version          prints pycocotools' version; ends with an error where it is not there

Pictures: [{"truth": [[label, x, y, w, h, crowd]], "found": [[label, score, x, y, w, h]]}]; figures: {label: [AP at IoU .50, .55 … .95]}, -1
where the label occurs nowhere. Labels are those of LABELS.
"""
import contextlib
import importlib.metadata
import json
import os
import random
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

LABELS = ["person", "car", "bus", "truck", "ghost"]


def judge(pictures):
    """COCOeval with its defaults (iouType bbox); AP of each label at each IoU, area all, 100 boxes a picture."""
    truth, found = [], []
    for image, picture in enumerate(pictures, 1):
        for label, x, y, w, h, crowd in picture["truth"]:
            truth.append({"id": len(truth) + 1, "image_id": image, "category_id": LABELS.index(label) + 1, "bbox": [x, y, w, h], "area": w * h, "iscrowd": int(crowd)})
        for label, score, x, y, w, h in picture["found"]:
            found.append({"image_id": image, "category_id": LABELS.index(label) + 1, "bbox": [x, y, w, h], "score": score})
    with contextlib.redirect_stdout(sys.stderr):
        coco = COCO()
        coco.dataset = {
            "info": {},
            "images": [{"id": i + 1, "width": 640, "height": 480} for i in range(len(pictures))],
            "annotations": truth,
            "categories": [{"id": i + 1, "name": label} for i, label in enumerate(LABELS)],
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"]  # IoU × recall × label × area × most boxes
    return {label: [float(precision[t, :, k, 0, 2].mean()) for t in range(10)] for k, label in enumerate(LABELS)}


def random_pictures(seed, count):
    """Boxes near the true ones, doubled ones, false ones, crowds, many equal scores; one picture has more boxes than COCO looks at."""
    rng = random.Random(seed)
    box = lambda: [round(rng.uniform(0, 500), 1), round(rng.uniform(0, 350), 1), round(rng.uniform(8, 140), 1), round(rng.uniform(8, 130), 1)]
    near = lambda b, by: [round(v + rng.gauss(0, by) * b[2 + i % 2], 1) if i < 2 else round(max(1, v * (1 + rng.gauss(0, by))), 1) for i, v in enumerate(b)]
    pictures = []
    for number in range(count):
        truth, found = [], []
        for _ in range(rng.choice([0, 1, 2, 4, 8])):
            label, b = rng.choice(["person", "person", "person", "car", "car", "bus"]), box()
            truth.append([label, *b, rng.random() < 0.1])
            for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
                found.append([label, round(rng.betavariate(3, 2), 2), *near(b, rng.choice([0, 0.03, 0.08, 0.2]))])
        if number % 5 == 0:
            truth.append(["truck", *box(), True])  # a label that has crowds only
        crowds = [t for t in truth if t[5]]
        for _ in range(130 if number == 3 else rng.randrange(4)):
            label, b = "person" if number == 3 else rng.choice(["person", "car", "truck", "ghost"]), box()
            if number != 3 and crowds and rng.random() < 0.5:
                label, x, y, w, h, _ = rng.choice(crowds)
                b = [x + 1, y + 1, round(w / 3, 1), round(h / 3, 1)]
            found.append([label, round(rng.betavariate(1, 3), 2), *b])
        pictures.append({"truth": truth, "found": found})
    return pictures


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        pictures = random_pictures(20261123, 30)
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json"), "w") as file:
            json.dump({"pictures": pictures, "expected": judge(pictures)}, file, separators=(",", ":"))
            file.write("\n")
    elif sys.argv[1:] == ["judge"]:
        print(json.dumps([judge(pictures) for pictures in json.load(sys.stdin)]))
    elif sys.argv[1:] == ["version"]:
        print(importlib.metadata.version("pycocotools"))
    else:
        sys.exit(__doc__)
