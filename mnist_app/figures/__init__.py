"""Results become plotly figures, each one complete in itself: what an exported picture needs to say is in it."""

from mnist_app.figures.curves import SOURCES, VIEWS, epochs
from mnist_app.figures.errors import digit_accuracies, risk_coverage
from mnist_app.figures.live import batches
from mnist_app.figures.noise_curves import NoiseLine, failure_map, noise_accuracy, noise_psnr, readers
from mnist_app.figures.reliability import reliability
from mnist_app.figures.style import Curve, fitted
from mnist_app.figures.weight_decay import weight_decay
