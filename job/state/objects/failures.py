"""What obstore could not do, in our words; only the text of its errors has the status, the code and the kind."""

import re

from job.address import Address
from job.errors import JobError, StatePermissionError, StateUnwritableError

# What obstore's text holds: it begins with the address, which may be signed, so it is never repeated as a whole.
_STATUS = re.compile(r"status code: (\d{3} [A-Za-z ]+)")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_KIND = re.compile(r"HttpError \{\s*kind: (\w+)")
_NO_BUCKET = re.compile(r"NoSuchBucket|ContainerNotFound|(?:bucket|container) does not exist")
_WRONG_REGION = re.compile(r"PermanentRedirect|redirect without LOCATION|AuthorizationHeaderMalformed")
_BAD_CREDENTIALS = re.compile(
    r"status code: 40[13]|read token file|"
    r"<Code>(?:ExpiredToken\w*|InvalidToken|InvalidAccessKeyId|TokenRefreshRequired)<"
)
# Where a machine of a cloud gets its own credentials: it is asked where nothing else gives any.
_NO_CREDENTIALS = re.compile(r"169\.254\.|metadata\.google\.internal|metadata/identity|latest/api/token")
_PASSING = re.compile(r"status code: (?:50[0234]|408|429)|<Code>(?:RequestTimeout|SlowDown|InternalError)<")
_KINDS = {"Connect": "no connection", "Timeout": "no answer in time", "Interrupted": "the connection was lost"}

VARIABLES = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), AWS_PROFILE, "
    "or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, or AZURE_STORAGE_CONNECTION_STRING",
}
_ENDPOINTS = {
    "s3": "AWS_ENDPOINT_URL and AWS_REGION",
    "gs": "GOOGLE_BASE_URL",
    "az": "AZURE_STORAGE_ENDPOINT and AZURE_STORAGE_ACCOUNT",
}


def may_pass(error: Exception) -> bool:
    """Say whether the same request may succeed when the store is well again, or the network."""
    text = str(error)
    if _NO_CREDENTIALS.search(text) or _BAD_CREDENTIALS.search(text):
        return False
    if _STATUS.search(text):
        return bool(_PASSING.search(text))
    return _KIND.search(text) is not None and "builder error" not in text


def names_no_bucket(error: Exception) -> bool:
    """Say whether the bucket is missing, rather than an object in it."""
    return _NO_BUCKET.search(str(error)) is not None


def explain(address: Address, error: Exception) -> JobError:
    """Return the error of ours that says what went wrong with `address`, and repeats no secret."""
    text, where, scheme = str(error), f"cannot use {address}", address.scheme
    if names_no_bucket(error):
        kind = "container" if scheme == "az" else "bucket"
        hint = f"make the {kind}, or name another address with --state"
        return StateUnwritableError(f"{where}: there is no {kind} {address.bucket!r}", hint=hint)
    if _NO_CREDENTIALS.search(text):
        return StatePermissionError(f"{where}: found no credentials", hint=f"set {VARIABLES[scheme]}")
    if _WRONG_REGION.search(text):
        hint = "set AWS_REGION to the region of the bucket"
        return StateUnwritableError(f"{where}: {_found(text)}, as a bucket in another region says", hint=hint)
    if _BAD_CREDENTIALS.search(text):
        hint = f"look whether these are valid, and may read, write, list and delete there: {VARIABLES[scheme]}"
        return StatePermissionError(f"{where}: {_found(text)}", hint=hint)
    hint = f"check the network, the store, and {_ENDPOINTS[scheme]}, and run the same command again"
    return StateUnwritableError(f"{where}: {_found(text)}", hint=hint)


def _found(text: str) -> str:
    """Return the status and the code of an answer, or why there was none."""
    status, code, kind = _STATUS.search(text), _CODE.search(text), _KIND.search(text)
    if status is not None:
        return f"{status[1].strip()} ({code[1]})" if code is not None else status[1].strip()
    if "read token file" in text:
        return "the token file cannot be read"
    return _KINDS.get(kind[1], "the request failed") if kind is not None else "the request failed"
