// The kernel: runs a Plan event by event.
//
//   until the bound:
//     take the earliest event (time, then rung, then content); skip it if its clock has been reset since
//     if its instance is paused: keep it for the resume
//     let it wake its frame, source, life or turn
//     while frames are ready: run the oldest ready one through its steps until it has to wait or ends
//   every 4096 events: look at the stop flag, the budgets and how much happened in this instant
//
// Failure policy: nothing in the loop throws or allocates, but for a new maximum of frames in flight; a breach of an
// invariant is found by audit() at the end. What a step means is written in its own file: network, stations, sharing,
// pools, calls, balance, forks, logs; what changes the world in turns, lives and log_places; what brings requests in
// sources.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/base/fingerprint.hpp"
#include "sim/kernel/call_books.hpp"
#include "sim/kernel/event_list.hpp"
#include "sim/kernel/log_state.hpp"
#include "sim/kernel/run_options.hpp"
#include "sim/kernel/state.hpp"
#include "sim/measure/ledger.hpp"
#include "sim/measure/request_log.hpp"
#include "sim/measure/run_record.hpp"
#include "sim/plan/effects.hpp"
#include "sim/plan/plan.hpp"
#include "sim/random/draw.hpp"
#include "sim/random/laws.hpp"

namespace twinvoice::kernel {

class Engine {
 public:
  Engine(const plan::Plan& plan, const RunOptions& options);

  /// Executes every event that comes before (bound_ns, before). With Rung::kFault: all events earlier than bound_ns.
  Stop run_until(Nanos bound_ns, plan::Rung before = plan::Rung::kFault);

  /// Changes the world now; to be called between two run_until of the same instant.
  void apply(const plan::Turn& turn);
  /// Runs what an applied turn has made ready.
  void settle() { drain_ready(); }
  /// Reads an observable of the present instant.
  [[nodiscard]] double sense(const plan::Sensor& sensor) const;

  /// Moves the clock to `at_ns` when no event is pending before it.
  void advance_to(Nanos at_ns) { set_now(at_ns > now_ ? at_ns : now_); }
  [[nodiscard]] Nanos now_ns() const { return now_; }
  /// Time of the next event; kNever when none is pending.
  [[nodiscard]] Nanos next_event_ns();

  /// Whether a message from one location to another would pass now.
  [[nodiscard]] bool path_open(plan::LocationId from, plan::LocationId to) const;
  /// One-way latency of a message sent now, effects of faults included.
  [[nodiscard]] Nanos path_latency_ns(plan::LocationId from, plan::LocationId to) const {
    return paths_[plan_.route_index(from, to)].latency_ns;
  }
  /// Makes run_until come back with Stop::kNetwork right after an event that cut or mended a path.
  void watch_network(bool on) { watch_network_ = on; }
  /// Makes run_until come back with Stop::kLog (or kNetwork, when a path changed too) right after an event that moved log `l`: a
  /// record was appended, or who leads, is up, follows, is paused or was copied changed. Holds until log_moved has told it.
  void watch_log(std::uint32_t l) { logs_[l].watched = true, logs_[l].moved = false; }
  /// Whether the log has moved since it is watched, by an event or by apply; ends the watch then.
  [[nodiscard]] bool log_moved(std::uint32_t l) {
    if (!logs_[l].watched || !logs_[l].moved) return false;
    logs_[l].watched = false;
    return true;
  }
  /// The first instant whose readings show the latest move of a watched log.
  [[nodiscard]] Nanos moved_ns() const { return moved_ns_; }

  /// Bytes that requests moved over a shared link and direction since the last call; the world's epochs ask for it.
  [[nodiscard]] std::uint64_t take_link_bytes(std::uint32_t link, int direction);
  /// Bandwidth left to requests on a shared link and direction.
  void set_link_rate(std::uint32_t link, int direction, double bytes_per_s);

  /// New draws from now on: another future of the same history.
  void branch(std::uint64_t branch);

  /// The measured time ends: all averages and counts stand still. Arrivals go on, in no figure, and the open requests of the
  /// measured time may be followed: run_until then ends with Stop::kAnswered at the decision of the last one. Once.
  void close(Nanos end_ns);
  [[nodiscard]] bool closed() const { return closed_at_ != kNever; }
  /// Whether open requests are left to follow.
  [[nodiscard]] bool follows() const { return followed_ != 0; }
  /// Problems found; empty when everything balances.
  [[nodiscard]] std::vector<std::string> audit() const;
  /// Everything measured, after close(), at the end of the run; takes the books out, so once. `wall_s`, `cpu_s`, `marks`, `turns`
  /// and `world_syncs` are the caller's to fill.
  [[nodiscard]] measure::RunRecord record();

