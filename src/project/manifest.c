#include "project/manifest.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/message.h"
#include "project/discover.h"
#include "project/manifest_object.h"

static int report_empty(struct manifest *m)
{
	m->report.errors++;
	return message_error(
		-EINVAL,
		"%s: is empty; a manifest needs 'objects', or settings for the sources "
		"found without it",
		m->report.file);
}

static void add_objects(struct manifest *m, const struct node *objects)
{
	if (objects->kind != NODE_LIST)
		return;
	for (const struct node *entry = objects->first; entry; entry = entry->next)
		manifest_add_object(m, entry);
}

static int add_found(struct manifest *m)
{
	int err = discover_targets(m->finder, m->project);

	for (size_t i = 0; i < m->project->n && !err; i++)
		err = manifest_finish_found(m, &m->project->targets[i]);
	return err;
}

static int add_targets(struct manifest *m, const struct node *root)
{
	const struct node *objects;

	if (!root || (root->kind == NODE_MAPPING && !root->n))
		return report_empty(m);
	if (root->kind != NODE_MAPPING)
		return manifest_error(&m->report, root,
				      "a manifest is a mapping of keys to values, not %s",
				      node_describe(root));
	layer_read(&m->report, root, LEVEL_PROJECT, &m->settings);
	m->settings_wrong = m->report.errors;
	if (!m->settings_wrong) {
		layer_apply_project(&m->settings, m->project);
		finder_skip(m->finder, m->project->output);
	}
	objects = m->settings.value[KEY_OBJECTS];
	if (!objects)
		return m->settings_wrong ? -EINVAL : add_found(m);
	add_objects(m, objects);
	return 0;
}

int manifest_parse(const char *file, const char *text, size_t len, struct finder *f,
		   struct project *p)
{
	struct manifest m = {.report = {.file = file}, .finder = f, .project = p};
	struct node *root = NULL;
	int err;

	free(p->manifest);
	p->manifest = xstrdup(file);
	err = manifest_read_yaml(&m.report, text, len, &root);
	err = err ?: add_targets(&m, root);
	node_free(root);
	return manifest_end_report(&m.report) ?: err;
}

int manifest_load(const char *path, struct finder *f, struct project *p)
{
	_cleanup_buf_ struct buf text = {0};
	int err = file_read(path, MANIFEST_MAX_SIZE, &text);

	if (err == -EFBIG)
		return message_error(err, "%s: larger than %d MiB; is this a manifest?", path,
				     MANIFEST_MAX_SIZE >> 20);
	if (err == -EISDIR)
		return message_error(err, "%s: is a directory; a manifest is a file", path);
	if (err)
		return message_error(err, "cannot read manifest: %s: %s", path, strerror(-err));
	return manifest_parse(path, text.n ? text.v : "", text.n, f, p);
}
