"""The image's health check: whether the process answers /live on its port."""

import os
import sys
import urllib.request

port = os.environ[f"{os.environ['SERVICE'].upper()}_HTTP_PORT"]
try:
    urllib.request.urlopen(f"http://127.0.0.1:{port}/live", timeout=2).close()
except OSError as error:
    sys.exit(f"not alive: {error}")
