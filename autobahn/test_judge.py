"""Tests of judge.py with reports made up for the purpose. Run: python3 -m unittest test_judge"""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import judge

PEER = "peer-1"
SINCE = "2026-01-01T12:00:00"


class JudgeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cases = {}
        self.add("1.1.1")
        self.add("7.1.6", behavior="INFORMATIONAL", behaviorClose="INFORMATIONAL")

    def add(self, case_id, **fields):
        self.cases[case_id] = {
            "id": case_id,
            "agent": PEER,
            "started": SINCE + ".250Z",
            "behavior": "OK",
            "behaviorClose": "OK",
            "result": "what\nhappened",
            "resultClose": "how it ended",
            **fields,
        }

    def write(self, name="1", peer=PEER):
        folder = self.folder / name
        folder.mkdir()
        index = {case_id: {"reportfile": case_id + ".json"} for case_id in self.cases}
        (folder / "index.json").write_text(json.dumps({peer: index} if index else {}))
        for case_id, case in self.cases.items():
            (folder / (case_id + ".json")).write_text(json.dumps(case))
        return folder

    def judge(self, *folders, asked="1.1.1 7.1.6"):
        """Returns the exit status and what was printed."""
        asked_file = self.folder / "asked"
        asked_file.write_text(asked.replace(" ", "\n"))
        options = ["--title", "Server", "--peer", PEER, "--since", SINCE, "--cases", asked_file]
        arguments = [str(argument) for argument in ["judge.py", *options, *folders]]
        printed = io.StringIO()
        with mock.patch("sys.argv", arguments), contextlib.redirect_stdout(printed):
            return judge.main(), printed.getvalue()

    def assert_rejected(self, reason, *folders, **options):
        status, printed = self.judge(*(folders or [self.write()]), **options)
        self.assertEqual(status, 1)
        self.assertIn("### Server: rejected", printed)
        self.assertIn(reason, printed)

    def test_all_passed(self):
        status, printed = self.judge(self.write())
        self.assertEqual(status, 0)
        self.assertIn("### Server: accepted", printed)
        self.assertIn("| 1 framing | 1 | 1 | 0 | 0 |", printed)
        self.assertIn("| 7 close | 1 | 0 | 1 | 0 |", printed)
        self.assertIn("| all | 2 | 1 | 1 | 0 |", printed)

    def test_shares_are_joined(self):
        first = self.write("1")
        self.cases = {}
        self.add("10.1.1")
        self.assertEqual(self.judge(first, self.write("2"), asked="1.1.1 7.1.6 10.1.1")[0], 0)

    def test_case_in_two_shares(self):
        self.assert_rejected("case 1.1.1 was run twice", self.write("1"), self.write("2"))

    def test_behavior_not_ok(self):
        for word in ("NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED", "NEW WORD"):
            with self.subTest(word):
                self.add("1.1.1", behavior=word)
                reason = f"- 1.1.1: behavior is {word}, not OK: what happened"
                self.assert_rejected(reason, self.write(word))

    def test_close_not_ok(self):
        for word in ("WRONG CODE", "UNCLEAN", "FAILED BY CLIENT", "FAILED", "INFORMATIONAL"):
            with self.subTest(word):
                self.add("1.1.1", behaviorClose=word)
                reason = f"- 1.1.1: behaviorClose is {word}, not OK: how it ended"
                self.assert_rejected(reason, self.write(word))

    def test_informational_case_must_be_informational(self):
        self.add("7.1.6", behavior="OK", behaviorClose="INFORMATIONAL")
        self.assert_rejected("- 7.1.6: behavior is OK, not INFORMATIONAL")

    def test_missing_case(self):
        self.assert_rejected("- 1.1.2: was not run", asked="1.1.1 1.1.2 7.1.6")

    def test_case_not_asked_for(self):
        self.assert_rejected("- 1.1.1: was not asked for", asked="7.1.6")

    def test_no_case_run(self):
        self.cases = {}
        self.assert_rejected("tells about []")

    def test_no_case_asked_for(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as exit:
            self.judge(self.write(), asked="")
        self.assertEqual(exit.exception.code, 2)

    def test_other_peer(self):
        self.assert_rejected("tells about ['other'], not about 'peer-1'", self.write(peer="other"))

    def test_case_file_of_other_peer(self):
        self.add("1.1.1", agent="other")
        self.assert_rejected("its file is about case 1.1.1 of 'other'")

    def test_case_from_an_earlier_run(self):
        self.add("1.1.1", started="2026-01-01T11:59:59.999Z")
        self.assert_rejected("- 1.1.1: started at 2026-01-01T11:59:59.999Z, before this run")

    def test_missing_report(self):
        self.assert_rejected("index.json: ", self.folder / "none")

    def test_truncated_report(self):
        folder = self.write()
        (folder / "1.1.1.json").write_text('{"id": ')
        self.assert_rejected("1.1.1.json: ", folder)

    def test_case_without_outcome(self):
        self.add("1.1.1", behavior=None)
        self.assert_rejected("case 1.1.1 has no behavior")


if __name__ == "__main__":
    unittest.main()
