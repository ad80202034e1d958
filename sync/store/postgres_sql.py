"""The statements of the PostgreSQL store. Each runs in one round trip; the tables are those of `sync.models`."""

from typing import Final, LiteralString

# Held until the transaction ends: who moves the authority waits for the commits under way, and those after it find
# another epoch. (A plain read would see the old one in its snapshot.)
_AUTHORITY: Final[LiteralString] = """
    authority AS MATERIALIZED (
        SELECT 1 FROM sync_epoch WHERE id = 1 AND epoch = %(epoch)s AND authority = 'postgres' FOR SHARE
    )"""

_REPEATED: Final[LiteralString] = """
    repeated AS MATERIALIZED (
        SELECT 1 FROM sync_applied
        WHERE room = %(room)s AND session = %(session)s::text AND command = %(command)s::text
    )"""

# Makes place for one more.
_OLD_PAIRS: Final[LiteralString] = """
    SELECT id FROM sync_applied WHERE room = %(room)s ORDER BY id DESC OFFSET %(applied_kept)s - 1"""

ENTER: Final[LiteralString] = "SELECT timeline FROM sync_timeline WHERE room = %(room)s"

PEOPLE: Final[LiteralString] = "SELECT participant, record FROM sync_person WHERE room = %(room)s"

OFFER: Final[LiteralString] = f"""
    WITH {_AUTHORITY}, offered AS (
        INSERT INTO sync_timeline (room, seq, timeline, applied, heard_at)
        SELECT %(room)s, %(seq)s, %(timeline)s, '[]', %(at)s FROM authority
        ON CONFLICT (room) DO UPDATE SET seq = excluded.seq, timeline = excluded.timeline,
            heard_at = greatest(sync_timeline.heard_at, excluded.heard_at)
        WHERE sync_timeline.seq < excluded.seq
        RETURNING xmax <> 0 AS replaced
    )
    SELECT pg_notify(%(channel)s, %(notice)s) FROM offered WHERE replaced"""

# Those that were archived while another store had the authority are the older ones.
OFFER_PAIRS: Final[LiteralString] = """
    INSERT INTO sync_applied (room, session, command)
    SELECT %(room)s, pair ->> 0, pair ->> 1 FROM (
        SELECT 0 AS newer, rank, pair
        FROM sync_timeline, json_array_elements(applied::json) WITH ORDINALITY AS archived(pair, rank)
        WHERE room = %(room)s
        UNION ALL
        SELECT 1, rank, pair FROM json_array_elements(%(applied)s::json) WITH ORDINALITY AS offered(pair, rank)
    ) AS known
    ORDER BY newer, rank
    ON CONFLICT DO NOTHING"""

OFFER_ENTRIES: Final[LiteralString] = """
    INSERT INTO sync_journal (room, seq, timeline, entry)
    SELECT %(room)s, seq, '', entry FROM unnest(%(seqs)s::bigint[], %(entries)s::text[]) AS offered(seq, entry)
    ON CONFLICT DO NOTHING"""

TRIM_PAIRS: Final[LiteralString] = """
    DELETE FROM sync_applied WHERE id IN (
        SELECT id FROM sync_applied WHERE room = %(room)s ORDER BY id DESC OFFSET %(applied_kept)s
    )"""

OFFERED: Final[LiteralString] = """
    SELECT timeline, EXISTS (SELECT FROM sync_epoch WHERE id = 1 AND epoch = %(epoch)s AND authority = 'postgres')
    FROM sync_timeline WHERE room = %(room)s"""

COMMIT: Final[LiteralString] = f"""
    WITH {_AUTHORITY}, {_REPEATED}, changed AS (
        UPDATE sync_timeline SET seq = %(seq)s, timeline = %(timeline)s, heard_at = greatest(heard_at, %(at)s)
        WHERE room = %(room)s AND seq = %(expected)s AND seq < %(seq)s
            AND EXISTS (SELECT FROM authority) AND NOT EXISTS (SELECT FROM repeated)
        RETURNING room
    ), journaled AS (
        INSERT INTO sync_journal (room, seq, timeline, entry)
        SELECT room, %(seq)s, %(timeline)s, %(entry)s FROM changed
    ), unjournaled AS (
        DELETE FROM sync_journal WHERE EXISTS (SELECT FROM changed) AND id IN (
            SELECT id FROM sync_journal WHERE room = %(room)s ORDER BY seq DESC OFFSET %(journal_kept)s - 1
        )
    ), noted AS (
        INSERT INTO sync_applied (room, session, command)
        SELECT room, %(session)s::text, %(command)s::text FROM changed WHERE %(session)s::text IS NOT NULL
        ON CONFLICT DO NOTHING
    ), forgotten AS (
        DELETE FROM sync_applied
        WHERE %(session)s::text IS NOT NULL AND EXISTS (SELECT FROM changed) AND id IN ({_OLD_PAIRS})
    ), told AS MATERIALIZED (
        SELECT pg_notify(%(channel)s, %(notice)s) FROM changed
    )
    SELECT EXISTS (SELECT FROM authority), EXISTS (SELECT FROM repeated), EXISTS (SELECT FROM told)"""

