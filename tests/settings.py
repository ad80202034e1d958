"""The project's settings on a data folder that goes with the test run."""

import atexit
import os
import shutil
import tempfile

os.environ["DATA"] = tempfile.mkdtemp(prefix="watchparty-tests-")
os.environ.setdefault("SECRET_KEY", "only for tests, " * 4)
atexit.register(shutil.rmtree, os.environ["DATA"], ignore_errors=True)

from watchparty.settings import *  # noqa: E402, F403 - the environment above comes first
from watchparty.settings import DATA, DATABASES, HUEY  # noqa: E402

# A file, as in real life: an in-memory database locks differently.
DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}
# Jobs run where they are enqueued; the tests with a real server have a real worker.
HUEY["immediate"] = True
# bcrypt costs a quarter of a second a time; the tests about hashing choose it themselves.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

RATE_LIMIT_REGISTER = RATE_LIMIT_TOKEN = RATE_LIMIT_RESET = "0"
RATE_LIMIT_INVITE = RATE_LIMIT_TICKET = RATE_LIMIT_UPLOAD = "0"

# Each test client starts the middleware anew, and with finders that lists and reads 230 files: two thirds of the tests'
# time. The real server's tests ask for files; these don't.
SERVESTATIC_USE_FINDERS = False
SERVESTATIC_AUTOREFRESH = True
