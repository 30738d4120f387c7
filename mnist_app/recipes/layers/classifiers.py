"""Plans of the classifiers: from the image (28, 28, 1) to the probabilities (10,)."""

from mnist_app.recipes.layers.layer import CLASSES, Plan
from mnist_app.recipes.recipe import Recipe


def linear(recipe: Recipe) -> Plan:
    """Two dense layers without a non-linearity between them."""
    plan = Plan()
    plan.add("Flatten")
    plan.add("Dense", units=CLASSES, activation="linear", kernel_initializer="zeros")
    plan.add("Dense", units=CLASSES, activation="softmax")
    return plan


def mlp(recipe: Recipe) -> Plan:
    """Dense layers, with dropout after those that the recipe names."""
    return _add_dense(Plan(), recipe)


def cnn(recipe: Recipe) -> Plan:
    """Convolutions, each group followed by pooling, then dense layers as in an MLP."""
    options, plan = recipe.options, Plan()
    padding, first = options["padding"], options["kernel_initializer"]
    pool = "MaxPooling2D" if options["pooling"] == "max" else "AveragePooling2D"
    convolution = {"kernel_size": options["kernel"], "padding": padding, "activation": "relu"}
    if options["zero_padding"]:
        plan.add("ZeroPadding2D", padding=options["zero_padding"])
    for filters in options["filters"]:
        for _ in range(options["convolutions"]):
            plan.add("Conv2D", filters=filters, **convolution, kernel_initializer=first)
        plan.add(pool, pool_size=2, padding=padding)
        if options["batch_normalization"]:
            plan.add("BatchNormalization")
    return _add_dense(plan, recipe)


def _add_dense(plan: Plan, recipe: Recipe) -> Plan:
    options = recipe.options
    first, l2, rate = options["kernel_initializer"], options["l2"], options["dropout"]
    last = len(options["hidden"]) - 1
    dropped = {"each": range(last + 1), "first": [0], "last": [last]}[options["dropout_after"]]
    plan.add("Flatten")
    for place, units in enumerate(options["hidden"]):
        plan.add("Dense", units=units, activation="relu", kernel_initializer=first, l2=l2)
        if rate and place in dropped:
            plan.add("Dropout", rate=rate)
    plan.add("Dense", units=CLASSES, activation="softmax")
    return plan
