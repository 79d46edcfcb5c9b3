-- 0005_conversations: conversations, their turns, promises and follow-ups.
--
-- All four lie in partitions by the month of the conversation's id, a UUIDv7,
-- so that a look-up touches one month and retention drops whole ones.  Codes
-- are kept as text, for a conversation outlives the release it began with: no
-- foreign key leads into the library.  None leads from a turn to its
-- conversation either: each write is one statement that makes both, and the
-- check would cost more than the write.  What a customer said, what was filled
-- in and what an agent drafts is in no column.
--
-- The numbers of closed sets are those of script/case.h and script/terms.h.
SET LOCAL ROLE evenkeel_owner;

CREATE TABLE conversation (
    id             uuid NOT NULL,
    version        integer NOT NULL
                   CONSTRAINT conversation_version CHECK (version > 0),
    status         smallint NOT NULL
                   CONSTRAINT conversation_status
                   CHECK (status BETWEEN 0 AND 2),
    category       text COLLATE "C" NOT NULL,
    protocol       text COLLATE "C" NOT NULL,
    stage          text COLLATE "C" NOT NULL,
    stage_kind     smallint NOT NULL
                   CONSTRAINT conversation_stage_kind
                   CHECK (stage_kind BETWEEN 0 AND 4),
    stage_ord      integer NOT NULL,
    channel        text COLLATE "C" NOT NULL,
    locale         text COLLATE "C" NOT NULL,
    ref            text COLLATE "C",
    subject        text COLLATE "C",
    outcome        text COLLATE "C",
    root_cause     text COLLATE "C",
    speaker        smallint NOT NULL,
    fault          smallint NOT NULL,
    intensity      smallint NOT NULL
                   CONSTRAINT conversation_intensity
                   CHECK (intensity BETWEEN 0 AND 4),
    peak_intensity smallint NOT NULL
                   CONSTRAINT conversation_peak_intensity
                   CHECK (peak_intensity BETWEEN intensity AND 4),
    may_offer      text COLLATE "C" NOT NULL,
    release        integer NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    turns          integer NOT NULL,
    undoes         integer NOT NULL,
    warnings       integer NOT NULL,
    reescalations  integer NOT NULL,
    rejections     integer NOT NULL,
    silences       integer NOT NULL,
    apologized     boolean NOT NULL,
    flags          smallint NOT NULL,
    back           text COLLATE "C",
    used           text COLLATE "C" NOT NULL,
    offered        text COLLATE "C",
    visited        text COLLATE "C" NOT NULL,
    categories     text COLLATE "C" NOT NULL,
    CONSTRAINT conversation_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);

-- What no turn changes, so that turns are HOT updates.
CREATE INDEX conversation_ref ON conversation (ref, id)
    WHERE ref IS NOT NULL;
CREATE INDEX conversation_subject ON conversation (subject, id)
    WHERE subject IS NOT NULL;
CREATE INDEX conversation_open ON conversation (id) WHERE status <> 2;

COMMENT ON TABLE conversation IS 'Where each conversation stands.';
COMMENT ON COLUMN conversation.version IS 'One more with each change.';
COMMENT ON COLUMN conversation.status IS '0 active, 1 paused, 2 closed.';
COMMENT ON COLUMN conversation.ref IS 'The ticket of the caller''s system.';
COMMENT ON COLUMN conversation.subject IS
    'An opaque id of the customer, to erase by.';
COMMENT ON COLUMN conversation.may_offer IS 'Codes, by spaces.';
COMMENT ON COLUMN conversation.release IS 'Of the last turn.';
COMMENT ON COLUMN conversation.undoes IS
    'The turn that an undo takes back; 0: none.';
COMMENT ON COLUMN conversation.flags IS 'One bit each: enum flag.';
COMMENT ON COLUMN conversation.used IS 'Ids of phrases, by spaces, newest last.';
COMMENT ON COLUMN conversation.visited IS 'Stages, by spaces.';
COMMENT ON COLUMN conversation.categories IS 'Had so far, by spaces.';

