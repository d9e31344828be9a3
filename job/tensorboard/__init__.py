"""What TensorBoard shows of a search: the logs of each trial as it trains, and the HParams tab for all of them."""
