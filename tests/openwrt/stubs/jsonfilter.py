"""Stub of OpenWrt's jsonfilter: -i FILE (under $STUB_ROOT) -e @.a.b"""

import json
import os
import sys
from pathlib import Path

path = Path(os.environ["STUB_ROOT"] + sys.argv[sys.argv.index("-i") + 1])
value = json.loads(path.read_text()) if path.exists() else {}
for name in sys.argv[sys.argv.index("-e") + 1].split(".")[1:]:
    value = value.get(name) if isinstance(value, dict) else None
if value is None:
    sys.exit(1)
print(json.dumps(value))
