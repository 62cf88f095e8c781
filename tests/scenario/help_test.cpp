// What the program says of itself: help, explanations, completions, manual and reference.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "models/catalog.hpp"
#include "sim/cli/explain.hpp"
#include "sim/plan/causes.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/spec/reference_docs.hpp"
#include "tests/scenario/program.hpp"

namespace twinvoice {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Help : public testing::ProgramTest {
 protected:
  [[nodiscard]] std::string explained(const std::string& what) const {
    const auto printed = run({"explain", what});
    EXPECT_EQ(printed.code, 0) << what << ": " << printed.err;
    return printed.out;
  }
  /// What bash offers for the last word.
  [[nodiscard]] std::string completed(const std::string& words, int at) const {
    write(path("complete.sh"), fmt::format("source \"$1\"\nCOMP_WORDS=({})\nCOMP_CWORD={}\n_twinvoice\n"
                                           "echo \"${{COMPREPLY[*]}}\"\n",
                                           words, at));
    const std::string command =
        fmt::format("bash '{}' '{}' > '{}'", path("complete.sh"), path("bash"), path("offered"));
    EXPECT_EQ(std::system(command.c_str()), 0);
    return read(path("offered"));
  }
};

TEST_F(Help, help_of_a_command_is_its_own_help) {
  EXPECT_EQ(run({"help", "run"}).out, run({"run", "--help"}).out);
  EXPECT_EQ(run({"help", "sweep", "emit"}).out, run({"sweep", "emit", "--help"}).out);
  EXPECT_THAT(run({"help"}).out, HasSubstr("Exit codes"));
  const auto wrong = run({"help", "rnu"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("there is no command \"rnu\"; did you mean \"run\"?"));
}

TEST_F(Help, every_model_is_explained_with_card_fields_and_example) {
  const models::Catalog catalog;
  for (const auto kind : {spec::ModelKind::kPart, spec::ModelKind::kLink, spec::ModelKind::kProcedure,
                          spec::ModelKind::kFault}) {
    for (const std::string_view name : catalog.names(kind)) {
      const std::string text = explained(std::string(name));
      for (const char* part :
           {"What it models:", "Assumptions and limits:", "References:", "\nFields\n", "\nExample\n"})
        EXPECT_THAT(text, HasSubstr(part)) << name;
      const std::string example = text.substr(text.find("\nExample\n") + 9);
      const auto j = nlohmann::json::parse(example.substr(0, example.find('\n')), nullptr, false);
      ASSERT_TRUE(j.is_object()) << example;
      EXPECT_EQ(j.at(kind == spec::ModelKind::kFault ? "fault" : "model"), name);
    }
  }
  EXPECT_THAT(explained("latency"), HasSubstr("\"fault\": \"latency\""));
}

TEST_F(Help, every_figure_and_cause_is_explained) {
  for (const report::FigureRow& row : report::figure_rows())
    EXPECT_THAT(explained(std::string(row.name)), HasSubstr(std::string(row.meaning)));
  for (int i = 1; i < plan::kReasons; ++i) {
    const auto reason = static_cast<plan::Reason>(i);
    EXPECT_THAT(explained("mysql." + std::string(plan::reason_name(reason))),
                HasSubstr(std::string(plan::reason_text(reason))));
  }
  EXPECT_THAT(explained("no_leader"), HasSubstr("the client knows that it was not done"));
  EXPECT_THAT(explained("timeout"), HasSubstr("the client does not know"));
}

TEST_F(Help, every_field_of_the_formats_is_found_by_its_path) {
  const models::Catalog catalog;
  std::size_t fields = 0;
  const auto sections = spec::reference_sections(catalog);
  for (const spec::ReferenceSection& section : sections) fields += section.fields.size();
  EXPECT_GT(fields, 200U);
  EXPECT_THAT(explained("horizon"), HasSubstr("field of experiment/1"));
  const std::string retries = explained("retries.attempts");
  EXPECT_THAT(retries, HasSubstr("retries after the first attempt"));
  EXPECT_THAT(explained("sites.region"), HasSubstr("field of topology/1"));
  EXPECT_THAT(explained("experiment/1"), HasSubstr("replications"));
}

TEST_F(Help, every_field_of_every_model_is_found_behind_its_model) {
  const models::Catalog catalog;
  const auto plain = [](std::string path) {
    for (const char* mark : {"[]", ".<id>"}) {
      for (std::size_t at = path.find(mark); at != std::string::npos; at = path.find(mark))
        path.erase(at, std::string_view(mark).size());
    }
    return path;
  };
  std::size_t fields = 0;
  for (const spec::ReferenceSection& section : spec::reference_sections(catalog)) {
    const std::size_t mark = section.title.find('`');
    if (mark == std::string::npos) continue;
    const std::string model = section.title.substr(mark + 1, section.title.rfind('`') - mark - 1);
    for (const spec::ReferenceField& field : section.fields) {
      const std::string path = model + "." + plain(field.path);
      EXPECT_THAT(cli::explanation(catalog, path), HasSubstr("field of " + section.title)) << path;
      ++fields;
    }
  }
  EXPECT_GT(fields, 80U);
  EXPECT_THAT(cli::explanation(catalog, "service.calls.timeout"), HasSubstr("field of Call\n"));
  EXPECT_THAT(cli::explanation(catalog, "service.calls.tmeout"), ::testing::IsEmpty());
}

TEST_F(Help, a_bound_is_shown_in_the_unit_of_its_figure) {
  EXPECT_THAT(explained("rto"), HasSubstr(R"("rto": "<= 15 min")"));
  EXPECT_THAT(explained("utilisation"), HasSubstr(R"("utilisation": "<= 70 %")"));
}

TEST_F(Help, a_word_that_nothing_bears_is_told_with_what_it_may_be_a_slip_of) {
  const auto wrong = run({"explain", "databse"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("nothing is called \"databse\"; did you mean \"database\"?"));
  EXPECT_THAT(run({"explain"}).out, HasSubstr("site_failover"));
  const auto value = run({"run", demo(), "--engine", "kernal"});
  EXPECT_EQ(value.code, 2);
  EXPECT_THAT(value.err, HasSubstr("did you mean \"kernel\"?"));
}

TEST_F(Help, bash_completes_commands_options_and_their_values) {
  write(path("bash"), run({"completion", "bash"}).out);
  EXPECT_THAT(completed("twinvoice va", 1), HasSubstr("validate"));
  EXPECT_THAT(completed("twinvoice sweep e", 2), HasSubstr("emit export"));
  EXPECT_THAT(completed("twinvoice run --re", 2), HasSubstr("--replications"));
  EXPECT_THAT(completed("twinvoice run x.json --format ''", 4), HasSubstr("text json"));
  EXPECT_THAT(completed("twinvoice sweep emit s", 3), HasSubstr("slurm"));
  EXPECT_THAT(completed("twinvoice run --first", 2), Not(HasSubstr("--first"))) << "in no help";
  for (const char* shell : {"zsh", "fish"})
    EXPECT_THAT(run({"completion", shell}).out, HasSubstr("replications"));
}

TEST_F(Help, manual_and_reference_are_made_of_the_same) {
  const std::string manual = run({"help", "--man"}).out;
  EXPECT_EQ(manual.rfind(".TH TWINVOICE 1", 0), 0U);
  for (const char* part : {".SH run", ".SH sweep emit", "\\-\\-replications", ".SH EXIT STATUS"})
    EXPECT_THAT(manual, HasSubstr(part));
  EXPECT_THAT(manual, Not(HasSubstr("\\-h VALUE")));
  const std::string reference = run({"schema", "reference"}).out;
  for (const char* part : {"## topology/1", "## Component `database`", "## policies/1"})
    EXPECT_THAT(reference, HasSubstr(part));
}

TEST_F(Help, files_of_other_formats_are_told_as_what_they_are) {
  write(path("x.yaml"), "twinvoice: experiment/1\nname: x\n");
  const auto printed = run({"run", path("x.yaml")});
  EXPECT_EQ(printed.code, 2);
  EXPECT_THAT(printed.err, HasSubstr("x.yaml:1:1: /: this is YAML; Twinvoice reads JSON"));
  write(path("x.toml"), "version = \"1.0\"\n");
  EXPECT_THAT(run({"run", path("x.toml")}).err, HasSubstr("this is TOML or INI"));
  write(path("x.tf"), "resource \"aws_instance\" \"web\" {\n  ami = \"x\"\n}\n");
  EXPECT_THAT(run({"run", path("x.tf")}).err, HasSubstr("this is HCL (Terraform)"));
}

}  // namespace
}  // namespace twinvoice
