# MNIST Explorer for a class: docker build -t mnist-explorer . (README.md says how to run it)
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore

WORKDIR /app

# The packages first: this layer is built again only when requirements.txt changes.
COPY requirements.txt ./
RUN pip install -r requirements.txt

# The server runs as this user. All it may write to is models/ and its home.
RUN useradd --create-home --uid 1000 explorer

# From what changes seldom to what changes often.
COPY --chown=explorer:explorer models/ models/
COPY .streamlit/ .streamlit/
COPY mnist_app/ mnist_app/
COPY pages/ pages/
COPY app.py explorer.py ./

USER explorer

# Where the app looks and what it keeps. Each of these may be set by `docker run -e`:
#   MNIST_APP_TEACHER the teacher's word, or “off”; the app does not start without it
#   MNIST_APP_DATA    mnist.npz, or a folder with the four IDX files (unset: Keras's cache, then a download,
#                     then generated digits)
#   MNIST_APP_MODELS  the folder for what is trained here (unset: models/, the volume below)
#   MNIST_APP_JOBS    the folder for the queue and running trainings (unset: .jobs in the models folder)
#   MNIST_APP_REDIS   the Redis server of a queue of several machines, as in compose.yaml (unset: SQLite)
#   MNIST_APP_CACHE   the folder for the uncompressed copies of MNIST that all processes share (unset: ~/.cache/mnist_app)

# A new volume starts with the shipped models, and keeps what the class trains.
VOLUME /app/models

EXPOSE 8501

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]

# Inside a container only the published port is reachable. The second address is merely the one that is printed: left
# unset, Streamlit would ask a service on the internet for the machine's public address.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--browser.serverAddress=localhost"]
