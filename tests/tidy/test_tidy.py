#!/usr/bin/python3
"""Tests of the lint: each check finds its bad sample and leaves the good one alone."""

import contextlib
import io
import os
import tempfile
import unittest

import tidy

LAYERS = """\
room base    <-                    | fmt::fmt
room random  <- base               |
room spec    <- base               |
room plan    <- base random        |
room kernel  <- base plan          |
room compile <- base spec plan     |
room world   <- base kernel        |
room referee <- base plan          |
room report  <- base               |
room models  <- base compile world/procedure |
room cli     <- base random spec plan kernel compile world referee report models |
external simgrid/ : world referee
external nlohmann/ : spec report
"""
HEADER = "// Something that has a purpose.\n#pragma once\n"


class TidyCase(unittest.TestCase):
    """Writes a tree into a temporary folder and runs one check on it."""

    def findings(self, check, files):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {"cmake/layering.txt": LAYERS, **files}.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(text)
            return list(tidy.CHECKS[check](tidy.Tree(root)))

    def assert_clean(self, check, files):
        self.assertEqual(self.findings(check, files), [])

    def assert_found(self, check, path, text, line, words, **others):
        found = self.findings(check, {path: text, **others})
        self.assertEqual([(f[0], f[1]) for f in found], [(path, line)], found)
        self.assertIn(words, found[0][2])


