// Canonical text of a document, and the same with changes: how the cells of a sweep get their inputs, and what their
// identity is made of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/spec/document.hpp"

namespace twinvoice::spec {

/// Which members a canonical text has.
enum class Keep {
  kAll,
  kMeaning,  ///< all but remarks ("note", "$comment"), "$schema" and "description": what results depend on
};

/// Whether results may depend on a member: it is no remark.
[[nodiscard]] bool is_meaning(const Node& member);

/// A JSON pointer as a list of unescaped tokens. Nothing when `pointer` is neither empty nor begins with "/", or when "~"
/// is not followed by 0 or 1.
[[nodiscard]] std::optional<std::vector<std::string>> pointer_tokens(std::string_view pointer);

/// The pointer of `tokens`, escaped (RFC 6901), as long as it is.
[[nodiscard]] std::string pointer_of(const std::vector<std::string>& tokens);

/// The value at `tokens` (keys, or indices of a list), or null.
[[nodiscard]] const Node* find_node(const Document& document, const std::vector<std::string>& tokens);

/// JSON text of a value: no blanks, no comments, members in file order, numbers as written, strings with the fewest
/// escapes. Reading it and writing it again gives the same text.
[[nodiscard]] std::string canonical_text(const Document& document, const Node& value, Keep keep = Keep::kAll);
[[nodiscard]] std::string canonical_text(const Document& document, Keep keep = Keep::kAll);

/// The same of a string alone, with its quotes.
[[nodiscard]] std::string canonical_string(std::string_view text);

/// One change of a document: the value at `tokens` becomes `json`, or goes when there is none. The last token may be a
/// new key of an object or "-", the place after the last element of a list.
struct Change {
  std::vector<std::string> tokens;
  std::optional<std::string> json;  ///< canonical text
};

/// True when `change` has a place in the document: the value exists, or may be added (and is not a removal).
[[nodiscard]] bool applies(const Document& document, const Change& change);

/// The canonical text with every change made at once: pointers refer to the document as it is, so the removal of one
/// element does not move the others. New members come after the old ones, sorted by key; elements added with "-" in the
/// order of `changes`. EngineError when a change does not apply, when two have the same place ("-" aside), or when one
/// lies inside the place of another.
[[nodiscard]] std::string patched_text(const Document& document, const std::vector<Change>& changes);

}  // namespace twinvoice::spec
