#include "sim/cli/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "models/cards.hpp"
#include "sim/cli/example_text.hpp"
#include "sim/plan/causes.hpp"
#include "sim/plan/sensors.hpp"
#include "sim/report/figure_kind.hpp"
#include "sim/spec/reference_docs.hpp"

namespace twinvoice::cli {
namespace {

using spec::ModelKind;
using spec::ReferenceField;
using spec::ReferenceSection;

constexpr std::size_t kMostPlaces = 12;  ///< of a field, told in full
constexpr std::array kKinds{ModelKind::kPart, ModelKind::kLink, ModelKind::kProcedure, ModelKind::kFault};

struct NamedRow {
  std::string_view word;
  std::string_view meaning;
};
constexpr std::array kSensors{
#define SENSOR(enumerator, word, target, dimension, stands_at, meaning) NamedRow{word, meaning},
#include "sim/plan/vocabulary/sensors.def"
#undef SENSOR
};

/// "Component" for a part: what its sections are called, and the key that names the model.
struct KindWords {
  const char* section;
  const char* key;
};
KindWords words_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::kPart: return {"Component", "model"};
    case ModelKind::kLink: return {"Link", "model"};
    case ModelKind::kProcedure: return {"Procedure", "model"};
    case ModelKind::kFault: return {"Fault", "fault"};
  }
  return {"", ""};
}

std::string field_text(const ReferenceField& field) {
  std::string text = fmt::format("  {}\n      {}", field.path, field.type.name);
  if (!field.range.empty()) text += ", " + field.range;
  if (field.required) text += ", required";
  if (!field.standard.empty()) text += ", default " + field.standard;
  if (!field.origin.empty()) text += fmt::format(" ({})", field.origin);
  return text + "\n      " + field.meaning + "\n";
}

const ReferenceSection* section_named(const std::vector<ReferenceSection>& sections, std::string_view title) {
  for (const ReferenceSection& section : sections) {
    if (section.title == title) return &section;
  }
  return nullptr;
}

class Explainer {
 public:
  Explainer(const models::Catalog& catalog, const std::string& what)
      : catalog_(catalog), what_(what), sections_(spec::reference_sections(catalog)) {}

  std::string text() {
    for (const ModelKind kind : kKinds) model(kind);
    figure();
    cause();
    sensors();
    section();
    fields();
    return std::move(out_);
  }

 private:
  void add(const std::string& text) { out_ += (out_.empty() ? "" : "\n") + text; }

  void model(ModelKind kind) {
    const spec::ModelInfo* info = catalog_.find(kind, what_);
    if (info == nullptr) return;
    const auto [title, key] = words_of(kind);
    std::string text = fmt::format("{}: {}: {}\n\n", what_, spec::model_kind_name(kind), info->summary);
    text += models::card_of((kind == ModelKind::kFault ? "fault_" : "") + what_);
    std::vector<ReferenceField> fields;
    text += "\nFields\n";
    if (const auto* own = section_named(sections_, fmt::format("{} `{}`", title, what_))) {
      for (const ReferenceField& field : own->fields) text += field_text(field);
      fields = own->fields;
    }
    if (const auto* common = section_named(sections_, title)) {
      text += fmt::format("Fields of every {}\n", spec::model_kind_name(kind));
      for (const ReferenceField& field : common->fields) text += field_text(field);
      fields.insert(fields.begin(), common->fields.begin(), common->fields.end());
    }
    add(text + "\nExample\n  " + example_of_model(key, what_, fields) + "\n");
  }

  void figure() {
    const report::FigureRow* row = report::row_of(what_);
    if (row == nullptr) return;
    const auto of = [&]() -> std::string_view {
      switch (row->of) {
        case report::FigureOf::kOperation: return "an operation";
        case report::FigureOf::kFault: return "a fault";
        case report::FigureOf::kComponent: return "a component";
        case report::FigureOf::kSystem: return "the system";
      }
      return "";
    }();
    const auto unit = [&]() -> std::string_view {
      switch (row->kind.unit) {
        case report::FigureUnit::kSeconds: return "seconds";
        case report::FigureUnit::kShare: return "a share from 0 to 1";
        case report::FigureUnit::kRate: return "1/s";
        case report::FigureUnit::kNumber: return "a number";
      }
      return "";
    }();
    const auto better = [&]() -> std::string_view {
      switch (row->kind.better) {
        case report::Better::kLess: return "less is better";
        case report::Better::kMore: return "more is better";
        case report::Better::kNeither: return "neither side is better";
      }
      return "";
    }();
    const std::string name =
        row->of == report::FigureOf::kSystem ? std::string(row->name) : fmt::format("NAME.{}", row->name);
    add(fmt::format(
        "{}: figure of {}: {}\n  unit: {}; {}\n\nExample\n  twinvoice compare a.json b.json --figure {}\n",
        row->name, of, row->meaning, unit, better, name));
  }

