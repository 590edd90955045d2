"""Prints the ids of the testsuite's cases that match any of the shell patterns given.

Runs on the Python 2.7 that the testsuite is installed for.
"""

import collections
import fnmatch
import sys

from autobahntestsuite.case import Cases

# What the whole suite is, by category: a suite that has lost cases must not pass for all of it.
COUNTS = {1: 16, 2: 11, 3: 7, 4: 10, 5: 20, 6: 145, 7: 37, 9: 54, 10: 1, 12: 90, 13: 126}

ids = [case.__name__[len("Case"):].replace("_", ".") for case in Cases]
if collections.Counter(int(id.split(".")[0]) for id in ids) != COUNTS:
    sys.exit("the installed testsuite does not have the 517 cases it should have")

chosen = set()
for pattern in sys.argv[1:]:
    matching = fnmatch.filter(ids, pattern)
    if not matching:
        sys.exit("no case matches " + pattern)
    chosen.update(matching)
for id in ids:
    if id in chosen:
        print(id)
