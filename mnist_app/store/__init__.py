"""Trained models on disk: saved whole or not at all, listed, loaded, verified, renamed and deleted.

A model is a folder named by recipe key, fingerprint and seed, ".generated" where it was trained on generated digits,
and the epochs of a training that was stopped early. Beside the models lie noise curves, rejection rules and replicates.
"""

from mnist_app.store.cards import Card, name_of, now, same_but_seed, suffix_of
from mnist_app.store.files import encode, read_arrays, write_arrays
from mnist_app.store.folders import FOLDER_VARIABLE, SHIPPED, check_writable, own_folder, state
from mnist_app.store.models import Draft, Listing, delete, first, list_models, load, rename, saving, sizes_of_ordered
from mnist_app.store.results import Replicate, noise_curves, rejections, replicates, seed_curves, without_arrays
from mnist_app.store.stored_model import (
    CARD_FILE,
    DECODER_FILE,
    ENCODER_FILE,
    FIRST_LAYER_FILE,
    HISTORY_FILE,
    KERAS_FILE,
    MIXTURE_FILE,
    SERVING_FILE,
    Snapshots,
    StoredModel,
)
