"""An encoder as an ONNX graph with int8 weights, which onnxruntime runs without torch. Needs `pip install onnx`."""

import logging
import tempfile
from collections.abc import Sequence
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

    Inputs, all int64: `ids`, the tokens of one or more texts, (tokens,); `texts`, which text each is of, and `places`, where in it;
    `rows`, (texts, longest), the tokens of each text as places in `ids`, -1 behind its last; `parts`, (tokens,), the part each token
    counts to; `asked`, the tokens that the upper layers show to every text but the first, a question, as places in `ids`.
    With one text and nothing asked, `vector`, (1, width) float32 of length 1, is what it means, and `vectors`, (parts, width), what each
    part means where it stands, `middle` taken from them. With the first text asked and texts as parts, the layers change to those of
    the reader, and `odds`, (texts,) float32, say how far the question is answered by none, and by each of the others.
    Weights are int8 with a scale a column, of seven bits, as eight overflow on processors without VNNI. What works on tokens works on
    all of them in a row; only attention, ONNX Runtime's own operator, has them by text, with padding."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from onnxruntime.quantization import QuantType, quantize_dynamic

    nodes: list[Any] = []
    constants: dict[str, Any] = {}

    def constant(name: str, value: Any) -> str:
        array = value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
        constants.setdefault(name, numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def node(kind: str, inputs: list[str], output: str | list[str], **options: Any) -> Any:
        outputs = [output] if isinstance(output, str) else output
        nodes.append(helper.make_node(kind, inputs, outputs, name=outputs[0], **options))
        return output

    def whole(*values: int) -> str:
        return constant(f"whole {values}", np.array(values, dtype=np.int64))

    def linear(x: str, layers: list[Any], name: str, changes: list[Any]) -> str:
        """Layers side by side, of one input, with the changes that reading makes."""
        weights, bias = np.concatenate([layer.weight.detach().T for layer in layers], 1), np.concatenate([layer.bias.detach() for layer in layers])
        out = node("Add", [node("MatMul", [x, constant(f"{name}.w", weights)], f"{name}.m"), constant(f"{name}.bias", bias)], name)
        if not changes:
            return out
        a, b = ([small(getattr(change, part).T, f"{name}.{part}{n}") for n, change in enumerate(changes)] for part in "ab")
        last, width = len(changes) - 1, changes[0].b.shape[0]
        b = [node("Pad", [one, whole(0, n * width, 0, (last - n) * width)], f"{one}.wide") for n, one in enumerate(b)]
        a, b = (node("Slice", [node("Concat", some, f"{name}.{part}", axis=axis), whole(0), "rank", whole(axis)], f"{name}.{part}.read")
                for part, some, axis in (("a", a, 1), ("b", b, 0)))
        return node("Add", [out, node("MatMul", [node("MatMul", [x, a], f"{name}.inner"), b], f"{name}.change")], f"{name}.changed")

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

    def over(tables: list[str], name: str) -> str:  # the sum of what is multiplied
        return node("ReduceSum", [node("Mul", tables, f"{name}.product"), whole(1)], name, keepdims=0)

    zero, one = constant("zero", np.int64(0)), constant("one", np.int64(1))
    width = encoder.word.embedding_dim
    nibbles, scales = four_bits(encoder.word.weight)
    packed = node("Gather", [constant("nibbles", nibbles), "ids"], "packed")
    halves = [node("BitwiseAnd", [packed, constant("low", np.uint8(15))], "first halves"),
              node("BitShift", [packed, constant("four", np.uint8(4))], "second halves", direction="RIGHT")]
    steps = node("Cast", [node("Concat", halves, "blocks", axis=-1)], "steps", to=TensorProto.FLOAT)
    values = node("Mul", [node("Sub", [steps, constant("eight", np.float32(8))], "signed"),
                          node("Gather", [constant("scales", scales), "ids"], "scale of blocks")], "values")
    place = node("Cast", [node("Gather", [constant("all places", encoder.place.weight.half()), "places"], "place.half")], "place", to=TensorProto.FLOAT)
    x = norm(node("Add", [node("Reshape", [values, whole(-1, width)], "word"), place], "begin"), encoder.norm, "begun")

    # 1 where a question is asked, else 0; tables cut to rank 0 change nothing, and cost nothing
    asking = node("Cast", [node("Greater", [node("Size", ["asked"], "size of asked"), zero], "any asked")], "asking", to=TensorProto.INT64)
    node("Cast", [asking], "reading", to=TensorProto.FLOAT)
    node("Mul", [asking, whole(width)], "rank")
    there, rows = node("GreaterOrEqual", ["rows", zero], "there"), node("Max", ["rows", zero], "filled rows")
    number, longest = (node("Shape", ["rows"], name, start=axis, end=axis + 1) for axis, name in enumerate(("number of texts", "longest")))
    flat = node("Add", [node("Mul", ["texts", longest], "first places"), "places"], "flat places")
    others = node("Greater", [node("Range", [zero, node("Squeeze", [number], "texts there"), one], "number of each text"), zero], "others")
    each = node("Concat", [number, whole(1), whole(1)], "each", axis=0)
    question = node("Expand", [node("Unsqueeze", [others, whole(1)], "others down"), node("Concat", [number, node("Shape", ["asked"], "length of asked")],
                                                                                           "texts by asked", axis=0)], "question there")
    apart, together = (node("Cast", [seen], f"mask of {seen}", to=TensorProto.INT32)
                       for seen in (there, node("Concat", [question, there], "question and text", axis=1)))
    for n, layer in enumerate(encoder.layers):
        change = reader.layers[n - reader.apart] if n >= reader.apart else None

        def linear_(x: str, name: str, parts: Sequence[str] = (), n: int = n, layer: Any = layer, change: Any = change) -> str:
            parts = parts or [name]
            return linear(x, [getattr(layer, part) for part in parts], f"{n}.{name}", [getattr(change, part) for part in parts] if change else [])

        q, *seen = node("Split", [linear_(x, "qkv", "qkv")], [f"{n}.{part}" for part in "qkv"], axis=1, num_outputs=3)
        by_text = [node("Gather", [part, rows], f"{part}.rows") for part in (q, *seen)]
        if change is not None:
            shown = [node("Expand", [node("Gather", [part, "asked"], f"{part}.asked"), each], f"{part}.shown") for part in seen]
            by_text[1:] = [node("Concat", pair, f"{pair[1]}.all", axis=1) for pair in map(list, zip(shown, by_text[1:], strict=True))]
        attended = node("MultiHeadAttention", [*by_text, "", apart if change is None else together], f"{n}.attended", domain="com.microsoft",
                        num_heads=encoder.heads, mask_filter_value=-1e4)
        attended = node("Gather", [node("Reshape", [attended, whole(-1, width)], f"{n}.flat"), flat], f"{n}.attended.tokens")
        x = norm(node("Add", [x, linear_(attended, "out")], f"{n}.sum"), layer.middle, f"{n}.middle", getattr(change, "middle", None))
        inner = node("Gelu", [linear_(x, "first")], f"{n}.gelu")
        x = norm(node("Add", [x, linear_(inner, "second")], f"{n}.sum2"), layer.last, f"{n}.last", getattr(change, "last", None))
    centre = constant("middle", middle)

    def meant(mean: str, output: str) -> str:
        unit = node("LpNormalization", [mean], f"unit {output}", axis=1, p=2)
        node("LpNormalization", [node("Sub", [unit, centre], f"centred {output}")], output, axis=1, p=2)
        return unit

    meant(node("ReduceMean", [x, whole(0)], "mean", keepdims=1), "vector")
    numbers = node("Range", [zero, node("Add", [node("ReduceMax", ["parts"], "last part", keepdims=0), one], "number of parts"), one], "numbers")
    of = node("Cast", [node("Equal", [node("Unsqueeze", [numbers, whole(1)], "numbers down"), node("Unsqueeze", ["parts", whole(0)], "parts across")],
                            "whose")], "of", to=TensorProto.FLOAT)
    means = node("Div", [node("MatMul", [of, x], "totals"), node("ReduceSum", [of, whole(1)], "tokens of parts", keepdims=1)], "means")
    units = meant(means, "vectors")
    near = over([units, node("Gather", [units, whole(0)], "unit of the question")], "near")
    answered = node("Add", [over([means, constant("head", reader.head.weight)], "by head"),
                            node("Mul", [node("Sub", [near, constant("shift", reader.shift - (reader.head.bias / reader.scale).reshape(()))], "shifted"),
                                         constant("steep", reader.scale)], "by nearness")], "answered")
    silent = node("Add", [over([means, constant("none", reader.none.weight)], "by none"), constant("none.b", reader.none.bias)], "silent")
    node("Where", [node("Equal", [numbers, zero], "is the question"), silent, answered], "odds")
    graph = helper.make_graph(
        nodes, "encoder",
        [helper.make_tensor_value_info(name, TensorProto.INT64, shape) for name, shape in (
            ("ids", ["tokens"]), ("texts", ["tokens"]), ("places", ["tokens"]), ("rows", ["texts", "longest"]), ("parts", ["tokens"]), ("asked", ["asked"]))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (
            ("vector", [1, width]), ("vectors", ["count", width]), ("odds", ["count"]))], list(constants.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)])
    model.ir_version = VERSION
    onnx.checker.check_model(model)
    logging.getLogger().setLevel(logging.ERROR)  # it advises a step that only convolutions need
    with tempfile.TemporaryDirectory() as folder:
        onnx.save(model, floats := str(Path(folder) / "floats.onnx"))
        quantize_dynamic(floats, str(file), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True, op_types_to_quantize=["MatMul"],
                         extra_options={"DefaultTensorType": TensorProto.FLOAT})
