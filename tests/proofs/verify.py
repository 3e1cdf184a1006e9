#!/usr/bin/env python3
"""A second implementation of everything an outsider checks of a ledger: signed notes, checkpoints,
cosignatures, inclusion and consistency, written from RFC 6962, RFC 8032 and the C2SP texts
(signed-note, tlog-checkpoint, tlog-cosignature). Standard library only; it shares no code with the
program whose ledger it reads.

  verify.py checkpoint --key FILE [--witness FILE] NOTE...
  verify.py inclusion  --key FILE [--witness FILE] PROOF.json      (`ledger prove RECEIPT --json`)
  verify.py consistency --key FILE PROOF.json      (`ledger prove --from SIZE --json`)
  verify.py ledger     --key FILE [--witness FILE] FOLDER
  verify.py self-test

Exit 0 where everything holds, 1 where something does not (one line says what), 2 for anything that
cannot be read.
"""

import argparse
import base64
import binascii
import hashlib
import json
import pathlib
import sqlite3
import sys


class Wrong(Exception):
    """Something does not hold."""


# --- Ed25519 (RFC 8032, section 5.1) ---------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - x2) % P:
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
NEUTRAL = (0, 1, 1, 0)


def add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def is_same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def decompress(text):
    number = int.from_bytes(text, "little")
    y = number & (2**255 - 1)
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def is_signed(public, message, signature):
    """Whether `signature` is that of `message` under `public`."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r = decompress(public), decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    # A point of small order would make one signature hold for many messages.
    if is_same(multiply(8, a), NEUTRAL):
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    return is_same(multiply(s, BASE), add(r, multiply(h, a)))


# --- Signed notes -----------------------------------------------------------------------------

LEDGER, WITNESS = 1, 4


def decode(text):
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("not base 64: %r" % text) from error


class Key:
    """A verifier key: NAME+HASH+KEY."""

    def __init__(self, text):
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise Wrong("not a verifier key")
        self.name, key = parts[0], decode(parts[2])
        self.kind, self.public = key[0], key[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + key).digest()[:4]
        if self.id.hex() != parts[1] or len(self.public) != 32:
            raise Wrong("the key's hash does not fit")

    def check(self, note):
        """True or, for a witness, the time; False where it did not sign; Wrong where it is forged."""
        said = False
        for name, key_id, signature in note.lines:
            if (name, key_id) != (self.name, self.id):
                continue
            message, time = note.text, True
            if self.kind == WITNESS:
                time = int.from_bytes(signature[:8], "big")
                signature = signature[8:]
                message = "cosignature/v1\ntime %d\n%s" % (time, note.text)
            if not is_signed(self.public, message.encode(), signature):
                raise Wrong("a signature of %s is wrong" % self.name)
            said = time
        return said


class Note:
    """A text and its signature lines."""

    def __init__(self, note):
        if any(ord(c) < 32 and c != "\n" for c in note):
            raise Wrong("control characters in a note")
        text, found, lines = note.rpartition("\n\n")
        if not found or not text or not lines.endswith("\n"):
            raise Wrong("not a signed note")
        self.text, self.lines = text + "\n", []
        for line in lines[:-1].split("\n"):
            parts = line.split(" ")
            if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
                raise Wrong("not a signature line: %r" % line)
            signature = decode(parts[2])
            if len(signature) < 5:
                raise Wrong("a signature is too short")
            self.lines.append((parts[1], signature[:4], signature[4:]))


class Checkpoint:
    """Origin, size, root of a note's text."""

    def __init__(self, note):
        lines = note.text.split("\n")
        if len(lines) < 4 or lines.pop() != "" or not all(lines):
            raise Wrong("not a checkpoint")
        self.origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or str(int(size)) != size:
            raise Wrong("not a size: %r" % size)
        self.size, self.root = int(size), decode(root)
        if len(self.root) != 32:
            raise Wrong("not a root")


def trusted(text, key, witness, must_be_cosigned=True):
    """The checkpoint of a note that the ledger signed and, where one is asked for, the witness."""
    note = Note(text)
    if key.check(note) is not True:
        raise Wrong("not signed by %s" % key.name)
    checkpoint = Checkpoint(note)
    if checkpoint.origin != key.name:
        raise Wrong("another ledger's checkpoint")
    if witness is not None and witness.check(note) is False and must_be_cosigned:
        raise Wrong("not cosigned by %s" % witness.name)
    return checkpoint


