#!/bin/bash
# test_content.sh - what clients may send: torture's parts about it, small.

# shellcheck source=tests/torture/short.sh
. "$(dirname -- "$0")/short.sh"

short injection SLOTS=20 PAYLOADS=10 SQLMAP=
short naughty SLOTS=20 STRINGS=50
short shapes ROUNDS=10 BOUND=1000      # what is slow is no reason here
short private
short malformed PROGRAM="${EVENKEEL:-build/evenkeel}" REQUESTS=3000 SEED=1 \
	GUARD=true
short_done
