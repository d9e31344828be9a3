"""States in object stores: S3, Google Cloud Storage, Azure Blob Storage and what speaks as they do.

    study.json          the truth: a `Head`, which has the study, and names the files that go with it by their digests
    study.json.prev     the head before
    lease.json          who runs the search, and whether that run is alive
    trials/…, best-….keras and so on: files, under names with the run and the digest, which never change
    inbox/              what users ask for
    report/…, logs and result.joblib: derived, and as they are called in a directory

A run works in a directory of its own, as in any state directory. Each save puts the files there that are new, and then
swaps the head for one that names them; so all of it comes to hold at once, or nothing. The swap fails where another
run has swapped meanwhile: whoever has lost the state can change nothing in it.
"""
