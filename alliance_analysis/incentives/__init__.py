"""What it is worth: payments, investment, risk, trust and exit, each number with its working."""
