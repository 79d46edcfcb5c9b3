-- batch_setup: what a connection for batches needs beyond the others, and the
-- numbers of our types.  A plan is made once and must not scan, however small
-- a table is that day; a locked row must not hold the others up for long.
SELECT 'conversation_change'::regtype::oid::integer,
       'promise_change'::regtype::oid::integer,
       'follow_up_change'::regtype::oid::integer,
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('enable_seqscan', 'off', false),
       set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false),
       set_config('lock_timeout', '250', false),
       set_config('synchronous_commit',
                  CASE WHEN current_setting('synchronous_commit')
                            IN ('off', 'local', 'remote_write') THEN 'on'
                       ELSE current_setting('synchronous_commit') END, false)
