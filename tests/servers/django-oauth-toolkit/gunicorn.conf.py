"""How gunicorn serves the authorization server; PORT comes from the environment."""

import os

bind = f"127.0.0.1:{os.environ['PORT']}"
worker_class = "gthread"
workers = 2
threads = 4
keepalive = 65  # seconds; the default of 2 is seen as resets by a load test that reuses connections
graceful_timeout = 5  # seconds that requests have to end in when the server is stopped
loglevel = "error"
control_socket_disable = True  # the socket would lie in the home folder and outlive its server
