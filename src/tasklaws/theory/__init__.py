"""What a plan implies: exact laws of cost, score and time, and the propositions about them."""
