#include "sim/measure/distributions.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <numbers>

namespace twinvoice::measure {

double normal_quantile(double p) { return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * p); }

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double student_quantile(double p, double degrees) {
  if (p == 0.5) return 0.0;
  if (degrees > 1e9) return normal_quantile(p);
  return boost::math::quantile(boost::math::students_t(degrees), p);
}

double beta_quantile(double p, double a, double b) { return boost::math::ibeta_inv(a, b, p); }

double gamma_quantile(double p, double shape) { return boost::math::gamma_p_inv(shape, p); }

double binomial_cdf(double k, double trials, double p) {
  if (k < 0.0) return 0.0;
  if (k >= trials) return 1.0;
  return boost::math::ibetac(k + 1.0, trials - k, p);
}

double two_sided_normal(double confidence) { return normal_quantile((1.0 + confidence) / 2.0); }

double two_sided_student(double confidence, double degrees) {
  return student_quantile((1.0 + confidence) / 2.0, degrees);
}

}  // namespace twinvoice::measure
