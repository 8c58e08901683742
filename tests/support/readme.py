"""README, and the applications that it shows."""

import re
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
#: A Python block whose first line names its file.
APPLICATION = re.compile(r"```python\n# ([\w.]+)\n(.*?)```", re.DOTALL)
