/*
 * cli_key.c - "evenkeel key": keys made, listed and revoked at the machine.
 *
 * It is how the first key comes to be: over HTTP only an admin makes keys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "server/cli.h"
#include "server/keys.h"
#include "server/when.h"
#include "sql/db.h"
#include "sql/keys.h"

#define PAGE 500 /* keys listed at once */

static struct db *
open_writer(const struct cli *cli)
{
	struct db_error err;
	struct db *db = db_open(cli->cfg.database_url, DB_WRITER, &err);

	if (db == NULL)
		(void)cli_db_failed(cli, &err);
	return db;
}

static const char *
member(const json_t *key, const char *name)
{
	const char *text = json_string_value(json_object_get(key, name));

	return text != NULL ? text : "";
}

/* The key for a program to read, what it is for a person. */
static int
show(const struct cli *cli, const char *text, const json_t *key)
{
	const char *expires = member(key, "expires_at");

	if (puts(text) == EOF || fflush(stdout) != 0)
		return cli_complain(cli,
				    "the key %s was made and could not be "
				    "shown: revoke it, make another",
				    member(key, "id"));
	fprintf(stderr,
		"key: %s, for %s, %s%s.  It is shown this once; only a hash "
		"of it is kept.\n",
		member(key, "id"), member(key, "role"),
		expires[0] != '\0' ? "until " : "for ever", expires);
	return EXIT_SUCCESS;
}

static int
create(struct cli *cli, enum role role, const char *note, int64_t expires)
{
	struct db_error err = { .status = DB_OK };
	struct key_row row = { .expires = expires };
	struct key key;
	char text[KEY_SIZE];
	json_t *made = NULL;
	struct db *db = open_writer(cli);
	int status = CLI_FAILED;

	if (db == NULL)
		return CLI_FAILED;
	if (!key_make(role, &key, text)) {
		status = cli_complain(cli, "the system has no random bytes");
		goto out;
	}
	memcpy(row.id, key.id, sizeof(row.id));
	memcpy(row.sha256, key.hash, sizeof(row.sha256));
	(void)snprintf(row.role, sizeof(row.role), "%s", role_name(role));
	if (keys_create(db, &row, note, &made, &err) != DB_OK)
		status = cli_db_failed(cli, &err);
	else
		status = show(cli, text, made);
out:
	explicit_bzero(text, sizeof(text));
	json_decref(made);
	db_close(db);
	return status;
}

static int
cli_key_create(struct cli *cli)
{
	const char *note = cli_option(cli, "--note");
	const char *until = cli_option(cli, "--expires");
	const char *name = cli_operand(cli);
	enum role role =
		name != NULL ? role_find(name, strlen(name)) : ROLE_NONE;
	int64_t now = (int64_t)time(NULL), expires = 0;

	if (role == ROLE_NONE) {
		(void)cli_complain(cli,
				   "for which role?  reader, agent, editor, "
				   "publisher or admin");
		return CLI_USAGE;
	}
	if (note != NULL && !key_is_note(note)) {
		(void)cli_complain(cli,
				   "--note takes one line of at most %d "
				   "characters",
				   KEY_NOTE);
		return CLI_USAGE;
	}
	if (until != NULL &&
	    (!when_read_expiry(until, now, &expires) || expires <= now)) {
		(void)cli_complain(cli,
				   "--expires takes a number of days, or a day "
				   "to come, such as 2030-01-31");
		return CLI_USAGE;
	}
	if (!cli_done(cli))
		return CLI_USAGE;
	return create(cli, role, note != NULL ? note : "", expires);
}

static void
print_keys(const json_t *list)
{
	size_t i;
	const json_t *key;

	json_array_foreach(list, i, key) {
		const char *expires = member(key, "expires_at");
		const char *revoked = member(key, "revoked_at");

		printf("%s  %-9s  made %s  %-7s %-20s  %s\n", member(key, "id"),
		       member(key, "role"), member(key, "created_at"),
		       revoked[0] != '\0'   ? "revoked"
		       : expires[0] != '\0' ? "until"
					    : "good",
		       revoked[0] != '\0' ? revoked : expires,
		       member(key, "note"));
	}
}

static int
cli_key_list(struct cli *cli)
{
	char after[KEY_ID + 1] = "";
	struct db_error err;
	size_t n = PAGE, all = 0;
	enum db_status asked = DB_OK;

	if (!cli_done(cli))
		return CLI_USAGE;
	struct db *db = open_writer(cli);

	if (db == NULL)
		return CLI_FAILED;
	while (n == PAGE) {
		json_t *list = NULL;

		asked = keys_list(db, after[0] != '\0' ? after : NULL, PAGE,
				  &list, &err);
		if (asked != DB_OK)
			break;
		print_keys(list);
		n = json_array_size(list);
		all += n;
		if (n > 0)
			(void)snprintf(
				after, sizeof(after), "%s",
				member(json_array_get(list, n - 1), "id"));
		json_decref(list);
	}
	db_close(db);
	if (asked != DB_OK)
		return cli_db_failed(cli, &err);
	if (all == 0)
		puts("keys: none yet; \"evenkeel key create ROLE\" makes one");
	return EXIT_SUCCESS;
}

static int
cli_key_revoke(struct cli *cli)
{
	const char *id = cli_operand(cli);
	struct db_error err;

	if (id == NULL) {
		(void)cli_complain(cli, "which key?  \"evenkeel key list\" "
					"tells their ids");
		return CLI_USAGE;
	}
	if (!cli_done(cli))
		return CLI_USAGE;
	struct db *db = open_writer(cli);

	if (db == NULL)
		return CLI_FAILED;
	enum db_status status = keys_revoke(db, id, &err);

	db_close(db);
	if (status == DB_NO_ROWS)
		return cli_complain(cli, "there is no key of that id; a key "
					 "itself is no id");
	if (status != DB_OK)
		return cli_db_failed(cli, &err);
	printf("key: %s is revoked; within 5 seconds no server takes it\n", id);
	return EXIT_SUCCESS;
}

int
cli_key(struct cli *cli)
{
	const char *what = cli_operand(cli);

	if (what != NULL && strcmp(what, "create") == 0)
		return cli_key_create(cli);
	if (what != NULL && strcmp(what, "list") == 0)
		return cli_key_list(cli);
	if (what != NULL && strcmp(what, "revoke") == 0)
		return cli_key_revoke(cli);
	(void)cli_complain(cli, "create, list or revoke?");
	return CLI_USAGE;
}