  /// Work beside the requests that the budget of events covers as well: a procedure was woken. False when the budget is used up.
  [[nodiscard]] bool count_wake() { return counts_.events + ++wakes_ < plan_.max_events; }

  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] const measure::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const std::vector<measure::RequestRecord>& request_log() const { return request_log_; }
  [[nodiscard]] std::span<const Station> stations() const { return stations_; }
  [[nodiscard]] std::span<const Pool> pools() const { return pools_; }
  /// What has been measured at one station or pool up to now.
  [[nodiscard]] measure::StationRecord station_record(std::uint32_t s) const;
  [[nodiscard]] measure::PoolRecord pool_record(std::uint32_t p) const;
  [[nodiscard]] std::vector<measure::CommitFact> commits() const { return commits_.all(); }
  [[nodiscard]] std::span<const measure::LogEvent> log_events() const { return log_events_; }
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_.value(); }
  [[nodiscard]] std::uint64_t frames_in_flight() const { return live_frames_; }

 private:
  void set_now(Nanos at_ns) {
    now_ = at_ns;
    counted_ns_ = at_ns > warm_up_ns_ ? at_ns : warm_up_ns_;
  }

  struct Observation {
    measure::Histogram waits;
    std::vector<Nanos> occupancy;
    Nanos last_ns = 0;  ///< up to when it is complete
  };
  /// An event among others of the same time and content.
  struct Tie {
    std::uint64_t hash;  ///< of its frame
    std::uint64_t low;   ///< of its key: of one frame's events the clock decides
    EventKey key;
    friend bool operator>(const Tie& a, const Tie& b) {
      return a.hash != b.hash ? a.hash > b.hash : a.low > b.low;
    }
  };
  /// Something that happened to a paused instance: a clock that rang, or a frame that became ready.
  struct Deferred {
    std::uint32_t instance;
    EventKey key;
    std::uint32_t frame;
    std::uint64_t hash;
    Nanos since_ns;
  };
  struct SourceState {
    std::uint64_t arrivals = 0;  ///< ordinals given out
    std::uint64_t draws = 0;     ///< gaps or candidates drawn
    double factor = 1.0;
    double units = 0.0;  ///< of the exponential being consumed, left at since_ns
    Nanos since_ns = 0;
    Nanos due_ns = kNever;
    std::vector<std::uint64_t> cycles;  ///< closed: per user
  };
  struct LifeState {
    std::uint64_t failures = 0;
    Nanos due_ns = kNever;
    Nanos since_ns = 0;  ///< when the clock that is running was started
    bool down = false;
  };
  struct CrewState {
    std::uint32_t busy = 0;
    std::vector<std::uint32_t> waiting;  ///< lives, oldest first
  };
  struct SharedHop {
    std::uint32_t link;
    int direction;
  };

  // setup.cpp
  void prepare_turns();
  void prepare_instances();
  void prepare_sites();
  void prepare_resources();
  void prepare_logs();
  void start_logs();
  void prepare_initial_state();
  void start_jobs(const plan::InitialJobs& jobs);
  [[nodiscard]] std::uint32_t observe(bool waits, bool occupancy);

  // engine.cpp and frames.cpp: the loop and the life of frames.
  void dispatch_frame(EventKey key);
  void dispatch_other(EventKey key);
  void primary_clock(std::uint32_t f);
  [[nodiscard]] std::uint32_t concerned(std::uint32_t f, Clock clock) const;
  [[nodiscard]] std::uint32_t caller_instance(std::uint32_t f) const;
  [[nodiscard]] std::uint32_t standing_at(std::uint32_t f) const;
  [[nodiscard]] bool is_dead(EventKey key) const;
  [[nodiscard]] EventKey first_of_tied(EventKey key);
  [[nodiscard]] Tie tie_of(EventKey key) const;
  [[nodiscard]] EventKey next_of_tied();
  void untie();
  [[nodiscard]] Stop check_budgets();
  void fetch(EventKey key) const;
  void drain_ready();
  void drain();
  void ready(std::uint32_t f);
  void enqueue_ready(std::uint32_t f);
  void queue_behind(std::uint32_t f);
  void run(std::uint32_t f);
  std::uint32_t new_frame(std::uint32_t request, std::uint64_t hash, std::uint32_t instance,
                          std::uint32_t program);
  void free_frame(std::uint32_t f);
  void end_frame(std::uint32_t f);
  void fail(std::uint32_t f, plan::Cause cause);
  void leave_wait(std::uint32_t f);
  void end_unheard(std::uint32_t f, plan::Cause cause);
  void decide(std::uint32_t f);
  void enter(const Request& request, bool ok, plan::Cause cause);
  void cancel(std::uint32_t f);
  void cancel_now(std::uint32_t f);
  void set_primary(std::uint32_t f, Nanos delay_ns, plan::Rung rung);
  void arm_wait(std::uint32_t f, plan::LawId law, std::uint64_t purpose);
  void arm(std::uint32_t f, Clock clock, Nanos at_ns, LaneId lane);
  [[nodiscard]] plan::Cause here(std::uint32_t f, plan::Reason reason) const;
  [[nodiscard]] random::Draws draws(std::uint64_t purpose, const Frame& frame, std::uint64_t extra = 0) const;
  [[nodiscard]] Nanos sample(plan::LawId law, std::uint64_t purpose, const Frame& frame,
                             std::uint64_t extra = 0) const;
  [[nodiscard]] double uniform(std::uint64_t purpose, const Frame& frame, std::uint64_t extra = 0) const;
  void set_branched(Request& request);
  void note_cause(Request& request, plan::Cause cause);
  void append(List& list, std::uint32_t f);
  void prepend(List& list, std::uint32_t f);
  void unlink(List& list, std::uint32_t f);

  // small_steps.cpp: gates, branches, cells, repeats.
  bool pass_gate(std::uint32_t f, const plan::Step& step);
  [[nodiscard]] bool takes_branch(std::uint32_t f, const plan::Step& step);
  void update_cell(std::uint32_t f, const plan::Step& step);
  [[nodiscard]] double cell_value(std::uint32_t cell) const;

  // network.cpp
  bool hop(std::uint32_t f, const plan::Step& step);
  bool send(std::uint32_t f, const plan::Step& step, std::uint32_t path_index);
  void delivered(std::uint32_t f);
  [[nodiscard]] Nanos serialise(Path& path, std::uint32_t bytes);
  void path_opened(std::uint32_t path_index);
  [[nodiscard]] bool lost_its_peer(std::uint32_t f, const plan::Step& step) const;
  void refresh_paths();
  void prepare_paths();

  // stations.cpp, sharing.cpp
  bool serve(std::uint32_t f, const plan::Step& step);
  void join_station(std::uint32_t f, std::uint32_t s, Nanos demand_ns);
  void wait_for_server(std::uint32_t f, std::uint32_t s);
  void start_service(std::uint32_t f, std::uint32_t s);
  void resume_service(std::uint32_t f, std::uint32_t s);
  void service_done(std::uint32_t f);
  void leave_service(std::uint32_t f, std::uint32_t s);
  void start_waiting(std::uint32_t s);
  [[nodiscard]] std::uint32_t take_next(Station& station);
  [[nodiscard]] Nanos stood_since(std::uint32_t s);
  void begin_stood(std::uint32_t instance);
  void count_stood(Station& station, Nanos since_ns);
  void count_arrived(std::uint32_t instance);
  void end_stood(std::uint32_t instance);
  void enter_queue(Station& station);
  void leave_queue(Station& station);
  void observe_change(Station& station);
  void count_occupancy(Station& station);
  void set_speed(std::uint32_t s, double speed);
  void set_servers(std::uint32_t s, std::uint32_t servers);
  bool preempt_for(std::uint32_t f, std::uint32_t s);
  void shared_join(std::uint32_t f, std::uint32_t s);
  void shared_leave(std::uint32_t f, std::uint32_t s);
  void shared_advance(std::uint32_t s);
  void shared_rearm(std::uint32_t s);
  [[nodiscard]] std::int64_t shared_rate_q32(std::uint32_t s) const;

  // pools.cpp
  bool acquire(std::uint32_t f, const plan::Step& step);
  bool connect(std::uint32_t f, const plan::Step& step);
  bool wait_for_token(std::uint32_t f, std::uint32_t pool);
  [[nodiscard]] bool reach(std::uint32_t f, std::uint32_t site, std::uint32_t peer);
  void establish(std::uint32_t f, std::uint32_t site, std::uint32_t peer);
  void establish_ended(std::uint32_t f, std::uint32_t child, bool ok, plan::Cause cause);
  void opened(std::uint32_t pool, std::uint32_t connection);
  void put_aside(std::uint32_t pool, std::uint32_t connection);
  void leave_idle(std::uint32_t pool, std::uint32_t connection);
  void close_connection(std::uint32_t pool, std::uint32_t connection);
  [[nodiscard]] bool is_good(const Connection& connection, const plan::CallSite& site) const;
  [[nodiscard]] std::uint32_t writer_epoch(const plan::CallSite& site) const;
  [[nodiscard]] std::uint32_t token_for(std::uint32_t f, const plan::CallSite& site) const;
  void break_connection(std::uint32_t f, const plan::CallSite& site);
  void preconnect();
  void release(std::uint32_t f, const plan::Step& step);
  void release_all(std::uint32_t f);
  void give_back(std::uint32_t token);
  void serve_waiters(std::uint32_t pool);
  void take_token(std::uint32_t f, std::uint32_t pool);
  void set_pool_size(std::uint32_t pool, std::uint32_t size);

  // calls.cpp, balance.cpp, forks.cpp
  bool call(std::uint32_t f, const plan::Step& step);
  void launch(std::uint32_t f);
  [[nodiscard]] std::uint64_t last_launch(std::uint32_t f) const;
  void attempt(std::uint32_t f, std::uint32_t site, std::uint32_t chosen, std::uint64_t hash);
  void send_out(std::uint32_t f, std::uint32_t child, std::uint32_t site);
  void set_limits(std::uint32_t f, std::uint32_t child, const plan::CallSite& site);
  void await_hedge(std::uint32_t f, const plan::Hedge& hedge);
  void attempt_ended(std::uint32_t f, std::uint32_t child, bool ok, plan::Cause cause);
  void attempt_failed(std::uint32_t f, plan::Cause cause);
  void call_ended(std::uint32_t f, bool ok, plan::Cause cause);
  void try_expired(std::uint32_t child);
  void call_expired(std::uint32_t f);
  void hedge_due(std::uint32_t f);
  void abandon(std::uint32_t f, std::optional<FrameKind> kind, bool cancel_them,
               plan::Cause cause = {plan::Reason::kCancelled, 0});
  void send_cancel(std::uint32_t child);
  [[nodiscard]] Nanos backoff(std::uint32_t f, const plan::Retries& retries, std::uint32_t retry) const;
  void attach(std::uint32_t parent, std::uint32_t child);
  void detach(std::uint32_t child);
  void orphan(std::uint32_t child);
  [[nodiscard]] bool breaker_admits(CallerState& state, const plan::CallSite& site);
  void open_breaker(CallerState& caller, std::uint32_t site_index);
  void breaker_takes_back(CallerState& caller, std::uint32_t era);
  void settle_attempt(std::uint32_t child, bool ok, plan::Cause cause);
  [[nodiscard]] std::uint32_t caller_ordinal(std::uint32_t f) const;
  [[nodiscard]] std::uint32_t location_of(std::uint32_t f) const;
  [[nodiscard]] std::uint32_t choose(std::uint32_t ordinal, std::uint32_t location, std::uint32_t site,
                                     std::uint64_t child_hash, std::span<const std::uint32_t> tried = {});
  [[nodiscard]] std::span<const std::uint32_t> tried_by(std::uint32_t f, const SiteRules& rules) const;
  void list_candidates(CallerState& caller, std::uint32_t peers, std::uint32_t location,
                       const plan::CallSite& site);
  [[nodiscard]] std::uint32_t drawn(std::span<const std::uint32_t> candidates, const plan::CallSite& site,
                                    std::uint32_t peers, std::uint64_t child_hash) const;
  [[nodiscard]] Nanos distance_ns(std::uint32_t from, std::uint32_t to) const;
  void eject(std::uint32_t peer_state, std::uint32_t site_index);
  [[nodiscard]] measure::CallCounts& counted(std::uint32_t site);
  void fork(std::uint32_t f, const plan::Step& step);
  bool join(std::uint32_t f, const plan::Step& step);
  void branch_ended(std::uint32_t f, bool ok, plan::Cause cause);
  void emit(std::uint32_t f, const plan::Step& step);
  void job_ended(Request& request, bool ok);
  void finish_jobs(const Request& request);

  // logs.cpp: writing and waiting.
  bool commit(std::uint32_t f, const plan::Step& step);
  void commit_expired(std::uint32_t f);
  void commit_returns(std::uint32_t record);
  void wait_for_members(std::uint32_t f, std::uint32_t log, std::uint32_t record);
  void release(std::uint32_t log, std::uint32_t f);
  void release_durable(std::uint32_t log);
  [[nodiscard]] bool durable_enough(std::uint32_t log, const measure::CommitFact& record) const;
  [[nodiscard]] static bool survives(const LogState& log, const measure::CommitFact& record,
                                     std::uint32_t until_epoch);
  [[nodiscard]] std::uint32_t known_record(const Request& request, std::uint32_t log,
                                           std::uint32_t epoch) const;
  [[nodiscard]] std::uint32_t append_record(std::uint32_t log, std::uint32_t location, Request& request);
  void forget_written(Request& request);
  [[nodiscard]] double replication_lag_s(std::uint32_t log, plan::LocationId location) const;
  [[nodiscard]] std::int64_t log_position(std::uint32_t log, std::uint32_t location, std::uint32_t shard,
                                          bool applied) const;

  // log_places.cpp: members, leaders and what they have.
  void log_impulse(const plan::Turn& turn);
  void receive(const plan::Turn& turn, bool apply);
  void hear(const plan::Turn& turn);
  void in_step(const plan::Turn& turn);
  void lead(std::uint32_t log, std::uint32_t location, bool copy_first);
  void fence(std::uint32_t log, plan::LocationId from, bool leases);
  void reconcile(std::uint32_t log);
  void merge(std::uint32_t log, std::uint32_t ended, std::uint32_t shard);
  void destroy(std::uint32_t log, std::uint32_t location);
  void reseed(std::uint32_t log, std::uint32_t location);
  void turn_views(std::uint32_t log, bool leases = false);
  void look_at_logs();
  [[nodiscard]] static bool follows(const LogState& log, std::uint32_t location);
  [[nodiscard]] static bool alone_has_records(const LogState& log, std::uint32_t location);
  [[nodiscard]] bool replica_up(std::uint32_t log, std::uint32_t location) const;
  [[nodiscard]] bool called_from_anywhere(const LogState& log, std::uint32_t location) const;
  static void note_copied(LogState& log, std::uint32_t location);
  void log_event(measure::LogEventKind kind, std::uint32_t log, std::uint32_t place, std::uint32_t shard = 0,
                 std::int64_t position = 0);
  void note_moved(std::uint32_t log);

  // sources.cpp
  void start_sources();
  void arrive(std::uint32_t source, std::uint32_t user);
  void begin_instant();
  void comes_at_this_instant();
  void submit(std::uint32_t source, std::uint64_t ordinal);
  void schedule_poisson(std::uint32_t source);
  void consume_units(std::uint32_t source);
  [[nodiscard]] double units_consumed(std::uint32_t source) const;
  void schedule_candidate(std::uint32_t source);
  void schedule_user(std::uint32_t source, std::uint32_t user);
  void set_source_factor(std::uint32_t source, double factor);
  void push_arrival(std::uint32_t source, std::uint32_t user, Nanos at_ns);

  // turns.cpp, lives.cpp
  void begin_effect(plan::Knob knob, std::uint32_t target, std::uint32_t effect, double value);
  void end_effect(plan::Knob knob, std::uint32_t target, std::uint32_t effect);
  void refresh_knob(plan::Knob knob, std::uint32_t target);
  void impulse(const plan::Turn& turn);
  void flush(std::uint32_t cell);
  void reset_instance(std::uint32_t instance);
  void restart_work(std::uint32_t instance);
  void set_paused(std::uint32_t instance, bool paused);
  void refresh_station(std::uint32_t s);
  void refresh_weight(std::uint32_t instance);
  void start_lives();
  void life_due(std::uint32_t life);
  void begin_repair(std::uint32_t life);
  void repaired(std::uint32_t life);
  void schedule_failure(std::uint32_t life);
  void push_life(std::uint32_t life, plan::Rung rung, Nanos delay_ns);
  void redraw_life(std::uint32_t life);
  [[nodiscard]] static plan::Knob life_knob(const plan::LifeTarget& target);
  void count_down(std::uint32_t component);
  void count_presence(std::uint32_t instance);

  const plan::Plan& plan_;
  RunOptions options_;
  random::Stream stream_;
  std::vector<Nanos> fault_begins_;
  std::vector<plan::Turn> drawn_turns_;  ///< empty when those of the Plan are as they are
  std::span<const plan::Turn> turns_;
  EventList events_;
  Nanos now_ = 0;
  Nanos counted_ns_;  ///< the later of now and the end of the warm-up: the times of TimeIntegral
  Nanos warm_up_ns_;
  Nanos end_ns_;                ///< nothing happens then or later
  Nanos closed_at_ = kNever;    ///< end of the measured time, once it has come
  std::uint64_t followed_ = 0;  ///< open requests that arrived in the measured time
  measure::RunRecord closed_;   ///< what was measured up to closed_at_
  std::uint64_t woken_ = 0;     ///< frames run from the list of ready ones
  std::uint64_t wakes_ = 0;     ///< of procedures
  std::uint64_t users_ = 0;     ///< of all closed loads
  std::uint64_t instant_may_end_ =
      0;  ///< count of events and woken frames that only a loop without time reaches
  Stop stop_ = Stop::kBound;
  bool watch_network_ = false;
  bool look_up_ = false;  ///< run_until has something to tell
  bool network_changed_ = false;
  Nanos moved_ns_ = kNever;  ///< see moved_ns()
  bool calls_nest_ = false;  ///< a component may be called on its own behalf: frames of any request may meet
  std::vector<Tie> tied_;    ///< events of one content that are still to happen, the first one last

  std::vector<Frame> frames_;
  std::vector<FrameExtra> extra_;
  std::uint32_t free_frames_ = kNil;
  std::uint64_t live_frames_ = 0;
  std::vector<Request> requests_;
  std::vector<std::uint32_t> free_requests_;
  std::uint64_t branched_requests_ = 0;  ///< live ones with Request::branched
  Slots<Written, &Written::next> written_;
  std::uint64_t next_sequence_ = 0;
  Slots<Token, &Token::next> tokens_;
  Slots<Connection, &Connection::older_idle> connections_;
  std::uint32_t next_ready_ = kNil;   ///< the frame that became ready first
  std::vector<std::uint32_t> ready_;  ///< those that became ready after it: [ready_head_, ready_tail_)
  std::size_t ready_head_ = 0;
  std::size_t ready_tail_ = 0;

  std::vector<Station> stations_;
  std::vector<Presence> presences_;  ///< by station
  std::vector<Pool> pools_;
  std::vector<double> cells_;
  std::vector<Nanos> cell_at_ns_;
  std::vector<double> gate_probability_;
  std::vector<double> gate_tokens_;
  std::vector<Nanos> gate_at_ns_;
  std::vector<LogState> logs_;
  std::vector<SiteRules> sites_;  ///< by call site
  CallBooks call_books_;
  std::vector<CallerState> callers_;
  std::vector<PeerState> peers_;
  std::vector<InstanceState> instances_;
  std::vector<Path> paths_;
  std::vector<SharedHop> shared_hops_;
  std::vector<LinkLane> link_lanes_;  ///< [link x 2 + direction]
  std::vector<std::uint32_t> stations_first_,
      stations_of_;                        ///< stations of instance i: [first_[i], first_[i + 1])
  std::vector<std::uint32_t> candidates_;  ///< like peers_: replicas a caller may choose from (CallerState)
  std::vector<std::uint32_t> untried_;     ///< of the choice being made
  std::uint32_t balance_era_ = 1;          ///< counts changes of weights, outs and leaders
  std::vector<SourceState> sources_;
  std::vector<LifeState> lives_;
  std::vector<CrewState> crews_;
  plan::Effects effects_;
  std::vector<Deferred> deferred_;
  std::uint32_t stood_frame_ =
      kNil;  ///< goes on now, after it stood still at a paused instance since stood_since_ns_
  Nanos stood_since_ns_ = 0;
  std::uint32_t paused_instances_ = 0;
  std::uint32_t resetting_ = kNil;  ///< instance being reset: its stations start nothing meanwhile
  std::vector<Observation> observations_;
  std::vector<std::vector<Nanos>> down_time_;  ///< per component: time with n replicas down
  std::vector<std::uint32_t> down_now_;
  std::vector<Nanos> down_at_ns_;

  measure::Ledger ledger_;
  std::vector<measure::RequestRecord> request_log_;
  measure::CommitLog commits_;
  std::vector<measure::LogEvent> log_events_;
  LogProgress progress_;  ///< not yet in log_events_; unused where all facts are asked for
  Counts counts_;
  Fingerprint fingerprint_;
};

}  // namespace twinvoice::kernel
