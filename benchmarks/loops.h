/* Random numbers and the bridge of loops.c and lanes.c. */
#include <math.h>
#include <stdint.h>

typedef struct { uint64_t s0, s1, s2, s3; } generator;

/* The right ends of the ziggurats' layers, and the densities there. */
static double edges[257], density[257], tail_edges[257], tail_density[257];

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t bits(generator *g) {
    uint64_t result = rotl(g->s0 + g->s3, 23) + g->s0, t = g->s1 << 17;
    g->s2 ^= g->s0; g->s3 ^= g->s1; g->s1 ^= g->s2; g->s0 ^= g->s3; g->s2 ^= t; g->s3 = rotl(g->s3, 45);
    return result;
}

static inline double uniform(generator *g) { return ((bits(g) >> 11) + 1) * 0x1p-53; }

/* To be called once. */
void layers(void) {
    double edge = 3.6541528853610088, at = exp(-edge * edge / 2);
    double area = edge * at + sqrt(M_PI / 2) * erfc(edge / sqrt(2));
    edges[0] = area / at; edges[1] = edge; edges[256] = 0;
    for (int i = 2; i < 256; i++)
        edges[i] = sqrt(-2 * log(exp(-edges[i - 1] * edges[i - 1] / 2) + area / edges[i - 1]));
    edge = 7.69711747013104972; at = exp(-edge); area = (edge + 1) * at;
    tail_edges[0] = area / at; tail_edges[1] = edge; tail_edges[256] = 0;
    for (int i = 2; i < 256; i++)
        tail_edges[i] = -log(exp(-tail_edges[i - 1]) + area / tail_edges[i - 1]);
    for (int i = 0; i < 257; i++) {
        density[i] = exp(-edges[i] * edges[i] / 2);
        tail_density[i] = exp(-tail_edges[i]);
    }
}

static inline double exponential(generator *g) {
    for (;;) {
        uint64_t word = bits(g);
        int layer = word & 255;
        double x = (word >> 11) * 0x1p-53 * tail_edges[layer];
        if (x < tail_edges[layer + 1]) return x;
        if (layer == 0) return tail_edges[1] - log(uniform(g));
        double low = tail_density[layer], high = tail_density[layer + 1];
        if (low + uniform(g) * (high - low) < exp(-x)) return x;
    }
}

static inline double normal_of(generator *g, uint64_t word) {
    for (;; word = bits(g)) {
        int layer = word & 255;
        double x = ((int64_t)word >> 11) * 0x1p-52 * edges[layer];
        if (fabs(x) < edges[layer + 1]) return x;
        if (layer == 0) {
            double beyond;
            do beyond = -log(uniform(g)) / edges[1]; while (-2 * log(uniform(g)) <= beyond * beyond);
            return copysign(edges[1] + beyond, x);
        }
        if (density[layer] + uniform(g) * (density[layer + 1] - density[layer]) < exp(-x * x / 2)) return x;
    }
}

static inline double normal(generator *g) { return normal_of(g, bits(g)); }

static inline double inverse_gaussian(generator *g, double mean, double shape) {
    double z = normal(g);
    if (isinf(mean)) return shape / (z * z);
    double spread = mean * z * z / (2 * shape), small = mean / (1 + spread + sqrt(spread * (2 + spread)));
    return uniform(g) * (mean + small) <= mean ? small : mean * (mean / small);
}

/* When inside a step from distance b0 to b1 of the target it was crossed; infinity if it was not. */
static inline double crossing(generator *g, double b0, double b1, double h, double k, double D, double span,
                              double bend) {
    double both = b0 + b1;
    if (b1 > 0) {
        double exponent = b0 * b1 * (both - bend);
        if (exponent > 45 * span * both || exponential(g) < exponent / (span * both)) return INFINITY;
    }
    double growth = exp(k * h), length = k != 0 ? expm1(2 * k * h) / (2 * k) : h;
    double odds = inverse_gaussian(g, b0 / fabs(b1 * growth), b0 * b0 / (2 * D * length));
    double crossed = length / (1 + 1 / odds);
    return k != 0 ? log1p(2 * k * crossed) / (2 * k) : crossed;
}

/* A step of the length h of a process with linear drift. */
typedef struct { double h, decay, push, sigma, span; } linear;

static inline linear linear_step(double h, double k, double force, double D) {
    linear step = {h, 1, force * h, sqrt(2 * D * h), D * h};
    if (k > 0) {
        step.decay = exp(-k * h);
        step.push = force * -expm1(-k * h) / k;
        step.sigma = sqrt(D * -expm1(-2 * k * h) / k);
        step.span = D * sinh(k * h) / k;
    }
    return step;
}

/* A search: from `start` down to `target`, under the force of a spring or of the double well. */
typedef struct { double start, target, stiffness, force, diffusion, rate; } search;

static inline generator taken_from(const uint64_t *s) { return (generator){s[0], s[1], s[2], s[3]}; }

static inline void give_back(const generator *g, uint64_t *s) {
    s[0] = g->s0; s[1] = g->s1; s[2] = g->s2; s[3] = g->s3;
}

static inline void add(double *out, double time) { out[0] += time; out[1] += time * time; }
