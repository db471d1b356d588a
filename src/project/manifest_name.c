#include "project/manifest_name.h"

#include <errno.h>

#include "base/str.h"
#include "project/manifest_value.h"

bool manifest_name_uses(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (; (text = strchr(text, '{')); text++)
		if (strncmp(text + 1, name, len) == 0 && text[1 + len] == '}')
			return true;
	return false;
}

static const char *value_of(const placeholder_list *known, const char *name)
{
	vec_foreach (p, known)
		if (str_eq(p->name, name))
			return p->value;
	return NULL;
}

static int report_unknown(struct manifest_report *r, const struct node *at, const char *name,
			  const placeholder_list *known)
{
	_cleanup_strv_ struct strv names = {0};

	vec_foreach (p, known)
		strv_add(&names, p->name);
	value_report_unknown(r, at, "placeholder", name, &names);
	return -EINVAL;
}

int manifest_fill_name(struct manifest_report *r, const struct node *at,
		       const placeholder_list *known, char **ret)
{
	_cleanup_buf_ struct buf out = {0};

	for (const char *s = at->text; *s;) {
		size_t len = strcspn(s, "{}");

		buf_add(&out, s, len);
		s += len;
		if (!*s)
			break;
		len = strcspn(s + 1, "{}");
		if (*s != '{' || s[1 + len] != '}')
			return manifest_error(r, at,
					      "'%.60s': braces come in pairs around a placeholder, "
					      "such as {stem}",
					      at->text);

		_cleanup_free_ char *name = xstrndup(s + 1, len);
		const char *value = value_of(known, name);

		if (!value)
			return report_unknown(r, at, name, known);
		buf_puts(&out, value);
		s += len + 2;
	}
	*ret = buf_steal(&out);
	return 0;
}