class Layering(TidyCase):
    def test_a_room_may_include_itself_and_all_it_reaches(self):
        self.assert_clean("layering", {"sim/kernel/run.cpp": '#include "sim/kernel/run.hpp"\n'
                                       '#include "sim/plan/plan.hpp"\n#include "sim/random/draw.hpp"\n#include <vector>\n'})

    def test_a_room_may_not_include_a_room_below_it(self):
        self.assert_found("layering", "sim/plan/plan.hpp", '#pragma once\n#include "sim/kernel/run.hpp"\n', 2,
                          "plan may not include kernel")

    def test_the_referee_knows_nothing_of_the_kernel(self):
        self.assert_found("layering", "sim/referee/a.cpp", '#include "sim/kernel/run.hpp"\n', 1, "referee may not")

    def test_models_see_only_the_procedure_interface_of_world(self):
        self.assert_clean("layering", {"models/dr.cpp": '#include "sim/world/procedure.hpp"\n'})
        self.assert_found("layering", "models/dr.cpp", '#include "sim/world/clock.hpp"\n', 1, "only procedure*")
        self.assert_found("layering", "models/dr.cpp", '#include "sim/kernel/run.hpp"\n', 1, "may not include kernel")

    def test_no_room_but_cli_includes_models(self):
        self.assert_clean("layering", {"sim/cli/main.cpp": '#include "models/catalog.def"\n'})
        self.assert_found("layering", "sim/compile/a.cpp", '#include "models/catalog.def"\n', 1, "may not include models")

    def test_simgrid_stays_in_world_and_referee(self):
        self.assert_clean("layering", {"sim/world/a.cpp": "#include <simgrid/s4u.hpp>\n"})
        self.assert_found("layering", "models/a.cpp", "#include <simgrid/s4u.hpp>\n", 1, "only world, referee")

    def test_json_input_stays_in_spec(self):
        self.assert_found("layering", "sim/plan/a.cpp", "#include <nlohmann/json.hpp>\n", 1, "only spec, report")

    def test_own_headers_are_included_from_the_project_root(self):
        self.assert_found("layering", "sim/base/a.cpp", '#include "time.hpp"\n', 1, "from the project root")
        self.assert_found("layering", "sim/base/a.cpp", "#include <sim/base/time.hpp>\n", 1, "with quotes")

    def test_unknown_rooms_and_homeless_files_are_refused(self):
        self.assert_found("layering", "sim/cellar/a.cpp", "\n", 1, "is not a room")
        self.assert_found("layering", "sim/a.cpp", "\n", 1, "stands in no room")

    def test_unit_tests_obey_the_table_of_their_room(self):
        self.assert_found("layering", "tests/unit/plan/a_test.cpp", '#include "sim/kernel/run.hpp"\n', 1, "plan may not")
        self.assert_clean("layering", {"tests/unit/models/a_test.cpp": '#include "sim/kernel/run.hpp"\n',
                                       "tests/oracle/a_test.cpp": '#include "sim/kernel/run.hpp"\n'})

    def test_the_product_does_not_include_tests(self):
        self.assert_found("layering", "sim/cli/a.cpp", '#include "tests/support/a.hpp"\n', 1, "only tests")

    def test_an_include_in_a_comment_is_none(self):
        self.assert_clean("layering", {"sim/base/a.cpp": '// #include "sim/kernel/run.hpp"\n/*\n#include "x.hpp"\n*/\n'})

    def test_a_tree_without_the_table_is_refused(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(len(list(tidy.check_layering(tidy.Tree(root)))), 1)


class Banned(TidyCase):
    def test_each_banned_call_is_found(self):
        for line in ("std::uniform_real_distribution<> d;", "std::random_device r;", "int x = std::rand();",
                     "std::mt19937_64 g;", "#include <unordered_map>", "std::unordered_set<int> s;",
                     "auto t = std::chrono::steady_clock::now();", "auto t = std::chrono::system_clock::now();",
                     "auto y = std::log(x);", "auto y = std::pow (x, 2);", "auto y = log(x);", "  return log (x);", "y = 2 * exp(x);",
                     "log(x);", "auto y = ::expf(x);",
                     "auto h = std::hash<int>{}(x);", "std::shuffle(a, b, g);"):
            with self.subTest(line):
                for path in ("sim/kernel/a.cpp", "models/a.cpp", "sim/random/a.cpp"):
                    found = self.findings("banned", {path: "\n" + line + "\n"})
                    self.assertEqual([f[:2] for f in found], [(path, 2)], line)

    def test_lookalikes_are_left_alone(self):
        self.assert_clean("banned", {"sim/kernel/a.cpp": """
            // std::log(x) and log(x) round differently
            auto a = random::log(x);  auto b = trace.log(x);  auto c = sink->log(x);  auto d = catalog(x);
            auto e = std::sqrt(x);  auto f = "std::rand()";  auto g = operand(x);  auto h = 1'000'000;
            plan::LogId log(plan::Log proto);  const LogId log(turn.target);
            auto i = clock.time(0);  auto j = R"(std::exp(1))";  auto k = 'x';
        """})

    def test_sim_random_may_call_its_own_elementary_functions(self):
        self.assert_clean("banned", {"sim/random/elementary.hpp": "double log(double x);\n",
                                     "sim/random/laws.hpp": '#include "sim/random/elementary.hpp"\n',
                                     "sim/random/a.cpp": '#include "sim/random/laws.hpp"\ndouble y = log(x);\n'})
        self.assert_found("banned", "sim/random/a.cpp",
                          '#include "sim/random/elementary.hpp"\ndouble y = std::log(x);\n', 2, "std::log")

    def test_statistics_after_the_run_may_use_the_c_library(self):
        self.assert_clean("banned", {"sim/measure/a.cpp": "double y = std::log(x);\n"})
        self.assert_clean("banned", {"tests/unit/random/a_test.cpp": "double y = std::log(x);\n"})

    def test_only_spec_parses_json(self):
        self.assert_found("banned", "sim/report/a.cpp", "auto j = nlohmann::json::parse(text);\n", 1, "outside sim/spec")
        self.assert_clean("banned", {"sim/spec/a.cpp": "auto j = nlohmann::json::parse(text);\n"})


class Length(TidyCase):
    def test_the_limit_itself_is_allowed(self):
        self.assert_clean("length", {"sim/base/a.cpp": "\n" * tidy.MAX_LINES})

    def test_a_longer_file_is_not(self):
        lines = tidy.MAX_LINES + 1
        self.assert_found("length", "tests/unit/base/a_test.cpp", "\n" * lines, lines, f"{lines} lines")


class Cards(TidyCase):
    GOOD = {"models/edge.cpp": "// Model: a gateway\n", "models/dr.cpp": "// Procedure: fails over\n",
            "models/catalog.cpp": "\n", "models/catalog.def": '// names\nPART(edge)\nPROCEDURE(dr, "x")\n'}

    def test_no_models_is_fine(self):
        self.assert_clean("cards", {})

    def test_cards_and_catalogue_that_agree_are_fine(self):
        self.assert_clean("cards", self.GOOD)

    def test_a_model_without_a_card_is_found(self):
        self.assert_found("cards", "models/bare.cpp", "#include <x>\n", 1, "its card",
                          **{**self.GOOD, "models/catalog.def": "PART(edge)\nPROCEDURE(dr)\nPART(bare)\n"})

    def test_a_model_without_a_line_is_found(self):
        self.assert_found("cards", "models/lost.cpp", "// Model: lost\n", 1, "is not in", **self.GOOD)

    def test_a_line_without_a_model_is_found(self):
        others = {k: v for k, v in self.GOOD.items() if k != "models/catalog.def"}
        self.assert_found("cards", "models/catalog.def", "PART(edge)\nPROCEDURE(dr)\nPART(ghost)\n", 3, "has no file",
                          **others)

    def test_a_line_written_twice_is_found(self):
        others = {k: v for k, v in self.GOOD.items() if k != "models/catalog.def"}
        self.assert_found("cards", "models/catalog.def", "PART(edge)\nPROCEDURE(dr)\nPART(edge)\n", 3, "listed twice",
                          **others)

    def test_a_missing_catalogue_is_found(self):
        found = self.findings("cards", {"models/edge.cpp": "// Model: a gateway\n"})
        self.assertEqual([f[0] for f in found], ["models/catalog.def"])


class Words(TidyCase):
    def test_unfinished_work_is_found_in_any_text(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"):
            for path in ("sim/base/a.cpp", "README.md", "experiments/a.json", "Makefile"):
                self.assert_found("words", path if "/" in path else "docs/" + path, f"\n// {word}: later\n", 2, word)

    def test_paths_of_one_machine_are_found(self):
        for path in ("/wo" + "rk/main", "/ro" + "ot", "/tmp/te" + "am/x", "/fa" + "rm/y"):
            self.assert_found("words", "docs/a.md", f"see `{path}` there\n", 1, "one machine")

    def test_lookalikes_are_left_alone(self):
        self.assert_clean("words", {"docs/a.md":
                                    "a/wo" "rk/b, ~/wo" "rk, /workers, XXXXXX, https://x.org/ro" "ot\n"})

    def test_a_test_without_an_assertion_is_found(self):
        self.assert_found("words", "tests/unit/base/a_test.cpp",
                          "TEST(A, b) {\n  if (x) { run(); }  // EXPECT_TRUE(x)\n}\n", 1, "asserts nothing")

    def test_a_test_with_an_assertion_or_a_checking_helper_is_fine(self):
        self.assert_clean("words", {"tests/unit/base/a_test.cpp":
                                    "TEST(A, b) {\n  for (;;) { EXPECT_EQ(1, 1); }\n}\nTEST_P(A, c) { expect_same(a, b); }\n"
                                    "TEST(A, d) { ASSERT_THAT(a, b); }\n"})
        self.assert_clean("words", {"tests/unit/base/a_test.cpp":
                                    "void survive(int x) {\n  if (x) { EXPECT_GT(x, 0); }\n}\nTEST(A, e) { survive(3); }\n"})

    def test_a_helper_that_asserts_nothing_does_not_count(self):
        self.assert_found("words", "tests/unit/base/a_test.cpp",
                          "void run(int x) { go(x); }\nTEST(A, b) { run(3); }\nTEST(A, c) { FAIL(); }\n", 2, "asserts nothing")


class Headers(TidyCase):
    USER = {"sim/base/a.cpp": '#include "sim/base/a.hpp"\n'}

    def test_a_good_header_is_fine_with_the_comment_on_either_side_of_the_pragma(self):
        self.assert_clean("headers", {"sim/base/a.hpp": HEADER, **self.USER})
        self.assert_clean("headers", {"sim/base/a.hpp": "#pragma once\n\n// It has a purpose.\n", **self.USER})

    def test_a_header_without_pragma_once_is_found(self):
        self.assert_found("headers", "sim/base/a.hpp", "// It has a purpose. #pragma once\n", 1, "no #pragma once",
                          **self.USER)

    def test_a_header_without_a_purpose_is_found(self):
        self.assert_found("headers", "sim/base/a.hpp", "#pragma once\n#include <vector>\n", 1, "its purpose", **self.USER)
        self.assert_found("headers", "sim/base/a.hpp", "// a.hpp\n#pragma once\n", 1, "its purpose", **self.USER)

    def test_a_header_nobody_includes_is_found(self):
        self.assert_found("headers", "sim/base/a.hpp", HEADER, 1, "by nobody")


class CommandLine(unittest.TestCase):
    def run_main(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            return tidy.main(list(arguments)), out.getvalue()

    def test_findings_are_printed_with_file_and_line_and_fail(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(os.path.join(root, "models"))
            with open(os.path.join(root, "models", "a.cpp"), "w", encoding="utf-8") as file:
                file.write("\nint x = rand();\n")
            code, out = self.run_main("--root", root, "banned")
        self.assertEqual(code, 1)
        self.assertIn("models/a.cpp:2: ", out)

    def test_a_clean_tree_prints_nothing_and_passes(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(self.run_main("--root", root, "banned", "length"), (0, ""))

    def test_an_unknown_check_is_refused(self):
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as failure:
            tidy.main(["nonsense"])
        self.assertEqual(failure.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