  void cause() {
    // Results name a cause "COMPONENT.reason".
    const std::string reason = what_.substr(what_.rfind('.') + 1);
    for (int i = 0; i < plan::kReasons; ++i) {
      const auto row = static_cast<plan::Reason>(i);
      if (plan::reason_name(row) != reason) continue;
      const auto retried = [&]() -> std::string_view {
        switch (plan::retry_class(row)) {
          case plan::kOnTimeout: return "\"retries\": {\"on\": [\"timeout\"]} tries again after it";
          case plan::kOnReset: return "\"retries\": {\"on\": [\"reset\"]} tries again after it";
          case plan::kOnRejected: return "\"retries\": {\"on\": [\"rejected\"]} tries again after it";
          case plan::kOnError: return "\"retries\": {\"on\": [\"error\"]} tries again after it";
          default: return "never tried again";
        }
      }();
      const std::string_view told = plan::told_by(row) == plan::Told::kUnknown
                                        ? "the client does not know whether it was done"
                                        : "the client knows that it was not done";
      add(fmt::format("{}: cause of failures: {}\n  {}\n  {}\n", reason, plan::reason_text(row), retried,
                      told));
    }
  }

  void sensors() {
    for (const plan::WatchedRow& row : plan::watched_rows()) {
      if (row.word == what_)
        add(fmt::format("{}: what a condition of a procedure may watch (\"sensor\"): {}\n", what_,
                        row.meaning));
    }
    for (const NamedRow& row : kSensors) {
      if (row.word == what_) add(fmt::format("{}: sensor of a running world: {}\n", what_, row.meaning));
    }
  }

  void section() {
    for (const ReferenceSection& section : sections_) {
      if (section.title != what_) continue;
      std::string text =
          fmt::format("{}: {}\n", section.title, section.intro.empty() ? "an object" : section.intro);
      for (const ReferenceField& field : section.fields) text += field_text(field);
      add(text);
    }
  }

  /// A path as people write it: without the marks of lists and names.
  static std::string plain(std::string path) {
    for (const char* mark : {"[]", ".<id>"}) {
      for (std::size_t at = path.find(mark); at != std::string::npos; at = path.find(mark))
        path.erase(at, std::string_view(mark).size());
    }
    return path;
  }

  /// Sections that a path may begin with: those of a model, its own before what all of its kind have, or those of a format.
  std::vector<const ReferenceSection*> sections_of(std::string_view owner) {
    std::vector<const ReferenceSection*> out;
    const auto take = [&](const std::string& title) {
      if (const auto* section = section_named(sections_, title)) out.push_back(section);
    };
    for (const ModelKind kind : kKinds) {
      if (catalog_.find(kind, owner) == nullptr) continue;
      take(fmt::format("{} `{}`", words_of(kind).section, owner));
      take(words_of(kind).section);
    }
    for (const ReferenceSection& section : sections_) {
      if (section.title.starts_with(fmt::format("{}/", owner))) out.push_back(&section);
    }
    return out;
  }

  /// "service.calls.timeout": a field of the model, or of the type of one of its fields, which is told as a section of its own.
  bool is_meant(const ReferenceSection& section, const std::string& path, const std::string& wanted) {
    if (path == wanted || path.ends_with("." + wanted)) return true;
    const std::size_t dot = wanted.find('.');
    if (dot == std::string::npos) return false;
    const auto owners = sections_of(wanted.substr(0, dot));
    const std::string rest = wanted.substr(dot + 1);
    const bool own = std::find(owners.begin(), owners.end(), &section) != owners.end();
    if (own) return path == rest;
    const bool of_shared_type = section.title.find_first_of("/`") == std::string::npos;
    const bool begins = std::any_of(owners.begin(), owners.end(), [&](const ReferenceSection* owner) {
      return std::any_of(owner->fields.begin(), owner->fields.end(),
                         [&](const ReferenceField& f) { return rest.starts_with(plain(f.path) + "."); });
    });
    return of_shared_type && begins && rest.ends_with("." + path);
  }

