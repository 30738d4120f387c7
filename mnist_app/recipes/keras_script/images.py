"""The part of the script that makes what the network sees: reading, scaling, leaving out, noise."""

from mnist_app.recipes.keras_script import python
from mnist_app.recipes.recipe import Recipe

_TRAINING, _HELD_OUT = 60_000, 10_000
"""Training images of MNIST, and how many of them are held out for validation where the recipe asks for it."""

_READ = """\
# MNIST from the file that MNIST_APP_DATA names, or else as Keras downloads it.
path = os.environ.get("MNIST_APP_DATA", "")
if path.endswith(".npz"):
    arrays = np.load(path)
    {read}
else:
    {train}, {test} = keras.datasets.mnist.load_data()"""

_SCALE = """\
# From bytes (images, 28, 28) to numbers between 0 and 1 (images, 28, 28, 1).
{}"""

_NOISE = '''\
def add_noise(images, level):
    """Salt and pepper: that share of the pixels turns black or white at random."""
    hit = rng.random(images.shape, dtype="float32") < level
    white = rng.random(images.shape, dtype="float32") < 0.5
    return np.where(hit, white, images)'''

_FRESH_NOISE = '''\
class NoisyBatches(keras.utils.PyDataset):
    """Noisy and clean images, with a new order and new noise in every epoch."""

    def __init__(self):
        super().__init__()
        self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(x_train) / BATCH_SIZE)

    def __getitem__(self, step):
        clean = x_train[self.order[step * BATCH_SIZE : (step + 1) * BATCH_SIZE]]
        levels = rng.uniform(0, NOISE_LEVEL, (len(clean), 1, 1, 1))
        return add_noise(clean, levels), clean

    def on_epoch_end(self):
        self.order = rng.permutation(len(x_train))'''


def blocks(recipe: Recipe) -> list[str]:
    """The parts that end in x_train, y_train and what each epoch is judged on; for a denoiser also in noisy images."""
    held_out, letters = recipe.validation == "held-out", "xy" if recipe.task == "classify" else "x"
    sets = ["train"] if held_out and letters == "x" else ["train", "test"]
    parts = [_reading(letters, sets)]
    parts.append(_SCALE.format("\n".join(f'x_{s} = x_{s}[..., np.newaxis].astype("float32") / 255' for s in sets)))
    if held_out:
        last = python.literal(_HELD_OUT)
        cut = f"{_part(letters, 'val', f'-{last}:')}\n{_part(letters, 'train', f':-{last}')}"
        parts.append(f"# The last training images are for validation and not trained on.\n{cut}")
    if recipe.images < _TRAINING - held_out * _HELD_OUT:
        first = _part(letters, "train", f":{python.literal(recipe.images)}")
        parts.append(f"# Only the first ones are trained on.\n{first}")
    if recipe.task == "denoise":
        parts += ["rng = np.random.default_rng(SEED)", _NOISE, *_noisy(recipe)]
    return parts


def judged_on(recipe: Recipe) -> str:
    """What the script calls the images that each epoch is judged on."""
    return "test" if recipe.validation == "test" else "val"


def is_noise_fresh(recipe: Recipe) -> bool:
    """Whether the script draws new noise in each epoch."""
    return recipe.options.get("noise_levels") == "uniform"


def _reading(letters: str, sets: list[str]) -> str:
    names = {each: [f"{letter}_{each}" for letter in letters] for each in sets}
    lines = []
    for found in names.values():
        arrays = [f"arrays[{python.literal(name)}]" for name in found]
        lines.append(f"{', '.join(found)} = {', '.join(arrays)}")
    loaded = {each: f"({', '.join([*found, '_'][:2])})" for each, found in names.items()}
    return _READ.format(read="\n    ".join(lines), train=loaded["train"], test=loaded.get("test", "_"))


def _part(letters: str, name: str, part: str) -> str:
    """Images, and labels if they are used, of a part of the training images."""
    left = ", ".join(f"{letter}_{name}" for letter in letters)
    return f"{left} = {', '.join(f'{letter}_train[{part}]' for letter in letters)}"


def _noisy(recipe: Recipe) -> list[str]:
    judged = judged_on(recipe)
    if is_noise_fresh(recipe):
        levels = f"levels = rng.uniform(0, NOISE_LEVEL, (len(x_{judged}), 1, 1, 1))"
        return [_FRESH_NOISE, f"{levels}\nnoisy_{judged} = add_noise(x_{judged}, levels)"]
    return ["\n".join(f"noisy_{name} = add_noise(x_{name}, NOISE_LEVEL)" for name in ("train", judged))]
