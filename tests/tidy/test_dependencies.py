#!/usr/bin/python3
"""Tests of packaging/install-dependencies.sh with stand-ins for dpkg-query, apt-get, sudo and id."""

import os
import shutil
import subprocess
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "packaging", "install-dependencies.sh")
LIST = os.path.join(os.path.dirname(SCRIPT), "dependencies.txt")


def packages(name):
    with open(LIST, encoding="utf-8") as file:
        return [line.split()[1] for line in file if line.split()[:1] == [name]]


class InstallDependencies(unittest.TestCase):
    """Each test has a folder that is the whole PATH: the few real tools the script uses, and the stand-ins."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = folder.name
        self.log = os.path.join(self.path, "log")
        for tool in ("sh", "sed", "dirname", "env", "cat"):
            os.symlink(shutil.which(tool, path="/usr/bin:/bin"), os.path.join(self.path, tool))
        self.stand_in("apt-get", f'echo "apt-get $DEBIAN_FRONTEND $*" >>"{self.log}"')

    def stand_in(self, name, body):
        file_name = os.path.join(self.path, name)
        with open(file_name, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body + "\n")
        os.chmod(file_name, 0o755)

    def run_script(self, *arguments, missing=(), removed=(), user=1000):
        self.stand_in("id", f"echo {user}")
        self.stand_in("dpkg-query", 'for last; do :; done\ncase $last in\n'
                      + "".join(f"  {p}) exit 1 ;;\n" for p in missing)
                      + "".join(f"  {p}) echo 'rc ' ;;\n" for p in removed)
                      + "  *) echo 'ii ' ;;\nesac")
        done = subprocess.run(["/bin/sh", SCRIPT, *arguments], env={"PATH": self.path}, capture_output=True, text=True,
                              check=False)
        calls = ""
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as file:
                calls = file.read()
        return done, calls

    def test_nothing_is_called_when_nothing_is_missing(self):
        done, calls = self.run_script()
        self.assertEqual((done.returncode, done.stdout, done.stderr, calls), (0, "", "", ""))

    def test_root_installs_just_what_is_missing_without_questions(self):
        done, calls = self.run_script(missing=["cmake"], removed=["libfmt-dev"], user=0)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls, "apt-get noninteractive update -q\n"
                         "apt-get noninteractive install -y -q --no-install-recommends cmake libfmt-dev\n")

    def test_another_user_goes_through_sudo(self):
        self.stand_in("sudo", f'echo "sudo" >>"{self.log}"\nexec "$@"')
        done, calls = self.run_script(missing=["cmake"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls.splitlines()[0::2], ["sudo", "sudo"])
        self.assertIn("--no-install-recommends cmake\n", calls)

    def test_neither_root_nor_sudo_is_said_clearly(self):
        done, calls = self.run_script(missing=["cmake", "git"])
        self.assertEqual((done.returncode, calls), (1, ""))
        self.assertIn("apt-get install --no-install-recommends cmake git", done.stderr)

    def test_a_failing_apt_get_fails(self):
        self.stand_in("apt-get", "exit 100")
        self.assertNotEqual(self.run_script(missing=["cmake"], user=0)[0].returncode, 0)

    def test_another_system_is_said_clearly(self):
        done = subprocess.run(["/bin/sh", SCRIPT], env={"PATH": self.path}, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("not a Debian system", done.stderr)

    def test_list_prints_and_installs_nothing(self):
        done, calls = self.run_script("--list", "build", "lint", missing=["cmake", "clang-tidy"])
        self.assertEqual((done.returncode, done.stdout, calls), (0, "cmake\nclang-tidy\n", ""))

    def test_the_build_list_leaves_clang_out(self):
        self.assertFalse([p for p in packages("build") if p.startswith("clang")])
        self.assertIn("clang-tidy", packages("lint"))

    def test_an_unknown_list_is_refused(self):
        self.assertEqual(self.run_script("everything")[0].returncode, 2)


if __name__ == "__main__":
    unittest.main()
