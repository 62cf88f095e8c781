// Reads declared structs out of a document. Knows where it stands, so that every complaint carries file, line, column and
// pointer, and goes on after a complaint, so that all of them are told at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/issues.hpp"
#include "sim/spec/catalog.hpp"
#include "sim/spec/document.hpp"
#include "sim/spec/references.hpp"
#include "sim/spec/shape.hpp"

namespace twinvoice::spec {

/// Decoding state of one document. Codecs get it; authors of describe() never see it.
class Decoder {
 public:
  Decoder(const Document& document, const ModelCatalog& catalog, Issues& issues);

  [[nodiscard]] const Document& document() const { return document_; }
  [[nodiscard]] const ModelCatalog& catalog() const { return catalog_; }
  /// Every reference met so far, in file order.
  [[nodiscard]] const std::vector<Reference>& references() const { return references_; }
  /// Number of complaints so far, those beyond kMaxIssues included.
  [[nodiscard]] std::size_t complaints() const { return complaints_; }

  /// Where `node`, the value being decoded, stands.
  [[nodiscard]] Place place(const Node& node) const;
  void error(const Node& node, std::string message);
  /// At a key of the object being decoded.
  void key_error(const Node& member, std::string message);
  void refer(RefKind kind, std::string_view id, Place place);

  /// Each of these complains and returns false when `node` is something else. `what` names the accepted thing.
  bool is(const Node& node, NodeKind kind, std::string_view what);
  bool integer(const Node& node, std::int64_t low, std::int64_t high, std::int64_t& out);
  bool number(const Node& node, const Range& range, double& out);
  bool text(const Node& node, std::string& out);
  bool id(const Node& node, std::string_view text, std::string_view what);
  bool word(const Node& node, const std::vector<std::string_view>& words, std::size_t& index);
  bool within(const Node& node, const Range& range, double value, std::string (*format)(double));

  /// An object with declared fields: missing, unknown and wrong ones are told.
  void object(const Node& node, const std::function<void(Fields&)>& describe);
  /// Like object, but the keys beside the declared ones are not judged (their owner is unknown).
  void open_object(const Node& node, const std::function<void(Fields&)>& describe);
  /// An object that picks one alternative by its key.
  void choice(const Node& node, const std::function<void(Choices&)>& declare);

  /// Calls `each(element)` with the pointer standing at the element.
  template <class Each>
  void elements(const Node& array, Each each) {
    std::size_t index = 0;
    for (const Node* n = document_.first_child(array); n != nullptr; n = document_.next(*n), ++index) {
      const At at(*this, {}, index);
      each(*n);
    }
  }
  /// Calls `each(member)` for every member but remarks, with the pointer standing at it.
  template <class Each>
  void members(const Node& object, Each each) {
    for (const Node* n = document_.first_child(object); n != nullptr; n = document_.next(*n)) {
      const At at(*this, n->key, 0);
      if (!remark(*n)) each(*n);
    }
  }
  /// The place of the key of `member` (the pointer standing at it).
  [[nodiscard]] Place key_place(const Node& member) const;
  /// "note" and "$comment" are remarks in every object. Complains when one is not a string.
  bool remark(const Node& member);

  /// Moves the pointer into a member or an element for the life of the object.
  class At {
   public:
    At(Decoder& decoder, std::string_view key, std::size_t index) : decoder_(decoder) {
      decoder.path_.push_back({key, index, key.data() != nullptr});
    }
    ~At() { decoder_.path_.pop_back(); }
    At(const At&) = delete;
    At& operator=(const At&) = delete;

   private:
    Decoder& decoder_;
  };

 private:
  struct Token {
    std::string_view key;
    std::size_t index;
    bool is_key;
  };
  /// The members of `node` that pick the alternative: at most one, but for a family of keys.
  [[nodiscard]] std::vector<const Node*> picks(const Node& node,
                                               const Choices::Alternative& alternative) const;
  void add(Place place, std::string message);
  [[nodiscard]] std::string pointer() const;

  const Document& document_;
  const ModelCatalog& catalog_;
  Issues& issues_;
  std::vector<Token> path_;
  std::vector<Reference> references_;
  std::size_t complaints_ = 0;
};

}  // namespace twinvoice::spec
