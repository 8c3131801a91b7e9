"""Certificates for tests over TLS, made by the openssl command when they are needed.

An Authority writes its own certificate and what it signs as PEM files into a folder; keys are
P-256, which takes no time to make.
"""

import pathlib
import shutil
import subprocess

AVAILABLE = shutil.which("openssl") is not None
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
LOCAL_NAMES = "DNS:localhost,IP:127.0.0.1"


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.decode(errors="replace"))


class Pair:
    """A certificate and its key."""

    def __init__(self, cert, key):
        self.cert = str(cert)
        self.key = str(key)


class Authority:
    def __init__(self, folder, name="authority"):
        self._folder = pathlib.Path(folder)
        self._key = self._folder / f"{name}-key.pem"
        self.cert = str(self._folder / f"{name}.pem")
        openssl("req", "-x509", *NEW_KEY, "-keyout", self._key, "-out", self.cert, "-days", 2,
                "-subj", f"/CN={name}")  # fmt: skip

    def issue(self, name, common_name="localhost", names=LOCAL_NAMES, days=2):
        """Writes NAME-cert.pem and NAME-key.pem; with fewer than one day it has expired."""
        cert, key = self._folder / f"{name}-cert.pem", self._folder / f"{name}-key.pem"
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        openssl("req", *NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={common_name}")
        extensions.write_text(f"subjectAltName={names}\n" if names else "")
        openssl("x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self._key, "-out", cert,
                "-days", days, "-extfile", extensions)  # fmt: skip
        return Pair(cert, key)
