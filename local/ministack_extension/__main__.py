"""Starts ministack with the repairs of this package. `--plain` leaves them out: so the tests prove that each is still needed."""

import pathlib
import sys

# A folder that is started stands first where modules are looked for. The one around it does instead: what is in here is a
# package then, and hides no module of the same name that is installed.
sys.path[0] = str(pathlib.Path(__file__).parent.parent)

from ministack_extension.start import main  # noqa: E402

main()
