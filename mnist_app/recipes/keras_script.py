"""A recipe and a seed become a plain Keras script of that very run: what a teacher would put on the board.

The script, `keras_script.jinja`, imports nothing of this project. Its network is made from `layers.plan`, the same plan
that `architectures` builds from; nothing is trained here. In one thing it differs from `training`: Keras orders the
images. It is laid out as `ruff format` does.
"""

from pathlib import Path

from mnist_app import NotPossible
from mnist_app.recipes import layers
from mnist_app.recipes.layers import INPUT_SHAPE, Layer
from mnist_app.recipes.recipe import Recipe

_TEMPLATE = Path(__file__).with_suffix(".jinja")
_TRAINING, _HELD_OUT = 60_000, 10_000
"""Training images of MNIST, and how many of them are held out for validation where the recipe asks for it."""

_ARRAYS = {"classify": ("x", "y"), "denoise": ("noisy", "x"), "reconstruct": ("x", "x")}
"""Which arrays go in, and which should come out."""

_LONGEST_CALL = 76  # characters of a call on one line: it fits into 88 with what stands beside it

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


def write(recipe: Recipe, *, seed: int) -> str:
    """The script of this run, ending in a line break.

    Run where Keras and TensorFlow are, it trains the network, prints its final figures and writes model.keras into the
    folder it is run in. It takes MNIST from the file that MNIST_APP_DATA names if that ends in .npz, else from Keras.

    Raises NotPossible when it needs more than Keras, InvalidInput when the network cannot be built.
    """
    from jinja2 import Environment, StrictUndefined

    generates = recipe.task == "generate"
    if generates or recipe.augmentation != "none":
        own_code = f"augmentation={recipe.augmentation} is this project's own code"
        raise NotPossible(
            f"There is no plain Keras script of {recipe.key}",
            expected="a classifier without augmentation, or a denoiser",
            found="its network is trained to generate" if generates else own_code,
            remedy="Look at mnist_app/training instead." if generates else "Set augmentation=none.",
        )
    held_out = recipe.validation == "held-out"
    inputs, targets = _ARRAYS[recipe.task]
    shape = {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True, "undefined": StrictUndefined}
    return (
        Environment(**shape)
        .from_string(_TEMPLATE.read_text("utf-8"))
        .render(
            recipe=recipe,
            seed=seed,
            network=_network(layers.plan(recipe), short=recipe.dtype_policy != "float32"),
            inputs=inputs,
            targets=targets,
            judged="val" if held_out else "test",
            images=_TRAINING - held_out * _HELD_OUT,
            classifies=recipe.task == "classify",
            cosine=recipe.schedule == "cosine",
            fresh_noise=recipe.options.get("noise_levels") == "uniform",
            call=_call,
            literal=_literal,
        )
    )


def _network(plan: tuple[Layer, ...], *, short: bool) -> str:
    """The lines that end in a variable `model`; `short` says that only the last layer computes in float32."""
    arguments = [_arguments(layer) for layer in plan]
    if short:
        arguments[-1].append('dtype="float32"')
    made = list(zip((f"layers.{layer.kind}" for layer in plan), arguments, strict=True))
    return _graph(plan, made) if any(layer.inputs for layer in plan) else _sequence(made)


def _sequence(made: list[tuple[str, list[str]]]) -> str:
    calls = [f"keras.Input({INPUT_SHAPE})", *(_call(*each, indent=8) for each in made)]
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
        lines.append(f"{name} = {_call(function, arguments)}{taken}")
        before = name
    return "\n".join([*lines, f"model = keras.Model(image, {before})"])


def _arguments(layer: Layer) -> list[str]:
    settings = [(name, _literal(value)) for name, value in layer.settings.items() if value != "linear"]
    arguments = [value if name in _POSITIONAL else f"{name}={value}" for name, value in settings]
    arguments += _INITIALIZERS[layer.kernel_initializer]
    if layer.l2:
        arguments.append(f"kernel_regularizer=keras.regularizers.L2({_literal(layer.l2)})")
    return arguments


def _call(name: str, arguments: list[str], *, indent: int = 0) -> str:
    """A call on one line, or with one argument a line where that is too long; its line has `indent` spaces."""
    short = f"{name}({', '.join(arguments)})"
    if len(short) <= _LONGEST_CALL:
        return short
    space = " " * indent
    return "\n".join([f"{name}(", *(f"{space}    {each}," for each in arguments), f"{space})"])


def _literal(value: object) -> str:
    """A value as a person writes it: 60_000, 1e-7, text in double quotes unless it holds some."""
    written = repr(value)
    if isinstance(value, str):
        return written if '"' in written else f'"{written[1:-1]}"'
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10_000:
        return f"{value:_}"
    return written.replace("e-0", "e-")
