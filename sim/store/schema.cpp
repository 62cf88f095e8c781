// Tables of schema version 3. Versions 1 and 2, which differ in what the results mean, have no verdicts.
//
// People and notebooks read the views; the tables may change with the version, the views keep their columns. A NULL number is
// one that was not observed. Numbers inside JSON have 15 digits, as SQLite writes them; those in columns are exact. Infinity is SQLite's 9e999; as an end of an interval it says that the data bound nothing there.
//
//   cells               one row for each point of each sweep: sweep, position, cell, label, levels (JSON: axis -> label), state
//                       (complete, failed, missing), reason, verdict (met, missed, undecided; NULL: nothing to judge), replications,
//                       pending, seed, tool_version, figures (JSON: name -> value)
//   expectations        one row for each expectation of each point that is complete: expectation, verdict, why, more_to_decide
//   figures             one row for each figure of each point that is finished: value, low, high, confidence, method, samples, ...
//   replications        one row for each replication: fingerprint in hex, events, hops, cpu_s, figures (JSON: name -> value)
//   replication_figures one row for each figure of each replication
//   failures            failed requests by operation and cause, of each replication
//   recoveries          RTO and RPO of each recovery, phases (JSON: name -> seconds since the fault)
//   latency             histogram of an operation over all replications of a cell: count of values in low_s <= x < high_s
//
// Tables (`cell` is the number of a row of the table cell; numbers are those of this file and mean nothing elsewhere):
//
//   sweep, axis, point, level   the sweep file and the design it stands for; a point names its cell by id, finished or not
//   topology                    texts of topologies, once each: many cells share one
//   cell, cell_figure, expectation   finished cells
//   replication and replication_figure, failure, recovery, phase, histogram    their replications
//   pending                     records of replications that are acknowledged although their cell is not finished
//
// `position` is the place in a list. A cell's rows are written in one transaction: it is there with everything, or not at all.
// 64-bit naturals (seed, fingerprint) stand as the signed integer with the same bits. The buckets of a histogram are
// JSON, {"bucket": count}, on the grid of sim/measure/log_linear.hpp; its sum is decimal text, since it may need 128 bits.
#include "sim/store/schema.hpp"

