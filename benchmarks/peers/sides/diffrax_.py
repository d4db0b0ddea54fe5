"""diffrax: Euler's method under `jit` and `vmap`, stopped by an event at the end of the step that crosses."""

import diffrax
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
ORDER = 0.5
START = 256


def draw(case, step):
    sigma, horizon = jnp.sqrt(2 * case["diffusion"]), 200.0
    if "dim" in case:
        start = jnp.zeros(case["dim"]).at[0].set(case["distance"])

        def force(t, x, args):
            return -case["stiffness"] * x

        def over(t, x, args, **_):
            return (x**2).sum() <= case["radius"] ** 2

        def noise(t, x, args):
            return sigma * jnp.eye(case["dim"])
    else:
        of = eval("lambda x: " + case["force"])
        low, high = case.get("ends", (case.get("target"), jnp.inf))
        start = jnp.array(case["start"])

        def force(t, x, args):
            return of(x)

        def over(t, x, args, **_):
            return (x <= low) | (x >= high)

        def noise(t, x, args):
            return sigma

    def one(key):
        path = diffrax.UnsafeBrownianPath(jax.ShapeDtypeStruct(start.shape, start.dtype), key)
        terms = diffrax.MultiTerm(diffrax.ODETerm(force), diffrax.ControlTerm(noise, path))
        done = diffrax.diffeqsolve(
            terms,
            diffrax.Euler(),
            0.0,
            horizon,
            step,
            start,
            event=diffrax.Event(over),
            max_steps=None,
            adjoint=diffrax.ForwardMode(),
        )
        return done.ts[-1]

    many, keys = jax.jit(jax.vmap(one)), iter(range(10**9))
    return lambda n: many(jax.random.split(jax.random.key(next(keys)), n)).block_until_ready()
