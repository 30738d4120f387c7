"""MNIST Explorer: the web server. Run with `streamlit run app.py`; the list of pages is in explorer.py."""

import streamlit as st
from starlette.middleware import Middleware

from mnist_app.ui import gate, server

server.require_teacher()
app = st.App("explorer.py", lifespan=server.lifespan, middleware=[Middleware(gate.Gate)])