CREATE TABLE turn (
    conversation uuid NOT NULL,
    n            integer NOT NULL CONSTRAINT turn_n CHECK (n > 0),
    at           timestamptz NOT NULL,
    kind         smallint NOT NULL
                 CONSTRAINT turn_kind CHECK (kind BETWEEN 0 AND 5),
    signal       text COLLATE "C",
    from_stage   text COLLATE "C",
    to_stage     text COLLATE "C" NOT NULL,
    moved        boolean NOT NULL,
    intensity    smallint NOT NULL,
    release      integer NOT NULL,
    phrases      text COLLATE "C" NOT NULL,
    note         text COLLATE "C",
    before       text COLLATE "C",
    CONSTRAINT turn_pkey PRIMARY KEY (conversation, n)
) PARTITION BY RANGE (conversation);

COMMENT ON TABLE turn IS 'What happened, turn by turn; never changed.';
COMMENT ON COLUMN turn.kind IS
    '0 start, 1 signal, 2 undo, 3 patch, 4 promise, 5 follow-up.';
COMMENT ON COLUMN turn.phrases IS 'Ids of what was said, by spaces.';
COMMENT ON COLUMN turn.note IS 'Codes, with commas between.';
COMMENT ON COLUMN turn.before IS
    'What an undo gives back: codes and numbers, as JSON.';

CREATE TABLE promise (
    conversation uuid NOT NULL,
    id           integer NOT NULL CONSTRAINT promise_id CHECK (id > 0),
    who          text NOT NULL,
    what         text NOT NULL,
    due          timestamptz NOT NULL,
    status       smallint NOT NULL
                 CONSTRAINT promise_status CHECK (status BETWEEN 0 AND 3),
    CONSTRAINT promise_pkey PRIMARY KEY (conversation, id)
) PARTITION BY RANGE (conversation);

COMMENT ON TABLE promise IS 'What was promised to a customer.';
COMMENT ON COLUMN promise.status IS '0 open, 1 kept, 2 broken, 3 withdrawn.';

-- Its id begins with the same 8 bytes as its conversation's, which is how the
-- one is found by the other.
CREATE TABLE follow_up (
    conversation uuid NOT NULL,
    n            integer NOT NULL CONSTRAINT follow_up_n CHECK (n > 0),
    id           uuid NOT NULL,
    kind         smallint NOT NULL
                 CONSTRAINT follow_up_kind CHECK (kind BETWEEN 0 AND 2),
    due          timestamptz NOT NULL,
    status       smallint NOT NULL
                 CONSTRAINT follow_up_status CHECK (status BETWEEN 0 AND 2),
    promise      integer NOT NULL,
    signal       text COLLATE "C",
    CONSTRAINT follow_up_pkey PRIMARY KEY (conversation, n)
) PARTITION BY RANGE (conversation);

CREATE INDEX follow_up_due ON follow_up (status, due, id);

COMMENT ON TABLE follow_up IS 'What is to be done when the time has come.';
COMMENT ON COLUMN follow_up.kind IS '0 follow-up, 1 deadline, 2 reminder.';
COMMENT ON COLUMN follow_up.status IS '0 open, 1 done, 2 cancelled.';
COMMENT ON COLUMN follow_up.promise IS 'Whose deadline it is; 0: none.';
COMMENT ON COLUMN follow_up.signal IS 'What the clock says when it is due.';

-- Not by day: a key must be one over midnight, too.  Old ones are deleted.
CREATE TABLE idempotency (
    key          bytea NOT NULL
                 CONSTRAINT idempotency_key_length CHECK (length(key) = 32),
    fingerprint  bytea NOT NULL
                 CONSTRAINT idempotency_fingerprint
                 CHECK (length(fingerprint) = 32),
    conversation uuid NOT NULL,
    version      integer NOT NULL,
    release      integer NOT NULL,
    at           timestamptz NOT NULL,
    snapshot     text COLLATE "C",
    CONSTRAINT idempotency_pkey PRIMARY KEY (key)
);
CREATE INDEX idempotency_conversation ON idempotency (conversation);
CREATE INDEX idempotency_at ON idempotency (at);

