// The reference: what the declarations say, one section for each kind of object, and its rendering in Markdown.
#include "sim/spec/reference_docs.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/spec/experiment.hpp"
#include "sim/spec/policies.hpp"
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

constexpr const char* kTableHead =
    "| field | type | range | default | where the default comes from | meaning "
    "|\n|---|---|---|---|---|---|\n";

class ReferenceWriter {
 public:
  explicit ReferenceWriter(const ModelCatalog& catalog) : catalog_(catalog) {}

  void section(std::string title, std::string intro, const std::function<void(Fields&)>& describe);
  /// Sections of the shared types met so far, and of those that they bring.
  void shared_sections();
  [[nodiscard]] std::vector<ReferenceSection> take() { return std::move(sections_); }

 private:
  friend class ReferenceFields;
  void type_section(const Type& type);
  void model_sections(const Type& type);
  void choice_section(const Type& type);
  void meet(const Type& type);

  const ModelCatalog& catalog_;
  std::vector<ReferenceSection> sections_;
  std::set<std::string> met_;
  std::vector<Type> waiting_;
};

/// Rows of the last section; objects without a name of their own are written as dotted fields.
class ReferenceFields final : public Fields {
 public:
  ReferenceFields(ReferenceWriter& writer, std::string prefix)
      : writer_(writer), prefix_(std::move(prefix)) {}

 protected:
  void field(const FieldInfo& info, const Slot& slot) override {
    const Type type = slot.type();
    ReferenceField row;
    row.path = prefix_ + std::string(info.name);
    row.type = type;
    row.range = range_cell(type, info.range);
    row.required = info.required;
    if (!info.required) row.standard = slot.text(slot.value);
    row.origin = info.origin;
    row.meaning = type.kind == Type::Kind::kWord ? fmt::format("{} ({})", info.meaning, words(type))
                                                 : std::string(info.meaning);
    const std::string path = row.path;
    writer_.sections_.back().fields.push_back(std::move(row));
    expand(type, path);
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
      ReferenceFields inner(writer_, name + ".");
      type.describe(inner);
    } else if (type.kind == Type::Kind::kList) {
      expand(type.parts.front(), name + "[]");
    } else if (type.kind == Type::Kind::kMap) {
      expand(type.parts.front(), name + ".<id>");
    } else if (type.kind == Type::Kind::kEither) {
      for (const Type& part : type.parts) expand(part, name);
    }
  }
  ReferenceWriter& writer_;
  std::string prefix_;
};

void ReferenceWriter::section(std::string title, std::string intro,
                              const std::function<void(Fields&)>& describe) {
  sections_.push_back({std::move(title), std::move(intro), {}});
  ReferenceFields fields(*this, "");
  describe(fields);
}

void ReferenceWriter::meet(const Type& type) {
  const std::string& name = type.definition.empty() ? type.name : type.definition;
  if (met_.insert(name).second) waiting_.push_back(type);
}

void ReferenceWriter::shared_sections() {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    const Type type = waiting_[i];
    type_section(type);
  }
  waiting_.clear();
}

void ReferenceWriter::type_section(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kObject: section(type.name, "", type.describe); break;
    case Type::Kind::kChoice: choice_section(type); break;
    case Type::Kind::kModel: model_sections(type); break;
    case Type::Kind::kEither: {
      std::string names;
      for (const Type& part : type.parts) names += (names.empty() ? "" : " or ") + part.name;
      sections_.push_back({type.definition, fmt::format("A {}: {}.", type.name, names), {}});
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

void ReferenceWriter::choice_section(const Type& type) {
  Choices choices;
  type.choices(choices);
  section(fmt::format("{}: one of these keys", type.name), "", [&](Fields& f) {
    for (const auto& alternative : choices.all()) alternative.describe(f, alternative.key);
  });
}

void ReferenceWriter::model_sections(const Type& type) {
  section(type.definition,
          fmt::format("Fields of every {}. `{}` names the model; its own fields stand beside these.",
                      model_kind_name(type.model), type.model_key),
          type.describe);
  for (const std::string_view name : catalog_.names(type.model)) {
    const ModelInfo* info = catalog_.find(type.model, name);
    ensure(info != nullptr, fmt::format("the catalogue names {} but does not find it", name));
    const auto params = info->make();
    section(fmt::format("{} `{}`", type.definition, name), std::string(info->summary),
            [&](Fields& f) { params->describe(f); });
  }
}

}  // namespace

std::vector<ReferenceSection> reference_sections(const ModelCatalog& catalog) {
  ReferenceWriter writer(catalog);
  writer.section("topology/1", "An architecture. Every object also takes a `note`, a remark in free text.",
                 [](Fields& f) { Topology{}.describe(f); });
  writer.section("experiment/1", "A scenario.", [](Fields& f) { Experiment{}.describe(f); });
  writer.section("sweep/1", "Many runs of one experiment.", [](Fields& f) { Sweep{}.describe(f); });
  writer.section("policies/1", "What is done from an instant on: the futures of one history.",
                 [](Fields& f) { Policies{}.describe(f); });
  writer.shared_sections();
  return writer.take();
}

std::string reference_markdown(const ModelCatalog& catalog) {
  std::string out = "# Reference of the input formats\n\n";
  for (const ReferenceSection& section : reference_sections(catalog)) {
    out += fmt::format("## {}\n\n", section.title);
    if (!section.intro.empty()) out += section.intro + "\n\n";
    if (section.fields.empty()) continue;
    out += kTableHead;
    for (const ReferenceField& f : section.fields) {
      const std::string standard = f.required           ? "required"
                                   : f.standard.empty() ? std::string()
                                                        : fmt::format("`{}`", f.standard);
      out += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", f.path, cell(f.type.name), cell(f.range),
                         cell(standard), cell(f.origin), cell(f.meaning));
    }
    out += "\n";
  }
  return out;
}

}  // namespace twinvoice::spec
