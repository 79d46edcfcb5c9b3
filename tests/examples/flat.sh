#!/bin/bash
# flat.sh - one flat object, for flow builders that make a variable of each
# member: Typebot, Zingtree, n8n, telephone systems.
#
#	tests/examples/flat.sh delivery.late restate confirms
#
# In Zingtree the address of the webhook is
#	https://evenkeel.example.com/v1/next?flat=1&category=#category#&state=#state#&signal=#signal#
# and in Typebot that of an HTTP request block, with {{category}} and so on.

set -eu
curl -sS --fail-with-body -G "${BASE:-http://127.0.0.1:8080}/v1/next" \
	-d flat=1 -d "category=$1" -d "stage=$2" -d "signal=$3" \
	${KEY:+-H "Authorization: Bearer $KEY"}