REMEMBER: Final[LiteralString] = f"""
    WITH {_AUTHORITY}, {_REPEATED}, known AS MATERIALIZED (
        SELECT room FROM sync_timeline WHERE room = %(room)s
    ), noted AS (
        INSERT INTO sync_applied (room, session, command)
        SELECT room, %(session)s::text, %(command)s::text FROM known WHERE EXISTS (SELECT FROM authority)
        ON CONFLICT DO NOTHING
        RETURNING 1
    ), forgotten AS (
        DELETE FROM sync_applied WHERE NOT EXISTS (SELECT FROM repeated) AND id IN ({_OLD_PAIRS})
    )
    SELECT EXISTS (SELECT FROM authority), EXISTS (SELECT FROM known), EXISTS (SELECT FROM noted)"""

APPLIED: Final[LiteralString] = """
    SELECT session, command FROM sync_applied WHERE room = %(room)s ORDER BY id DESC LIMIT %(applied_kept)s"""

JOURNAL: Final[LiteralString] = """
    SELECT entry FROM sync_journal
    WHERE room = %(room)s AND seq > %(after)s ORDER BY seq DESC LIMIT %(journal_kept)s"""

FORGET: Final[tuple[LiteralString, ...]] = (
    "DELETE FROM sync_timeline WHERE room = %(room)s",
    "DELETE FROM sync_applied WHERE room = %(room)s",
    "DELETE FROM sync_journal WHERE room = %(room)s",
    "DELETE FROM sync_person WHERE room = %(room)s",
)

# What is shared is told by a notice of ids; only short records and messages travel in it.

PUT: Final[LiteralString] = """
    WITH put AS (
        INSERT INTO sync_person (room, participant, record) VALUES (%(room)s, %(id)s, %(record)s)
        ON CONFLICT (room, participant) DO UPDATE SET record = excluded.record
    )
    SELECT pg_notify(%(channel)s, %(notice)s)"""

DROP: Final[LiteralString] = """
    WITH dropped AS (DELETE FROM sync_person WHERE room = %(room)s AND participant = %(id)s)
    SELECT pg_notify(%(channel)s, %(notice)s)"""

TELL: Final[LiteralString] = "SELECT pg_notify(%(channel)s, %(notice)s)"

TELL_LONG: Final[LiteralString] = """
    WITH kept AS (
        INSERT INTO sync_message (message, created_at) VALUES (%(message)s, clock_timestamp()) RETURNING id
    )
    SELECT pg_notify(%(channel)s, %(notice)s || '"' || id || '"]') FROM kept"""

CHANGES: Final[LiteralString] = """
    SELECT room, seq, timeline, entry FROM sync_journal
    JOIN unnest(%(rooms)s::text[], %(seqs)s::bigint[]) AS wanted(room, seq) USING (room, seq)"""

TIMELINES: Final[LiteralString] = "SELECT room, timeline FROM sync_timeline WHERE room = ANY(%(rooms)s)"

RECORDS: Final[LiteralString] = """
    SELECT room, participant, record FROM sync_person
    JOIN unnest(%(rooms)s::text[], %(ids)s::text[]) AS wanted(room, participant) USING (room, participant)"""

MESSAGES: Final[LiteralString] = "SELECT id, message FROM sync_message WHERE id = ANY(%(ids)s)"

LEASE: Final[LiteralString] = """
    WITH forgotten AS (
        DELETE FROM sync_process WHERE seen_at < clock_timestamp() - interval '1 hour'
    ), read AS (
        DELETE FROM sync_message WHERE created_at < clock_timestamp() - interval '1 minute'
    )
    INSERT INTO sync_process (process, seen_at, epoch) VALUES (%(process)s, clock_timestamp(), %(epoch)s)
    ON CONFLICT (process) DO UPDATE SET seen_at = excluded.seen_at, epoch = excluded.epoch"""

BEHIND: Final[LiteralString] = """
    SELECT count(*) FROM sync_process
    WHERE epoch < %(epoch)s AND seen_at > clock_timestamp() - make_interval(secs => %(lease)s)"""

RELEASE: Final[LiteralString] = "DELETE FROM sync_process WHERE process = %(process)s"

PROCESSES: Final[LiteralString] = """
    SELECT process FROM sync_process WHERE seen_at > clock_timestamp() - make_interval(secs => %(lease)s)"""
