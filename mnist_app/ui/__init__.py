"""What pages are made of; the only room of the library that imports streamlit.

What two pages share stands here, what one page has stands in the file or folder of the page's name. What is cached is
shared by all sessions and never changed.
"""
