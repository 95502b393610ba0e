"""A graded assignment for a class: released, collected, graded, marked and returned, on nbgrader's database."""
