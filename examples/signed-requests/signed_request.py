"""Sends one signed GraphQL request: python3 signed_request.py URL '{ __typename }', with the key in SIGNING_KEY.

Python's standard library alone. The form of the signature is that of RFC 9421, the digest that of RFC 9530.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request


def sign(key, method, url, body):
    """The headers that sign a request. Call it anew for each one, also when the same is sent again."""
    _, _, key_id, secret, _ = key.split("_")
    address = urllib.parse.urlsplit(url)
    digest = "sha-256=:%s:" % base64.b64encode(hashlib.sha256(body).digest()).decode()
    parameters = (
        '("@method" "@path" "@query" "content-digest")'
        ';created=%d;nonce="%s";keyid="%s";alg="hmac-sha256"'
        % (int(time.time()), secrets.token_urlsafe(18), key_id)
    )
    base = "\n".join(
        [
            '"@method": ' + method,
            '"@path": ' + address.path,
            '"@query": ?' + address.query,
            '"content-digest": ' + digest,
            '"@signature-params": ' + parameters,
        ]
    )
    signature = hmac.new(secret.encode(), base.encode(), hashlib.sha256).digest()
    return {
        "content-digest": digest,
        "signature-input": "trb=" + parameters,
        "signature": "trb=:%s:" % base64.b64encode(signature).decode(),
    }


def main():
    key = os.environ.get("SIGNING_KEY")
    if key is None or len(sys.argv) != 3:
        print("usage: SIGNING_KEY=trb_sign_... python3 signed_request.py URL QUERY", file=sys.stderr)
        return 2
    url, query = sys.argv[1:]
    body = json.dumps({"query": query}).encode()
    headers = {"content-type": "application/json", **sign(key, "POST", url, body)}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            print(response.read().decode())
        return 0
    except urllib.error.HTTPError as error:
        print(error.read().decode())
        return 1


if __name__ == "__main__":
    sys.exit(main())
