"""python -m tools.torture."""

from .cli import torture

if __name__ == "__main__":
    torture.main(prog_name="python -m tools.torture")
