"""Trains one detector from its recipe file: seeded, resumable at any moment, one line of log per hundred steps.

`python train.py objects.yaml --work FOLDER`: checkpoints, labels and logs lie in FOLDER; run again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import torch
import yaml
from torch.utils.data import DataLoader

from loss import detection_loss
from network import Detector
from pictures import Labelled, Trust, Views, batched, load

SHARED = Path(__file__).resolve().parents[3] / "shared"
SAVE_EVERY = 250


def network_of(recipe: dict) -> Detector:
    net = recipe["network"]
    return Detector(len(recipe["classes"]), tuple(net["widths"]), tuple(net["depths"]), net["neck"])


def groups_of(recipe: dict, work: Path) -> list[tuple[float, list[Labelled]]]:
    groups = []
    for source in recipe["sources"]:
        folder = work / "scenes" if source["name"] == "scenes" else SHARED / "train" / source["name"]
        teacher = work / "labels" / f"{source['name']}-{recipe['task']}.json" if source["teacher"] else None
        groups.append((source["share"], load(folder, recipe["classes"], teacher, Trust(**recipe["trust"]), source["truth"])))
        print(f"{source['name']}: {len(groups[-1][1])} pictures, {sum(len(p.boxes) for p in groups[-1][1])} boxes, {sum(len(p.ignored) for p in groups[-1][1])} ignored", flush=True)
    return groups


class Average:
    """Exponential moving average of the weights: what is exported. The horizon grows with the steps, so that the start is forgotten."""

    def __init__(self, net: Detector, horizon: float):
        self.horizon, self.state = horizon, {k: v.detach().clone() for k, v in net.state_dict().items()}

    def follow(self, net: Detector, step: int) -> None:
        keep = self.horizon * (1 - math.exp(-step / 800))
        for name, value in net.state_dict().items():
            if value.dtype.is_floating_point:
                self.state[name].lerp_(value.detach(), 1 - keep)
            else:
                self.state[name].copy_(value)


def rate(step: int, schedule: dict) -> float:
    """Warm-up over 300 steps, then half a cosine down to a fiftieth; with a `restart`, a second, lower one from there (arXiv:1608.03983)."""
    peak, start, end = schedule["rate"], 0, schedule["steps"]
    if restart := schedule.get("restart"):
        peak, start, end = (restart["rate"], restart["at"], end) if step >= restart["at"] else (peak, 0, restart["at"])
    if step - start < 300:
        return peak * (step - start + 1) / 300
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - start - 300) / max(1, end - start - 300))))


def train(recipe: dict, work: Path) -> None:
    schedule, total, batch = recipe["schedule"], recipe["schedule"]["steps"], recipe["schedule"]["batch"]
    torch.manual_seed(recipe["seed"])
    net = network_of(recipe).to(memory_format=torch.channels_last)
    grouped = [[p for p in net.parameters() if (p.ndim > 1) == big] for big in (True, False)]
    optimiser = torch.optim.AdamW([{"params": grouped[0], "weight_decay": schedule["decay"]}, {"params": grouped[1], "weight_decay": 0.0}], lr=schedule["rate"])
    average = Average(net, 0.9995)
    checkpoint, step = work / f"{recipe['name']}.checkpoint.pt", 0
    if checkpoint.exists():
        kept = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        average.state, step = kept["average"], kept["step"]
        print(f"going on from step {step}", flush=True)

    last = int(total * (1 - schedule["plain"]))
    views = Views(groups_of(recipe, work), recipe["seed"], lambda i: side_at(i, schedule), batch, lambda i: schedule["mosaic"] if i < last else 0.0, schedule["nine"], schedule["grey"])
    loader = iter(DataLoader(views, batch, sampler=range(step * batch, total * batch), num_workers=schedule["loaders"], collate_fn=batched, prefetch_factor=6))
    log = (work / f"{recipe['name']}.log.jsonl").open("a")
    sums, since = {"class": 0.0, "box": 0.0, "cells": 0.0}, time.monotonic()
    net.train()
    for images, truth, ignored in loader:
        for group in optimiser.param_groups:
            group["lr"] = rate(step, schedule)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs = net(images.to(memory_format=torch.channels_last).float().div_(255))
        loss, parts = detection_loss(outputs, truth, ignored)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        optimiser.step()
        step += 1
        average.follow(net, step)
        sums = {k: sums[k] + parts[k] for k in sums}
        if step % 100 == 0:
            took = time.monotonic() - since
            line = {"step": step, "side": images.shape[-1], "rate": round(rate(step, schedule), 6), **{k: round(v / 100, 4) for k, v in sums.items()}, "picturesPerS": round(100 * batch / took, 1)}
            log.write(json.dumps(line) + "\n")
            log.flush()
            print(json.dumps(line), flush=True)
            sums, since = {k: 0.0 for k in sums}, time.monotonic()
        if step % SAVE_EVERY == 0 or step == total:
            part = checkpoint.with_suffix(".part")
            torch.save({"net": net.state_dict(), "average": average.state, "optimiser": optimiser.state_dict(), "step": step}, part)
            part.rename(checkpoint)


def side_at(step: int, schedule: dict) -> int:
    """Small pictures first (they cost less), larger ones later, and always some sizes either way: the model is used at any size."""
    base = next(side for until, side in schedule["sides"] if step < until * schedule["steps"])
    return base + 32 * ((step * 7919) % 5 - 2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    torch.set_num_threads(2)
    train(yaml.safe_load(options.recipe.read_text()), options.work)
