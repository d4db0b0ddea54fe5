/* The loops of benchmarks.simulation as one would write them in C, one path after the other: Euler's steps, and
   the schemes of resetdyn.  A path goes down to a target, and Poisson resets put it back; each loop adds up the
   times and their squares in out[].  xoshiro256++ and a ziggurat of 256 layers. */
#include "loops.h"

/* The double well's force x - x^3, or that of a spring. */
static inline double pull(const search *s, int cubic, double x) {
    return cubic ? x - x * x * x : s->force - s->stiffness * x;
}

void euler(long n, const search *s, int cubic, double dt, uint64_t *state, double *out) {
    generator g = taken_from(state);
    double sigma = sqrt(2 * s->diffusion * dt);
    for (long i = 0; i < n; i++) {
        double x = s->start;
        long k = 0, reset = (long)ceil(exponential(&g) / (s->rate * dt));
        while (x > s->target) {
            x += pull(s, cubic, x) * dt + sigma * normal(&g);
            if (++k == reset && x > s->target) {
                x = s->start;
                reset += (long)ceil(exponential(&g) / (s->rate * dt));
            }
        }
        add(out, k * dt);
    }
    give_back(&g, state);
}

/* Exact Gaussian steps, `ratio` times shorter beside the target, with a curved bridge near it. */
void gaussian(long n, const search *s, int ratio, double dt, uint64_t *state, double *out) {
    generator g = taken_from(state);
    double k = s->stiffness, D = s->diffusion;
    linear step = linear_step(dt, k, s->force, D), fine = linear_step(dt / ratio, k, s->force, D);
    double bend = k * (k * s->target - s->force) / 2, reach = sqrt(2 * step.span);
    double near_target = s->target + 5 * reach + 2 * fabs(bend) * dt * dt, beside = s->target + 2.5 * reach;
    for (long i = 0; i < n; i++) {
        double time = 0, arrival = 0;
        while (arrival == 0) {
            double x = s->start, left = exponential(&g) / s->rate;
            long units = (long)ceil(left / fine.h) - 1, done = 0;
            int near = x < near_target;
            for (;;) {
                linear made = step;
                long taken = ratio;
                if (done == units) { made = linear_step(left - done * fine.h, k, s->force, D); taken = 1; }
                else if (ratio > 1 && (units - done < ratio || x < beside)) { made = fine; taken = 1; }
                double after = x * made.decay + made.push + made.sigma * normal(&g);
                int close = after < near_target;
                if (close || near) {
                    double crossed = crossing(&g, x - s->target, after - s->target, made.h, k, D, made.span,
                                              bend * made.h * made.h);
                    if (crossed < INFINITY) { arrival = time + done * fine.h + crossed; break; }
                }
                if (done == units) break;
                x = after; near = close; done += taken;
            }
            time += left;
        }
        add(out, arrival);
    }
    give_back(&g, state);
}

/* Steps in the double well that are exact where the force is linear; its derivatives come from differences over
   `width`, or from the formula if that is 0. */
void locally_linear(long n, const search *s, double width, double dt, uint64_t *state, double *out) {
    generator g = taken_from(state);
    double D = s->diffusion, near_target = s->target + 8 * sqrt(D * dt), at_target = pull(s, 1, s->target);
    for (long i = 0; i < n; i++) {
        double time = 0, arrival = 0;
        while (arrival == 0) {
            double x = s->start, left = exponential(&g) / s->rate;
            long steps = (long)ceil(left / dt) - 1;
            int near = x < near_target;
            for (long k = 0; k <= steps; k++) {
                double h = k < steps ? dt : left - k * dt, f = pull(s, 1, x), slope = 1 - 3 * x * x, curve = -6 * x;
                if (width > 0) {
                    double below = pull(s, 1, x - width), above = pull(s, 1, x + width);
                    slope = (above - below) / (2 * width);
                    curve = (above - 2 * f + below) / (width * width);
                }
                double z = slope * h, bend = D * curve, pushed = f * h, noise = sqrt(2 * D * h) * normal(&g), after, span;
                if (fabs(z) < 0.25) {
                    double zz = z * z, z4 = zz * zz;
                    double linear = pushed * z * ((1. / 2 + z * (1. / 6)) + zz * (1. / 24 + z * (1. / 120))
                                                  + z4 * ((1. / 720 + z * (1. / 5040)) + zz * (1. / 40320)));
                    double spreading = noise * z * ((1. / 2 + z * (5. / 24)) + zz * (1. / 16 + z * (79. / 5760))
                                                    + z4 * ((3. / 1280 + z * (71. / 193536)) + zz * (113. / 1935360)));
                    double bent = bend * h * h * ((1. / 2 + z * (1. / 6)) + zz * (1. / 24 + z * (1. / 120))
                                                  + z4 * (1. / 720 + z * (1. / 5040)));
                    after = ((x + pushed + noise) + linear) + (spreading + bent);
                    span = D * h * (1 + (zz * (1. / 6) + z4 * (1. / 120)));
                } else {
                    double growth = expm1(z);
                    after = x + f * growth / slope + bend * (growth - z) / (slope * slope)
                            + noise * sqrt(growth * (growth + 2) / (2 * z));
                    span = D * (growth + growth / (1 + growth)) / (2 * slope);
                }
                int close = after < near_target || fabs(z) > 1;
                if (close || near) {
                    double crossed = crossing(&g, x - s->target, after - s->target, h, -slope, D, span,
                                              slope * h * h / 2 * at_target);
                    if (crossed < INFINITY) { arrival = time + k * dt + crossed; break; }
                }
                x = after; near = close;
            }
            time += left;
        }
        add(out, arrival);
    }
    give_back(&g, state);
}