COMMENT ON TABLE idempotency IS
    'Which request did what, for a day: so that its repeat does nothing.';
COMMENT ON COLUMN idempotency.key IS
    'HMAC of the caller and its Idempotency-Key.';
COMMENT ON COLUMN idempotency.fingerprint IS
    'HMAC of method, path and body.';
COMMENT ON COLUMN idempotency.version IS 'Of the conversation, after it.';
COMMENT ON COLUMN idempotency.snapshot IS
    'The conversation before it: codes and numbers, as JSON.';

-- --- what a batch is made of -----------------------------------------------

-- One change: the conversation as it will be, its turn, its key.
CREATE TYPE conversation_change AS (
    id uuid, version integer, status smallint, category text, protocol text,
    stage text, stage_kind smallint, stage_ord integer, channel text,
    locale text, ref text, subject text, outcome text, root_cause text,
    speaker smallint, fault smallint, intensity smallint,
    peak_intensity smallint, may_offer text, release integer,
    created_at timestamptz, updated_at timestamptz, turns integer,
    undoes integer, warnings integer, reescalations integer,
    rejections integer, silences integer, apologized boolean, flags smallint,
    back text, used text, offered text, visited text, categories text,
    turn_at timestamptz, kind smallint, signal text, from_stage text,
    to_stage text, moved boolean, phrases text, note text, before text,
    key bytea, fingerprint bytea, snapshot text
);
COMMENT ON TYPE conversation_change IS
    'The conversation as it will be, its turn, and the key of the request.';

CREATE TYPE promise_change AS (
    conversation uuid, id integer, who text, what text, due timestamptz,
    status smallint
);
CREATE TYPE follow_up_change AS (
    conversation uuid, n integer, id uuid, kind smallint, due timestamptz,
    status smallint, promise integer, signal text
);

-- --- months -------------------------------------------------------------------

CREATE FUNCTION month_begin(month date) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (lpad(to_hex(extract(epoch FROM month)::bigint * 1000), 12, '0')
            || repeat('0', 20))::uuid
$$;
COMMENT ON FUNCTION month_begin(date) IS 'The least UUIDv7 of a month.';

CREATE FUNCTION month_partition(parent text, month date) RETURNS boolean
    LANGUAGE plpgsql
    SET search_path = evenkeel, pg_catalog, pg_temp
AS $$
DECLARE
    name text := parent || to_char(month, '_YYYY_MM');
    key text := CASE parent WHEN 'conversation' THEN 'id'
                ELSE 'conversation' END;
    low uuid := month_begin(month);
    high uuid := month_begin((month + interval '1 month')::date);
BEGIN
    IF to_regclass(format('evenkeel.%I', name)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL) '
                   'WITH (fillfactor = %s)', name, parent,
                   CASE parent WHEN 'turn' THEN 100 ELSE 70 END);
    EXECUTE format('COMMENT ON TABLE %I IS %L', name,
                   to_char(month, '"The month "YYYY-MM"."'));
    -- A clock may have been ahead.
    EXECUTE format('WITH early AS (DELETE FROM %I WHERE %I >= %L AND %I < %L '
                   'RETURNING *) INSERT INTO %I SELECT * FROM early',
                   parent || '_default', key, low, key, high, name);
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I '
                   'FOR VALUES FROM (%L) TO (%L)', parent, name, low, high);
    RETURN true;
END
$$;
COMMENT ON FUNCTION month_partition(text, date) IS
    'Make the partition of a month, unless it is there.';

-- These two are for whoever writes: it may make no table itself.
CREATE FUNCTION make_months(ahead integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = evenkeel, pg_catalog, pg_temp
    SET lock_timeout = '200ms'
AS $$
DECLARE
    this date := date_trunc('month', now() AT TIME ZONE 'UTC');
    made integer := 0;
BEGIN
    IF ahead IS NULL OR ahead NOT BETWEEN 0 AND 12 THEN
        RAISE invalid_parameter_value USING MESSAGE = '0 to 12 months ahead';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('evenkeel.months'));
    FOR i IN 0 .. ahead LOOP
        made := made + (
            SELECT count(*) FROM unnest(ARRAY['conversation', 'turn',
                'promise', 'follow_up']) AS parent
            WHERE month_partition(parent, (this + i * interval '1 month')::date));
    END LOOP;
    RETURN made;
