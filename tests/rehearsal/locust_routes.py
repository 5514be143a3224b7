"""The paths of Locust's own pages, as the installed version has them: what is new there is tested unasked."""

import re
from importlib.util import find_spec
from pathlib import Path

_ROUTE = re.compile(r'app_blueprint\.route\("([^"<]+)"(, methods=\["POST"\])?\)')
_FOUND = _ROUTE.findall(Path(find_spec("locust.web").origin).read_text("utf-8"))
PAGES = tuple(sorted(path for path, is_change in _FOUND if not is_change))
CHANGES = tuple(sorted(path for path, is_change in _FOUND if is_change))
