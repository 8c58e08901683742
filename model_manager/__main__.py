"""Two doors: words for a shell that completes a command line (to come), or the command line itself."""

import sys


def main() -> None:
    """Run the command line; the entry point of `model-manager` and of `python -m model_manager`."""
    try:
        from model_manager.cli import app

        app(prog_name="model-manager")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
