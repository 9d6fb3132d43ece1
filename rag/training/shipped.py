"""The encoder and the reader that ship, taken from their graph again, so that they can be taught further. Needs `pip install onnx`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rag.training.reader import Reader
    from rag.training.teacher import Encoder


def taken(file: Path, encoder: "Encoder") -> "Reader":
    """The reader of a graph that rag.training.graph wrote; the layers of `encoder` get the weights that stand there, as int8 has them."""
    import onnx
    import torch
    from onnx import numpy_helper

    from rag.training.reader import LINEAR, NORMS, Reader

    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(file)).graph.initializer}
    reader = Reader(encoder)

    def weights(name: str) -> np.ndarray:
        return stored[f"{name}.w_quantized"].astype(np.float32) * stored[f"{name}.w_scale"]

    def fill(parameter: Any, values: np.ndarray) -> None:
        parameter.data.copy_(torch.from_numpy(np.array(values, dtype=np.float32)).reshape(parameter.shape))

    for n, layer in enumerate(encoder.layers):
        change = reader.layers[n - reader.apart] if n >= reader.apart else None
        split = {name: (values, stored[f"{n}.qkv.bias"].reshape(3, -1)[m]) for m, (name, values) in enumerate(
            zip("qkv", np.split(weights(f"{n}.qkv"), 3, axis=1), strict=True))}
        for name in LINEAR:
            values, bias = split[name] if name in split else (weights(f"{n}.{name}"), stored[f"{n}.{name}.bias"])
            fill(getattr(layer, name).weight, values.T)
            fill(getattr(layer, name).bias, bias)
            if change is not None:
                place, m = (f"{n}.qkv", "qkv".index(name)) if name in split else (f"{n}.{name}", 0)
                for part in "ab":
                    fill(getattr(getattr(change, name), part), (stored[f"{place}.{part}{m}.8"] * stored[f"{place}.{part}{m}.s"]).T)
        for name in NORMS:
            for part, letter in (("weight", "w"), ("bias", "b")):
                own = stored[f"{n}.{name}.{letter}"]
                fill(getattr(getattr(layer, name), part), own)
                if change is not None:
                    fill(getattr(getattr(change, name), part), own + stored[f"{n}.{name}.d{letter}"])
    fill(reader.scale, stored["steep"])
    fill(reader.head.weight, stored["head"])
    fill(reader.head.bias, (reader.shift.numpy() - stored["shift"]) * stored["steep"])
    fill(reader.none.weight, stored["none"])
    fill(reader.none.bias, stored["none.b"])
    return reader
