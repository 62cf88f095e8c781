// What the shell is told.
#pragma once

namespace twinvoice::cli {

enum ExitCode : int {
  kOk = 0,
  kEngineError = 1,    ///< the engine broke one of its own rules
  kInvalidInput = 2,   ///< an input file or the command line cannot be used
  kMissed = 3,         ///< an expectation is missed
  kUndecided = 4,      ///< an expectation is undecided, or a budget ended the run
  kIncomplete = 5,     ///< cells of a campaign failed
  kOutputLost = 6,     ///< all is well or judged, but some of the output could not be written
  kInterrupted = 130,  ///< ended by Ctrl-C or SIGTERM
};

}  // namespace twinvoice::cli
