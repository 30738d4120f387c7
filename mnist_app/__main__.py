"""The command line: `python -m mnist_app --help` lists the commands."""

import sys

from mnist_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
