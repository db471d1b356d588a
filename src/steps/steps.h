/*
 * One file per kind of step: what it reads, what it runs, what it makes. Steps know nothing of
 * threads, slots or progress.
 */
#ifndef SKEP_STEPS_STEPS_H
#define SKEP_STEPS_STEPS_H

#include "base/arch.h"
#include "compiler/compiler.h"
#include "run/step.h"
#include "scan/walk.h"
#include "store/files.h"

/* What the steps of one build share. Borrowed by all of them. */
struct build {
	struct files *files;
	struct scanner *scanner;
	struct state *state;
	struct store *store;   /* or NULL */
	struct slicer *slicer; /* slices of vmlinux.h; see slicer.h */
	char *directory; /* the project's, where commands run: absolute, without symbolic links */
	struct compiler compiler;
	struct strv compiler_env;
	bool color;		 /* compilers may colour what they say */
	bool dry_run;		 /* nothing may be written */
	bool separate_arch;	 /* no unit is the same for several architectures */
	const char *dir_private; /* below the output directory: what people need not see */
};

/* What of a compile is about one architecture. */
struct compile_arch {
	const struct arch *arch;   /* NULL: one that we do not know, this machine's */
	const char *name;	   /* for people; NULL when only one is built for */
	struct strv flags;	   /* those of the compile that are there for it alone */
	struct strv dirs;	   /* folders that the project names for it alone */
	struct strv system_dirs;   /* folders of the system with headers of an architecture's own */
	bool has_types;		   /* somebody named types that are this architecture's */
	bool borrows;		   /* those folders are this machine's, and it is another one */
	const struct strv *macros; /* which tell architectures apart; borrowed */
};

/* How units are compiled: shared by all that are compiled alike. */
struct compile_way {
	char *options;	       /* what the project says of it, as text */
	char *options_neutral; /* the same without what is there for an architecture alone */
	struct compile_arch arch;
	/* For units that this one does not do for: the same with the system headers of its own that
	 * the other architecture has, though this one borrows. Or NULL; borrowed. */
	struct compile_way *own;
	struct strv flags;	/* target, options, defines, include directories */
	struct strv unhashed;	/* more flags, that cannot change the result */
	struct strv before;	/* files included before the source */
	struct strv flag_files; /* files that flags name: @file, -fplugin=FILE */
	struct search *search;	/* where the flags make the compiler look; borrowed */
	char *types;		/* the header that vmlinux.h must be, or NULL: whichever is found */
	size_t types_flag;	/* which of the flags names its folder */
	bool keep_debug;
	bool bitcode; /* what is made is not an object but bitcode, with the sources in it */
};

/* Frees what is in it. */
void compile_way_clear(struct compile_way *w);

/* A translation unit. */
struct compile {
	const struct build *build;
	const struct compile_way *way; /* or way->own once that is chosen; borrowed */
	char *source;
	/* The header of which only a slice is compiled, and its index; or NULL. */
	char *sliced, *index;
};

/* Frees what is in it. */
void compile_clear(struct compile *c);
/* What goes before the source, so that it is not taken for an option or a file of options. */
const char *compile_dot(const struct compile *c);

/* Each adds a step to g and returns it; strings are copied, struct compile is taken over. */
struct step *step_add_compile(struct graph *g, struct compile *c, const char *output);
/* The unit that a compile step compiles, and its clang command but for source and output. */
const struct compile *step_compile_of(const struct step *s);
void step_compile_argv(const struct compile *c, struct strv *ret);
struct step *step_add_link(struct graph *g, const struct build *b, struct step *const *objects,
			   size_t n, const char *output, bool keep_debug);

/* The libLLVM that links bitcode, once it was found. */
struct lto_llvm {
	char *path;	/* absolute */
	char *identity; /* what tells it from any other, wherever it lies */
};

/* The units are bitcode; llvm is borrowed. */
struct step *step_add_lto(struct graph *g, const struct build *b, struct step *const *units,
			  size_t n, const char *output, const struct lto_llvm *llvm);
/* name NULL: derived from the object's file name. */
struct step *step_add_skeleton(struct graph *g, const struct build *b, struct step *object,
			       const char *name, const char *output);
/* Makes the index of the types in raw BTF, an ELF file or a header that was named. */
struct step *step_add_types(struct graph *g, const struct build *b, const char *source,
			    const char *output);
/* Makes the vmlinux.h that such an index was made of. */
struct step *step_add_header(struct graph *g, const struct build *b, struct step *types,
			     const char *output);

/* Makes the index of a header that is there. */
struct step *step_add_index(struct graph *g, const struct build *b, const char *header,
			    const char *output);

/* Runs the part of a step that is skep's own: argv[0] is its name. Exit status. */
int step_main(int argc, char **argv);

/* The functions behind it, for work_add_builtin. */
int builtin_index(int argc, char **argv);
int builtin_header(int argc, char **argv);
int builtin_finish(int argc, char **argv);
int builtin_overlay(int argc, char **argv);
int builtin_link(int argc, char **argv);
int builtin_lto(int argc, char **argv);
int builtin_skeleton(int argc, char **argv);
int builtin_types(int argc, char **argv);

/*
 * Writes a file for clang's -ivfsoverlay that shows a file wherever one of the hidden ones lies.
 * Negative errno after a message.
 */
int overlay_write(const char *path, const char *shown, const struct strv *hidden);
/* Whether such a file can name this one: only UTF-8 fits. */
bool overlay_can_name(const char *path);

struct index_source;

/* Writes the index of a header, or a file that says why there is none. Negative errno after a
 * message. */
int types_index_write(const struct index_source *source, const char *path);

/* A kind's hint, for every kind of step; and for compiles, which need more of them. */
char *step_hint(const struct step *s, const char *said);
char *step_hint_compile(const struct step *s, const char *said);
/* What of it is noise, likewise: a kind's noise. */
const char *step_noise(const char *said);

/* The files a make rule depends on, as clang -MD writes it; "./" is taken away. -EBADMSG, without a
 * message, when text is no rule. */
int depfile_parse(const char *text, struct strv *ret);
/* The same from a file; other negative errno, without a message, when it cannot be read. */
int depfile_read(const char *path, struct strv *ret);

#endif
