"""What one stroke costs the server: from the canvas's pixels to the guesses of every shipped network.

    python -m benchmarks.guess_latency [--repeats 300]

Prints medians and 95th percentiles in milliseconds, measured in one run.
"""

import argparse
import time

import numpy as np

from mnist_app import evaluation, ink, serving, store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=300)
    repeats = parser.parse_args().repeats

    models = [m for m in store.list_models().models if m.served and m.card.recipe.task == "classify"]
    networks = {model.card.recipe.key: serving.open_model(model) for model in models}
    points = np.array([(90, 50), (75, 140), (190, 140), (170, 60), (165, 240)], float)
    canvas = ink.draw_strokes([ink.Stroke(points=points, width=20.0)], size=280)
    image = ink.centre(canvas).image[np.newaxis]

    steps = {"ink.centre (280 × 280)": lambda: ink.centre(canvas)}
    steps |= {f"{key}, one image": lambda network=network: network.run(image) for key, network in networks.items()}
    steps[f"all {len(networks)} networks, one image"] = lambda: [
        evaluation.guesses(network.run(image)) for network in networks.values()
    ]
    seconds: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(repeats):
        for name, step in steps.items():
            began = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - began)
    print("| step | median ms | 95th percentile ms |\n| --- | --- | --- |")
    for name, taken in seconds.items():
        print(f"| {name} | {1000 * np.median(taken):.2f} | {1000 * np.quantile(taken, 0.95):.2f} |")


if __name__ == "__main__":
    main()
