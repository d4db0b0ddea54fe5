"""Tools that know no physics: power series, quadrature, inversion of Laplace transforms, minima."""
