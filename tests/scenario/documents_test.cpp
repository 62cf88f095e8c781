// The documents keep their word: the tutorial of both READMEs runs as it stands there, links and file names lead
// somewhere, and every input that ships is valid.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

const fs::path kRoot = TWINVOICE_SOURCE_DIR;
const fs::path kBinary = TWINVOICE_BINARY;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

/// Lines of all blocks fenced as ```sh tutorial, in order.
std::vector<std::string> tutorial_of(const fs::path& readme) {
  std::vector<std::string> commands;
  bool inside = false;
  for (const std::string& line : lines_of(read(readme))) {
    if (line.rfind("```", 0) == 0) {
      inside = !inside && line == "```sh tutorial";
    } else if (inside) {
      commands.push_back(line);
    }
  }
  return commands;
}

/// A bash script that stops at the first command that does not end as promised: `# exit N` at the end of a line
/// promises N, other lines promise 0.
std::string script_of(const std::vector<std::string>& commands) {
  static const std::regex kPromise(R"(^(.*\S)\s+# exit (\d+)$)");
  std::string script = "set -euo pipefail\nset -v\n";
  for (const std::string& command : commands) {
    std::smatch match;
    if (std::regex_match(command, match, kPromise)) {
      script += "code=0; " + match[1].str() + " || code=$?\n";
      script += "[ $code -eq " + match[2].str() + " ] || { echo \"exit code $code, promised " +
                match[2].str() + "\"; exit 1; }\n";
    } else {
      script += command + "\n";
    }
  }
  return script;
}

/// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "twinvoice-documents-XXXXXX").string();
    const char* made = mkdtemp(pattern.data());
    if (made != nullptr) path_ = made;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Runs the script in an empty folder with the program on PATH. Empty: all went as promised; else what it printed.
std::string complaint_of(const std::string& script) {
  const Folder folder;
  const fs::path home = folder.path() / "home";
  fs::create_directory(home);
  std::ofstream(folder.path() / "script.sh") << script;
  const std::string command = "cd '" + home.string() + "' && PATH='" + kBinary.parent_path().string() +
                              "':\"$PATH\" bash ../script.sh >../output 2>&1";
  if (std::system(command.c_str()) == 0) return {};
  const std::string output = read(folder.path() / "output");
  return output.size() > 4000 ? output.substr(output.size() - 4000) : output + "(failed)";
}

TEST(Tutorial, runs_as_it_stands_in_the_english_readme) {
  const auto commands = tutorial_of(kRoot / "README.md");
  ASSERT_GE(commands.size(), 10U);
  EXPECT_EQ(complaint_of(script_of(commands)), "");
}

TEST(Tutorial, leaves_a_folder_in_which_its_first_step_still_holds) {
  std::vector<std::string> commands = tutorial_of(kRoot / "README.md");
  const auto first = std::find_if(commands.begin(), commands.end(),
                                  [](const std::string& c) { return c.rfind("twinvoice validate", 0) == 0; });
  ASSERT_NE(first, commands.end());
  // What lies between tells nothing about the files: without the runs this takes a moment.
  const std::string again = *first;
  std::erase_if(commands, [](const std::string& c) {
    return c.rfind("twinvoice run", 0) == 0 || c.rfind("twinvoice compare", 0) == 0;
  });
  commands.push_back(again);
  EXPECT_EQ(complaint_of(script_of(commands)), "");
}

TEST(Documents, tables_of_both_readmes_have_the_same_rows) {
  const auto rows = [](const std::string& readme) {
    const auto lines = lines_of(read(kRoot / readme));
    return std::count_if(lines.begin(), lines.end(),
                         [](const std::string& l) { return l.rfind("| ", 0) == 0; });
  };
  EXPECT_EQ(rows("README.md"), rows("README.zh-CN.md"));
}

TEST(Tutorial, is_the_same_in_both_languages) {
  EXPECT_EQ(tutorial_of(kRoot / "README.md"), tutorial_of(kRoot / "README.zh-CN.md"));
}

TEST(Tutorial, a_broken_promise_is_noticed) {
  EXPECT_NE(complaint_of(script_of({"true    # exit 3"})), "");
  EXPECT_NE(complaint_of(script_of({"false"})), "");
  EXPECT_EQ(complaint_of(script_of({"false    # exit 1", "true"})), "");
}

const std::vector<std::string> kDocuments{"README.md", "README.zh-CN.md", "ARCHITECTURE.md",
                                          "CONTRIBUTING.md", "CHANGELOG.md"};

TEST(Documents, relative_links_lead_somewhere) {
  static const std::regex kLink(R"(\]\(([^)#:]+)\))");
  int seen = 0;
  for (const std::string& document : kDocuments) {
    const std::string text = read(kRoot / document);
    for (std::sregex_iterator it(text.begin(), text.end(), kLink), end; it != end; ++it, ++seen) {
      EXPECT_TRUE(fs::exists(kRoot / (*it)[1].str())) << document << ": " << (*it)[1].str();
    }
  }
  EXPECT_GT(seen, 20);
}

/// Names such as `sim/kernel/calls.cpp`, `sim/spec/` or `tests/unit/<room>/` (no patterns, no NAME).
TEST(Documents, files_they_name_exist) {
  static const std::regex kName(
      R"(`((?:sim|models|topologies|experiments|tests|cmake|packaging)/[A-Za-z0-9_./-]*)`)");
  int seen = 0;
  for (const std::string& document : kDocuments) {
    const std::string text = read(kRoot / document);
    for (std::sregex_iterator it(text.begin(), text.end(), kName), end; it != end; ++it) {
      const std::string name = (*it)[1].str();
      if (name.find("NAME") != std::string::npos) continue;
      ++seen;
      const bool whole = fs::exists(kRoot / name);
      EXPECT_TRUE(whole || fs::exists(kRoot / (name + ".cpp")) || fs::exists(kRoot / (name + ".hpp")))
          << document << ": " << name;
    }
  }
  EXPECT_GT(seen, 40);
}

TEST(ShippedInputs, are_valid) {
  std::vector<std::string> files;
  for (const char* folder : {"topologies", "experiments"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
      const bool schema = entry.path().parent_path().filename() == "schema";
      if (entry.path().extension() == ".json" && !schema) files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  ASSERT_GE(files.size(), 10U);
  std::string script = "set -euo pipefail\n";
  for (const std::string& file : files) script += "twinvoice validate '" + file + "'\n";
  EXPECT_EQ(complaint_of(script), "");
}

}  // namespace
