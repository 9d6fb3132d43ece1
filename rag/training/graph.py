"""An encoder as an ONNX graph with int8 weights, which onnxruntime runs without torch. Needs `pip install onnx`."""

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

OPSET, VERSION = 20, 9  # operators, and the version of the format, that onnxruntime 1.17 and newer read


BLOCK = 32  # word weights that share a scale


def four_bits(table: Any) -> tuple[np.ndarray, np.ndarray]:
    """Rows of weights as nibbles, (rows, blocks, BLOCK / 2) uint8, the first half of a block in the low ones, and the blocks'
    scales, (rows, blocks, 1) float32: the Q4_0 of ggml, in which e5's words came, so that nothing is lost."""
    blocks = table.detach().numpy().reshape(len(table), -1, BLOCK)
    largest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=2, keepdims=True), axis=2)
    scale = largest / -8
    values = np.clip(np.round(blocks / np.where(scale == 0, 1, scale)) + 8, 0, 15).astype(np.uint8)
    return values[:, :, :BLOCK // 2] | values[:, :, BLOCK // 2:] << 4, scale.astype(np.float32)


def write(encoder: Any, middle: Any, file: Path) -> None:
    """The graph of one text under a teacher.Encoder: `ids` and their `places`, (1, tokens) and (tokens,) int64, to `vector`, (1, width) float32 of
    length 1, from which `middle` has been taken. Weights are int8 with a scale a column, of seven bits, as eight overflow on
    processors without VNNI."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes, constants = [], []

    def constant(name: str, value: Any) -> str:
        array = value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
        constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **options: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], name=output, **options))
        return output

    def linear(x: str, layer: Any, name: str) -> str:
        return node("Add", [node("MatMul", [x, constant(f"{name}.w", layer.weight.T)], f"{name}.m"), constant(f"{name}.b", layer.bias)], name)

    def norm(x: str, layer: Any, name: str) -> str:
        return node("LayerNormalization", [x, constant(f"{name}.w", layer.weight), constant(f"{name}.b", layer.bias)], name,
                    epsilon=layer.eps, axis=-1)

    nibbles, scales = four_bits(encoder.word.weight)
    packed = node("Gather", [constant("nibbles", nibbles), "ids"], "packed")
    halves = [node("BitwiseAnd", [packed, constant("low", np.uint8(15))], "first halves"),
              node("BitShift", [packed, constant("four", np.uint8(4))], "second halves", direction="RIGHT")]
    steps = node("Cast", [node("Concat", halves, "blocks", axis=-1)], "steps", to=TensorProto.FLOAT)
    values = node("Mul", [node("Sub", [steps, constant("eight", np.float32(8))], "signed"),
                          node("Gather", [constant("scales", scales), "ids"], "scale of blocks")], "values")
    width, heads = encoder.word.embedding_dim, encoder.heads
    word = node("Reshape", [values, constant("whole", [0, 0, width])], "word")
    place = node("Gather", [constant("all places", encoder.place.weight), "places"], "place")
    x = norm(node("Add", [word, place], "begin"), encoder.norm, "begun")
    split, joined = constant("split", [0, 0, heads, width // heads]), constant("joined", [0, 0, width])
    scale = constant("scale", np.float32((width // heads) ** -0.5))
    for n, layer in enumerate(encoder.layers):
        q, k, v = (node("Transpose", [node("Reshape", [linear(x, part, f"{n}.{name}"), split], f"{n}.{name}.s")], f"{n}.{name}.t", perm=order)
                   for name, part, order in (("q", layer.q, [0, 2, 1, 3]), ("k", layer.k, [0, 2, 3, 1]), ("v", layer.v, [0, 2, 1, 3])))
        share = node("Softmax", [node("Mul", [node("MatMul", [q, k], f"{n}.qk"), scale], f"{n}.scaled")], f"{n}.share", axis=-1)
        seen = node("Transpose", [node("MatMul", [share, v], f"{n}.seen")], f"{n}.seen.t", perm=[0, 2, 1, 3])
        out = linear(node("Reshape", [seen, joined], f"{n}.joined"), layer.out, f"{n}.out")
        x = norm(node("Add", [x, out], f"{n}.sum"), layer.middle, f"{n}.middle")
        inner = linear(node("Gelu", [linear(x, layer.first, f"{n}.first")], f"{n}.gelu"), layer.second, f"{n}.second")
        x = norm(node("Add", [x, inner], f"{n}.sum2"), layer.last, f"{n}.last")
    mean = node("LpNormalization", [node("ReduceMean", [x, constant("over", [1])], "mean", keepdims=0)], "one", axis=1, p=2)
    node("LpNormalization", [node("Sub", [mean, constant("middle", middle)], "centred")], "vector", axis=1, p=2)
    graph = helper.make_graph(nodes, "encoder", [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"]),
                                                 helper.make_tensor_value_info("places", TensorProto.INT64, ["tokens"])],
                              [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, width])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = VERSION
    onnx.checker.check_model(model)
    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that only convolutions need
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, whole := str(Path(folder) / "whole.onnx"))
        quantize_dynamic(whole, str(file), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
                         op_types_to_quantize=["MatMul"])
