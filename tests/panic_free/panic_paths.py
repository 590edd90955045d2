"""Looks for panics in the machine code of a library: whatever refers to the panic handler, or to a
function that does and never returns. Counts those that were compiled from allowed sources, and fails
at any other.

    panic_paths.py LIBRARY ALLOWED...

ALLOWED is how the path of a source begins: `core/src/net`, `base64-0.23.1/src`.
"""

import re
import subprocess
import sys
from collections import Counter

HANDLER = "rust_begin_unwind"

FUNCTION = re.compile(r"^[0-9a-f]+ <(.+)>:$")
REFERENCE = re.compile(r"^ *([0-9a-f]+):\t.*<([^+>]+)>$")
RETURN = re.compile(r":\t(?:repz? )?ret")
# /rustc/HASH/library/core/src/net/parser.rs:79
STANDARD = re.compile(r".*/library/((?:core|alloc)/src/.+)")
# /home/me/.cargo/registry/src/INDEX/base64-0.23.1/src/lib.rs:1234
REGISTRY = re.compile(r".*/registry/src/[^/]+/(.+)-\d[^/]*(/src/.+)")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_functions(library):
    """By name: what the function refers to, by address, and whether it returns."""
    references, returning = {}, set()
    for line in output("objdump", "--disassemble", "--no-show-raw-insn", library).splitlines():
        if match := FUNCTION.match(line):
            name = match[1]
            references[name] = {}
        elif match := REFERENCE.match(line):
            references[name][match[1]] = match[2]
        elif RETURN.search(line):
            returning.add(name)
    return references, returning


def read_sources(library, addresses):
    """By address: the line that the code comes from, the one that this was inlined into, and so on."""
    sources = {}
    command = ("addr2line", "--addresses", "--inlines", "--exe", library)
    for line in output(*command, *addresses).splitlines():
        if line.startswith("0x"):
            lines = sources[f"{int(line, 16):x}"] = []
        else:
            lines.append(STANDARD.sub(r"\1", REGISTRY.sub(r"\1\2", line)))
    return sources


def is_standard(line):
    return line.startswith(("core/src/", "alloc/src/"))


def find_panics(library, allowed):
    """How many there are from each of the allowed sources; and the others, function and lines."""
    references, returning = read_functions(library)
    machinery = {name for name in references if HANDLER in name}
    assert machinery, "no panic handler"
    while True:
        sites = [
            (address, name)
            for name, targets in references.items()
            for address, target in targets.items()
            if target in machinery
        ]
        sources = read_sources(library, [address for address, _ in sites])
        counts, others, grown = Counter(), [], set()
        for address, name in sites:
            lines = sources[address]
            found = [start for start in allowed if any(line.startswith(start) for line in lines)]
            if found:
                counts[found[0]] += 1
            elif name in returning or not all(map(is_standard, lines)):
                others.append((name, lines))
            else:
                grown.add(name)
        if grown <= machinery:
            return counts, others
        machinery |= grown


def main(library, *allowed):
    counts, others = find_panics(library, allowed)
    for source, count in sorted(counts.items()):
        print(f"{count:8} in {source}")
    for name, lines in others:
        print(f"a panic in {name}:", *lines, sep="\n    ", file=sys.stderr)
    sys.exit(1 if others else 0)


main(*sys.argv[1:])
