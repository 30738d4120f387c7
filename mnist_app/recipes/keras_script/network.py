"""The part of the script that makes the network, and Python as text, laid out as `ruff format` does."""

from mnist_app.recipes.layers import INPUT_SHAPE, Layer

_LONGEST_CALL = 76
"""Characters of a call on one line: it fits into 88 with what stands beside it."""

_POSITIONAL = ("units", "filters", "kernel_size", "pool_size", "rate", "target_shape")
"""Settings that Keras takes without their names, in the order of the plans."""

_INITIALIZERS = {
    "glorot_uniform": [],  # Keras's default
    "zeros": ['kernel_initializer="zeros"'],
    "truncated_normal": [
        "kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.01)",
        "bias_initializer=keras.initializers.Constant(0.1)",
    ],
}


def network(plan: tuple[Layer, ...], *, short: bool) -> str:
    """The lines that end in a variable `model`; `short` says that only the last layer computes in float32."""
    arguments = [_arguments(layer) for layer in plan]
    if short:
        arguments[-1].append('dtype="float32"')
    made = list(zip((f"layers.{layer.kind}" for layer in plan), arguments, strict=True))
    return _graph(plan, made) if any(layer.inputs for layer in plan) else _sequence(made)


def _sequence(made: list[tuple[str, list[str]]]) -> str:
    calls = [f"keras.Input({INPUT_SHAPE})", *(call(*each, indent=8) for each in made)]
    return "\n".join(["model = keras.Sequential(", "    [", *(f"        {each}," for each in calls), "    ]", ")"])


def _graph(plan: tuple[Layer, ...], made: list[tuple[str, list[str]]]) -> str:
    """Keras's functional form: each layer is called on what it takes; what is needed again later has a name."""
    again = sorted({place for at, layer in enumerate(plan) for place in layer.inputs if place != at - 1})
    names = {place: "image" if place < 0 else f"skip_{number}" for number, place in enumerate(again)}
    lines, before = [f"image = keras.Input({INPUT_SHAPE})"], "image"
    for place, (layer, (function, arguments)) in enumerate(zip(plan, made, strict=True)):
        name = names.get(place, "x")
        inputs = [names.get(each, "x") for each in layer.inputs] or [before]
        taken = f"({inputs[0]})" if len(inputs) == 1 else f"([{', '.join(inputs)}])"
        lines.append(f"{name} = {call(function, arguments)}{taken}")
        before = name
    return "\n".join([*lines, f"model = keras.Model(image, {before})"])


def _arguments(layer: Layer) -> list[str]:
    settings = [(name, literal(value)) for name, value in layer.settings.items() if value != "linear"]
    arguments = [value if name in _POSITIONAL else f"{name}={value}" for name, value in settings]
    arguments += _INITIALIZERS[layer.kernel_initializer]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({literal(layer.l2)})")
    return arguments


def call(name: str, arguments: list[str], *, indent: int = 0) -> str:
    """A call on one line, or with one argument a line where that is too long; its line has `indent` spaces."""
    short = f"{name}({', '.join(arguments)})"
    if len(short) <= _LONGEST_CALL:
        return short
    space = " " * indent
    return "\n".join([f"{name}(", *(f"{space}    {each}," for each in arguments), f"{space})"])


def literal(value: object) -> str:
    """A value as a person writes it: 60_000, 1e-7, text in double quotes unless it holds some."""
    written = repr(value)
    if isinstance(value, str):
        return written if '"' in written else f'"{written[1:-1]}"'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:_}"
    return written.replace("e-0", "e-")
