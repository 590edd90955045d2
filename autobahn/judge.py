#!/usr/bin/env python3
"""Judges reports of the Autobahn testsuite strictly, and prints the outcome as Markdown.

Exits with 0 if every case asked for was run against the peer named, in this run, and passed; with
1 if not.
"""

import argparse
import json
import pathlib
import sys

CATEGORIES = {
    1: "framing",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "close",
    9: "limits and performance",
    10: "automatic fragmentation",
    12: "compression, payloads",
    13: "compression, parameters",
}

# RFC 6455 leaves open what a peer does in these. They cannot pass, the suite only takes notes.
NOT_JUDGED = {"7.1.6", "7.13.1", "7.13.2"}


class BadReport(Exception):
    """A report that cannot be judged."""


def category(case_id):
    return int(case_id.split(".")[0])


def read_json(path):
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadReport(f"{path}: {error}") from error
    if not isinstance(content, dict):
        raise BadReport(f"{path}: not an object")
    return content


def read_reports(folders, peer):
    """Joins what the reports say about `peer`, as a dictionary from case id to the case's file."""
    cases = {}
    for folder in folders:
        index = read_json(folder / "index.json")
        if list(index) != [peer]:
            raise BadReport(f"{folder}: tells about {list(index)}, not about {peer!r}")
        for case_id, entry in index[peer].items():
            if case_id in cases:
                raise BadReport(f"{folder}: case {case_id} was run twice")
            cases[case_id] = read_json(folder / entry["reportfile"])
            for key in ("id", "agent", "behavior", "behaviorClose", "started"):
                if not isinstance(cases[case_id].get(key), str):
                    raise BadReport(f"{folder}: case {case_id} has no {key}")
    return cases


def faults(case_id, case, peer, since):
    """Lists what is wrong with a case: nothing, if it passed."""
    wanted = "INFORMATIONAL" if case_id in NOT_JUDGED else "OK"
    found = []
    if (case["id"], case["agent"]) != (case_id, peer):
        found.append(f"its file is about case {case['id']} of {case['agent']!r}")
    if case["started"] < since:
        found.append(f"started at {case['started']}, before this run")
    for key, explanation in (("behavior", "result"), ("behaviorClose", "resultClose")):
        if case[key] != wanted:
            reason = " ".join(str(case.get(explanation)).split())
            found.append(f"{key} is {case[key]}, not {wanted}: {reason[:300]}")
    return found


def judge(asked, cases, peer, since):
    """Returns what was rejected, as a dictionary from case id to the reason."""
    rejected = {case_id: "was not run" for case_id in asked if case_id not in cases}
    for case_id, case in cases.items():
        found = faults(case_id, case, peer, since)
        if case_id not in asked:
            found.append("was not asked for")
        if found:
            rejected[case_id] = "; ".join(found)
    return rejected


def row(name, ids, rejected):
    not_judged = len(ids & NOT_JUDGED - rejected.keys())
    refused = len(ids & rejected.keys())
    return f"| {name} | {len(ids)} | {len(ids) - not_judged - refused} | {not_judged} | {refused} |"


def summary(title, asked, rejected):
    """The outcome as Markdown: a table by category, then each rejected case with its reason."""
    ids = set(asked) | rejected.keys()
    lines = [
        f"### {title}: {'rejected' if rejected else 'accepted'}",
        "",
        "| category | cases | OK | informational | rejected |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for number in sorted({category(case_id) for case_id in ids}):
        name = f"{number} {CATEGORIES.get(number, '(unknown)')}"
        lines.append(row(name, {i for i in ids if category(i) == number}, rejected))
    lines += [row("all", ids, rejected), ""]
    by_number = sorted(rejected, key=lambda case_id: [int(part) for part in case_id.split(".")])
    lines += [f"- {case_id}: {rejected[case_id]}" for case_id in by_number]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--title", required=True, help="the heading")
    parser.add_argument("--peer", required=True, help="the peer that must have been tested")
    parser.add_argument("--since", required=True, help="start of the run, ISO 8601, UTC")
    parser.add_argument("--cases", required=True, type=pathlib.Path, help="a file of case ids")
    parser.add_argument("reports", nargs="+", type=pathlib.Path, help="folders with reports")
    arguments = parser.parse_args()

    asked = arguments.cases.read_text().split()
    if not asked:
        parser.error("no case was asked for")
    try:
        cases = read_reports(arguments.reports, arguments.peer)
    except BadReport as error:
        print(f"### {arguments.title}: rejected\n\n{error}")
        return 1
    rejected = judge(asked, cases, arguments.peer, arguments.since)
    print(summary(arguments.title, asked, rejected))
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
