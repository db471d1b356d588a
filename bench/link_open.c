/*
 * Opens a shared library and says so: link_open FILE. What loading a libLLVM costs at the least,
 * for bench/link.py.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	void *library = argc == 2 ? dlopen(argv[1], RTLD_LAZY | RTLD_LOCAL) : NULL;

	if (!library) {
		fprintf(stderr, "link_open: %s\n", argc == 2 ? dlerror() : "name a library");
		return 1;
	}
	if (write(STDERR_FILENO, "LLVM\n", 5) != 5)
		return 1;
	/* Its destructors take long, and nobody waits for them. */
	_exit(0);
}
