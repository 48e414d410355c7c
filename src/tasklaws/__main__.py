"""Run the command line as `python -m tasklaws`."""

import sys

from tasklaws.cli.main import main

sys.exit(main())
