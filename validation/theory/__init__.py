"""Training by minibatch SGD, held to what is exactly known about least squares."""
