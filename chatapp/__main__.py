"""`python -m chatapp` is the command `chatapp`."""

import sys

from chatapp.cli import main

if __name__ == "__main__":
    sys.exit(main())
