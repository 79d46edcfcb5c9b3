#!/bin/bash
# healthy.sh - is the service on this machine ready?  Exit status 0 if it is.
#
#	healthy.sh [PORT]
#
# Without curl, which the image does not have.

set -eu

exec 3<>"/dev/tcp/127.0.0.1/${1:-8080}"
printf 'GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 line <&3
[[ $line == 'HTTP/1.1 200 '* ]]
