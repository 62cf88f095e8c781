#include "sim/cli/example_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace twinvoice::cli {
namespace {

using spec::Type;

/// The required members of an object.
class ExampleFields final : public spec::Fields {
 public:
  [[nodiscard]] std::string text() const { return "{" + members_ + "}"; }

 protected:
  void field(const spec::FieldInfo& info, const spec::Slot& slot) override {
    if (!info.required) return;
    members_ += fmt::format("{}\"{}\": {}", members_.empty() ? "" : ", ", info.name, example_of(slot.type()));
  }

 private:
  std::string members_;
};

std::string example_of_text(const Type& type) {
  if (type.name == "duration") return "\"28 ms\"";
  if (type.name == "rate") return "\"580 tps\"";
  if (type.name == "bytes") return "\"64 KiB\"";
  if (type.name == "bandwidth") return "\"100 Mbps\"";
  if (type.name == "probability") return "\"1 %\"";
  std::string name = type.name;
  std::replace(name.begin(), name.end(), '"', '\'');
  return fmt::format("\"<{}>\"", name);
}

std::string example_of_number(const Type& type) {
  // Two, since one is what many factors and counts are without being stated.
  const double low = std::isfinite(type.range.low) ? type.range.low : 0.0;
  return fmt::format("{}", std::min(std::max(low, 2.0), type.range.high));
}

std::string example_of_choice(const Type& type) {
  spec::Choices choices;
  type.choices(choices);
  if (choices.all().empty()) return "{}";
  ExampleFields fields;
  choices.all().front().describe(fields, choices.all().front().key);
  return fields.text();
}

}  // namespace

std::string example_of(const Type& type) {
  switch (type.kind) {
    case Type::Kind::kBoolean: return "true";
    case Type::Kind::kInteger:
    case Type::Kind::kNumber: return example_of_number(type);
    case Type::Kind::kText: return example_of_text(type);
    case Type::Kind::kWord: return type.words.empty() ? "\"...\"" : fmt::format("\"{}\"", type.words.front());
    case Type::Kind::kObject: {
      ExampleFields fields;
      type.describe(fields);
      return fields.text();
    }
    case Type::Kind::kList: {
      const std::string one = example_of(type.parts.front());
      // Lists of lists set one group against another.
      return type.parts.front().kind == Type::Kind::kList ? fmt::format("[{}, {}]", one, one)
                                                          : "[" + one + "]";
    }
    case Type::Kind::kMap: return "{\"<id>\": " + example_of(type.parts.front()) + "}";
    case Type::Kind::kChoice: return example_of_choice(type);
    case Type::Kind::kEither: return example_of(type.parts.front());
    case Type::Kind::kModel: return fmt::format("{{\"{}\": \"...\"}}", type.model_key);
    case Type::Kind::kAny: return "...";
  }
  return {};
}

std::string example_of_model(std::string_view key, std::string_view model,
                             const std::vector<spec::ReferenceField>& fields) {
  std::string text = fmt::format("{{\"{}\": \"{}\"", key, model);
  for (const spec::ReferenceField& field : fields) {
    const bool inner = field.path.find('.') != std::string::npos;
    if (field.required && !inner && field.path != key)
      text += fmt::format(", \"{}\": {}", field.path, example_of(field.type));
  }
  return text + "}";
}

}  // namespace twinvoice::cli
