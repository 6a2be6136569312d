"""The whole recipe in one command: scenes, teachers' labels, training, export, a first measure. Whatever is done already is not done again.

`python recipe.py [objects] [faces] [--work FOLDER]` (both where none is named). Run through `npm run train`, which makes the virtual
environment first. Stop it whenever you like and run it again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

import torch
import yaml

from evaluate import evaluate
from export import export
from teachers import label
from train import SHARED, train

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WEIGHTS = ROOT / "models" / "weights"


def scenes(work: Path) -> None:
    """Pictures of generated streets with exact truth, drawn by the project's own fake camera."""
    if not (work / "scenes" / "annotations.json").exists():
        subprocess.run(["node", str(ROOT / "test-fixtures/street-scene/export.ts"), "--dir", str(work / "scenes")], check=True)


def labels(recipe: dict, work: Path) -> None:
    for source in recipe["sources"]:
        if source["teacher"]:
            label(SHARED / "train" / source["name"], SHARED / "models", recipe["task"], work / "labels" / f"{source['name']}-{recipe['task']}.json")


def measure(recipe: dict, file: Path) -> dict:
    """On labelled pictures that training never saw; only where they are at hand."""
    folder = SHARED / "images" / recipe["task"]
    if not folder.exists():
        return {}
    side = recipe["longSidePx"]
    return {"on": f"../shared/images/{recipe['task']}", "longSidePx": side, **evaluate(recipe["classes"], file, folder, "val2017_" if recipe["task"] == "objects" else "", side, 1000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["faces", "objects"])
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "gridwarden-training")
    options = parser.parse_args()
    if not (SHARED / "train").exists():
        raise SystemExit(f"The training pictures are not at {SHARED / 'train'}: see models/training/README.md.")
    options.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(max(1, torch.get_num_threads()))
    for name in options.names or ["faces", "objects"]:
        recipe = yaml.safe_load((HERE / f"{name}.yaml").read_text())
        if any(source["name"] == "scenes" for source in recipe["sources"]):
            scenes(options.work)
        labels(recipe, options.work)
        train(recipe, options.work)
        file = WEIGHTS / f"{recipe['name']}.onnx"
        export(recipe, options.work, file)
        print(json.dumps({"model": recipe["name"], **measure(recipe, file)}))


if __name__ == "__main__":
    main()
