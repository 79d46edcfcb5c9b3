-- 0002_library: the knowledge, one typed table for each kind.
--
-- A row holds for the releases in its range ${valid}.  The draft is the
-- release after the newest one.  What SQL can know about a row is checked
-- here; what must hold between rows is checked when a release is published.
SET LOCAL ROLE evenkeel_owner;

CREATE DOMAIN code AS text COLLATE "C"
    CONSTRAINT code_form CHECK (VALUE ~ '^[a-z0-9_-]{1,64}$');
CREATE DOMAIN category_code AS text COLLATE "C"
    CONSTRAINT category_code_form
    CHECK (VALUE ~ '^[a-z0-9_-]+(\.[a-z0-9_-]+)*$' AND length(VALUE) <= 128);
CREATE DOMAIN item_id AS text COLLATE "C"
    CONSTRAINT item_id_form CHECK (VALUE ~ '^[A-Za-z0-9_.-]{1,64}$');
CREATE DOMAIN seed AS text COLLATE "C"
    CONSTRAINT seed_form CHECK (VALUE ~ '^[A-Za-z0-9_-]{1,40}$');
CREATE DOMAIN effect AS text COLLATE "C"
    CONSTRAINT effect_form CHECK (VALUE ~ '^[a-z_]+(:[a-z_]+)?$');
