"""The part of the script that makes the network, and Python as text, laid out as `ruff format` does from 88 on."""

from mnist_app.recipes.layers import INPUT_SHAPE, Layer

_WIDTH = 88

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
    calls = [f"keras.Input({INPUT_SHAPE})", *(call(*each, before=8, after=1, indent=8) for each in made)]
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
        called = call(function, arguments, before=len(f"{name} = "), after=len(taken))
        lines.append(f"{name} = {called}{taken}")
        before = name
    return "\n".join([*lines, f"model = keras.Model(image, {before})"])


def _arguments(layer: Layer) -> list[str]:
    settings = [(name, literal(value)) for name, value in layer.settings.items() if value != "linear"]
    arguments = [value if name in _POSITIONAL else f"{name}={value}" for name, value in settings]
    arguments += _INITIALIZERS[layer.kernel_initializer]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({literal(layer.l2)})")
    return arguments


def call(name: str, arguments: list[str], *, before: int = 0, after: int = 0, indent: int = 0) -> str:
    """A call on one line, or with one argument a line where that is too long.

    `before` and `after` are the characters that stand beside it on its line, `indent` the spaces that the line begins
    with and that `before` counts too.
    """
    short = f"{name}({', '.join(arguments)})"
    if before + len(short) + after <= _WIDTH:
        return short
    space = " " * indent
    return "\n".join([f"{name}(", *(f"{space}    {each}," for each in arguments), f"{space})"])


def assigned(name: str, function: str, arguments: list[str]) -> str:
    """A call whose result gets a name."""
    return f"{name} = {call(function, arguments, before=len(f'{name} = '))}"


def literal(value: object) -> str:
    """A value as a person writes it: 60_000, 1e-7, text in double quotes unless it holds some."""
    written = repr(value)
    if isinstance(value, str):
        return written if '"' in written else f'"{written[1:-1]}"'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:_}"
    return written.replace("e-0", "e-")
