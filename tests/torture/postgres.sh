# postgres.sh - for parts that look into the database: after with_service.sh.
#
# shellcheck shell=bash disable=SC2154 # with_service.sh sets ${room}

# Where the cluster lies.
postgres_home() {
	cluster status | sed 's/.*data in //; s|/data$||'
}

# postgres_is_content: it has told of no error, in a log that is there.
postgres_is_content() {
	local log
	log=$(postgres_home)/server.log
	[ -s "$log" ] || die 'PostgreSQL has no log'
	if grep -E ' (ERROR|FATAL|PANIC): ' "$log" >"$room/postgres.log"; then
		die 'PostgreSQL has complained'
	fi
}
