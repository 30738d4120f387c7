"""The script shown as code: it is Python that anybody would write, and trains the very network that `training` trains.

The scripts and our own training run in one process of their own, so that TensorFlow is started once: `describe_all`.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_app import InvalidInput, NotPossible
from mnist_app.recipes import RECIPES, Recipe, keras_script

ROOT = Path(__file__).parents[2]
SEED = 7

MLP, CNN = RECIPES["mlp-64-64"], RECIPES["cnn"]
CHANGED = {
    "sgd with everything": MLP.changed(
        momentum=0.9, nesterov=True, schedule="cosine", dropout=0.2, dtype_policy="mixed_bfloat16",
        validation="held-out"
    ),
    "adam with everything": MLP.changed(
        optimizer="adam", epsilon=1e-3, learning_rate=1e-5, jit_compile=True, clip_probabilities=True, l2=1e-6
    ),
    "small first weights": CNN.changed(
        kernel_initializer="truncated_normal", filters=(4, 8, 8), kernel=2, zero_padding=1, hidden=(12, 10), l2=1e-3,
        dropout_after="each", pooling="average", padding="same",
    ),
    "no hidden layer": CNN.changed(hidden=(), dropout=0, dtype_policy="float32", batch_size=1000),
    "batch normalisation": RECIPES["cnn-best"].changed(augmentation="none", filters=(4, 8)),
    "autoencoder, fresh noise, held out": RECIPES["autoencoder"].changed(
        noise_levels="uniform", validation="held-out", jit_compile=False
    ),
    "u-net, one noisy copy": RECIPES["unet"].changed(
        noise_levels="fixed", noise_level=0.3, latent_dim=8, filters=5, dtype_policy="float32", schedule="constant"
    ),
}  # fmt: skip
UNWRITTEN = {"cnn-best": "augmentation=pen", "cvae": "generate"}
"""The recipes that plain Keras has no words for, and what the reason names."""
ALL = {**{key: recipe for key, recipe in RECIPES.items() if key not in UNWRITTEN}, **CHANGED}
RUN = {name: ALL[name] for name in ("linear", "lenet5", "autoencoder", *CHANGED)}
"""Between them they have every kind of layer, loss, optimiser and noise."""
DENOISERS = [name for name, recipe in RUN.items() if recipe.task == "denoise"]


def small(recipe):
    """The same, trained in a moment."""
    return recipe.changed(images=150, epochs=1)


@pytest.fixture(scope="module")
def described(tmp_path_factory):
    """What `describe_all` found, by name."""
    folder = tmp_path_factory.mktemp("scripts")
    write_images(folder / "mnist.npz")
    environment = {**os.environ, "MNIST_APP_DATA": str(folder / "mnist.npz"), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "tests.recipes.test_keras_script", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads((folder / "described.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ALL)
def test_it_is_short_python_that_uses_what_it_imports_and_nothing_of_this_project(name):
    text = keras_script.write(ALL[name], seed=SEED)
    compile(text, name, "exec")
    imported = re.findall(r"^(?:import|from) (\w+)", text, re.M)
    assert set(imported) <= {"keras", "numpy", "os", "math"}
    for used, module in (("math.", "math"), ("os.", "os"), ("np.", "numpy"), ("layers.", "keras")):
        assert (used in text) == (module in imported)
    assert "mnist_app" not in text.lower().replace("mnist_app_data", "")
    lines = text.splitlines()
    assert len(lines) <= (105 if name in RECIPES else 120)
    assert max(map(len, lines)) <= 88


@pytest.mark.parametrize("width", [88, 120])
def test_ruff_would_not_change_it(width, tmp_path):
    pytest.importorskip("ruff", reason="ruff is not installed")
    for number, recipe in enumerate(ALL.values()):
        (tmp_path / f"script_{number}.py").write_text(keras_script.write(recipe, seed=SEED), "utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,I,W,B,UP"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", f"--line-length={width}"]
        done = subprocess.run([*ruff, str(tmp_path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "title",
    ['"""', "it's", '"it\'s"', "a\\", "two\nlines", "{EPOCHS}", '"); import os; os.abort(); ("', "√ 3×1500", ""],
)
def test_any_title_is_text_and_nothing_else(title):
    recipe = Recipe(key="own", title=title, architecture="mlp")
    names = {}
    line = next(line for line in keras_script.write(recipe, seed=0).splitlines() if line.startswith("TITLE"))
    exec(line, names)
    assert names["TITLE"] == title
    plain = keras_script.write(MLP, seed=0).replace('TITLE = "MLP 64-64"', "").replace("mlp-64-64", "own")
    assert keras_script.write(recipe, seed=0).replace(line, "") == plain


