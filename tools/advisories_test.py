"""Versions and requirements as RustSec's advisories write them: `python3 tools/advisories_test.py`."""

import json
import unittest

from advisories import COPY, bounds, concerns, matches

CASES = [
    ("1.2.3", ">= 1.2.3", True),
    ("1.2.2", ">= 1.2.3", False),
    ("1.10.0", ">=1.9", True),
    ("1.2.3", "> 1.2.3", False),
    ("1.2.2", "< 1.2.3", True),
    ("1.2.3", "<= 1.2.3", True),
    ("1.2.3", "= 1.2.3", True),
    ("1.2.4", "=1.2.3", False),
    ("1.9.9", "^1.2.3", True),
    ("2.0.0", "^1.2.3", False),
    ("1.9.9", "1.2.3", True),
    ("0.3.9", "^0.3.1", True),
    ("0.4.0", "^0.3.1", False),
    ("0.0.4", "^0.0.3", False),
    ("1.2.9", "~1.2.3", True),
    ("1.3.0", "~1.2.3", False),
    ("0.5.9", ">= 0.5.3, < 0.6.0", True),
    ("0.6.1", ">= 0.5.3, < 0.6.0", False),
    ("1.0.0-rc.1", ">= 1.0.0", False),
    ("1.0.0-rc.10", "> 1.0.0-rc.9", True),
    ("1.0.0+build", ">= 1.0.0", True),
]


class Versions(unittest.TestCase):
    def test_requirements_match_as_semver_says(self):
        for version, requirement, expected in CASES:
            self.assertEqual(matches(version, requirement), expected, f"{version} {requirement}")

    def test_every_requirement_of_the_copy_is_understood(self):
        _, *advisories = map(json.loads, COPY.read_text().splitlines())
        requirements = [text for advisory in advisories for text in advisory["patched"] + advisory["unaffected"]]
        self.assertGreater(len(requirements), 1000)
        for text in requirements:
            for comparator in text.split(","):
                self.assertNotEqual(bounds(comparator), (None, False, None, False), text)

    def test_an_advisory_concerns_what_is_neither_patched_nor_unaffected(self):
        advisory = {"patched": [">= 1.0.103"], "unaffected": ["< 0.4.0"]}
        concerned = [version for version in ("0.3.9", "0.4.0", "1.0.102", "1.0.103") if concerns(advisory, version)]
        self.assertEqual(concerned, ["0.4.0", "1.0.102"])
        self.assertTrue(concerns({"patched": [], "unaffected": []}, "9.9.9"))


if __name__ == "__main__":
    unittest.main()