CREATE DOMAIN locale AS text COLLATE "C"
    CONSTRAINT locale_form
    CHECK (VALUE ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$');
CREATE DOMAIN sentence AS text
    CONSTRAINT sentence_length CHECK (length(VALUE) BETWEEN 1 AND 4000);
CREATE DOMAIN note AS text
    CONSTRAINT note_length CHECK (length(VALUE) <= 4000);
CREATE DOMAIN severity AS text
    CONSTRAINT severity_known
    CHECK (VALUE IN ('info', 'low', 'medium', 'high'));

CREATE TABLE release (
    number       integer NOT NULL
                 CONSTRAINT release_number CHECK (number > 0),
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    published_by text NOT NULL,
    note         note NOT NULL,
    phrases      integer NOT NULL,
    categories   integer NOT NULL,
    CONSTRAINT release_pkey PRIMARY KEY (number)
);
COMMENT ON TABLE release IS
    'What was published: the newest is what the service answers from.';
COMMENT ON COLUMN release.phrases IS 'How many it holds.';

CREATE TABLE setting (
    code  code NOT NULL,
    value jsonb NOT NULL,
    valid int4range NOT NULL
          CONSTRAINT setting_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT setting_code EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE setting IS
    'The defaults of a bundle, and match_language of its wording rules.';

CREATE TABLE stage (
    code      code NOT NULL,
    ord       integer NOT NULL
              CONSTRAINT stage_ord CHECK (ord BETWEEN 0 AND 100000),
    kind      text NOT NULL
              CONSTRAINT stage_kind CHECK
              (kind IN ('internal', 'customer', 'side', 'terminal', 'end')),
    name      sentence NOT NULL,
    goal      sentence NOT NULL,
    done_when sentence NOT NULL,
    steps     jsonb NOT NULL
              CONSTRAINT stage_steps CHECK (jsonb_typeof(steps) = 'array'),
    dont      jsonb NOT NULL
              CONSTRAINT stage_dont CHECK (jsonb_typeof(dont) = 'array'),
    delivery  jsonb NOT NULL
              CONSTRAINT stage_delivery
              CHECK (jsonb_typeof(delivery) = 'object'),
    aliases   code[] NOT NULL,
    shared    boolean NOT NULL,
    hold      jsonb
              CONSTRAINT stage_hold
              CHECK (hold ?& ARRAY['until', 'because']),
    on_exit   effect[] NOT NULL,
    seeds     seed[] NOT NULL,
    valid     int4range NOT NULL
              CONSTRAINT stage_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT stage_code EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE stage IS 'A position in a conversation.';
COMMENT ON COLUMN stage.ord IS 'Its place in an ordinary conversation.';
COMMENT ON COLUMN stage.delivery IS 'Hints by channel, or by bot.';
COMMENT ON COLUMN stage.hold IS
    'A wish for this stage is held back until another one was reached.';

CREATE TABLE signal (
    code     code NOT NULL,
    source   text NOT NULL
             CONSTRAINT signal_source
             CHECK (source IN ('agent', 'customer', 'clock')),
    meaning  sentence NOT NULL,
    examples text[] NOT NULL,
    valid    int4range NOT NULL
             CONSTRAINT signal_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT signal_code EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE signal IS 'What can happen in a conversation.';

CREATE TABLE transition (
    from_stage text COLLATE "C" NOT NULL
               CONSTRAINT transition_from
               CHECK (from_stage ~ '^(\*|[a-z0-9_-]{1,64})$'),
    signal     code NOT NULL,
    prio       integer NOT NULL
               CONSTRAINT transition_prio CHECK (prio BETWEEN 0 AND 1000),
    guard      text NOT NULL
               CONSTRAINT transition_guard
               CHECK (guard ~ '^([a-z_]+(:[a-z_]+)?)?$'),
    to_stage   code NOT NULL,
    effects    effect[] NOT NULL,
    why        note NOT NULL,
    seeds      seed[] NOT NULL,
    valid      int4range NOT NULL
               CONSTRAINT transition_valid
               CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT transition_row EXCLUDE USING gist
        (from_stage WITH =, signal WITH =, prio WITH =, valid WITH &&)
);
COMMENT ON TABLE transition IS
    'What leads where: the first by prio whose guard holds wins.';
COMMENT ON COLUMN transition.from_stage IS
    'A stage, or * for every stage in front of the customer.';

CREATE TABLE protocol (
    code        code NOT NULL,
    name        sentence NOT NULL,
    trust       note NOT NULL,
    origin      note NOT NULL,
    channels    code[] NOT NULL,
    note        note NOT NULL,
    sources     text[] NOT NULL,
    seeds       seed[] NOT NULL,
    steps       jsonb NOT NULL
                CONSTRAINT protocol_steps
                CHECK (jsonb_typeof(steps) = 'array'),
    transitions jsonb NOT NULL
                CONSTRAINT protocol_transitions
                CHECK (jsonb_typeof(transitions) = 'array'),
    valid       int4range NOT NULL
                CONSTRAINT protocol_valid
                CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT protocol_code EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE protocol IS
    'A named, ordered plan: a view on the stages, with rows of its own.';

CREATE TABLE category (
    code          category_code NOT NULL,
    parent        category_code,
    name          sentence NOT NULL,
    description   note NOT NULL,
    feelings      text[] NOT NULL,
    resolutions   code[] NOT NULL,
    fault_default text NOT NULL
                  CONSTRAINT category_fault CHECK (fault_default IN
                  ('ours', 'theirs', 'third_party', 'unknown')),
    prevent       text[] NOT NULL,
    keywords      text[] NOT NULL,
    seeds         seed[] NOT NULL,
    valid         int4range NOT NULL
                  CONSTRAINT category_valid
                  CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT category_code EXCLUDE USING gist (code WITH =, valid WITH &&),
    CONSTRAINT category_parent CHECK (parent <> code)
);
COMMENT ON TABLE category IS 'What a complaint is about, in a tree.';
COMMENT ON COLUMN category.resolutions IS
    'What a person may offer unless the request says otherwise.';

CREATE TABLE phrase (
    id         text COLLATE "C" NOT NULL,
    category   category_code NOT NULL,
    stage      code NOT NULL,
    n          integer NOT NULL
               CONSTRAINT phrase_n CHECK (n BETWEEN 1 AND 999999999),
    purpose    code NOT NULL,
    text       text NOT NULL
               CONSTRAINT phrase_text CHECK (length(text) BETWEEN 1 AND 1000),
    lo         integer NOT NULL,
    hi         integer NOT NULL,
    fault      text NOT NULL
               CONSTRAINT phrase_fault CHECK
               (fault IN ('any', 'ours', 'theirs', 'third_party', 'unknown')),
    speaker    text NOT NULL
               CONSTRAINT phrase_speaker CHECK (speaker IN
               ('any', 'human', 'bot', 'agent_self', 'organization')),
    channels   code[] NOT NULL
               CONSTRAINT phrase_channels CHECK (cardinality(channels) > 0),
    tone       text NOT NULL
               CONSTRAINT phrase_tone
               CHECK (tone IN ('warm', 'plain', 'formal')),
    locale     locale NOT NULL,
    conditions text[] NOT NULL,
    offers     code[] NOT NULL,
    true_only  boolean NOT NULL,
    seeds      seed[] NOT NULL,
    words      tsvector NOT NULL GENERATED ALWAYS AS
               (to_tsvector('english', regexp_replace(text,
                   '\{[a-z0-9_]+\}|\[\[|\]\]', ' ', 'g'))) STORED,
    valid      int4range NOT NULL
               CONSTRAINT phrase_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT phrase_id EXCLUDE USING gist (id WITH =, valid WITH &&),
    CONSTRAINT phrase_id_parts
        CHECK (id = category || '/' || stage || '/' || n),
    CONSTRAINT phrase_intensity CHECK (0 <= lo AND lo <= hi AND hi <= 4)
);
COMMENT ON TABLE phrase IS 'A line for one purpose, as a template.';
COMMENT ON COLUMN phrase.lo IS
    'The lowest intensity it suits; hi the highest.';
COMMENT ON COLUMN phrase.conditions IS 'All must hold; "when" in a bundle.';
COMMENT ON COLUMN phrase.words IS 'For searching: the text without its marks.';
COMMENT ON COLUMN phrase.true_only IS
    'Only when the agent can say it truthfully; never a bot.';

-- The order in which a library is loaded: a million rows without a sort.
CREATE INDEX phrase_cell ON phrase (category, stage, n);
CREATE INDEX phrase_words ON phrase USING gin (words);

CREATE TABLE placeholder (
    name     text COLLATE "C" NOT NULL
             CONSTRAINT placeholder_form
             CHECK (name ~ '^[a-z][a-z0-9_]{0,39}$'),
    type     text NOT NULL
             CONSTRAINT placeholder_type CHECK (type IN
             ('string', 'noun_phrase', 'clause', 'role', 'adjective',
              'integer', 'money', 'date', 'time', 'datetime', 'duration')),
    meaning  sentence NOT NULL,
    example  sentence NOT NULL,
    follows  text[] NOT NULL,
    standard text
             CONSTRAINT placeholder_standard
             CHECK (length(standard) BETWEEN 1 AND 200),
    private  boolean NOT NULL,
    valid    int4range NOT NULL
             CONSTRAINT placeholder_valid
             CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT placeholder_name EXCLUDE USING gist
        (name WITH =, valid WITH &&)
);
COMMENT ON TABLE placeholder IS 'What a template may hold in braces.';
COMMENT ON COLUMN placeholder.standard IS
    'Stands in when a request gives no value; "default" in a bundle.';
COMMENT ON COLUMN placeholder.private IS 'Never shown on a public channel.';

CREATE TABLE channel (
    code      code NOT NULL,
    live      boolean NOT NULL,
    body      boolean NOT NULL,
    voice     boolean NOT NULL,
    public    boolean NOT NULL,
    max_words integer NOT NULL
              CONSTRAINT channel_max_words
              CHECK (max_words BETWEEN 1 AND 10000),
    valid     int4range NOT NULL
              CONSTRAINT channel_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT channel_code EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE channel IS 'How agent and customer talk.';
COMMENT ON COLUMN channel.body IS 'They see each other.';

CREATE TABLE wording_rule (
    id            text COLLATE "C" NOT NULL
                  CONSTRAINT wording_rule_form
                  CHECK (id ~ '^[A-Z]{1,3}[0-9]{1,4}$'),
    cls           code NOT NULL,
    sub           code NOT NULL,
    severity      severity NOT NULL,
    match         text[] NOT NULL
                  CONSTRAINT wording_rule_match
                  CHECK (cardinality(match) > 0),
    example       sentence NOT NULL,
    better        sentence NOT NULL,
    why           sentence NOT NULL,
    sources       text[] NOT NULL,
    seeds         seed[] NOT NULL,
    exempt_stages code[] NOT NULL,
    valid         int4range NOT NULL
                  CONSTRAINT wording_rule_valid
                  CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT wording_rule_id EXCLUDE USING gist (id WITH =, valid WITH &&)
);
COMMENT ON TABLE wording_rule IS 'Words that anger further, and better ones.';

CREATE TABLE draft_rule (
    id       text COLLATE "C" NOT NULL
             CONSTRAINT draft_rule_form
             CHECK (id ~ '^[A-Z]{1,3}[0-9]{1,4}$'),
    sub      code NOT NULL,
    severity severity NOT NULL,
    test     sentence NOT NULL,
    why      sentence NOT NULL,
    seeds    seed[] NOT NULL,
    valid    int4range NOT NULL
             CONSTRAINT draft_rule_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT draft_rule_id EXCLUDE USING gist (id WITH =, valid WITH &&)
);
COMMENT ON TABLE draft_rule IS
    'What a whole draft is tested for; "structural" in a bundle.';

CREATE TABLE cue (
    name  text COLLATE "C" NOT NULL,
    words jsonb NOT NULL
          CONSTRAINT cue_words
          CHECK (jsonb_typeof(words) IN ('array', 'object')),
    valid int4range NOT NULL
          CONSTRAINT cue_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT cue_name EXCLUDE USING gist (name WITH =, valid WITH &&)
);
COMMENT ON TABLE cue IS
    'Words that give a mood away: a list, or lists by weight.';

CREATE TABLE fact (
    id            item_id NOT NULL,
    figure        sentence NOT NULL,
    unit          sentence NOT NULL,
    claim         sentence NOT NULL,
    attributed_to sentence NOT NULL,
    seeds         seed[] NOT NULL,
    confidence    text NOT NULL
                  CONSTRAINT fact_confidence CHECK (confidence IN
                  ('low', 'medium-low', 'medium', 'medium-high', 'high')),
    note          note NOT NULL,
    sources       text[] NOT NULL,
    valid         int4range NOT NULL
                  CONSTRAINT fact_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT fact_id EXCLUDE USING gist (id WITH =, valid WITH &&)
);
COMMENT ON TABLE fact IS 'A figure, who says so, and how far to trust it.';

CREATE TABLE principle (
    id       item_id NOT NULL,
    text     sentence NOT NULL,
    audience code NOT NULL,
    seeds    seed[] NOT NULL,
    valid    int4range NOT NULL
             CONSTRAINT principle_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT principle_id EXCLUDE USING gist (id WITH =, valid WITH &&)
);
COMMENT ON TABLE principle IS 'What holds in every conversation.';

CREATE TABLE source (
    id    item_id NOT NULL,
    url   text NOT NULL
          CONSTRAINT source_url CHECK (length(url) <= 500),
    title sentence NOT NULL,
    trust note NOT NULL,
    valid int4range NOT NULL
          CONSTRAINT source_valid CHECK (coalesce(lower(valid), 0) > 0),
    CONSTRAINT source_id EXCLUDE USING gist (id WITH =, valid WITH &&)
);
COMMENT ON TABLE source IS 'Where the knowledge comes from.';

GRANT SELECT ON release, setting, stage, signal, transition, protocol,
    category, phrase, placeholder, channel, wording_rule, draft_rule, cue,
    fact, principle, source
    TO evenkeel_writer, evenkeel_reader;
