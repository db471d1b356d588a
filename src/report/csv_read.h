/* Reads veristat's CSV, and report_csv's. */
#ifndef SKEP_REPORT_CSV_READ_H
#define SKEP_REPORT_CSV_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct csv_record {
	char *file, *program;
	char *kernel; /* "" when there is no such column */
	bool is_accepted;
	uint64_t instructions, states; /* in total */
};

struct csv_records {
	VEC(struct csv_record) v;
	bool has_kernels, has_instructions, has_states; /* there are such columns */
};

/*
 * Columns are found by their names in the first line, veristat's short ones too; those that are not
 * known are passed over. text is outside data: -EBADMSG after a message that names the line, with
 * nothing in ret.
 */
int csv_read(const char *name, const char *text, size_t size, struct csv_records *ret);
void csv_records_free(struct csv_records *r);
#define _cleanup_csv_records_ _cleanup_(csv_records_free)

#endif
