// What site_failover is told: its parameters as they are written. What they mean stands at the card of site_failover.cpp.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/human_step.hpp"
#include "models/procedure_model.hpp"
#include "models/watch.hpp"

namespace twinvoice::models {

enum class FailoverStep { kShift, kVerify, kApprove, kPromote };

/// `true`, `false` or "lease".
struct Fencing {
  enum class How { kNever, kOrder, kLease } how = How::kOrder;
};

/// "none", "all" or a number of bytes.
struct Reseed {
  enum class What { kNone, kAll, kBytes } what = What::kNone;
  spec::Bytes size;
};

}  // namespace twinvoice::models

namespace twinvoice::spec {

template <>
struct Words<models::FailoverStep> {
  static const std::vector<std::pair<std::string_view, models::FailoverStep>>& table() {
    static const std::vector<std::pair<std::string_view, models::FailoverStep>> words{
        {"shift", models::FailoverStep::kShift},
        {"verify", models::FailoverStep::kVerify},
        {"approve", models::FailoverStep::kApprove},
        {"promote", models::FailoverStep::kPromote}};
    return words;
  }
};

template <>
struct Codec<models::Fencing> {
  using How = models::Fencing::How;
  static void decode(Decoder& d, const Node& node, models::Fencing& v, const Range& range) {
    if (node.kind == NodeKind::kString) {
      std::size_t index = 0;
      if (d.word(node, {"lease"}, index)) v.how = How::kLease;
      return;
    }
    bool flag = true;
    Codec<bool>::decode(d, node, flag, range);
    v.how = flag ? How::kOrder : How::kNever;
  }
  static Type type() {
    Type t;
    t.kind = Type::Kind::kEither;
    t.name = "flag or \"lease\"";
    t.parts = {Codec<bool>::type(), {}};
    t.parts.back().kind = Type::Kind::kWord;
    t.parts.back().name = "word";
    t.parts.back().words = {"lease"};
    return t;
  }
  static std::string text(const models::Fencing& v) {
    if (v.how == How::kLease) return "\"lease\"";
    return v.how == How::kOrder ? "true" : "false";
  }
};

template <>
struct Codec<models::Reseed> {
  using What = models::Reseed::What;
  static void decode(Decoder& d, const Node& node, models::Reseed& v, const Range& /*range*/) {
    const bool word = node.kind == NodeKind::kString && (node.text == "none" || node.text == "all");
    if (word) {
      v.what = node.text == "all" ? What::kAll : What::kNone;
      return;
    }
    v.what = What::kBytes;
    Codec<Bytes>::decode(d, node, v.size, kPositive);
  }
  static Type type() {
    Type t;
    t.kind = Type::Kind::kEither;
    t.name = "\"none\", \"all\" or size";
    t.parts = {{}, Codec<Bytes>::type()};
    t.parts.front().kind = Type::Kind::kWord;
    t.parts.front().name = "word";
    t.parts.front().words = {"none", "all"};
    return t;
  }
  static std::string text(const models::Reseed& v) {
    if (v.what == What::kBytes) return Codec<Bytes>::text(v.size);
    return v.what == What::kAll ? "\"all\"" : "\"none\"";
  }
};

}  // namespace twinvoice::spec

namespace twinvoice::models {

struct TimedStep {
  spec::LawSpec takes;
  void describe(spec::Fields& f) { f.optional("takes", takes, "time until it is done"); }
};

struct DetectStep {
  WatchSpec condition;
  Period looks{Duration{kNanosPerSecond}, {}};
  Duration held{0};
  void describe(spec::Fields& f) {
    condition.describe(f);
    looks.describe(f, "from one look to the next");
    f.optional("for", held, "how long the condition must hold", spec::kNotNegative);
  }
};

struct Failback {
  Duration after{600 * kNanosPerSecond};
  Period looks{Duration{5 * kNanosPerSecond}, {}};
  spec::LawSpec takes;
  Reseed reseed;
  void describe(spec::Fields& f) {
    f.optional("after", after, "how long the site must have been sound and caught up", spec::kNotNegative,
               spec::Origin{"assumed"});
    looks.describe(f, "from one look to the next");
    f.optional("takes", takes, "time to reconcile and shift back");
    f.optional("reseed", reseed,
               "new copy that a deposed leader with records of its own needs before it follows",
               spec::Origin{"assumed"});
  }
};

struct SiteFailover {
  std::vector<spec::ComponentRef> service;
  spec::ComponentRef database;
  spec::SiteRef from, to;
  DetectStep detect;
  std::optional<WatchSpec> unless;
  std::optional<HumanStep> decide;
  TimedStep shift, verify;
  std::optional<HumanStep> approve;
  std::vector<FailoverStep> steps{FailoverStep::kShift, FailoverStep::kVerify, FailoverStep::kApprove,
                                  FailoverStep::kPromote};
  Fencing fence;
  std::optional<Failback> failback;
  Place place;

