// Everything that is wrong with an input, collected, so that the user sees all of it at once.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace twinvoice {

/// Where in an input file something stands. Lines and columns count from 1; 0 means "the whole file".
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  std::string pointer;  ///< JSON pointer (RFC 6901), "" is the document root
};

enum class Severity { kError, kWarning };

/// One finding. `message` says what is wrong and what is accepted instead.
struct Issue {
  Place place;
  std::string message;
  Severity severity = Severity::kError;
};

/// "file:line:column: /pointer: message", the form that editors and terminals make clickable. One line, hidden characters escaped.
[[nodiscard]] std::string format_issue(const Issue& issue);

/// An ordered collection of findings.
class Issues {
 public:
  void error(Place place, std::string message);
  void warning(Place place, std::string message);
  void append(const Issues& other);
  [[nodiscard]] bool has_errors() const;
  [[nodiscard]] const std::vector<Issue>& all() const { return all_; }
  /// Sorts by file, line, column and removes exact repetitions.
  void sort();

 private:
  std::vector<Issue> all_;
};

/// The input cannot be used (exit code 2). Carries every issue found.
class InvalidInput : public std::runtime_error {
 public:
  explicit InvalidInput(Issues issues);
  [[nodiscard]] const Issues& issues() const { return issues_; }

 private:
  Issues issues_;
};

}  // namespace twinvoice