END
$$;
COMMENT ON FUNCTION make_months(integer) IS
    'Make the partitions of this month and those ahead; returns how many.';

CREATE FUNCTION drop_months(keep_days integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = evenkeel, pg_catalog, pg_temp
    SET lock_timeout = '200ms'
AS $$
DECLARE
    month text;
    alive boolean;
    dropped integer := 0;
BEGIN
    IF keep_days IS NULL OR keep_days < 1 THEN
        RAISE invalid_parameter_value USING MESSAGE = 'keep at least a day';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('evenkeel.months'));
    FOR month IN
        SELECT right(c.relname, 7) FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'conversation'::regclass
          AND c.relname ~ '^conversation_[0-9]{4}_[0-9]{2}$'
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month'
              <= (now() AT TIME ZONE 'UTC') - keep_days * interval '1 day'
        ORDER BY 1
    LOOP
        -- First a look that is in nobody's way; then one that nobody is in.
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE status <> 2 '
                       'AND stage_kind <> 4)', 'conversation_' || month)
            INTO alive;
        CONTINUE WHEN alive;
        LOCK TABLE conversation, turn, promise, follow_up
            IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE status <> 2 '
                       'AND stage_kind <> 4)', 'conversation_' || month)
            INTO alive;
        CONTINUE WHEN alive;
        EXECUTE format('DROP TABLE %I, %I, %I, %I', 'conversation_' || month,
                       'turn_' || month, 'promise_' || month,
                       'follow_up_' || month);
        dropped := dropped + 1;
        -- One at a time, so that the locks are short.
        EXIT;
    END LOOP;
    RETURN dropped;
END
$$;
COMMENT ON FUNCTION drop_months(integer) IS
    'Drop the oldest month that ended so long ago and whose cases are all '
    'closed; returns 1, or 0 if there is none: call it until then.';

CREATE TABLE conversation_default PARTITION OF conversation DEFAULT
    WITH (fillfactor = 70);
CREATE TABLE turn_default PARTITION OF turn DEFAULT;
CREATE TABLE promise_default PARTITION OF promise DEFAULT
    WITH (fillfactor = 70);
CREATE TABLE follow_up_default PARTITION OF follow_up DEFAULT
    WITH (fillfactor = 70);
COMMENT ON TABLE conversation_default IS 'Where a clock was wrong.';
COMMENT ON TABLE turn_default IS 'Where a clock was wrong.';
COMMENT ON TABLE promise_default IS 'Where a clock was wrong.';
COMMENT ON TABLE follow_up_default IS 'Where a clock was wrong.';

SELECT make_months(2);

-- --- who may what -------------------------------------------------------------

-- All of it goes through whoever writes, for an answer about a conversation
-- must not lag behind; whoever reads releases has no business here.
REVOKE EXECUTE ON FUNCTION month_begin(date), month_partition(text, date),
    make_months(integer), drop_months(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_months(integer), drop_months(integer)
    TO evenkeel_writer;

GRANT SELECT, INSERT, DELETE ON conversation, turn, promise, follow_up,
    idempotency TO evenkeel_writer;
-- What a conversation is about, whose it is and since when stays.
GRANT UPDATE (version, status, category, protocol, stage, stage_kind,
    stage_ord, channel, outcome, root_cause, speaker, intensity,
    peak_intensity, release, updated_at, turns, undoes, warnings,
    reescalations, rejections, silences, apologized, flags, back, used,
    offered, visited, categories) ON conversation TO evenkeel_writer;
GRANT UPDATE (status) ON promise TO evenkeel_writer;
GRANT UPDATE (due, status) ON follow_up TO evenkeel_writer;
