// Quantiles and tails of the reference distributions behind the intervals. For use after a run only: these
// call libm.
#pragma once

namespace twinvoice::measure {

/// Quantile of the standard normal law; p in (0, 1).
[[nodiscard]] double normal_quantile(double p);
[[nodiscard]] double normal_cdf(double z);
/// Quantile of Student's t with `degrees` > 0 degrees of freedom, not necessarily an integer.
[[nodiscard]] double student_quantile(double p, double degrees);
/// Quantile of the beta law with parameters a, b > 0.
[[nodiscard]] double beta_quantile(double p, double a, double b);
/// Quantile of the gamma law with shape > 0 and scale 1.
[[nodiscard]] double gamma_quantile(double p, double shape);
/// P(Binomial(trials, p) <= k); 0 for k < 0.
[[nodiscard]] double binomial_cdf(double k, double trials, double p);

/// Two-sided multiplier: the quantile at (1 + confidence) / 2.
[[nodiscard]] double two_sided_normal(double confidence);
[[nodiscard]] double two_sided_student(double confidence, double degrees);

}  // namespace twinvoice::measure