  /// With a bound on a figure in the figure's own unit.
  static std::string example_of_field(const ReferenceField& field) {
    const std::string name = field.path.substr(field.path.rfind('.') + 1);
    if (field.type.name != "comparison") return fmt::format("\"{}\": {}", name, example_of(field.type));
    const report::FigureRow* row = report::row_of(name);
    const auto unit = row != nullptr ? row->kind.unit : report::FigureUnit::kSeconds;
    const bool more = row != nullptr && row->kind.better == report::Better::kMore;
    switch (unit) {
      case report::FigureUnit::kSeconds: return fmt::format("\"{}\": \"<= 15 min\"", name);
      case report::FigureUnit::kShare:
        return fmt::format("\"{}\": \"{}\"", name, more ? ">= 99.9 %" : "<= 70 %");
      case report::FigureUnit::kRate: return fmt::format("\"{}\": \">= 500 tps\"", name);
      case report::FigureUnit::kNumber: return fmt::format("\"{}\": \"{} 100\"", name, more ? ">=" : "<=");
    }
    return name;
  }

  void fields() {
    const std::string wanted = plain(what_);
    std::size_t found = 0;
    std::string text;
    for (const ReferenceSection& section : sections_) {
      for (const ReferenceField& field : section.fields) {
        if (!is_meant(section, plain(field.path), wanted) || ++found > kMostPlaces) continue;
        text += fmt::format("{}: field of {}\n{}      example: {}\n", what_, section.title, field_text(field),
                            example_of_field(field));
      }
    }
    if (found > kMostPlaces) text += fmt::format("and in {} more places\n", found - kMostPlaces);
    if (found > 0) add(text);
  }

  const models::Catalog& catalog_;
  const std::string& what_;
  std::vector<ReferenceSection> sections_;
  std::string out_;
};

}  // namespace

std::string explanation(const models::Catalog& catalog, const std::string& what) {
  return Explainer(catalog, what).text();
}

std::string explainable(const models::Catalog& catalog) {
  std::string text;
  const auto group = [&](std::string_view title, const auto& names) {
    text += fmt::format("{}\n  {}\n", title, fmt::join(names, ", "));
  };
  group("parts (components)", catalog.names(ModelKind::kPart));
  group("links", catalog.names(ModelKind::kLink));
  group("procedures", catalog.names(ModelKind::kProcedure));
  group("faults", catalog.names(ModelKind::kFault));
  std::vector<std::string_view> names;
  for (const report::FigureRow& row : report::figure_rows()) names.push_back(row.name);
  group("figures", names);
  names.clear();
  for (int i = 1; i < plan::kReasons; ++i) names.push_back(plan::reason_name(static_cast<plan::Reason>(i)));
  group("causes of failures", names);
  names.clear();
  for (const plan::WatchedRow& row : plan::watched_rows()) names.push_back(row.word);
  group("what procedures watch", names);
  std::vector<std::string> titles;
  for (const ReferenceSection& section : spec::reference_sections(catalog)) {
    if (section.title.find('`') == std::string::npos && section.title.find(':') == std::string::npos)
      titles.push_back(section.title);
  }
  group("formats and their objects", titles);
  return text + "fields, by their path or its end\n  horizon, retries.attempts, sites.region, ...\n";
}

std::vector<std::string> explained_names(const models::Catalog& catalog) {
  std::map<std::string, bool> names;
  for (const ModelKind kind : kKinds) {
    for (const std::string_view name : catalog.names(kind)) names[std::string(name)];
  }
  for (const report::FigureRow& row : report::figure_rows()) names[std::string(row.name)];
  for (int i = 1; i < plan::kReasons; ++i)
    names[std::string(plan::reason_name(static_cast<plan::Reason>(i)))];
  for (const plan::WatchedRow& row : plan::watched_rows()) names[std::string(row.word)];
  for (const NamedRow& row : kSensors) names[std::string(row.word)];
  for (const ReferenceSection& section : spec::reference_sections(catalog)) {
    names[section.title];
    for (const ReferenceField& field : section.fields) names[field.path.substr(field.path.rfind('.') + 1)];
  }
  std::vector<std::string> out;
  for (const auto& [name, unused] : names) out.push_back(name);
  return out;
}

}  // namespace twinvoice::cli
