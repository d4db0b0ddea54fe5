/* Mean first-passage time by Euler steps and absorption at step ends: D = 1, from 1 to 0, reset rate r.
   xoshiro256++ and a 256-layer ziggurat; prints the mean, its standard error and the steps taken. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t s[4];
static double edges[257], density[257];

static inline uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline uint64_t bits(void) {
    uint64_t result = rotl(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0]; s[3] ^= s[1]; s[1] ^= s[2]; s[0] ^= s[3]; s[2] ^= t; s[3] = rotl(s[3], 45);
    return result;
}

static inline double uniform(void) { return ((bits() >> 11) + 1) * 0x1p-53; }

static void layers(void) {
    double edge = 3.6541528853610088, at = exp(-edge * edge / 2);
    double area = edge * at + sqrt(M_PI / 2) * erfc(edge / sqrt(2));
    edges[0] = area / at; edges[1] = edge; edges[256] = 0;
    for (int i = 2; i < 256; i++)
        edges[i] = sqrt(-2 * log(exp(-edges[i - 1] * edges[i - 1] / 2) + area / edges[i - 1]));
    for (int i = 0; i < 257; i++) density[i] = exp(-edges[i] * edges[i] / 2);
}

static inline double normal(void) {
    for (;;) {
        uint64_t word = bits();
        int layer = word & 255;
        double x = ((int64_t)word >> 11) * 0x1p-52 * edges[layer];
        if (fabs(x) < edges[layer + 1]) return x;
        if (layer == 0) {
            double beyond;
            do beyond = -log(uniform()) / edges[1]; while (-2 * log(uniform()) <= beyond * beyond);
            return copysign(edges[1] + beyond, x);
        }
        if (density[layer] + uniform() * (density[layer + 1] - density[layer]) < exp(-x * x / 2)) return x;
    }
}

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    long n = atol(argv[1]);
    double rate = atof(argv[2]), dt = atof(argv[3]), sigma = sqrt(2 * dt), sum = 0, squares = 0;
    uint64_t seed = strtoull(argv[4], 0, 10);
    for (int i = 0; i < 4; i++) {  /* splitmix64 */
        uint64_t z = (seed += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        s[i] = z ^ (z >> 31);
    }
    layers();
    long steps = 0;
    for (long i = 0; i < n; i++) {
        double x = 1;
        long k = 0, reset = (long)ceil(-log(uniform()) / (rate * dt));
        while (x > 0) {
            x += sigma * normal();
            if (++k == reset && x > 0) { x = 1; reset += (long)ceil(-log(uniform()) / (rate * dt)); }
        }
        steps += k; sum += k * dt; squares += (k * dt) * (k * dt);
    }
    double mean = sum / n;
    printf("%.12g %.12g %ld\n", mean, sqrt((squares / n - mean * mean) / n), steps);
    return 0;
}