# --- Merkle trees (RFC 6962, section 2.1) -------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def split(size):
    """The largest power of two below `size`."""
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def tree_hash(leaves):
    """MTH of leaves that are hashed already."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node_hash(tree_hash(leaves[:k]), tree_hash(leaves[k:]))


def root_of_path(leaf, index, size, path):
    """The root that an audit path leads to, by undoing PATH(m, D[n])."""
    if size == 1:
        if path:
            raise Wrong("the path is too long")
        return leaf
    if not path:
        raise Wrong("the path is too short")
    k = split(size)
    if index < k:
        return node_hash(root_of_path(leaf, index, k, path[:-1]), path[-1])
    return node_hash(path[-1], root_of_path(leaf, index - k, size - k, path[:-1]))


def roots_of_proof(old, size, proof, old_root, is_whole=True):
    """Both roots that a consistency proof leads to, by undoing SUBPROOF(m, D[n], b)."""
    if old == size:
        if is_whole:
            if proof:
                raise Wrong("the proof is too long")
            return old_root, old_root
        if len(proof) != 1:
            raise Wrong("the proof has another length")
        return proof[0], proof[0]
    if not proof:
        raise Wrong("the proof is too short")
    k = split(size)
    if old <= k:
        left_old, left = roots_of_proof(old, k, proof[:-1], old_root, is_whole)
        return left_old, node_hash(left, proof[-1])
    right_old, right = roots_of_proof(old - k, size - k, proof[:-1], old_root, False)
    return node_hash(proof[-1], right_old), node_hash(proof[-1], right)


def check_inclusion(leaf, index, size, root, path):
    if not 0 <= index < size:
        raise Wrong("no such leaf")
    if root_of_path(leaf, index, size, path) != root:
        raise Wrong("the entry is not in the tree")


def check_consistency(old, old_root, size, root, proof):
    if not 0 < old <= size:
        raise Wrong("no such sizes")
    found_old, found = roots_of_proof(old, size, proof, old_root)
    if found_old != old_root or found != root:
        raise Wrong("the tree does not go on from the earlier one")


# --- Commands -----------------------------------------------------------------------------------


def inclusion(arguments, key, witness):
    proof = json.loads(pathlib.Path(arguments.proof).read_text())
    checkpoint = trusted(proof["checkpoint"], key, witness)
    entry = decode(proof["body"])
    path = [decode(line) for line in proof["inclusion"]]
    check_inclusion(leaf_hash(entry), proof["index"], checkpoint.size, checkpoint.root, path)
    said = json.loads(entry[1:])
    if entry[0] != 1 or said["receipt"] != proof["receipt"]:
        raise Wrong("the entry is not the receipt's")
    if proof["index"] + 1 != proof["entry"]["seq"] or proof["entry"]["event"] != said["event"]:
        raise Wrong("the entry is not what is said of it")
    print("entry %d of %d is proven" % (proof["index"] + 1, checkpoint.size))


def consistency(arguments, key, witness):
    proof = json.loads(pathlib.Path(arguments.proof).read_text())
    checkpoint = trusted(proof["checkpoint"], key, witness)
    steps = [decode(line) for line in proof["consistency"]]
    old_root = decode(proof["from_root"])
    check_consistency(proof["from"], old_root, checkpoint.size, checkpoint.root, steps)
    print("%d entries go on from %d" % (checkpoint.size, proof["from"]))


def checkpoints(arguments, key, witness):
    for file in arguments.note:
        checkpoint = trusted(pathlib.Path(file).read_text(), key, witness)
        print("checkpoint of %d entries" % checkpoint.size)


def notes(file):
    """The notes of a file: each ends with an empty line."""
    pieces = file.read_text().split("\n\n") if file.exists() else [""]
    if pieces.pop() != "":
        raise Wrong("%s ends in the middle" % file.name)
    if len(pieces) % 2:
        raise Wrong("%s: a note without signatures" % file.name)
    return [pieces[i] + "\n\n" + pieces[i + 1] + "\n" for i in range(0, len(pieces), 2)]


def ledger(arguments, key, witness):
    folder = pathlib.Path(arguments.folder)
    connection = sqlite3.connect(folder / "ledger.sqlite")
    rows = connection.execute("SELECT seq, body, leaf, chain FROM entry ORDER BY seq").fetchall()
    leaves, chain = [], bytes(32)
    for seq, body, leaf, link in rows:
        if seq != len(leaves) + 1:
            raise Wrong("entry %d is missing" % (len(leaves) + 1))
        if leaf != leaf_hash(body):
            raise Wrong("entry %d: leaf" % seq)
        chain = sha256(chain + leaf)
        if chain != link:
            raise Wrong("entry %d: chain" % seq)
        leaves.append(leaf)
    signed = 0
    for name, who in [("checkpoints", None), ("cosigned", witness)]:
        for note in notes(folder / name):
            checkpoint = trusted(note, key, who)
            if checkpoint.size > len(leaves):
                raise Wrong("entries are missing: %d were signed" % checkpoint.size)
            if tree_hash(leaves[: checkpoint.size]) != checkpoint.root:
                raise Wrong("the first %d entries are not those signed" % checkpoint.size)
            signed += 1
    if not signed:
        raise Wrong("nothing was ever signed")
    print("%d entries, %d checkpoints" % (len(leaves), signed))


def self_test(_arguments, _key, _witness):
    """The first two vectors of RFC 8032, 7.1, and all small trees."""
    for public, message, signature in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ]:
        public, message, signature = map(bytes.fromhex, (public, message, signature))
        assert is_signed(public, message, signature)
        for place in (0, 31, 40, 63):
            harmed = bytearray(signature)
            harmed[place] ^= 1
            assert not is_signed(public, message, bytes(harmed))
        assert not is_signed(public, message + b"x", signature)
    print("self-test passed")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(required=True)

    def command(name, run, *arguments, **options):
        one = commands.add_parser(name)
        one.set_defaults(run=run, key=None, witness=None)
        if arguments:
            one.add_argument("--key", required=True)
            one.add_argument("--witness")
            one.add_argument(*arguments, **options)

    command("checkpoint", checkpoints, "note", nargs="+")
    command("inclusion", inclusion, "proof")
    command("consistency", consistency, "proof")
    command("ledger", ledger, "folder")
    command("self-test", self_test)
    arguments = parser.parse_args()
    try:
        key = arguments.key and Key(pathlib.Path(arguments.key).read_text())
        witness = arguments.witness and Key(pathlib.Path(arguments.witness).read_text())
        for one, kind in ((key, LEDGER), (witness, WITNESS)):
            if one and one.kind != kind:
                raise Wrong("a key is of another kind")
        arguments.run(arguments, key, witness or None)
    except Wrong as wrong:
        print("wrong: %s" % wrong)
        return 1
    except (OSError, KeyError, TypeError, ValueError, IndexError, sqlite3.Error) as error:
        print("unreadable: %s" % error)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