def test_an_impossible_network_is_refused():
    with pytest.raises(InvalidInput):
        keras_script.write(CNN.changed(filters=(8, 8, 8), kernel=7), seed=0)


@pytest.mark.parametrize("key", UNWRITTEN)
def test_what_needs_more_than_keras_has_no_script_and_is_told_why(key):
    with pytest.raises(NotPossible, match=f"There is no plain Keras script of {key}: .*{UNWRITTEN[key]}"):
        keras_script.write(RECIPES[key], seed=0)


def test_a_student_finds_the_run_in_it():
    text = keras_script.write(RECIPES["mlp-500-300"].changed(images=20_000, epochs=3), seed=5)
    assert "kernel_regularizer=keras.regularizers.L2(0.0001)," in text
    assert "x_train, y_train = x_train[:20_000], y_train[:20_000]" in text
    for line in ("SEED = 5", "EPOCHS = 3", "BATCH_SIZE = 128", "    jit_compile=True,"):
        assert line in text.splitlines()


@pytest.mark.training
@pytest.mark.parametrize("name", RUN)
def test_it_trains_the_same_network_from_the_same_first_weights_in_the_same_way(name, described):
    found = described[name]
    assert found["script"].keys() == found["training"].keys()
    for what, expected in found["training"].items():
        if what == "loss of other weights":
            assert found["script"][what] == pytest.approx(expected, rel=1e-3)
        else:
            assert found["script"][what] == expected, what


@pytest.mark.training
@pytest.mark.parametrize("name", RUN)
def test_it_trains_on_as_many_images_saves_the_network_and_prints_its_figures(name, described):
    found = described[name]
    assert found["trained on"] == 150
    assert found["validated on"] == (10_000 if RUN[name].validation == "held-out" else 40)
    assert found["saved"], "model.keras answers otherwise than the network"
    assert re.search(rf"{re.escape(RUN[name].title)} on the .* images: loss \d+\.\d+", found["printed"])


@pytest.mark.training
@pytest.mark.parametrize("name", DENOISERS)
def test_its_noise_is_at_the_recipes_level_and_new_where_it_should_be(name, described):
    recipe, noise = RUN[name], described[name]["noise"]
    level = recipe.options["noise_level"]
    assert noise["white share"] == pytest.approx(0.5, abs=0.03)
    if recipe.options["noise_levels"] == "fixed":
        assert noise["changed shares"] == pytest.approx([level] * 150, abs=0.1)
        assert np.mean(noise["changed shares"]) == pytest.approx(level, abs=0.01)
    else:
        assert max(noise["changed shares"]) < level + 0.1
        assert np.mean(noise["changed shares"]) == pytest.approx(level / 2, abs=0.1)
        assert noise["every image once"]
        assert noise["new in the next epoch"]


def write_images(path):
    """A stand-in for MNIST whose pixels are never black or white, so that noise is seen; 10,000 can be held out."""
    rng = np.random.default_rng(0)
    counts = {"train": 10_400, "test": 40}
    images = {f"x_{name}": rng.integers(1, 255, (count, 28, 28), np.uint8) for name, count in counts.items()}
    labels = {f"y_{name}": rng.integers(0, 10, count, np.uint8) for name, count in counts.items()}
    np.savez(path, **images, **labels)


def describe_all(folder):
    """Runs each script, then our own training up to its first step, and writes what was found to described.json."""
    import contextlib
    import io

    import keras

    fit = keras.Model.fit
    seen = {}

    def recorded(self, *given, **settings):
        seen.update(weights=self.get_weights(), model=self)
        return fit(self, *given, **settings)

    found = {}
    os.chdir(folder)
    keras.Model.fit = recorded
    for name, recipe in RUN.items():
        keras.config.set_dtype_policy("float32")
        names, printed = {"__name__": "__main__"}, io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(keras_script.write(small(recipe), seed=SEED), name, "exec"), names)
        assert names["model"] is seen["model"]
        judged = names.get("x_val", names.get("x_test"))
        found[name] = {
            "trained on": len(names["x_train"]),
            "validated on": len(judged),
            "saved": is_saved(names["model"], Path("model.keras"), judged[:3]),
            "printed": printed.getvalue(),
            "noise": describe_noise(names, recipe) if name in DENOISERS else None,
            "script": describe_script(names["model"], seen["weights"]),
        }
        Path("model.keras").unlink()
        keras.backend.clear_session()
    keras.config.set_dtype_policy("float32")
    describe_ours(found)
    Path("described.json").write_text(json.dumps(found), "utf-8")


