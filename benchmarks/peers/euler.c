/* Euler's loop, path by path, as one would write it in C for speed: gcc -O3 -march=native '-DFORCE(x)=(1.5 - x)'.
   The target is seen at the ends of steps; the k-th step is the first after a reset is due. */
#include "../loops.h"

void line(double start, double low, double high, double diffusion, double rate, long n, double dt,
          uint64_t *state, double *times) {
    layers();
    generator g = taken_from(state);
    double sigma = sqrt(2 * diffusion * dt);
    for (long i = 0; i < n; i++) {
        double x = start;
        long k = 0, reset = rate > 0 ? (long)ceil(exponential(&g) / (rate * dt)) : INT64_MAX;
        while (low < x && x < high) {
            x += FORCE(x) * dt + sigma * normal(&g);
            if (++k == reset && low < x && x < high) {
                x = start;
                reset += (long)ceil(exponential(&g) / (rate * dt));
            }
        }
        times[i] = k * dt;
    }
    give_back(&g, state);
}

void space(int dim, double distance, double radius, double stiffness, double diffusion, long n, double dt,
           uint64_t *state, double *times) {
    layers();
    generator g = taken_from(state);
    double sigma = sqrt(2 * diffusion * dt), keep = 1 - stiffness * dt, x[dim];
    for (long i = 0; i < n; i++) {
        double left = distance * distance;
        long k = 0;
        for (int j = 0; j < dim; j++) x[j] = j ? 0 : distance;
        while (left > radius * radius) {
            left = 0;
            for (int j = 0; j < dim; j++) {
                x[j] = keep * x[j] + sigma * normal(&g);
                left += x[j] * x[j];
            }
            k++;
        }
        times[i] = k * dt;
    }
    give_back(&g, state);
}
