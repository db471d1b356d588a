#include "report/csv_read.h"

#include <errno.h>

#include "base/message.h"

#define MAX_COLUMNS 64
#define MAX_FIELD 4096 /* bytes */
#define MAX_RECORDS 1000000

enum column {
	COLUMN_FILE,
	COLUMN_PROGRAM,
	COLUMN_VERDICT,
	COLUMN_INSTRUCTIONS,
	COLUMN_STATES,
	COLUMN_KERNEL,
	N_COLUMNS,
};

static const struct {
	const char *name;
	enum column column;
} column_names[] = {
	{"file_name", COLUMN_FILE},	{"filename", COLUMN_FILE},
	{"file", COLUMN_FILE},		{"prog_name", COLUMN_PROGRAM},
	{"progname", COLUMN_PROGRAM},	{"prog", COLUMN_PROGRAM},
	{"verdict", COLUMN_VERDICT},	{"total_insns", COLUMN_INSTRUCTIONS},
	{"insns", COLUMN_INSTRUCTIONS}, {"total_states", COLUMN_STATES},
	{"states", COLUMN_STATES},	{"kernel", COLUMN_KERNEL},
};

struct csv_reader {
	const char *name, *at, *end;
	unsigned long line;	 /* of what is read next */
	struct strv fields;	 /* of the record that was read last */
	unsigned long began;	 /* the line it began on */
	size_t place[N_COLUMNS]; /* among the fields, plus one; 0: there is none */
	size_t n_columns;
};

static int bad(const struct csv_reader *r, const char *what)
{
	return message_error(-EBADMSG, "verify: %s: line %lu: %s", r->name, r->began, what);
}

/* Behind a quoted field, past the closing quote. */
static int read_quoted(struct csv_reader *r, struct buf *field)
{
	for (r->at++; r->at < r->end; r->at++) {
		if (*r->at == '"') {
			r->at++;
			if (r->at == r->end || *r->at != '"')
				return 0;
		}
		r->line += *r->at == '\n';
		buf_putc(field, *r->at);
		if (field->n > MAX_FIELD)
			return bad(r, "a field is too long");
	}
	return bad(r, "a quoted field has no end");
}

static bool ends_field(const struct csv_reader *r)
{
	if (r->at == r->end || *r->at == ',' || *r->at == '\n')
		return true;
	return *r->at == '\r' && (r->at + 1 == r->end || r->at[1] == '\n');
}

static int read_field(struct csv_reader *r)
{
	_cleanup_buf_ struct buf field = {0};

	if (r->fields.n == MAX_COLUMNS)
		return bad(r, "too many fields");
	if (r->at < r->end && *r->at == '"') {
		int err = read_quoted(r, &field);

		if (err < 0)
			return err;
		if (!ends_field(r))
			return bad(r, "something follows a quoted field");
	} else {
		while (!ends_field(r) && field.n <= MAX_FIELD)
			buf_putc(&field, *r->at++);
		if (field.n > MAX_FIELD)
			return bad(r, "a field is too long");
	}
	if (field.n && memchr(field.v, '\0', field.n))
		return bad(r, "not text");
	strv_take(&r->fields, buf_steal(&field));
	return 0;
}

/* 1: a record, 0: the end. */
static int read_record(struct csv_reader *r)
{
	while (r->at < r->end && (*r->at == '\n' || *r->at == '\r'))
		r->line += *r->at++ == '\n';
	if (r->at == r->end)
		return 0;
	strv_free(&r->fields);
	r->began = r->line;
	for (;;) {
		int err = read_field(r);

		if (err < 0)
			return err;
		if (r->at == r->end || *r->at != ',')
			return 1;
		r->at++;
	}
}

static int read_header(struct csv_reader *r)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors' */
	int got;

	if (r->end - r->at >= 3 && memcmp(r->at, mark, 3) == 0)
		r->at += 3;
	got = read_record(r);
	if (got < 0)
		return got;
	for (size_t i = 0; got && i < r->fields.n; i++) {
		for (size_t k = 0; k < ARRAY_SIZE(column_names); k++) {
			size_t *place = &r->place[column_names[k].column];

			if (!str_eq(r->fields.v[i], column_names[k].name))
				continue;
			if (*place)
				return bad(r, "the first line names a column twice");
			*place = i + 1;
		}
	}
	r->n_columns = r->fields.n;
	if (!r->place[COLUMN_FILE] || !r->place[COLUMN_PROGRAM] || !r->place[COLUMN_VERDICT])
		return bad(r, "the first line does not name file_name, prog_name and verdict: "
			      "not a CSV file of skep verify or veristat");
	return 0;
}

static const char *field_of(const struct csv_reader *r, enum column c)
{
	return r->place[c] ? r->fields.v[r->place[c] - 1] : "";
}

static int read_number(const struct csv_reader *r, enum column c, uint64_t *ret)
{
	unsigned long n = 0;

	if (r->place[c] && !str_to_ulong(field_of(r, c), UINT64_MAX, &n))
		return bad(r, "not a number where there should be one");
	*ret = n;
	return 0;
}

static int take_record(struct csv_reader *r, struct csv_records *ret)
{
	struct csv_record record = {0};
	const char *verdict;
	int err;

	if (r->fields.n != r->n_columns)
		return bad(r, "not as many fields as the first line has");
	verdict = field_of(r, COLUMN_VERDICT);
	record.is_accepted = str_eq(verdict, "success");
	if (!record.is_accepted && !str_eq(verdict, "failure"))
		return bad(r, "the verdict is neither success nor failure");
	err = read_number(r, COLUMN_INSTRUCTIONS, &record.instructions);
	err = err < 0 ? err : read_number(r, COLUMN_STATES, &record.states);
	if (err < 0)
		return err;
	if (ret->v.n == MAX_RECORDS)
		return bad(r, "too many lines");
	record.file = xstrdup(field_of(r, COLUMN_FILE));
	record.program = xstrdup(field_of(r, COLUMN_PROGRAM));
	record.kernel = xstrdup(field_of(r, COLUMN_KERNEL));
	vec_push(&ret->v, record);
	return 0;
}

int csv_read(const char *name, const char *text, size_t size, struct csv_records *ret)
{
	struct csv_reader r = {.name = name, .line = 1, .began = 1};
	_cleanup_csv_records_ struct csv_records records = {0};
	int err, got = 1;

	r.at = size ? text : "";
	r.end = r.at + size;
	err = read_header(&r);
	while (err == 0 && got > 0) {
		got = read_record(&r);
		err = got < 0 ? got : got ? take_record(&r, &records) : 0;
	}
	strv_free(&r.fields);
	if (err < 0)
		return err;
	records.has_kernels = r.place[COLUMN_KERNEL] != 0;
	records.has_instructions = r.place[COLUMN_INSTRUCTIONS] != 0;
	records.has_states = r.place[COLUMN_STATES] != 0;
	*ret = records;
	records = (struct csv_records){0};
	return 0;
}

void csv_records_free(struct csv_records *r)
{
	vec_foreach (record, &r->v) {
		free(record->file);
		free(record->program);
		free(record->kernel);
	}
	vec_free(&r->v);
}
