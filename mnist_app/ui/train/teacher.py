"""The teacher's entry below the runs of the Train page: the word, and what they can do for the whole class."""

import streamlit as st

from mnist_app.ui import page, visitor


def show_entry() -> None:
    """A small button; nothing where nobody can be the teacher."""
    if not (visitor.can_sign_in() or visitor.is_teacher()):
        return
    # Its key changes with what it holds, so that it closes when that is done.
    with st.popover("Teacher", type="tertiary", key=f"teacher_{visitor.is_teacher()}"):
        if visitor.is_teacher():
            st.markdown("In this visit you are the teacher: you can stop, rename and delete what others trained.")
            about = "Delete all runs of the class, and discard all trainings that have ended"
            sure = st.checkbox(about, key="clear")
            pressed = sure and st.button("Delete all for good", key="clear_confirmed", type="primary")
            if pressed and page.attempt(visitor.clear):
                del st.session_state["clear"]
                st.rerun()
            return
        with st.form("teacher", clear_on_submit=True, border=False):
            word = st.text_input("The teacher's word", type="password", key="teacher_word")
            pressed = st.form_submit_button("Sign in", key="sign_in")
        if pressed and page.attempt(visitor.sign_in, word):
            st.rerun()
