"""From the check of the version to a server that answers."""

import importlib.metadata
import sys
import threading

from .parent import Parent
from .repair import MINISTACK_VERSION, part, refuse_to_start


def main():
    plain = sys.argv[1:] == ['--plain']
    del sys.argv[1:]
    parent = Parent()
    app = ministack(plain)
    tell_when_the_port_is_ours(parent)
    threading.Thread(target=parent.serve, daemon=True).start()
    app.main()


def ministack(plain):
    try:
        installed = importlib.metadata.version('ministack')
        if installed != MINISTACK_VERSION:
            refuse_to_start(f'ministack {installed} is installed')
        from ministack import app
        from ministack.core import lambda_runtime
    except ImportError as error:
        # Outside of a virtual environment the prefix is the machine's own Python.
        advice = '' if sys.prefix == sys.base_prefix else f' Remove {sys.prefix}: the next start makes it anew.'
        sys.exit(f'local AWS: its installation is not whole ({error}).{advice}')
    part(lambda_runtime, '_workers')
    if not plain:
        # Not before the version is known: what they lean on may not even be there to be imported.
        from .recorded import note_what_is_recorded_only
        from .repairs import apply_repairs
        apply_repairs()
        note_what_is_recorded_only()
    return app


def tell_when_the_port_is_ours(parent):
    """An answer on the port proves nothing: another process may have taken it first."""
    from hypercorn.config import Config
    create = part(Config, 'create_sockets')

    def create_and_tell(config):
        sockets = create(config)
        parent.tell({'id': 0, 'result': 'bound'})
        return sockets

    Config.create_sockets = create_and_tell
