/* Which URLs a remote may have, and where credentials go. */
#include "remote_room.h"

static void urls_of_every_kind(void **state)
{
	static const struct {
		const char *url, *why; /* NULL: fine */
	} trials[] = {
		{"https://cache.example.org", NULL},
		{"https://cache.example.org/", NULL},
		{"https://cache.example.org:8443/a/b%20c/~d", NULL},
		{"HTTPS://Cache.example.org/x", NULL},
		{"http://10.0.0.1:80/x", NULL},
		{"http://[::1]:8080/x", NULL},
		{"https://my_host", NULL},
		{"", "must begin with https://"},
		{"cache.example.org", "must begin with https://"},
		{"ftp://cache.example.org/", "must begin with https://"},
		{"file:///etc/passwd", "must begin with https://"},
		{" https://a/", "must begin with https://"},
		{"https:/a", "must begin with https://"},
		{"https://", "names no host"},
		{"https:///x", "names no host"},
		{"https://:80/", "names no host"},
		{"https://[::1/", "names no host"},
		{"https://[]/", "names no host"},
		{"https://[g::1]/", "names no host"},
		{"https://b\303\274cher.example/", "no port"},
		{"https://a b/", "no port"},
		{"https://a:/", "no port"},
		{"https://a:0/", "no port"},
		{"https://a:65536/", "no port"},
		{"https://a:80x/", "no port"},
		{"https://a:-1/", "no port"},
		{"https://a\\@b/", "characters that must be written as %XX"},
		{"https://a/b c", "characters that must be written as %XX"},
		{"https://a/b\n", "characters that must be written as %XX"},
		{"https://me:secret@a/", "must not have a user or password in it"},
		{"https://secret@a/", "must not have a user or password in it"},
		{"https://@a/", "must not have a user or password in it"},
		{"https://a/?secret=1", "must not have a query"},
		{"https://a?secret", "must not have a query"},
		{"https://a/x#secret", "must not have a query"},
	};
	_cleanup_free_ char *endless = xmalloc(4000);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trials); i++) {
		int err = remote_check_url(trials[i].url, "--remote-cache");

		assert_int_equal(err, trials[i].why ? -EINVAL : 0);
		if (trials[i].why && strncmp(said.v, "0 remote cache: --remote-cache: ", 31) != 0)
			fail_msg("%s: %s", trials[i].url, said.v);
		assert_null(strstr(said.v, "secret"));
		expect_warning(trials[i].url, trials[i].why);
	}
	memset(endless, 'a', 3999);
	memcpy(endless, "https://", 8);
	endless[3999] = '\0';
	assert_int_equal(remote_check_url(endless, "x"), -EINVAL);
	expect_warning("long", "too long");
}

/* Everything that could authenticate. Without encryption nobody gets any of it. */
static void credentials_are_not_sent_in_the_clear(void **state)
{
	static const enum habit habits[] = {HONEST, STATUS_401};
	_cleanup_free_ char *netrc = xasprintf("%s/netrc", dir);
	static const char line[] = "machine 127.0.0.1 login me password secret\n";
	struct remote_summary summary;

	(void)state;
	assert_int_equal(file_write(netrc, line, strlen(line)), 0);
	setenv("NETRC", netrc, 1);
	for (int token = 0; token < 3; token++)
		for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
			struct remote *r;
			struct server s;

			if (token == 1)
				setenv("SKEP_REMOTE_TOKEN", "secret", 1);
			if (token == 2)
				unsetenv("SKEP_REMOTE_TOKEN");
			setenv("SKEP_REMOTE_USER", token == 2 ? "me" : "", 1);
			setenv("SKEP_REMOTE_PASSWORD", token == 2 ? "secret" : "", 1);
			start_server(&s, habits[i], 1);
			r = start_remote(s.url, true);
			ask_first(r, 1);
			remote_finish(r, &summary);
			assert_true(s.log->n_requests > 0);
			assert_int_equal(s.log->n_credentials, 0);
			assert_null(strstr(said.v, "secret"));
			expect_warning("clear",
				       habits[i] == HONEST ? NULL : "are sent to https:// only");
			server_stop(&s);
			assert_int_equal(file_remove_tree(root), 0);
		}
}

static void a_proxy_is_not_asked_for_this_machine(void **state)
{
	struct server s;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	start_server(&s, HONEST, 1);
	assert_int_equal(fetch_first(s.url, 1).found, 1);
	expect_warning("proxy", NULL);
	/* For another it is, and the server is not found then. */
	assert_int_equal(fetch_first("http://192.0.2.1/", 1).not_found, 1);
	expect_warning("proxy", "127.0.0.1 port 1");
	server_stop(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		T(urls_of_every_kind),
		T(credentials_are_not_sent_in_the_clear),
		T(a_proxy_is_not_asked_for_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
