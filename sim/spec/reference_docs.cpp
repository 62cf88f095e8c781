// Reference docs in Markdown: one table per kind of object.
#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/experiment.hpp"
#include "sim/spec/quantity_text.hpp"
#include "sim/spec/schema.hpp"
#include "sim/spec/sweep.hpp"
#include "sim/spec/topology.hpp"

namespace twinvoice::spec {
namespace {

/// A cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string seconds(double s) { return format_quantity(Duration{from_seconds(s)}); }
std::string per_second(double x) { return format_quantity(Rate{x}); }
std::string size(double x) { return fmt::format("{} B", x); }
std::string bits(double x) { return format_quantity(Bandwidth{x}); }
std::string share(double x) { return format_quantity(Probability{x}); }

std::string range_cell(const Type& type, const Range& range) {
  if (!type.parts.empty() && type.kind != Type::Kind::kEither) return range_cell(type.parts.front(), range);
  std::string (*format)(double) = &detail::number_text;
  if (type.name == "duration") format = &seconds;
  if (type.name == "rate") format = &per_second;
  if (type.name == "bytes") format = &size;
  if (type.name == "bandwidth") format = &bits;
  if (type.name == "probability") format = &share;
  return detail::range_text(range, format);
}

class DocsWriter {
 public:
  explicit DocsWriter(const ModelCatalog& catalog) : catalog_(catalog) {}

  void section(std::string_view title, std::string_view intro, const std::function<void(Fields&)>& describe);
  /// Sections of the shared types met so far, and of those that they bring.
  void shared_sections();
  [[nodiscard]] std::string take() { return std::move(out_); }
  void heading(std::string_view text) { out_ += fmt::format("# {}\n\n", text); }

 private:
  friend class DocsFields;
  void type_section(const Type& type);
  void model_sections(const Type& type);
  void choice_section(const Type& type);
  void meet(const Type& type);

  const ModelCatalog& catalog_;
  std::string out_;
  std::set<std::string> met_;
  std::vector<Type> waiting_;
};

/// Rows of one table; objects without a name of their own are written as dotted fields.
class DocsFields final : public Fields {
 public:
  DocsFields(DocsWriter& writer, std::string prefix) : writer_(writer), prefix_(std::move(prefix)) {}

 protected:
  void field(const FieldInfo& info, const Slot& slot) override {
    const Type type = slot.type();
    const std::string standard = info.required ? "required" : slot.text(slot.value);
    const std::string meaning = type.kind == Type::Kind::kWord
                                    ? fmt::format("{} ({})", info.meaning, words(type))
                                    : std::string(info.meaning);
    const std::string shown = info.required ? "required" : (standard.empty() ? "" : "`" + standard + "`");
    writer_.out_ +=
        fmt::format("| `{}{}` | {} | {} | {} | {} | {} |\n", prefix_, info.name, cell(type.name),
                    cell(range_cell(type, info.range)), cell(shown), cell(info.origin), cell(meaning));
    expand(type, prefix_ + std::string(info.name));
  }

 private:
  static std::string words(const Type& type) {
    std::string out;
    for (const std::string& word : type.words) out += (out.empty() ? "" : ", ") + word;
    return out;
  }
  void expand(const Type& type, const std::string& name) {
    if (!type.definition.empty() || type.kind == Type::Kind::kChoice) {
      writer_.meet(type);
    } else if (type.kind == Type::Kind::kObject) {
      DocsFields inner(writer_, name + ".");
      type.describe(inner);
    } else if (type.kind == Type::Kind::kList) {
      expand(type.parts.front(), name + "[]");
    } else if (type.kind == Type::Kind::kMap) {
      expand(type.parts.front(), name + ".<id>");
    } else if (type.kind == Type::Kind::kEither) {
      for (const Type& part : type.parts) expand(part, name);
    }
  }
  DocsWriter& writer_;
  std::string prefix_;
};

void DocsWriter::section(std::string_view title, std::string_view intro,
                         const std::function<void(Fields&)>& describe) {
  out_ += fmt::format("## {}\n\n", title);
  if (!intro.empty()) out_ += fmt::format("{}\n\n", intro);
  out_ +=
      "| field | type | range | default | where the default comes from | meaning "
      "|\n|---|---|---|---|---|---|\n";
  DocsFields fields(*this, "");
  describe(fields);
  out_ += "\n";
}

void DocsWriter::meet(const Type& type) {
  const std::string& name = type.definition.empty() ? type.name : type.definition;
  if (met_.insert(name).second) waiting_.push_back(type);
}

void DocsWriter::shared_sections() {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const Type type = waiting_[i];
    type_section(type);
  }
  waiting_.clear();
}

void DocsWriter::type_section(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kObject: section(type.name, "", type.describe); break;
    case Type::Kind::kChoice: choice_section(type); break;
    case Type::Kind::kModel: model_sections(type); break;
    case Type::Kind::kEither: {
      std::string names;
      for (const Type& part : type.parts) names += (names.empty() ? "" : " or ") + part.name;
      out_ += fmt::format("## {}\n\nA {}: {}.\n\n", type.definition, type.name, names);
      for (const Type& part : type.parts) {
        if (part.kind == Type::Kind::kChoice && part.definition.empty()) {
          choice_section(part);
        } else if (!part.definition.empty()) {
          meet(part);
        }
      }
      break;
    }
    default: break;
  }
}

void DocsWriter::choice_section(const Type& type) {
  Choices choices;
  type.choices(choices);
  out_ += fmt::format("## {}: one of these keys\n\n", type.name);
  out_ +=
      "| field | type | range | default | where the default comes from | meaning "
      "|\n|---|---|---|---|---|---|\n";
  for (const auto& alternative : choices.all()) {
    DocsFields fields(*this, "");
    alternative.describe(fields, alternative.key);
  }
  out_ += "\n";
}

void DocsWriter::model_sections(const Type& type) {
  section(type.definition,
          fmt::format("Fields of every {}. `{}` names the model; its own fields stand beside these.",
                      model_kind_name(type.model), type.model_key),
          type.describe);
  for (const std::string_view name : catalog_.names(type.model)) {
    const ModelInfo* info = catalog_.find(type.model, name);
    ensure(info != nullptr, fmt::format("the catalogue names {} but does not find it", name));
    const auto params = info->make();
    section(fmt::format("{} `{}`", type.definition, name), info->summary,
            [&](Fields& f) { params->describe(f); });
  }
}

}  // namespace

std::string reference_markdown(const ModelCatalog& catalog) {
  DocsWriter writer(catalog);
  writer.heading("Reference of the input formats");
  writer.section("topology/1", "An architecture. Every object also takes a `note`, a remark in free text.",
                 [](Fields& f) { Topology{}.describe(f); });
  writer.section("experiment/1", "A scenario.", [](Fields& f) { Experiment{}.describe(f); });
  writer.section("sweep/1", "Many runs of one experiment.", [](Fields& f) { Sweep{}.describe(f); });
  writer.shared_sections();
  return writer.take();
}

}  // namespace twinvoice::spec
