#ifndef GHOST_H
#define GHOST_H

struct ghost {
	int visible;
	struct bee *friends;
};

#endif