  void describe(spec::Fields& f) {
    f.required("service", service, "components whose load shifts");
    f.required("database", database, "whose log is led at the other site");
    f.required("from", from, "site that is left");
    f.required("to", to, "site that takes over");
    f.required("detect", detect, "when it is a case for this runbook");
    f.optional("unless", unless,
               "when the cause has passed; absent: a replica of the database at `from` answers and the "
               "detected condition no longer holds");
    f.optional("decide", decide, "who decides that; absent: nobody has to");
    f.optional("shift", shift, "shifting load");
    f.optional("verify", verify, "comparing log positions");
    f.optional("approve", approve, "who approves; absent: nobody has to");
    f.optional("steps", steps, "order of the steps after the decision", spec::Range{},
               spec::Origin{"seed article: shift, verify, approve, then the database"});
    f.optional("fence", fence,
               "writers that still know the old leader are turned to the new one when they can be reached; "
               "\"lease\": at once");
    f.optional("failback", failback, "back to the first site; absent: never");
    f.rule("to", from.id != to.id, "a site cannot take over from itself");
    auto sorted = steps;
    std::sort(sorted.begin(), sorted.end());
    f.rule("steps", std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(),
           "a step is named twice");
  }

  void declare(compile::ProcedureBuilder& b) const {
    for (const spec::ComponentRef& component : service) b.component(component);
    detect.condition.declare(b, place, detect.looks, &database);
    if (unless) unless->declare(b, place, detect.looks, &database);
    if (decide) decide->declare(b, "decide");
    if (approve) approve->declare(b, "approve");
    b.law("shift.takes", shift.takes);
    b.law("verify.takes", verify.takes);
    if (failback) b.law("failback.takes", failback->takes);
    name_idle_steps(b);
    advise(b);
    const plan::LogId log = b.log(database);
    if (!log.valid()) return;
    for (const spec::SiteRef* site : {&from, &to}) {
      const auto at = b.locations(site->id, site->place);
      if (!at.empty() && !member(b.plan().logs[log.index()], at).valid()) {
        b.error(site->place, "the log of \"" + database.id + "\" is not kept at \"" + site->id + "\"");
      }
    }
  }

  /// What is said of steps that it never takes.
  void name_idle_steps(compile::ProcedureBuilder& b) const {
    const auto look = [&](const char* name, bool said, FailoverStep step) {
      if (said && std::find(steps.begin(), steps.end(), step) == steps.end())
        b.warning(place, std::string("its \"") + name + "\" never acts: \"steps\" has no \"" + name + "\"");
    };
    look("shift", !shift.takes.is_zero(), FailoverStep::kShift);
    look("verify", !verify.takes.is_zero(), FailoverStep::kVerify);
    look("approve", approve.has_value(), FailoverStep::kApprove);
  }

  void advise(compile::ProcedureBuilder& b) const {
    if (!failback) {
      b.advise("there is no failback: after the first failure \"" + to.id +
               "\" goes on alone, and the next one finds no second site; say \"failback\"");
    }
    const plan::LocationId at = b.row().at;
    if (at.valid() && b.plan().locations[at.index()].site == from.id) {
      b.advise("it stands at \"" + from.id +
               "\", the site whose loss it is for: it does nothing while that is down; let it stand at \"" +
               to.id + "\" or at a third place");
    }
    const bool symptom = detect.condition.sensor != Watched::kProbe;
    if (symptom && !unless) {
      const std::string word(plan::row_of(detect.condition.sensor).word);
      b.advise("its trigger is wider than the failure it cures: " + word + " is also bad when \"" + from.id +
               "\" is well (a cut line, a slow follower, a callee elsewhere); watch a probe of the database "
               "there");
    }
  }

  /// Defined beside the runbook.
  std::unique_ptr<world::Procedure> make(const plan::Plan& plan, const plan::Procedure& row) const;

  /// The first location among `at` that is a member of the log.
  static plan::LocationId member(const plan::Log& log, const std::vector<plan::LocationId>& at) {
    const std::vector<plan::LocationId> members = log.members();
    for (const plan::LocationId l : at) {
      if (std::find(members.begin(), members.end(), l) != members.end()) return l;
    }
    return {};
  }
};

}  // namespace twinvoice::models
