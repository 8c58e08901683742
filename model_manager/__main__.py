"""The entry point: the command line, or candidates for a shell that completes one."""

import gc
import os
import sys

#: Objects made before the collector looks for garbage. Start-up and reading a large catalogue make many and throw
#: few away: at a default of 700 the collector costs a tenth of it.
_MADE_BEFORE_COLLECTING = 200_000


def main() -> None:
    """Run the command line; the entry point of `model-manager` and of `python -m model_manager`."""
    gc.set_threshold(_MADE_BEFORE_COLLECTING)
    arguments = sys.argv[1:]
    try:
        if arguments in (["--version"], ["-V"]):
            from model_manager._version import __version__

            sys.stdout.write(f"model-manager {__version__}\n")
            sys.stdout.flush()
        elif arguments[:1] == ["__words"]:
            from model_manager.completion import main as answer_a_shell

            answer_a_shell(arguments[1:])
        else:
            from model_manager.cli import app

            app(prog_name="model-manager")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        _give_up(error)


def _give_up(error: OSError) -> None:
    """End in one line where the output cannot be written; Python would try once more at exit, and complain."""
    sys.stderr.write(f"Error: the output: {error.strerror or error}\n")
    sys.stderr.flush()
    os._exit(1)


if __name__ == "__main__":
    main()
