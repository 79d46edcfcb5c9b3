-- server_writable: may a write that is answered be relied on?
SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only'),
       current_setting('synchronous_commit'), current_setting('fsync'),
       current_setting('full_page_writes')
