"""Real certificates for tests, made by the openssl command (ca-certificates brings it)."""
import base64
import hashlib
import subprocess


def new_certificate(name):
    """A self-signed certificate in DER form."""
    return subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                           "-keyout", "/dev/null", "-outform", "DER", "-days", "30"], check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def body(name):
    """What POST /certificates takes for a new certificate."""
    der = new_certificate(name)
    return {"thumbprint": hashlib.sha1(der).hexdigest(), "thumbprintAlgorithm": "sha1", "data": base64.b64encode(der).decode(), "certificateFormat": "cer"}