namespace twinvoice::store {

const char* const kTables = R"(
CREATE TABLE sweep (
  name TEXT NOT NULL PRIMARY KEY,
  text TEXT NOT NULL,
  text_sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE axis (
  sweep TEXT NOT NULL REFERENCES sweep (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (sweep, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE point (
  sweep TEXT NOT NULL REFERENCES sweep (name) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  cell_id TEXT NOT NULL,
  PRIMARY KEY (sweep, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX point_by_cell ON point (cell_id);

CREATE TABLE level (
  sweep TEXT NOT NULL,
  point INTEGER NOT NULL,
  position INTEGER NOT NULL,
  axis TEXT NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (sweep, point, position),
  FOREIGN KEY (sweep, point) REFERENCES point (sweep, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE topology (
  number INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL
) STRICT;

CREATE TABLE cell (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  seed INTEGER NOT NULL,
  tool_version TEXT NOT NULL,
  experiment_text TEXT NOT NULL,
  topology INTEGER NOT NULL REFERENCES topology (number),
  state TEXT NOT NULL CHECK (state IN ('complete', 'failed')),
  reason TEXT NOT NULL,
  verdict TEXT CHECK (verdict IN ('met', 'missed', 'undecided'))
) STRICT;

CREATE TABLE expectation (
  cell INTEGER NOT NULL REFERENCES cell (number) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('met', 'missed', 'undecided', 'no_sample')),
  why TEXT NOT NULL,
  more_to_decide INTEGER,
  PRIMARY KEY (cell, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell_figure (
  cell INTEGER NOT NULL REFERENCES cell (number) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  low REAL,
  high REAL,
  confidence REAL,
  method TEXT NOT NULL,
  samples INTEGER NOT NULL,
  group_count INTEGER NOT NULL,
  converged INTEGER NOT NULL,
  PRIMARY KEY (cell, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE replication (
  cell INTEGER NOT NULL REFERENCES cell (number) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  fingerprint INTEGER NOT NULL,
  events INTEGER NOT NULL,
  hops INTEGER NOT NULL,
  cpu_s REAL,
  PRIMARY KEY (cell, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE replication_figure (
  cell INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value REAL,
  PRIMARY KEY (cell, replication, position),
  FOREIGN KEY (cell, replication) REFERENCES replication (cell, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE failure (
  cell INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  position INTEGER NOT NULL,
  operation TEXT NOT NULL,
  cause TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (cell, replication, position),
  FOREIGN KEY (cell, replication) REFERENCES replication (cell, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery (
  cell INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  position INTEGER NOT NULL,
  fault TEXT NOT NULL,
  rto_s REAL,
  rpo_s REAL,
  acknowledged_lost REAL,
  PRIMARY KEY (cell, replication, position),
  FOREIGN KEY (cell, replication) REFERENCES replication (cell, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE phase (
  cell INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  recovery INTEGER NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  at_s REAL,
  PRIMARY KEY (cell, replication, recovery, position),
  FOREIGN KEY (cell, replication, recovery) REFERENCES recovery (cell, replication, position) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE histogram (
  cell INTEGER NOT NULL,
  replication INTEGER NOT NULL,
  position INTEGER NOT NULL,
  operation TEXT NOT NULL,
  sum_ns TEXT NOT NULL,
  min_ns INTEGER NOT NULL,
  max_ns INTEGER NOT NULL,
  buckets TEXT NOT NULL,
  PRIMARY KEY (cell, replication, position),
  FOREIGN KEY (cell, replication) REFERENCES replication (cell, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
  cell_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (cell_id, number)
) STRICT;
)";

const char* const kViews = R"(
CREATE VIEW cells AS
SELECT p.sweep AS sweep, p.position AS position, p.cell_id AS cell, c.label AS label,
       (SELECT json_group_object(axis, label)
          FROM (SELECT axis, label FROM level WHERE sweep = p.sweep AND point = p.position ORDER BY position)) AS levels,
       coalesce(c.state, 'missing') AS state, c.reason AS reason, c.verdict AS verdict,
       (SELECT count(*) FROM replication r WHERE r.cell = c.number) AS replications,
       (SELECT count(*) FROM pending q WHERE q.cell_id = p.cell_id) AS pending,
       c.seed AS seed, c.tool_version AS tool_version,
       (SELECT json_group_object(name, CASE value WHEN 9e999 THEN json('9e999') WHEN -9e999 THEN json('-9e999')
                                       ELSE value END)
          FROM (SELECT name, value FROM cell_figure f WHERE f.cell = c.number ORDER BY position)) AS figures
  FROM point p LEFT JOIN cell c ON c.id = p.cell_id;

CREATE VIEW expectations AS
SELECT p.sweep AS sweep, p.position AS position, c.id AS cell, c.label AS label, e.text AS expectation,
       e.verdict AS verdict, e.why AS why, e.more_to_decide AS more_to_decide
  FROM point p JOIN cell c ON c.id = p.cell_id JOIN expectation e ON e.cell = c.number;

CREATE VIEW figures AS
SELECT p.sweep AS sweep, p.position AS position, c.id AS cell, c.label AS label, f.name AS figure, f.value AS value,
       f.low AS low, f.high AS high, f.confidence AS confidence, f.method AS method, f.samples AS samples,
       f.group_count AS "groups", f.converged AS converged
  FROM point p JOIN cell c ON c.id = p.cell_id JOIN cell_figure f ON f.cell = c.number;

CREATE VIEW replications AS
SELECT c.id AS cell, c.label AS label, r.number AS replication, printf('%016x', r.fingerprint) AS fingerprint,
       r.events AS events, r.hops AS hops, r.cpu_s AS cpu_s,
       (SELECT json_group_object(name, CASE value WHEN 9e999 THEN json('9e999') WHEN -9e999 THEN json('-9e999')
                                       ELSE value END)
          FROM (SELECT name, value FROM replication_figure f
                 WHERE f.cell = r.cell AND f.replication = r.number ORDER BY position)) AS figures
  FROM cell c JOIN replication r ON r.cell = c.number;

CREATE VIEW replication_figures AS
SELECT c.id AS cell, c.label AS label, f.replication AS replication, f.name AS figure, f.value AS value
  FROM cell c JOIN replication_figure f ON f.cell = c.number;

CREATE VIEW failures AS
SELECT c.id AS cell, c.label AS label, f.replication AS replication, f.operation AS operation, f.cause AS cause,
       f.count AS count
  FROM cell c JOIN failure f ON f.cell = c.number;

CREATE VIEW recoveries AS
SELECT c.id AS cell, c.label AS label, r.replication AS replication, r.fault AS fault, r.rto_s AS rto_s,
       r.rpo_s AS rpo_s, r.acknowledged_lost AS acknowledged_lost,
       (SELECT json_group_object(name, CASE at_s WHEN 9e999 THEN json('9e999') ELSE at_s END)
          FROM (SELECT name, at_s FROM phase h WHERE h.cell = r.cell AND h.replication = r.replication
                   AND h.recovery = r.position ORDER BY h.position)) AS phases
  FROM cell c JOIN recovery r ON r.cell = c.number;

CREATE VIEW latency AS
SELECT cell, label, operation, low_ns / 1e9 AS low_s, (low_ns + width_ns) / 1e9 AS high_s, count
  FROM (SELECT cell, label, operation, count,
               CASE WHEN bucket < 256 THEN bucket
                    ELSE (bucket - (((bucket >> 7) - 1) << 7)) << ((bucket >> 7) - 1) END AS low_ns,
               CASE WHEN bucket < 256 THEN 1 ELSE 1 << ((bucket >> 7) - 1) END AS width_ns
          FROM (SELECT c.id AS cell, c.label AS label, h.operation AS operation, CAST(b.key AS INTEGER) AS bucket,
                       sum(b.value) AS count
                  FROM cell c JOIN histogram h ON h.cell = c.number, json_each(h.buckets) b
                 GROUP BY c.id, h.operation, bucket));
)";

}  // namespace twinvoice::store