def describe_ours(found):
    """Only after all scripts: our training makes operations deterministic, for which Keras then refuses XLA."""
    import keras

    from mnist_app import training
    from mnist_app.data import Split
    from mnist_app.training import steps

    class Reached(Exception):
        pass

    def stop(recipe, model, optimizer, split, *, seed):
        raise Reached(recipe, model, optimizer)

    training.Steps = stop
    with np.load("mnist.npz") as arrays:
        given = [arrays["x_train"], arrays["y_train"].astype(np.int64)]
    for name, recipe in RUN.items():
        split = Split(*given, *given)
        try:
            training.train(small(recipe), split=split, seed=SEED)
        except Reached as reached:
            recipe, model, optimizer = reached.args
            found[name]["training"] = describe(model, model.get_weights(), optimizer) | {
                "loss of other weights": float(loss_of(steps, recipe, model)),
                "XLA": recipe.jit_compile,
            }
        keras.backend.clear_session()


def describe_script(model, weights):
    """The same of a script's network, after its training."""
    return describe(model, weights, model.optimizer) | {
        "loss of other weights": float(model.test_on_batch(*eight(model), return_dict=True)["loss"]),
        "XLA": bool(model.jit_compile),
    }


def loss_of(steps, recipe, model):
    import tensorflow as tf

    images, targets = eight(model)
    return tf.function(lambda: steps.loss_of(recipe, model, targets, model(images, training=False)))()


def eight(model):
    """Images that a network is judged on, and targets."""
    rng = np.random.default_rng(1)
    images = rng.random((8, 28, 28, 1), dtype=np.float32)
    return images, images if len(model.output_shape) == 4 else rng.integers(0, 10, 8)


def describe(model, weights, optimizer):
    """What makes a network what it is: JSON, the same for the same network; `weights` are its first, which change."""
    layers_of = [layer for layer in model.layers if type(layer).__name__ != "InputLayer"]
    settings = [[type(layer).__name__, without_names(layer.get_config())] for layer in layers_of]
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(weight).tobytes() for weight in weights))
    model.set_weights([3 * weight + 0.01 for weight in weights])
    return {
        "layers": json.loads(json.dumps(settings, default=str)),
        "parameters": model.count_params(),
        "first weights": digest.hexdigest(),
        "optimiser": [type(optimizer).__name__, without_names(optimizer.get_config())],
    }


def without_names(config):
    """A configuration without the names that Keras numbers through."""
    if isinstance(config, dict):
        return {
            key: without_names(value) for key, value in config.items() if key != "name" or value == "mixed_bfloat16"
        }
    return [without_names(each) for each in config] if isinstance(config, list | tuple) else config


def is_saved(model, path, images):
    import keras

    again = keras.models.load_model(path, compile=False)
    return bool(np.allclose(again.predict(images, verbose=0), model.predict(images, verbose=0), atol=1e-6))


def describe_noise(names, recipe):
    clean = names["x_train"]
    if recipe.options["noise_levels"] == "fixed":
        noisy, more = names["noisy_train"], {}
    else:
        batches = names["NoisyBatches"]()
        epochs = []
        for _ in range(2):
            parts = [batches[step] for step in range(len(batches))]
            epochs.append([np.concatenate(each) for each in zip(*parts, strict=True)])
            batches.on_epoch_end()
        (noisy, clean), (later, _) = epochs
        images = {image.tobytes() for image in names["x_train"]}
        once = len(clean) == len(images) and {image.tobytes() for image in clean} == images
        more = {"every image once": once, "new in the next epoch": not np.array_equal(noisy, later)}
    changed = noisy != clean
    return {"changed shares": changed.mean((1, 2, 3)).tolist(), "white share": float(noisy[changed].mean()), **more}


if __name__ == "__main__":
    describe_all(Path(sys.argv[1]))
