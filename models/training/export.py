"""Turns a checkpoint into the ONNX file that ships: 8 bits, any picture size, one output of rows.

`python export.py objects.yaml --work FOLDER --out FILE`. Output `output`: (1, cells of strides 8, 16, 32, 4 + classes), YOLOX's raw
grid without objectness.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
import yaml
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from evaluate import laid_out
from train import SHARED, network_of


class Rows(torch.nn.Module):
    """The network with its scales joined into one table."""

    def __init__(self, net: torch.nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([torch.cat((boxes, classes.sigmoid()), 1).flatten(2) for boxes, classes in self.net(x)], 2).transpose(1, 2)


class Calibration(CalibrationDataReader):
    """Training pictures, from which the range of every activation is read."""

    def __init__(self, pictures: list[Path], side: int):
        self.pictures, self.side = iter(pictures), side

    def get_next(self) -> dict[str, np.ndarray] | None:
        file = next(self.pictures, None)
        return None if file is None else {"images": laid_out(cv2.imread(str(file)), self.side, square=True)[0]}


def quantised(whole: Path, out: Path, pictures: list[Path], side: int) -> None:
    """
    Static quantisation to 8 bits, weights per channel. The last layers stay in floats: box sizes are exponents. Weights keep to 7 bits, for
    processors without VNNI add two products in 16 bits, which overflow otherwise (onnxruntime, "Quantize ONNX models").
    """
    ready = whole.with_suffix(".ready.onnx")
    quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
    last = [node.name for node in onnx.load(str(ready)).graph.node if node.op_type == "Conv" and ("boxes.2" in node.name or "classes.2" in node.name)]
    quantize_static(
        str(ready), str(out), Calibration(pictures, side), quant_format=QuantFormat.QDQ, per_channel=True, reduce_range=True,
        activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8, calibrate_method=CalibrationMethod.MinMax,
        nodes_to_exclude=last, op_types_to_quantize=["Conv", "MaxPool", "Concat", "Resize", "Add", "Relu"], extra_options={"ActivationSymmetric": False},
    )
    ready.unlink()


def export(recipe: dict, work: Path, out: Path) -> None:
    net = network_of(recipe)
    kept = torch.load(work / f"{recipe['name']}.checkpoint.pt", weights_only=True)
    net.load_state_dict(kept["average"])
    rows = Rows(net).eval()
    warnings.filterwarnings("ignore")
    whole = out.with_suffix(".float32.onnx")
    torch.onnx.export(rows, (torch.zeros(1, 3, 256, 320),), str(whole), input_names=["images"], output_names=["output"], dynamic_axes={"images": {2: "height", 3: "width"}, "output": {1: "cells"}}, opset_version=17, dynamo=False)
    quantised(whole, out, calibration_pictures(recipe, work), recipe["longSidePx"])
    model = onnx.load(str(out))
    model.producer_name, model.producer_version = "gridwarden", str(kept["step"])
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
    whole.unlink()
    print(f"{out}: {out.stat().st_size} bytes, step {kept['step']}")


def calibration_pictures(recipe: dict, work: Path, each: int = 50) -> list[Path]:
    """Some of every source, spread evenly over it."""
    pictures = []
    for source in recipe["sources"]:
        folder = work / "scenes" if source["name"] == "scenes" else SHARED / "train" / source["name"]
        files = sorted((folder / "images").iterdir())
        pictures += files[:: max(1, len(files) // each)][:each]
    return pictures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    export(yaml.safe_load(options.recipe.read_text()), options.work, options.out)
