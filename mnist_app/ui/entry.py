"""How a page is entered: always through app.py."""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager


def enter_by_the_entry_file() -> None:
    """Run app.py, where Streamlit has run a file of pages/ by itself: without the bar of pages and the page setup.

    It does so when a page is opened by its own address, as by a lesson's link, on a server that has not shown any page
    yet: it takes the folder for the way in which apps listed their pages before `st.navigation`.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
