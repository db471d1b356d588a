#include <stdio.h>

int main(void)
{
	puts("skep");
	return 0;
}
