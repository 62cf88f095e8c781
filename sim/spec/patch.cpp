#include "sim/spec/patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "sim/base/check.hpp"

namespace twinvoice::spec {
namespace {

constexpr std::string_view kEnd = "-";  ///< the place after the last element of a list

/// The index that a token names in a list: digits without leading zeros.
std::optional<std::size_t> index_of(std::string_view token) {
  std::size_t index = 0;
  const char* end = token.data() + token.size();
  const auto parsed = std::from_chars(token.data(), end, index);
  const bool plain = !token.empty() && token.front() >= '0' && token.front() <= '9' &&
                     (token.size() == 1 || token.front() != '0');
  if (!plain || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return index;
}

const Node* child(const Document& document, const Node& parent, std::string_view token) {
  if (parent.kind == NodeKind::kObject) return document.member(parent, token);
  const auto index = index_of(token);
  if (parent.kind != NodeKind::kArray || !index || *index >= parent.size) return nullptr;
  const Node* at = document.first_child(parent);
  for (std::size_t i = 0; i < *index; ++i) at = document.next(*at);
  return at;
}

/// The changes as a tree of tokens. A leaf is a change; the root of an unchanged document has no children.
struct ChangeTree {
  const Change* here = nullptr;
  std::map<std::string, ChangeTree, std::less<>> below;
  std::vector<const Change*> added;  ///< with "-"
};

ChangeTree tree_of(const Document& document, const std::vector<Change>& changes) {
  ChangeTree root;
  for (const Change& change : changes) {
    const auto told = [&] { return pointer_of(change.tokens); };
    ensure(applies(document, change),
           fmt::format("a change of {} has no place in {}", told(), document.file()));
    ChangeTree* at = &root;
    const bool append = change.tokens.size() > 0 && change.tokens.back() == kEnd &&
                        find_node(document, change.tokens) == nullptr;
    const std::size_t depth = change.tokens.size() - (append ? 1 : 0);
    for (std::size_t i = 0; i < depth; ++i) {
      ensure(at->here == nullptr, fmt::format("a change of {} lies inside another one", told()));
      at = &at->below[change.tokens[i]];
    }
    ensure(at->here == nullptr, fmt::format("two changes of {}", told()));
    const auto* parent =
        append ? find_node(document, {change.tokens.begin(), change.tokens.end() - 1}) : nullptr;
    if (parent != nullptr && parent->kind == NodeKind::kArray) {
      at->added.push_back(&change);
    } else {
      if (append) at = &at->below[change.tokens.back()];
      ensure(at->here == nullptr && at->below.empty() && at->added.empty(),
             fmt::format("a change of {} contains another one", told()));
      at->here = &change;
    }
  }
  return root;
}

class Writer {
 public:
  Writer(const Document& document, Keep keep) : document_(document), keep_(keep) {}

  void value(const Node& node, const ChangeTree* changes) {
    switch (node.kind) {
      case NodeKind::kNull: out += "null"; break;
      case NodeKind::kBoolean: out += node.boolean ? "true" : "false"; break;
      case NodeKind::kNumber: out += node.text; break;
      case NodeKind::kString: out += canonical_string(node.text); break;
      case NodeKind::kArray: array(node, changes); break;
      case NodeKind::kObject: object(node, changes); break;
    }
  }

  std::string out;

 private:
  void comma(bool& first) {
    if (!first) out += ',';
    first = false;
  }
  static const ChangeTree* below(const ChangeTree* changes, std::string_view token) {
    if (changes == nullptr) return nullptr;
    const auto found = changes->below.find(token);
    return found == changes->below.end() ? nullptr : &found->second;
  }
  void object(const Node& node, const ChangeTree* changes) {
    out += '{';
    bool first = true;
    const auto write_key = [&](std::string_view key) {
      comma(first);
      out += canonical_string(key);
      out += ':';
    };
    for (const Node* n = document_.first_child(node); n != nullptr; n = document_.next(*n)) {
      if (keep_ == Keep::kMeaning && !is_meaning(*n)) continue;
      const ChangeTree* change = below(changes, n->key);
      if (change != nullptr && change->here != nullptr && !change->here->json) continue;
      write_key(n->key);
      member(*n, change);
    }
    if (changes != nullptr) {
      for (const auto& [key, change] : changes->below) {
        if (document_.member(node, key) != nullptr) continue;
        write_key(key);
        out += *change.here->json;
      }
    }
    out += '}';
  }
  void array(const Node& node, const ChangeTree* changes) {
    out += '[';
    bool first = true;
    std::size_t index = 0;
    for (const Node* n = document_.first_child(node); n != nullptr; n = document_.next(*n), ++index) {
      const ChangeTree* change = changes == nullptr ? nullptr : below(changes, std::to_string(index));
      if (change != nullptr && change->here != nullptr && !change->here->json) continue;
      comma(first);
      member(*n, change);
    }
    if (changes != nullptr) {
      for (const Change* added : changes->added) {
        comma(first);
        out += *added->json;
      }
    }
    out += ']';
  }
  void member(const Node& node, const ChangeTree* change) {
    if (change != nullptr && change->here != nullptr) {
      out += *change->here->json;
    } else {
      value(node, change);
    }
  }

  const Document& document_;
  Keep keep_;
};

}  // namespace

bool is_meaning(const Node& member) {
  return member.key != "note" && member.key != "$comment" && member.key != "$schema" &&
         member.key != "description";
}

std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (!pointer.empty() && pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] != '~') {
      tokens.back() += pointer[i];
    } else {
      ++i;
      if (i >= pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      tokens.back() += pointer[i] == '0' ? '~' : '/';
    }
  }
  return tokens;
}

std::string pointer_of(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) {
    out += '/';
    for (const char c : token) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

const Node* find_node(const Document& document, const std::vector<std::string>& tokens) {
  const Node* at = &document.root();
  for (const std::string& token : tokens) {
    if (at == nullptr) return nullptr;
    at = child(document, *at, token);
  }
  return at;
}

std::string canonical_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte < 0x20) {
          out += fmt::format("\\u{:04x}", byte);
        } else {
          out += c;
        }
    }
  }
  return out + "\"";
}

std::string canonical_text(const Document& document, const Node& value, Keep keep) {
  Writer writer(document, keep);
  writer.value(value, nullptr);
  return std::move(writer.out);
}

std::string canonical_text(const Document& document, Keep keep) {
  return canonical_text(document, document.root(), keep);
}

bool applies(const Document& document, const Change& change) {
  if (find_node(document, change.tokens) != nullptr) return change.json || !change.tokens.empty();
  if (!change.json || change.tokens.empty()) return false;
  const Node* parent = find_node(document, {change.tokens.begin(), change.tokens.end() - 1});
  if (parent == nullptr) return false;
  return parent->kind == NodeKind::kObject ||
         (parent->kind == NodeKind::kArray && change.tokens.back() == kEnd);
}

std::string patched_text(const Document& document, const std::vector<Change>& changes) {
  const ChangeTree tree = tree_of(document, changes);
  if (tree.here != nullptr) return *tree.here->json;
  Writer writer(document, Keep::kAll);
  writer.value(document.root(), &tree);
  return std::move(writer.out);
}

}  // namespace twinvoice::spec
