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


def eight_bits(table: Any) -> tuple[np.ndarray, np.ndarray]:
    """Weights as int8 and the scales of their columns, (columns,) float32."""
    values = table.detach().numpy()
    scale = np.maximum(np.abs(values).max(axis=0), 1e-9) / 127
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)


def write(encoder: Any, middle: Any, reader: Any, file: Path) -> None:
    """The graph of a teacher.Encoder and a reader.Reader of the same layers.

    Inputs: `ids` and their `places`, (1, tokens) and (tokens,) int64; `texts` and `parts`, (tokens,) int64, which text each token is of
    and which part, and `reading`, () float32. With 0 and one text, `vector`, (1, width) float32 of length 1, is what it means, `vectors`,
    (parts, width), what each part means where it stands, `middle` taken from them. With 1 and texts as parts, `odds`, (texts,) float32,
    say how far text 0, a question, is answered by none, and by each of the others.
    Weights are int8 with a scale a column, of seven bits, as eight overflow on processors without VNNI."""
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

    def linear(x: str, layer: Any, name: str, change: Any = None) -> str:
        out = node("Add", [node("MatMul", [x, constant(f"{name}.w", layer.weight.T)], f"{name}.m"), constant(f"{name}.b", layer.bias)], name)
        if change is None:
            return out
        inner = node("Mul", [node("MatMul", [x, small(change.a.T, f"{name}.a")], f"{name}.inner"), "reading"], f"{name}.read")
        return node("Add", [out, node("MatMul", [inner, small(change.b.T, f"{name}.o")], f"{name}.change")], f"{name}.changed")

    def small(table: Any, name: str) -> str:  # unpacked when the graph is loaded
        values, scale = eight_bits(table)
        return node("Mul", [node("Cast", [constant(f"{name}.8", values)], f"{name}.cast", to=TensorProto.FLOAT), constant(f"{name}.s", scale)], name)

    def norm(x: str, layer: Any, name: str, change: Any = None) -> str:
        weights = [constant(f"{name}.w", layer.weight), constant(f"{name}.b", layer.bias)]
        if change is not None:
            moved = [constant(f"{name}.dw", change.weight - layer.weight), constant(f"{name}.db", change.bias - layer.bias)]
            weights = [node("Add", [own, node("Mul", [more, "reading"], f"{more}.read")], f"{more}.sum")
                       for own, more in zip(weights, moved, strict=True)]
        return node("LayerNormalization", [x, *weights], name, epsilon=layer.eps, axis=-1)

    def over(tables: list[str], axis: int, name: str) -> str:  # the sum of what is multiplied
        return node("ReduceSum", [node("Mul", tables, f"{name}.product"), constant(f"{name}.axis", [axis])], name, keepdims=0)

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
    first, rows, columns = constant("first", [0]), constant("rows", [1]), constant("columns", [0])
    across = node("Unsqueeze", ["texts", columns], "across")
    same = node("Equal", [node("Unsqueeze", ["texts", rows], "down"), across], "same")
    asked = node("Or", [same, node("Equal", [across, first], "of the question")], "same or asked")
    apart, together = (node("Where", [seen, constant(f"{seen}.0", np.float32(0)), constant(f"{seen}.far", np.float32(-1e4))], f"{seen}.mask")
                       for seen in (same, asked))
    for n, layer in enumerate(encoder.layers):
        change = reader.layers[n - reader.apart] if n >= reader.apart else None
        linear_, norm_ = (lambda x, part, make=make, n=n, layer=layer, change=change:
                          make(x, getattr(layer, part), f"{n}.{part}", getattr(change, part, None)) for make in (linear, norm))
        q, k, v = (node("Transpose", [node("Reshape", [linear_(x, name), split], f"{n}.{name}.split")], f"{n}.{name}.t", perm=order)
                   for name, order in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])))
        score = node("Mul", [node("MatMul", [q, k], f"{n}.qk"), scale], f"{n}.scaled")
        share = node("Softmax", [node("Add", [score, apart if change is None else together], f"{n}.masked")], f"{n}.share", axis=-1)
        seen = node("Transpose", [node("MatMul", [share, v], f"{n}.seen")], f"{n}.seen.t", perm=[0, 2, 1, 3])
        x = norm_(node("Add", [x, linear_(node("Reshape", [seen, joined], f"{n}.joined"), "out")], f"{n}.sum"), "middle")
        x = norm_(node("Add", [x, linear_(node("Gelu", [linear_(x, "first")], f"{n}.gelu"), "second")], f"{n}.sum2"), "last")
    centre = constant("middle", middle)

    def meant(mean: str, output: str) -> str:
        unit = node("LpNormalization", [mean], f"unit {output}", axis=1, p=2)
        node("LpNormalization", [node("Sub", [unit, centre], f"centred {output}")], output, axis=1, p=2)
        return unit

    meant(node("ReduceMean", [x, constant("over", [1])], "mean", keepdims=0), "vector")
    number = node("Add", [node("ReduceMax", ["parts"], "last part", keepdims=0), constant("one more", np.int64(1))], "number")
    numbers = node("Range", [constant("zero", np.int64(0)), number, constant("step", np.int64(1))], "numbers")
    of = node("Cast", [node("Equal", [node("Unsqueeze", [numbers, rows], "numbers down"), node("Unsqueeze", ["parts", columns], "parts across")], "whose")], "of", to=TensorProto.FLOAT)
    tokens = node("Unsqueeze", [node("ReduceSum", [of, constant("along", [1])], "lengths", keepdims=0), rows], "tokens of parts")
    means = node("Div", [node("MatMul", [of, node("Squeeze", [x, columns], "states")], "totals"), tokens], "means")
    units = meant(means, "vectors")
    near = over([units, node("Gather", [units, first], "unit of the question")], 1, "near")
    answered = node("Add", [over([means, constant("head", reader.head.weight)], 1, "by head"),
                            node("Mul", [node("Sub", [near, constant("shift", (reader.shift - reader.head.bias / reader.scale).reshape(()))], "shifted"),
                                         constant("steep", reader.scale.reshape(()))], "by nearness")], "answered")
    silent = node("Add", [over([means, constant("none", reader.none.weight)], 1, "by none"), constant("none.b", reader.none.bias)], "silent")
    node("Where", [node("Equal", [numbers, first], "is the question"), silent, answered], "odds")
    graph = helper.make_graph(nodes, "encoder", [helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"]),
                                                 helper.make_tensor_value_info("places", TensorProto.INT64, ["tokens"]),
                                                 helper.make_tensor_value_info("texts", TensorProto.INT64, ["tokens"]),
                                                 helper.make_tensor_value_info("parts", TensorProto.INT64, ["tokens"]),
                                                 helper.make_tensor_value_info("reading", TensorProto.FLOAT, [])],
                              [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, width]),
                               helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["count", width]),
                               helper.make_tensor_value_info("odds", TensorProto.FLOAT, ["count"])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = VERSION
    onnx.checker.check_model(model)
    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that only convolutions need
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, whole := str(Path(folder) / "whole.onnx"))
        quantize_dynamic(whole, str(file), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
                         op_types_to_quantize=["MatMul"])
