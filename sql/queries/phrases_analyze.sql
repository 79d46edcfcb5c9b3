-- phrases_analyze: let the planner know how many there are, before it loads.
ANALYZE phrase
