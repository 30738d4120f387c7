"""MNIST Explorer: the web server. Run with `streamlit run app.py`; the list of pages is in explorer.py."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from mnist_app.ui import draw, gate, server

server.require_teacher()
guess = Route("/{base:path}guess", draw.guess_growing, methods=["POST"])
app = st.App("explorer.py", lifespan=server.lifespan, middleware=[Middleware(gate.Gate)], routes=[guess])
