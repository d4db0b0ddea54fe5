/* The same schemes with paths side by side in the lanes of vectors, in lock step: what a machine can do at most.
   What happens to few lanes at a time, crossings and resets, is done one by one.  Resets are rounded up to whole
   steps, and a lane whose path arrived goes on with the next. */
#include "loops.h"

#define LANES 32
#define EACH for (int l = 0; l < LANES; l++)

typedef struct { uint64_t s0[LANES], s1[LANES], s2[LANES], s3[LANES]; } generators;

static generators many(generator *g) {
    generators all;
    EACH { all.s0[l] = bits(g); all.s1[l] = bits(g); all.s2[l] = bits(g); all.s3[l] = bits(g); }
    return all;
}

/* A normal number for each lane: the first try of the ziggurat for all, the rest for those few that need it. */
static inline void normals(generators *all, generator *g, double *z) {
    uint64_t word[LANES];
    int64_t missed = 0;
    EACH {
        uint64_t s0 = all->s0[l], s1 = all->s1[l], s2 = all->s2[l], s3 = all->s3[l];
        word[l] = rotl(s0 + s3, 23) + s0;
        uint64_t t = s1 << 17;
        s2 ^= s0; s3 ^= s1; s1 ^= s2; s0 ^= s3;
        all->s0[l] = s0; all->s1[l] = s1; all->s2[l] = s2 ^ t; all->s3[l] = rotl(s3, 45);
    }
    EACH {
        uint64_t layer = word[l] & 255;
        z[l] = (double)((int64_t)word[l] >> 11) * 0x1p-52 * edges[layer];
        missed |= -(int64_t)(fabs(z[l]) >= edges[layer + 1]);
    }
    if (missed) EACH {
        if (fabs(z[l]) >= edges[(word[l] & 255) + 1]) z[l] = normal_of(g, word[l]);
    }
}

void gaussian_lanes(long n, const search *s, int ratio, double dt, uint64_t *state, double *out) {
    generator g = taken_from(state);
    generators all = many(&g);
    double k = s->stiffness, D = s->diffusion, target = s->target, rate = s->rate, start = s->start;
    linear step = linear_step(dt, k, s->force, D), fine = linear_step(dt / ratio, k, s->force, D);
    double bend = k * (k * target - s->force) / 2, reach = sqrt(2 * step.span);
    double near_target = target + 5 * reach + 2 * fabs(bend) * dt * dt, beside = target + 2.5 * reach;
    if (ratio == 1) beside = -INFINITY;
    double x[LANES], z[LANES], after[LANES], made[LANES], left[LANES], spent[LANES], least = ratio == 1 ? 0 : ratio;
    long number[LANES], begun = 0;
    EACH {
        x[l] = start; spent[l] = 0; number[l] = begun++;
        left[l] = ceil(exponential(&g) / (rate * fine.h));
    }
    for (long arrived = 0; arrived < n;) {
        int64_t asked = 0;
        normals(&all, &g, z);
        EACH {
            int beside_it = (left[l] < least) | (x[l] < beside);
            after[l] = beside_it ? x[l] * fine.decay + fine.push + fine.sigma * z[l]
                                 : x[l] * step.decay + step.push + step.sigma * z[l];
            made[l] = beside_it ? 1 : ratio;
            left[l] -= made[l];
            spent[l] += made[l];
            asked |= -(int64_t)((after[l] < near_target) | (x[l] < near_target) | (left[l] <= 0));
        }
        if (asked) EACH {
            if (after[l] < near_target || x[l] < near_target) {
                const linear *taken = made[l] == ratio ? &step : &fine;
                double h = taken->h;
                double crossed = crossing(&g, x[l] - target, after[l] - target, h, k, D, taken->span, bend * h * h);
                if (crossed < INFINITY) {
                    if (number[l] < n) { add(out, (spent[l] - made[l]) * fine.h + crossed); arrived++; }
                    after[l] = start; spent[l] = 0; number[l] = begun++;
                    left[l] = 0;
                }
            }
            if (left[l] <= 0) { after[l] = start; left[l] = ceil(exponential(&g) / (rate * fine.h)); }
        }
        EACH x[l] = after[l];
    }
    give_back(&g, state);
}

/* Steps short enough for the series in the double well. */
void locally_linear_lanes(long n, const search *s, double dt, uint64_t *state, double *out) {
    generator g = taken_from(state);
    generators all = many(&g);
    double D = s->diffusion, target = s->target, rate = s->rate, start = s->start, h = dt;
    double near_target = target + 8 * sqrt(D * dt), at_target = target - target * target * target;
    double x[LANES], normal_[LANES], after[LANES], left[LANES], spent[LANES], sigma = sqrt(2 * D * h);
    long number[LANES], begun = 0;
    EACH {
        x[l] = start; spent[l] = 0; number[l] = begun++;
        left[l] = ceil(exponential(&g) / (rate * h));
    }
    for (long arrived = 0; arrived < n;) {
        int64_t asked = 0;
        normals(&all, &g, normal_);
        EACH {
            double f = x[l] - x[l] * x[l] * x[l], z = (1 - 3 * x[l] * x[l]) * h, zz = z * z;
            double relaxed = h * (1 + z / 2 + zz * (1. / 6 + z / 24));
            double bent = h * h * (1. / 2 + z / 6 + zz * (1. / 24 + z / 120));
            double spread = sigma * (1 + z / 2 + zz * (5. / 24 + z / 16 + zz * (79. / 5760)));
            after[l] = x[l] + f * relaxed - 6 * x[l] * D * bent + spread * normal_[l];
            left[l] -= 1;
            spent[l] += 1;
            asked |= -(int64_t)((after[l] < near_target) | (x[l] < near_target) | (left[l] <= 0));
        }
        if (asked) EACH {
            if (after[l] < near_target || x[l] < near_target) {
                double slope = 1 - 3 * x[l] * x[l], span = D * h * (1 + slope * h * slope * h / 6);
                double crossed = crossing(&g, x[l] - target, after[l] - target, h, -slope, D, span,
                                          slope * h * h / 2 * at_target);
                if (crossed < INFINITY) {
                    if (number[l] < n) { add(out, (spent[l] - 1) * h + crossed); arrived++; }
                    after[l] = start; spent[l] = 0; number[l] = begun++;
                    left[l] = 0;
                }
            }
            if (left[l] <= 0) { after[l] = start; left[l] = ceil(exponential(&g) / (rate * h)); }
        }
        EACH x[l] = after[l];
    }
    give_back(&g, state);
}
