// How long a frame stays where nobody else is, and how long a place is held where many commit.
//
// A commit that waits for followers is shipped with the next batch of its log. Alone it waits half a period on average. In a
// crowd all that wait are released together and their places are taken at once, so that from one release of a place to the
// next there lie whole periods:
//   held = ceil((plain + way) / batch) batch               when nothing varies
//   held = (k + e^(-r/plain) / (1 - e^(-batch/plain))) batch   when the rest is exponential: k = ceil(way / batch),
//                                                              r = k batch - way, what is left to the next batch
// Of what varies by any law the longer of the two is taken.
#pragma once

namespace twinvoice::compile {

/// Means over one frame, without queueing.
struct Stay {
  double plain_s = 0.0;  ///< all but the waits for followers
  bool varies = false;   ///< part of that is drawn
  double commits = 0.0;  ///< that wait for followers
  double ways_s =
      0.0;  ///< of all of them: to the followers and back, and the application where they wait for it
  double batch_s = 0.0;  ///< the longest period of their batches; 0: each is shipped as it is written

  /// As if `other` were gone through so many times, one after the other.
  void add(const Stay& other, double times);
  /// The mean time on an idle system.
  [[nodiscard]] double alone_s() const;
  /// The mean time in a crowd that fills the place all the time.
  [[nodiscard]] double crowded_s() const;
};

}  // namespace twinvoice::compile
