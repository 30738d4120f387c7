"""What pages are made of; the only room of the library that imports streamlit.

What two pages share stands here, what one page has stands in the file or folder of the page's name. What is cached is
shared by all sessions and never changed.
"""

import os

# Before NumPy is imported: on the server's one core (`server`) its threads wait for each other, 9 ms instead of 0.3 for
# a convolution.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
