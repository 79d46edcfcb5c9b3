-- 0006_spared_words: what a wording rule lets pass, though it matches.
--
-- "except" is a word of SQL; here it is called ${spare}.  Rows that are there
-- spare nothing, as before.
SET LOCAL ROLE evenkeel_owner;

ALTER TABLE wording_rule ADD COLUMN spare text[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN wording_rule.spare IS
    'Patterns that take a match back; "except" in a bundle.';

-- As in 0003, with that member.
CREATE OR REPLACE VIEW item AS
SELECT 'settings' AS kind, ctid AS place, valid,
       jsonb_build_object('code', code, 'value', value) AS body
FROM setting
UNION ALL
SELECT 'stages', ctid, valid,
       jsonb_build_object('code', code, 'ord', ord, 'kind', kind,
           'name', name, 'goal', goal, 'done_when', done_when,
           'steps', steps, 'dont', dont, 'delivery', delivery,
           'aliases', aliases, 'shared', shared, 'hold', hold,
           'on_exit', on_exit, 'seeds', seeds)
FROM stage
UNION ALL
SELECT 'signals', ctid, valid,
       jsonb_build_object('code', code, 'source', source,
           'meaning', meaning, 'examples', examples)
FROM signal
UNION ALL
SELECT 'transitions', ctid, valid,
       jsonb_build_object('from', from_stage, 'signal', signal,
           'guard', guard, 'to', to_stage, 'effects', effects,
           'prio', prio, 'why', why, 'seeds', seeds)
FROM transition
UNION ALL
SELECT 'protocols', ctid, valid,
       jsonb_build_object('code', code, 'name', name, 'trust', trust,
           'origin', origin, 'channels', channels, 'note', note,
           'sources', sources, 'seeds', seeds, 'steps', steps,
           'transitions', transitions)
FROM protocol
UNION ALL
SELECT 'categories', ctid, valid,
       jsonb_build_object('code', code, 'parent', parent, 'name', name,
           'description', description, 'feelings', feelings,
           'resolutions', resolutions, 'fault_default', fault_default,
           'prevent', prevent, 'keywords', keywords, 'seeds', seeds)
FROM category
UNION ALL
SELECT 'phrases', ctid, valid,
       jsonb_build_object('id', id, 'category', category, 'stage', stage,
           'purpose', purpose, 'text', text,
           'intensity', jsonb_build_array(lo, hi), 'fault', fault,
           'speaker', speaker, 'channels', channels, 'tone', tone,
           'locale', locale, 'when', conditions, 'offers', offers,
           'true_only', true_only, 'seeds', seeds)
FROM phrase
UNION ALL
SELECT 'placeholders', ctid, valid,
       jsonb_build_object('name', name, 'type', type, 'meaning', meaning,
           'example', example, 'follows', follows, 'default', standard,
           'private', private)
FROM placeholder
UNION ALL
SELECT 'channels', ctid, valid,
       jsonb_build_object('code', code, 'live', live, 'body', body,
           'voice', voice, 'public', public, 'max_words', max_words)
FROM channel
UNION ALL
SELECT 'rules', ctid, valid,
       jsonb_build_object('id', id, 'cls', cls, 'sub', sub,
           'severity', severity, 'match', match, 'except', spare,
           'example', example, 'better', better, 'why', why, 'sources', sources,
           'seeds', seeds, 'exempt_stages', exempt_stages)
FROM wording_rule
UNION ALL
SELECT 'structural', ctid, valid,
       jsonb_build_object('id', id, 'sub', sub, 'severity', severity,
           'test', test, 'why', why, 'seeds', seeds)
FROM draft_rule
UNION ALL
SELECT 'cues', ctid, valid,
       jsonb_build_object('name', name, 'words', words)
FROM cue
UNION ALL
SELECT 'facts', ctid, valid,
       jsonb_build_object('id', id, 'figure', figure, 'unit', unit,
           'claim', claim, 'attributed_to', attributed_to,
           'seeds', seeds, 'confidence', confidence, 'note', note,
           'sources', sources)
FROM fact
UNION ALL
SELECT 'principles', ctid, valid,
       jsonb_build_object('id', id, 'text', text, 'audience', audience,
           'seeds', seeds)
FROM principle
UNION ALL
SELECT 'sources', ctid, valid,
       jsonb_build_object('id', id, 'url', url, 'title', title,
           'trust', trust)
FROM source;
