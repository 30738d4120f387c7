"""Trained models on disk: saved whole or not at all, listed, loaded, verified, renamed and deleted.

A model is a folder named by its recipe's key, the recipe's fingerprint and the seed, ".generated" where it was trained
on generated digits, and, where its training was stopped early, the epochs it had completed. It holds card.json (recipe,
seed, figures, versions and the SHA-256 of every other file), history.json and, unless they are too large to ship, the
weights: model.keras for Keras and model.tflite for serving; and first_layer.npz where the first layer was watched.
Beside the models lie noise curves, rejection rules and replicates of sweeps. No Keras here: who saves writes weights.
"""

from mnist_app.store.cards import Card, name_of, suffix_of
from mnist_app.store.drafts import Draft, saving
from mnist_app.store.files import encode, plain
from mnist_app.store.first_layer import FIRST_LAYER_FILE, FirstLayer, read_first_layer, write_first_layer
from mnist_app.store.folders import FOLDER_VARIABLE, SHIPPED, own_folder, state
from mnist_app.store.models import MANIFEST_FILE, Listing, delete, is_shipped, list_models, load, rename
from mnist_app.store.replicates import Replicate
from mnist_app.store.result_files import (
    list_noise_curves,
    list_rejections,
    list_replicates,
    list_seed_curves,
    prepare_results,
    save_noise_curve,
    save_rejection,
    save_replicate,
)
from mnist_app.store.stored_model import (
    CARD_FILE,
    DECODER_FILE,
    ENCODER_FILE,
    HISTORY_FILE,
    KERAS_FILE,
    SERVING_FILE,
    StoredModel,
)

__all__ = [
    "CARD_FILE", "DECODER_FILE", "ENCODER_FILE", "FIRST_LAYER_FILE", "FOLDER_VARIABLE", "HISTORY_FILE", "KERAS_FILE",
    "MANIFEST_FILE", "SERVING_FILE", "SHIPPED",
    "Card", "Draft", "FirstLayer", "Listing", "Replicate", "StoredModel",
    "delete", "encode", "is_shipped", "list_models", "list_noise_curves", "list_rejections",
    "list_replicates", "list_seed_curves", "load", "name_of", "own_folder", "plain", "prepare_results",
    "read_first_layer", "rename", "save_noise_curve", "save_rejection", "save_replicate", "saving", "state",
    "suffix_of", "write_first_layer",
]  # fmt: skip
