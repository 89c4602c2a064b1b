"""Stories that the product tells with its own peers on the loopback interface."""
