#!/usr/bin/env python3
"""The same checks by the PyPI package aics-tlog (Python 3.12), which nobody here wrote.

  aics.py KEY WITNESS_KEY INCLUSION.json CONSISTENCY.json

Exit 0 where everything holds, 1 where something does not.
"""

import base64
import json
import pathlib
import sys

import aics_tlog as tlog


def signed(text, key, witness):
    note = tlog.parse_note(text)
    result = tlog.verify_checkpoint(note, key, witness_keys=[witness], quorum=1)
    if not result.ok:
        sys.exit("the checkpoint is not signed and cosigned: %s" % result)
    return tlog.parse_checkpoint(note.text)


def main():
    key, witness, inclusion, consistency = (pathlib.Path(name).read_text() for name in sys.argv[1:])
    key, witness = tlog.parse_vkey(key.strip()), tlog.parse_vkey(witness.strip())

    proof = json.loads(inclusion)
    checkpoint = signed(proof["checkpoint"], key, witness)
    path = [base64.b64decode(line) for line in proof["inclusion"]]
    body = base64.b64decode(proof["body"])
    if not tlog.verify_leaf_inclusion(body, proof["index"], checkpoint.size, path, checkpoint.root):
        sys.exit("the entry is not in the tree")

    proof = json.loads(consistency)
    checkpoint = signed(proof["checkpoint"], key, witness)
    steps = [base64.b64decode(line) for line in proof["consistency"]]
    old_root = base64.b64decode(proof["from_root"])
    if not tlog.verify_consistency(proof["from"], checkpoint.size, old_root, checkpoint.root, steps):
        sys.exit("the tree does not go on from the earlier one")
    print("aics-tlog agrees")


if __name__ == "__main__":
    main()
