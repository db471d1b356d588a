#include "store/remote_lane.h"

#include "base/message.h"

/* So many troubles one after another, and nothing that went well in between. */
#define MAX_IN_A_ROW 3

struct trouble_info {
	const char *advice;
	bool is_final; /* it will not go away: no more is tried */
	bool is_all;   /* what holds for one lane holds for the other */
};

static const struct trouble_info infos[N_TROUBLES] = {
	[TROUBLE_UNREACHABLE] = {"is it running, and the URL right?", .is_all = true},
	[TROUBLE_SLOW] = {"the build goes on without it", .is_all = true},
	[TROUBLE_TLS] = {"is it the right server? An authority of your own is named with "
			 "SKEP_REMOTE_CA",
			 .is_final = true, .is_all = true},
	[TROUBLE_BROKEN] = {"look into the server's log"},
	[TROUBLE_DENIED] = {NULL},
	[TROUBLE_REDIRECT] = {"redirects are not followed: name the URL it leads to",
			      .is_final = true},
	[TROUBLE_STATUS] = {"is the URL right? Look into the server's log"},
	[TROUBLE_FULL] = {"no more is sent; make room there", .is_final = true},
	[TROUBLE_READ_ONLY] = {"no more is sent; make it take PUT, or build without writing to it",
			       .is_final = true},
	[TROUBLE_WRONG] = {"it was not used; remove it there"},
};

static const char *advise(const struct troubles *t, enum trouble trouble)
{
	if (trouble != TROUBLE_DENIED)
		return infos[trouble].advice;
	if (!t->is_https)
		return "a user and password, or a token, are sent to https:// only";
	if (!t->may_authenticate)
		return "a user and password, or a token, are sent only where you name the URL "
		       "yourself, with --remote-cache or SKEP_REMOTE_CACHE";
	return "set SKEP_REMOTE_TOKEN, or SKEP_REMOTE_USER and SKEP_REMOTE_PASSWORD, or write them "
	       "into ~/.netrc";
}

void lane_fail(struct troubles *t, enum http_lane lane, enum trouble trouble, int64_t started,
	       const char *why)
{
	const struct trouble_info *info = &infos[trouble];
	struct lane *l = &t->lanes[lane];
	int64_t now = remote_clock();

	if (!t->said[trouble] && !l->closed)
		message_warning("remote cache: %s: %s; %s", t->url, why, advise(t, trouble));
	t->said[trouble] = true;
	/* Requests that wait side by side wait only once. */
	l->lost += now - (started > l->lost_until ? started : l->lost_until);
	l->lost_until = now;
	l->n_in_a_row++;
	if (!info->is_final && l->n_in_a_row < MAX_IN_A_ROW && l->lost < t->patience)
		return;
	l->closed = true;
	for (int i = 0; info->is_all && i < HTTP_N_LANES; i++)
		t->lanes[i].closed = true;
}
